import {
  AttemptRow,
  BlobStore,
  COLLECT_QUEUE,
  EventRecorder,
  letterParts,
  LetterEventRow,
  LetterRow,
  LetterStep,
  lockLetter,
  PartyRow,
  PersonalData,
  type Bilingual,
  type StepOutcome
} from '#letter'
import { Clock, crashPoint, Database, Ids, Jobs, type TenantTransaction } from '#platform'
import type { Accepted, Attempt, AttemptNotes, DeliveryProvider, HandOver, Inquiry, SealedParcel } from './provider.js'
import { routingProblems } from './routing.errors.js'

/** How long an address look-up stays good: after that the register is asked again before anything is sent. */
const LOOK_UP_GOOD_FOR_MS = 60 * 60 * 1000

/** An attempt whose fate stays unknown this long is given to a person (real provider outages last days). */
const UNKNOWN_DEADLINE_MS = 7 * 24 * 60 * 60 * 1000

/** What is left to do for an attempt: send (nothing can have been taken yet, or surely was not), or look. */
type Next = { parcel: SealedParcel; attempt: Attempt; row: AttemptRow; look: boolean }

/**
 * Gives a letter to its provider, once. The attempt is written down before the first call; whatever the provider gives
 * us is committed before the next call; and after an answer that never came Goniec looks before it does anything else.
 */
export class HandOverLetter extends LetterStep {
  readonly name = 'hand-over'

  constructor(
    private readonly database: Database,
    private readonly recorder: EventRecorder,
    private readonly personal: PersonalData,
    private readonly blobs: BlobStore,
    private readonly jobs: Jobs,
    private readonly ids: Ids,
    private readonly clock: Clock,
    private readonly providers: ReadonlyMap<string, DeliveryProvider>
  ) {
    super()
  }

  async execute(tenantId: string, letterId: string): Promise<StepOutcome> {
    const next = await this.prepare(tenantId, letterId)
    if (!next) return { kind: 'done' }
    crashPoint('after:attempt')
    const { parcel, attempt } = next
    const provider = this.providers.get(next.row.provider)!
    if (next.look) {
      const found = await provider.inquire(parcel, attempt)
      if (found.outcome !== 'not-taken') return this.conclude(tenantId, next, found)
      // certain that nothing was taken: the same attempt may go on, with what it knows
      await this.note(tenantId, next.row, { state: 'not-taken' })
    }
    await this.note(tenantId, next.row, { state: 'sending' })
    return this.conclude(tenantId, next, await provider.handOver(parcel, attempt))
  }

  /** The open attempt, or a new one; undefined when something else must come first (and was recorded). */
  private async prepare(tenantId: string, letterId: string): Promise<Next | undefined> {
    return this.database.inTenant(tenantId, async tx => {
      const letter = await lockLetter(tx, letterId)
      const party = await tx.findOneByOrFail(PartyRow, { letterId, role: 'addressee' })
      const parcel = await this.parcel(tenantId, letter, party.ade!, await letterParts(tx, letterId, 'sealed'))
      const open = await tx.findOneBy(AttemptRow, { letterId, state: 'open' })
      // "sending" without an outcome: we died, or the answer did. Nobody knows what the provider has.
      if (open?.notes['state'] === 'sending') return this.next(tenantId, parcel, open, true)
      // what lies at the provider is carried on, however long it took: beside it, another attempt could be a second letter
      if (open && this.providers.get(open.provider)!.canStillGoOut(providerNotes(open)))
        return this.next(tenantId, parcel, open, false)
      const expired = await this.expiredLookUp(tx, letterId)
      if (expired) {
        await this.lookAgain(tx, letterId, expired, open)
        return undefined
      }
      if (open) return this.next(tenantId, parcel, open, false)
      const carriage = this.providers.get(letter.channel!)!.canCarry({ ...parcel })
      if (!carriage.can) {
        const [{ code, pl, en }] = carriage.reasons as [(typeof carriage.reasons)[number]]
        await this.recorder.record(tx, letterId, {
          event: { type: 'LetterHeld', version: 1, step: this.name, code, text: { pl, en } },
          dedupeKey: `held:${letter.version}`,
          actor: 'goniec'
        })
        return undefined
      }
      const number = (await tx.countBy(AttemptRow, { letterId })) + 1
      const row: AttemptRow = {
        tenantId,
        id: this.ids.next(),
        letterId,
        provider: letter.channel!,
        number,
        state: 'open',
        notes: { state: 'started', provider: {} },
        code: null,
        startedAt: this.clock.now(),
        resolvedAt: null
      }
      await tx.insert(AttemptRow, { ...row, notes: row.notes as never })
      await this.recorder.record(tx, letterId, {
        event: { type: 'AttemptStarted', version: 1, attemptId: row.id, provider: row.provider, number },
        dedupeKey: `attempt:${number}`,
        actor: 'goniec'
      })
      return this.next(tenantId, parcel, row, false)
    })
  }

  /** The look-up that is too old to send by, if it is. */
  private async expiredLookUp(tx: TenantTransaction, letterId: string): Promise<string | undefined> {
    const lookUp = await tx.findOneOrFail(LetterEventRow, {
      where: { letterId, type: 'AddresseeFound' },
      order: { seq: 'DESC' }
    })
    const age = this.clock.now().getTime() - lookUp.recordedAt.getTime()
    return age > LOOK_UP_GOOD_FOR_MS ? (lookUp.payload as { lookUpId: string }).lookUpId : undefined
  }

  /** Sends the letter back to the register. An attempt of which it is certain that nothing was taken ends here. */
  private async lookAgain(
    tx: TenantTransaction,
    letterId: string,
    lookUpId: string,
    open: AttemptRow | null
  ): Promise<void> {
    if (open)
      await tx.update(
        AttemptRow,
        { tenantId: open.tenantId, id: open.id },
        { state: 'refused', code: routingProblems['look-up-expired'].code, resolvedAt: this.clock.now() }
      )
    await this.recorder.record(tx, letterId, {
      event: { type: 'LookUpExpired', version: 1, lookUpId },
      dedupeKey: `look-up-expired:${lookUpId}`,
      actor: 'goniec'
    })
  }

  private next(tenantId: string, parcel: SealedParcel, row: AttemptRow, look: boolean): Next {
    let notes = providerNotes(row)
    const attempt: Attempt = {
      id: row.id,
      letterId: row.letterId,
      startedAt: row.startedAt,
      get notes() {
        return notes
      },
      remember: async complete => {
        await this.note(tenantId, row, { provider: complete })
        notes = complete
      },
      claimedByOthers: ids => this.claimedByOthers(tenantId, row.letterId, ids)
    }
    return { parcel, attempt, row, look }
  }

  /** Commits what is known of an attempt before anything else is done. */
  private async note(tenantId: string, row: AttemptRow, changes: Record<string, unknown>): Promise<void> {
    row.notes = { ...row.notes, ...changes }
    const { notes } = row
    await this.database.inTenant(tenantId, tx =>
      tx.update(AttemptRow, { tenantId, id: row.id }, { notes: notes as never })
    )
  }

  private async claimedByOthers(
    tenantId: string,
    letterId: string,
    messageIds: readonly string[]
  ): Promise<ReadonlySet<string>> {
    const rows = await this.database.inTenant(tenantId, tx =>
      tx.query(`select message_id from letter where message_id = any($1) and id <> $2`, [messageIds, letterId])
    )
    return new Set((rows as { message_id: string }[]).map(row => row.message_id))
  }

  private async conclude(tenantId: string, next: Next, outcome: HandOver | Inquiry): Promise<StepOutcome> {
    switch (outcome.outcome) {
      case 'accepted':
        await this.accepted(tenantId, next.row, outcome)
        return { kind: 'done' }
      case 'refused': {
        const { code, pl, en, providerText } = outcome
        await this.refused(tenantId, next.row, code, { pl, en }, providerText)
        return { kind: 'done' }
      }
      case 'deferred':
        // nothing was sent, so the next try need not look first
        await this.note(tenantId, next.row, { state: 'deferred' })
        return waiting('provider-not-now', outcome.retryAfterMs)
      case 'pending':
        await this.noteUnknown(tenantId, next.row, undefined)
        return waiting('provider-at-work', outcome.retryAfterMs)
      case 'unknown':
      case 'cannot-ask':
      case 'not-taken': {
        const code = outcome.outcome === 'not-taken' ? 'not-taken' : outcome.code
        if (this.clock.now().getTime() - next.row.startedAt.getTime() > UNKNOWN_DEADLINE_MS)
          return this.giveUp(tenantId, next.row)
        await this.noteUnknown(tenantId, next.row, code)
        return waiting('outcome-unknown', 'retryAfterMs' in outcome ? outcome.retryAfterMs : undefined)
      }
    }
  }

  private async accepted(tenantId: string, row: AttemptRow, { messageId }: Accepted): Promise<void> {
    const { letterId } = row
    await this.database.inTenant(tenantId, async tx => {
      const { letter, recorded } = await this.recorder.record(tx, letterId, {
        event: { type: 'LetterHandedOver', version: 1, attemptId: row.id, provider: row.provider, messageId },
        dedupeKey: `handed-over:${row.id}`,
        actor: 'goniec',
        patch: { messageId, legalStatus: 'being-verified' }
      })
      if (!recorded) return
      await tx.update(
        AttemptRow,
        { tenantId, id: row.id },
        { state: 'accepted', resolvedAt: this.clock.now(), notes: { ...row.notes, messageId } as never }
      )
      const { senderAde } = letter
      // a key of its own: the address's waiting collection may be put off for long, and must not stand in the way
      await this.jobs.send(tx, COLLECT_QUEUE, { tenantId, senderAde }, { key: `${senderAde} now` })
    })
  }

  private async refused(
    tenantId: string,
    row: AttemptRow,
    code: string,
    text: Bilingual,
    providerText: string | undefined
  ): Promise<void> {
    await this.database.inTenant(tenantId, async tx => {
      const { recorded } = await this.recorder.record(tx, row.letterId, {
        event: { type: 'AttemptRefused', version: 1, attemptId: row.id, code, text },
        dedupeKey: `refused:${row.id}`,
        actor: 'goniec'
      })
      if (!recorded) return
      // the provider's own words may name people: they stay on the attempt and out of the events
      const notes = { ...row.notes, ...(providerText ? { providerText } : {}) }
      await tx.update(
        AttemptRow,
        { tenantId, id: row.id },
        { state: 'refused', code, resolvedAt: this.clock.now(), notes: notes as never }
      )
    })
  }

  /** Remembers that only looking is allowed now; the first time, as an event that everybody sees. */
  private async noteUnknown(tenantId: string, row: AttemptRow, code: string | undefined): Promise<void> {
    await this.note(tenantId, row, { state: 'sending' })
    if (!code) return
    await this.database.inTenant(tenantId, tx =>
      this.recorder.record(tx, row.letterId, {
        event: { type: 'AttemptUnknown', version: 1, attemptId: row.id, code },
        dedupeKey: `unknown:${row.id}`,
        actor: 'goniec'
      })
    )
  }

  private async giveUp(tenantId: string, row: AttemptRow): Promise<StepOutcome> {
    const { code, pl, en } = routingProblems['deadline-passed']
    await this.database.inTenant(tenantId, tx =>
      this.recorder.record(tx, row.letterId, {
        event: { type: 'LetterHeld', version: 1, step: this.name, code, text: { pl, en } },
        dedupeKey: `held:${row.id}`,
        actor: 'goniec'
      })
    )
    return { kind: 'done' }
  }

  private async parcel(
    tenantId: string,
    letter: LetterRow,
    recipientAde: string,
    documents: Awaited<ReturnType<typeof letterParts>>
  ): Promise<SealedParcel> {
    const { subject, text } = this.personal.openContent(letter)
    return {
      letterId: letter.id,
      senderAde: letter.senderAde,
      recipientAde,
      subject,
      text,
      ...(letter.reference ? { reference: letter.reference } : {}),
      parts: documents.map(document => ({
        fileName: document.fileName,
        mediaType: document.mediaType,
        size: document.size,
        sha256: document.sha256.toString('hex'),
        sha3_512: document.sha3.toString('hex'),
        open: () => this.blobs.stream(this.database, tenantId, document.blobId)
      }))
    }
  }
}

function providerNotes(row: AttemptRow): AttemptNotes {
  return (row.notes['provider'] ?? {}) as AttemptNotes
}

function waiting(problem: keyof typeof routingProblems, retryAfterMs: number | undefined): StepOutcome {
  const { code, pl, en } = routingProblems[problem]
  return {
    kind: 'waiting',
    code,
    text: { pl, en },
    ...(retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) })
  }
}
