import { Controller, Get, Param, Query, StreamableFile, UseFilters, UseGuards } from '@nestjs/common'
import { Ledger } from '../world/ledger.js'
import { AccessGuard } from './access.guard.js'
import { AnswerFilter } from './answer.filter.js'
import type { ListQuery } from './find-messages.js'
import type { StoredEvidence } from './mailbox-state.js'
import { PurdeStore } from './purde-store.js'
import { type Json, showEvidence } from './show-message.js'
import { refuse } from './ua-error.js'

/** Evidence of the UA API: the lists, and the bytes. */
@Controller('api/v3/:ade')
@UseGuards(AccessGuard)
@UseFilters(AnswerFilter)
export class EvidencesController {
  constructor(
    private readonly store: PurdeStore,
    private readonly ledger: Ledger
  ) {}

  @Get('messages/evidences')
  listAll(@Param('ade') ade: string, @Query() query: ListQuery): Json {
    return { evidences: select(this.store.evidences(ade), query) }
  }

  @Get('messages/evidences/:evidenceId')
  show(@Param('ade') ade: string, @Param('evidenceId') evidenceId: string): Json[] {
    return [showEvidence(this.evidence(ade, evidenceId))]
  }

  @Get('messages/:messageId/evidences')
  listOne(@Param('ade') ade: string, @Param('messageId') messageId: string, @Query() query: ListQuery): Json {
    const message = this.store.message(ade, messageId)
    if (!message) refuse('MESSAGE_NOT_FOUND', 'there is no such message', messageId)
    return { evidences: select(this.store.evidencesOfMessage(message), query) }
  }

  @Get('evidences/:messageType/:evidenceId')
  async download(
    @Param('ade') ade: string,
    @Param('messageType') messageType: string,
    @Param('evidenceId') evidenceId: string
  ): Promise<StreamableFile> {
    if (messageType !== 'purde') refuse('EVIDENCE_NOT_FOUND', 'the sandbox has evidence of electronic messages only')
    const evidence = this.evidence(ade, evidenceId)
    const bytes = await this.store.readBytes('evidence', evidence.sha256)
    evidence.downloaded = true
    this.store.changed()
    this.ledger.write({
      surface: 'purde',
      action: 'evidence-downloaded',
      evidenceId,
      messageId: evidence.messageId,
      type: evidence.kind,
      sha256: evidence.sha256
    })
    return new StreamableFile(bytes, { type: 'application/octet-stream', length: bytes.length })
  }

  private evidence(ade: string, evidenceId: string): StoredEvidence {
    return this.store.evidence(ade, evidenceId) ?? refuse('EVIDENCE_NOT_FOUND', 'there is no such evidence')
  }
}

/** The list in the order in which evidence appeared, unless it is to be sorted. */
function select(evidences: StoredEvidence[], query: ListQuery): Json[] {
  const wanted = query.type?.replaceAll('.', '')
  const found = evidences.filter(
    evidence =>
      (!wanted || evidence.kind.replaceAll('.', '') === wanted) &&
      (!query.downloaded || evidence.downloaded === (query.downloaded === 'true'))
  )
  if (query.sortColumn === 'eventDate' || query.sortDirection) {
    const sign = query.sortDirection === 'asc' ? 1 : -1
    found.sort((a, b) => sign * (Date.parse(a.eventTime) - Date.parse(b.eventTime)))
  }
  return found.map(showEvidence)
}
