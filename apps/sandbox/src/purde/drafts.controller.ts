import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  Req,
  UseFilters,
  UseGuards
} from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import { Ledger } from '../world/ledger.js'
import { AccessGuard, Scope } from './access.guard.js'
import { AnswerFilter } from './answer.filter.js'
import { readAttachmentFile } from './attachments.controller.js'
import { type ListQuery, page } from './find-messages.js'
import { KeepAttachments } from './keep-attachments.js'
import type { StoredAttachment, StoredDraft } from './mailbox-state.js'
import { boundaryOf } from './multipart.js'
import { PurdeStore } from './purde-store.js'
import { SaveDraft } from './save-draft.js'
import { SendDraft } from './send-draft.js'
import { type Json, type MessageFormat, showDraft, showFile } from './show-message.js'
import { refuse } from './ua-error.js'

/** Drafts of the UA API, their attachments, and sending them. */
@Controller('api/v3/:ade')
@UseGuards(AccessGuard)
@UseFilters(AnswerFilter)
export class DraftsController {
  constructor(
    private readonly store: PurdeStore,
    private readonly saveDraft: SaveDraft,
    private readonly sendDraft: SendDraft,
    private readonly keepAttachments: KeepAttachments,
    private readonly ledger: Ledger
  ) {}

  @Get('drafts')
  list(@Param('ade') ade: string, @Query() query: ListQuery): Json {
    const mentioned = (value: unknown, text: string | undefined) =>
      text === undefined || (JSON.stringify(value) ?? '').toLowerCase().includes(text.toLowerCase())
    const found = this.store
      .drafts(ade)
      .filter(draft => mentioned(draft.content.to, query.recipient) && mentioned(draft.content.subject, query.subject))
      .filter(draft => !query.attachments || draft.attachments.length > 0 === (query.attachments === 'true'))
    if (query.sortDirection !== 'asc') found.reverse()
    const messages = page(found, query, 100).map(draft => showDraft(draft, 'metadata'))
    return { messages, total: found.length, resultSize: messages.length }
  }

  @Post('drafts')
  @HttpCode(200)
  @Scope('write_messages')
  async create(@Param('ade') ade: string, @Body() body: unknown): Promise<Json> {
    const draft = await this.saveDraft.execute(ade, body)
    return { messageId: draft.draftId }
  }

  @Post('drafts/send')
  @HttpCode(202)
  @Scope('write_messages')
  send(@Param('ade') ade: string, @Body() body: { messageId?: unknown } | undefined): Json {
    const draft = this.draft(ade, String(body?.messageId))
    return { messageTaskId: this.sendDraft.execute(draft) }
  }

  @Get('drafts/:draftId')
  show(
    @Param('ade') ade: string,
    @Param('draftId') draftId: string,
    @Query('format') format: MessageFormat = 'full'
  ): Json {
    return showDraft(this.draft(ade, draftId), format)
  }

  @Put('drafts/:draftId')
  @Scope('write_messages')
  async replace(@Param('ade') ade: string, @Param('draftId') draftId: string, @Body() body: unknown): Promise<Json> {
    const draft = await this.saveDraft.execute(ade, body, this.draft(ade, draftId))
    return { messageId: draft.draftId }
  }

  @Delete('drafts/:draftIds')
  @Scope('write_messages')
  remove(@Param('ade') ade: string, @Param('draftIds') draftIds: string): Json[] {
    const drafts = identifiersIn(draftIds).map(draftId => this.draft(ade, draftId))
    for (const { draftId } of drafts) {
      this.store.removeDraft(draftId)
      this.ledger.write({ surface: 'purde', action: 'draft-deleted', draftId, sender: ade })
    }
    return drafts.map(({ draftId }) => ({ messageId: draftId }))
  }

  @Post('drafts/:draftId/attachments')
  @HttpCode(200)
  @Scope('write_messages')
  async attach(
    @Param('ade') ade: string,
    @Param('draftId') draftId: string,
    @Body() file: { fileMetadata?: Record<string, never>; file?: string } | undefined
  ): Promise<Json> {
    const draft = this.draft(ade, draftId)
    const attachment = await this.keepAttachments.fromFile(draft, { file: file ?? {} })
    return this.attached(draft, attachment)
  }

  @Post(':draftId/attachments/upload')
  @HttpCode(200)
  @Scope('write_messages')
  async upload(
    @Param('ade') ade: string,
    @Param('draftId') draftId: string,
    @Req() request: FastifyRequest
  ): Promise<Json> {
    try {
      const draft = this.draft(ade, draftId)
      const boundary = boundaryOf(request.headers['content-type'])
      if (!boundary) refuse('INVALID_REQUEST', 'the body must be multipart/form-data', draftId)
      return this.attached(draft, await this.keepAttachments.fromForm(draft, request.raw, boundary))
    } finally {
      // A refusal in the middle must not leave the rest of the body in the connection.
      request.raw.resume()
    }
  }

  @Delete('drafts/:draftId/attachments')
  @Scope('write_messages')
  detachAll(@Param('ade') ade: string, @Param('draftId') draftId: string): Json[] {
    const draft = this.draft(ade, draftId)
    this.store.putDraft({ ...draft, attachments: [] })
    return draft.attachments.map(showFile)
  }

  @Get('drafts/:draftId/attachments/:attachmentId')
  showAttachment(
    @Param('ade') ade: string,
    @Param('draftId') draftId: string,
    @Param('attachmentId') attachmentId: string
  ): Promise<Json> {
    return readAttachmentFile(this.store, attachmentOf(this.draft(ade, draftId), attachmentId))
  }

  @Delete('drafts/:draftId/attachments/:attachmentId')
  @Scope('write_messages')
  detach(
    @Param('ade') ade: string,
    @Param('draftId') draftId: string,
    @Param('attachmentId') attachmentId: string
  ): Json {
    const draft = this.draft(ade, draftId)
    const attachment = attachmentOf(draft, attachmentId)
    this.store.putDraft({ ...draft, attachments: draft.attachments.filter(other => other !== attachment) })
    return showFile(attachment)
  }

  private draft(ade: string, draftId: string): StoredDraft {
    return this.store.draft(ade, draftId) ?? refuse('MESSAGE_NOT_FOUND', 'there is no such draft', draftId)
  }

  private attached(draft: StoredDraft, attachment: StoredAttachment): Json {
    // Another upload to the same draft may have ended in the meantime.
    const now = this.draft(draft.mailbox, draft.draftId)
    if (now.attachments.some(other => other.filename === attachment.filename)) {
      refuse('INVALID_ATTACHMENT', 'the message has an attachment of that name already', draft.draftId)
    }
    const order = now.attachments.length + 1
    this.store.putDraft({ ...now, attachments: [...now.attachments, { ...attachment, order }] })
    return { attachmentId: attachment.attachmentId, fileMetadata: showFile(attachment) }
  }
}

/** The identifiers of a path segment, at most 50, parted by commas. @throws UaRefusal */
export function identifiersIn(segment: string): string[] {
  const identifiers = segment.split(',').filter(identifier => identifier !== '')
  if (identifiers.length > 50) refuse('INVALID_REQUEST', 'at most 50 identifiers at once')
  return identifiers
}

function attachmentOf(draft: StoredDraft, attachmentId: string): StoredAttachment {
  const attachment = draft.attachments.find(candidate => candidate.attachmentId === attachmentId)
  return attachment ?? refuse('ATTACHMENT_NOT_FOUND', 'the draft has no such attachment', draft.draftId)
}
