import { Logger } from '@nestjs/common'
import {
  BlobStore,
  EventRecorder,
  EvidenceCheckRow,
  EvidenceRow,
  legalStatus,
  letterParts,
  LetterRow,
  lockLetter,
  PartyRow,
  provenFacts
} from '#letter'
import { Clock, Database, Ids, type TenantTransaction } from '#platform'
import { checkEvidence, type EvidenceReport, type ExpectedEvidence } from './check-evidence.js'
import type { Trust } from './xml/verify-xades.js'
import { deliveryExpected, matchReading } from './legal-clock.js'

/** Largest evidence that is looked into; larger ones are kept and left alone. Real ones have about 100 KB. */
const MAX_BYTES = 5 * 1024 * 1024

/** Taken at once, so that a flood of evidence does not fill the memory. */
const AT_ONCE = 50

/** Kinds that are no XML: pictures of proofs for people, and the receipts of hybrid post. Kept, and not judged here. */
const NOT_EXAMINED = /^(BP\.WP|BP\.OP|H\..*)$/

/** Judges kept evidence: is it sealed by whom we trust, is it about our letter, and what does it prove. */
export class ExamineEvidence {
  private readonly log = new Logger(ExamineEvidence.name)

  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore,
    private readonly recorder: EventRecorder,
    private readonly ids: Ids,
    private readonly clock: Clock,
    private readonly trust: Trust
  ) {}

  /**
   * Examines everything that was kept for an address, belongs to one of its letters and was never examined: also what
   * came before we knew our own message id, and what a crash left behind.
   */
  async pending(tenantId: string, senderAde: string): Promise<void> {
    for (;;) {
      const batch = await this.find(
        tenantId,
        senderAde,
        `not exists (select 1 from evidence_check c where c.tenant_id = e.tenant_id and c.evidence_id = e.id)`
      )
      for (const { id, letter_id: letterId } of batch) await this.examine(tenantId, letterId, id)
      if (batch.length < AT_ONCE) break
    }
    // "not known" is no verdict for ever: clocks were apart, a trusted certificate came later. While the letter is
    // open it is looked at again; nothing is written unless the answer changed.
    const doubtful = await this.find(
      tenantId,
      senderAde,
      `l.progress = 'handed-over' and 'INDETERMINATE' = (select c.indication from evidence_check c
         where c.tenant_id = e.tenant_id and c.evidence_id = e.id order by c.checked_at desc, c.id desc limit 1)`
    )
    for (const { id, letter_id: letterId } of doubtful) await this.examine(tenantId, letterId, id)
  }

  private find(tenantId: string, senderAde: string, condition: string): Promise<{ id: string; letter_id: string }[]> {
    return this.database.inTenant(tenantId, tx =>
      tx.query(
        `select e.id, l.id as letter_id
           from evidence e join letter l on l.tenant_id = e.tenant_id and l.message_id = e.message_id
          where e.sender_ade = $1 and l.sender_ade = $1 and ${condition}
          order by e.received_at, e.id limit ${AT_ONCE}`,
        [senderAde]
      )
    ) as Promise<{ id: string; letter_id: string }[]>
  }

  private async examine(tenantId: string, letterId: string, evidenceId: string): Promise<void> {
    const { evidence, bytes, letter, expected } = await this.database.inTenant(tenantId, async tx => {
      const row = await tx.findOneByOrFail(EvidenceRow, { id: evidenceId })
      const owner = await tx.findOneByOrFail(LetterRow, { id: letterId })
      return {
        evidence: row,
        letter: owner,
        bytes: row.size <= MAX_BYTES ? await this.blobs.readAll(tx, row.blobId, MAX_BYTES) : Buffer.alloc(0),
        expected: await expectation(tx, owner, row)
      }
    })
    const report = notExaminable(evidence) ?? checkEvidence(bytes, expected, this.trust, this.clock.now())
    await this.database.inTenant(tenantId, tx => this.conclude(tx, letter, evidence, report))
  }

  private async conclude(
    tx: TenantTransaction,
    { tenantId, id: letterId }: LetterRow,
    evidence: EvidenceRow,
    report: EvidenceReport
  ): Promise<void> {
    const before = await lockLetter(tx, letterId)
    const [earlier] = await tx.find(EvidenceCheckRow, {
      where: { evidenceId: evidence.id },
      order: { checkedAt: 'DESC', id: 'DESC' },
      take: 1
    })
    if (earlier?.indication === report.verdict) return
    const now = this.clock.now()
    const proven = report.verdict === 'PASSED' ? report.facts : undefined
    await tx.insert(EvidenceCheckRow, {
      tenantId,
      id: this.ids.next(),
      evidenceId: evidence.id,
      letterId,
      indication: report.verdict,
      subIndication: report.subIndication ?? null,
      provenKind: report.facts?.kind ?? null,
      facts: (report.facts ?? null) as never,
      report: { seal: report.seal, checks: report.checks } as never,
      checkedAt: now
    })
    const status = legalStatus(await provenFacts(tx, letterId), true)
    const readings =
      proven?.kind === 'BP.OX' && status.status === 'deemed-delivered' && status.availableAt && status.deliveredAt
        ? matchReading(new Date(status.availableAt), new Date(status.deliveredAt))
        : undefined
    if (readings?.length === 0)
      this.log.warn({ letterId }, 'a proof of receipt follows no known reading of the 14 days')
    await this.recorder.record(tx, letterId, {
      event: {
        type: 'EvidenceReceived',
        version: 1,
        evidenceId: evidence.id,
        kind: evidence.kind,
        indication: report.verdict,
        ...(report.subIndication ? { subIndication: report.subIndication } : {}),
        legalStatus: { before: before.legalStatus, after: status.status },
        ...(readings ? { readings } : {})
      },
      dedupeKey: `evidence:${evidence.id}:${report.verdict}`,
      actor: 'goniec',
      occurredAt: proven ? new Date(proven.eventTime) : now,
      patch: {
        legalStatus: status.status,
        dispatchedAt: instant(status.dispatchedAt),
        availableAt: instant(status.availableAt),
        deliveredAt: instant(status.deliveredAt)
      },
      advance: status.final
    })
    if (proven?.kind === 'D.1') await this.expectDelivery(tx, before, evidence.id, new Date(proven.eventTime))
  }

  /** The 14-day rule runs only from a public body to somebody who is not one (art. 41(1)(3) ude). */
  private async expectDelivery(
    tx: TenantTransaction,
    letter: LetterRow,
    evidenceId: string,
    arrival: Date
  ): Promise<void> {
    const party = await tx.findOneByOrFail(PartyRow, { letterId: letter.id, role: 'addressee' })
    if (!letter.senderIsPublic || party.isPublic !== false) return
    const { arrivalDate, byOperatorRule, byStatute, byStatuteShifted } = deliveryExpected(arrival)
    await this.recorder.record(tx, letter.id, {
      event: {
        type: 'DeliveryExpected',
        version: 1,
        evidenceId,
        arrivalDate,
        byOperatorRule,
        byStatute,
        byStatuteShifted
      },
      dedupeKey: `expected:${arrivalDate}`,
      actor: 'goniec',
      occurredAt: arrival
    })
  }
}

/** Evidence that nobody can judge here: kept and shown, counted for nothing. */
function notExaminable({ kind, size }: EvidenceRow): EvidenceReport | undefined {
  const detail =
    size > MAX_BYTES
      ? 'larger than what is looked into'
      : NOT_EXAMINED.test(kind)
        ? 'a form that is not examined here'
        : undefined
  if (!detail) return undefined
  const checks = [{ name: 'form', ok: null, detail }]
  return {
    verdict: 'INDETERMINATE',
    subIndication: 'CONTENT_UNREADABLE',
    seal: { signedBy: undefined, timestamp: undefined, signingTime: undefined, level: 'unknown', fault: undefined },
    checks
  }
}

/** What an evidence about this letter must say. */
async function expectation(tx: TenantTransaction, letter: LetterRow, evidence: EvidenceRow): Promise<ExpectedEvidence> {
  const party = await tx.findOneByOrFail(PartyRow, { letterId: letter.id, role: 'addressee' })
  const parts = await letterParts(tx, letter.id, 'sealed')
  return {
    kind: evidence.kind,
    messageId: evidence.messageId,
    senderAde: letter.senderAde,
    recipientAde: party.ade!,
    parts: parts.map(part => ({
      name: part.fileName,
      size: part.size,
      sha256: part.sha256.toString('hex'),
      sha3_512: part.sha3.toString('hex')
    }))
  }
}

function instant(iso: string | undefined): Date | null {
  return iso === undefined ? null : new Date(iso)
}
