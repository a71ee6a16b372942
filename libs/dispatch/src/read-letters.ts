import { In } from 'typeorm'
import { requireRole, type Caller } from '#access'
import { parseAde } from '#addressee'
import {
  AttemptRow,
  BlobStore,
  DocumentRow,
  EvidenceCheckRow,
  EvidenceRow,
  legalStatus,
  LetterDocumentRow,
  LetterEventRow,
  letterParts,
  letterProblems,
  LetterRow,
  PartyRow,
  PersonalData,
  provenFacts,
  type Bilingual,
  type ProvenReason
} from '#letter'
import { Database, Refused, type TenantTransaction } from '#platform'
import type {
  DocumentView,
  Download,
  EvidenceView,
  ExpectedDelivery,
  HoldView,
  LetterFilter,
  LetterSummary,
  LetterView,
  ReasonView,
  TimelineEntry
} from './letter-view.js'
import { describeEvent } from './timeline-text.js'

/** A page of letters, newest first. */
export interface LetterPage {
  items: LetterSummary[]
  /** Opaque; give it back to get the next page. Absent on the last one. */
  nextCursor?: string
}

/** What may be read of letters. Auditors read everything and change nothing; another tenant's letter is not there. */
export class ReadLetters {
  constructor(
    private readonly database: Database,
    private readonly personal: PersonalData,
    private readonly blobs: BlobStore
  ) {}

  /** @throws Refused `letter/not-found` */
  async letter(caller: Caller, letterId: string): Promise<LetterView> {
    return this.read(caller, async tx => {
      const letter = await this.find(tx, letterId)
      const party = await tx.findOneBy(PartyRow, { letterId, role: 'addressee' })
      const originals = await letterParts(tx, letterId, 'original')
      const sealed = await letterParts(tx, letterId, 'sealed')
      const expected = await tx.findOne(LetterEventRow, {
        where: { letterId, type: 'DeliveryExpected' },
        order: { seq: 'DESC' }
      })
      const status = legalStatus(await provenFacts(tx, letterId), true)
      return {
        ...this.summary(letter, party),
        expectedDelivery: expected ? expectedOf(expected) : null,
        reasons: status.reasons.map(reasonView),
        conflicts: status.conflicts,
        held: letter.progress === 'held' ? await holdOf(tx, letterId) : null,
        documents: originals.map(documentView),
        sealedDocuments: sealed.map(documentView)
      }
    })
  }

  /** One uploaded document, whether a letter holds it or not. @throws Refused `letter/document-not-found` */
  async document(caller: Caller, documentId: string): Promise<DocumentView> {
    return this.read(caller, async tx => {
      const row = await tx.findOneBy(DocumentRow, { id: documentId })
      if (!row) throw new Refused(letterProblems['document-not-found'])
      return documentView(row)
    })
  }

  /** The bytes of one uploaded or sealed document. @throws Refused `letter/document-not-found` */
  async documentContent(caller: Caller, documentId: string): Promise<Download> {
    const row = await this.read(caller, tx => tx.findOneBy(DocumentRow, { id: documentId }))
    if (!row) throw new Refused(letterProblems['document-not-found'])
    return this.download(caller, row, row.fileName)
  }

  /** Letters, newest first. @param limit 1–100 */
  async list(caller: Caller, filter: LetterFilter, limit: number, cursor?: string): Promise<LetterPage> {
    return this.read(caller, async tx => {
      const query = tx
        .getRepository(LetterRow)
        .createQueryBuilder('l')
        .orderBy('l.id', 'DESC')
        .take(limit + 1)
      const equal = { progress: filter.progress, legalStatus: filter.legalStatus, reference: filter.reference }
      for (const [column, value] of Object.entries(equal))
        if (value !== undefined) query.andWhere(`l.${column} = :${column}`, { [column]: value })
      if (filter.senderAde) query.andWhere('l.senderAde = :sender', { sender: parseAde(filter.senderAde) })
      if (filter.createdFrom) query.andWhere('l.createdAt >= :from', { from: filter.createdFrom })
      if (filter.createdTo) query.andWhere('l.createdAt < :to', { to: filter.createdTo })
      if (filter.addresseeAde)
        query.andWhere(
          'exists (select 1 from party p where p.tenant_id = l.tenant_id and p.letter_id = l.id and p.ade = :addressee)',
          { addressee: parseAde(filter.addresseeAde) }
        )
      if (cursor) query.andWhere('l.id < :cursor', { cursor: Buffer.from(cursor, 'base64url').toString() })
      const found = await query.getMany()
      const page = found.slice(0, limit)
      const parties = await tx.findBy(PartyRow, { letterId: In(page.map(letter => letter.id)), role: 'addressee' })
      const byLetter = new Map(parties.map(party => [party.letterId, party]))
      return {
        items: page.map(letter => this.summary(letter, byLetter.get(letter.id) ?? null)),
        ...(found.length > limit ? { nextCursor: Buffer.from(page.at(-1)!.id).toString('base64url') } : {})
      }
    })
  }

  /** Everything that happened, in the order in which it was written down. */
  async timeline(caller: Caller, letterId: string): Promise<TimelineEntry[]> {
    return this.read(caller, async tx => {
      await this.find(tx, letterId)
      const events = await tx.find(LetterEventRow, { where: { letterId }, order: { seq: 'ASC' } })
      const reasons = await reasonsByEvidence(tx, letterId)
      return events.map(event => ({
        seq: event.seq,
        type: event.type,
        occurredAt: event.occurredAt.toISOString(),
        recordedAt: event.recordedAt.toISOString(),
        actor: event.actor,
        text: describeEvent(event),
        ...reasonsOf(event, reasons),
        facts: event.payload as Record<string, unknown>
      }))
    })
  }

  /** All evidence about a letter with its latest examination. */
  async evidence(caller: Caller, letterId: string): Promise<EvidenceView[]> {
    return this.read(caller, async tx => {
      await this.find(tx, letterId)
      const checks = await tx.find(EvidenceCheckRow, { where: { letterId }, order: { checkedAt: 'ASC', id: 'ASC' } })
      const latest = new Map(checks.map(check => [check.evidenceId, check]))
      const rows = await tx.find(EvidenceRow, {
        where: { id: In([...latest.keys()]) },
        order: { receivedAt: 'ASC', id: 'ASC' }
      })
      return rows.map(row => evidenceView(row, latest.get(row.id)!))
    })
  }

  /** The exact bytes of one evidence, as received. @throws Refused `letter/evidence-not-found` */
  async evidenceBytes(caller: Caller, letterId: string, evidenceId: string): Promise<Download> {
    const row = await this.read(caller, async tx => {
      await this.find(tx, letterId)
      const about = await tx.existsBy(EvidenceCheckRow, { letterId, evidenceId })
      const found = about ? await tx.findOneBy(EvidenceRow, { id: evidenceId }) : null
      if (!found) throw new Refused(letterProblems['evidence-not-found'])
      return found
    })
    const extension = row.mediaType.includes('pdf') ? 'pdf' : 'xml'
    return this.download(caller, row, `${row.kind}-${row.id}.${extension}`)
  }

  /** The bytes of one paper of a letter, original or sealed. @throws Refused `letter/document-not-found` */
  async documentBytes(caller: Caller, letterId: string, documentId: string): Promise<Download> {
    const row = await this.read(caller, async tx => {
      await this.find(tx, letterId)
      const belongs = await tx.existsBy(LetterDocumentRow, { letterId, documentId })
      const found = belongs ? await tx.findOneBy(DocumentRow, { id: documentId }) : null
      if (!found) throw new Refused(letterProblems['document-not-found'])
      return found
    })
    return this.download(caller, row, row.fileName)
  }

  private read<T>(caller: Caller, work: (tx: TenantTransaction) => Promise<T>): Promise<T> {
    requireRole(caller, 'sender', 'auditor')
    return this.database.inTenant(caller.tenantId, work)
  }

  private async find(tx: TenantTransaction, letterId: string): Promise<LetterRow> {
    const letter = await tx.findOneBy(LetterRow, { id: letterId })
    if (!letter) throw new Refused(letterProblems['not-found'])
    return letter
  }

  private summary(letter: LetterRow, party: PartyRow | null): LetterSummary {
    const { waitingStep, waitingCode, waitingSince, nextTryAt } = letter
    return {
      id: letter.id,
      senderAde: letter.senderAde,
      addressee: { ade: party?.ade ?? null, isPublic: party?.isPublic ?? null },
      subject: this.personal.openContent(letter).subject,
      reference: letter.reference,
      progress: letter.progress,
      legalStatus: letter.legalStatus,
      channel: letter.channel,
      messageId: letter.messageId,
      dispatchedAt: letter.dispatchedAt?.toISOString() ?? null,
      availableAt: letter.availableAt?.toISOString() ?? null,
      deliveredAt: letter.deliveredAt?.toISOString() ?? null,
      waiting:
        waitingStep && waitingCode && waitingSince && nextTryAt
          ? {
              step: waitingStep,
              code: waitingCode,
              since: waitingSince.toISOString(),
              nextTryAt: nextTryAt.toISOString(),
              tries: letter.waitingTries
            }
          : null,
      createdAt: letter.createdAt.toISOString(),
      updatedAt: letter.updatedAt.toISOString()
    }
  }

  /** Streams in a transaction of its own, which lasts as long as the reader reads. */
  private download(
    caller: Caller,
    row: { blobId: string; mediaType: string; size: number; sha256: Buffer },
    fileName: string
  ): Download {
    const { database, blobs } = this
    return {
      fileName,
      mediaType: row.mediaType,
      size: row.size,
      sha256: row.sha256.toString('hex'),
      bytes: blobs.stream(database, caller.tenantId, row.blobId)
    }
  }
}

function documentView(row: DocumentRow): DocumentView {
  const { id, fileName, mediaType, size } = row
  return { id, fileName, mediaType, size, sha256: row.sha256.toString('hex') }
}

function evidenceView(row: EvidenceRow, check: EvidenceCheckRow): EvidenceView {
  return {
    id: row.id,
    kind: row.kind,
    indication: check.indication,
    subIndication: check.subIndication,
    provenKind: check.provenKind,
    mediaType: row.mediaType,
    size: row.size,
    sha256: row.sha256.toString('hex'),
    receivedAt: row.receivedAt.toISOString(),
    facts: check.facts,
    seal: check.report['seal'] ?? null,
    checks: check.report['checks'] ?? []
  }
}

function reasonView({ code, raw, pl, en }: ProvenReason): ReasonView {
  return { code, text: raw, pl: pl ?? null, en: en ?? null }
}

/** Reasons stand in the evidence and not in the events: they are the provider's words and may name people. */
async function reasonsByEvidence(tx: TenantTransaction, letterId: string): Promise<Map<string, ReasonView[]>> {
  const checks = await tx.findBy(EvidenceCheckRow, { letterId, indication: 'PASSED' })
  return new Map(
    checks.map(({ evidenceId, facts }) => {
      const { reasons = [] } = (facts ?? {}) as { reasons?: ProvenReason[] }
      return [evidenceId, reasons.map(reasonView)]
    })
  )
}

function reasonsOf(event: LetterEventRow, reasons: Map<string, ReasonView[]>): Pick<TimelineEntry, 'reasons'> {
  const { evidenceId } = event.payload as { evidenceId?: string }
  const found = event.type === 'EvidenceReceived' && evidenceId ? reasons.get(evidenceId) : undefined
  return found?.length ? { reasons: found } : {}
}

/** The event that stopped the letter, with the provider's words if it was the provider. */
async function holdOf(tx: TenantTransaction, letterId: string): Promise<HoldView | null> {
  const event = await tx.findOne(LetterEventRow, {
    where: { letterId, type: In(['LetterHeld', 'AddresseeNotFound', 'ChannelUnavailable', 'AttemptRefused']) },
    order: { seq: 'DESC' }
  })
  if (!event) return null
  const { code, text, attemptId } = event.payload as { code: string; text: Bilingual; attemptId?: string }
  const attempt = attemptId ? await tx.findOneBy(AttemptRow, { id: attemptId }) : null
  const providerText = (attempt?.notes['providerText'] as string | undefined) ?? null
  return { since: event.recordedAt.toISOString(), code, text, providerText }
}

function expectedOf(event: LetterEventRow): ExpectedDelivery {
  const { arrivalDate, byOperatorRule, byStatute, byStatuteShifted } = event.payload as unknown as ExpectedDelivery
  return { arrivalDate, byOperatorRule, byStatute, byStatuteShifted }
}
