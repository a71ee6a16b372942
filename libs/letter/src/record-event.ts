import { Clock, crashPoint, Jobs, Refused, type TenantTransaction } from '#platform'
import { advanceProgress, type Progress } from './lifecycle.js'
import type { LetterEvent } from './letter-event.js'
import { letterProblems } from './letter.errors.js'
import { LetterEventRow, LetterRow } from './rows.js'

/** Queue of letters that have something to do: one job after every event that leads on. */
export const ADVANCE_QUEUE = 'advance-letter'

/** Queue of sender addresses whose evidence is to be collected: one waiting job per address. */
export const COLLECT_QUEUE = 'collect-evidence'

/** States whose next step is Goniec's own; reaching one enqueues a job in the same transaction. */
const LEADS_ON: readonly Progress[] = ['accepted', 'sealed', 'addressed', 'routed']

/** What to record. */
export interface Recording {
  event: LetterEvent
  /** Unique per letter and deterministic: the same fact told twice is one event. */
  dedupeKey: string
  /** Who or what caused it: caller id, or `goniec`. */
  actor: string
  /** When it happened in the world; the present if nothing proves another time. */
  occurredAt?: Date
  /** Cached columns that change with this very event. */
  patch?: Partial<Omit<LetterRow, 'tenantId' | 'id' | 'progress' | 'version' | 'updatedAt'>>
  /** Enqueue an `advance` job even though the new state does not lead on by itself. */
  advance?: boolean
}

/**
 * The one door for events: locks the letter's row, consults the lifecycle, appends the event, updates the cached
 * state and enqueues the follow-up job, all in the caller's transaction.
 */
export class EventRecorder {
  constructor(
    private readonly jobs: Jobs,
    private readonly clock: Clock
  ) {}

  /**
   * Records one event of one letter.
   * @returns the letter as it is afterwards, and whether anything was recorded (false: it was known already).
   * @throws Refused `letter/not-found`; TransitionNotAllowed
   */
  async record(
    tx: TenantTransaction,
    letterId: string,
    recording: Recording
  ): Promise<{ letter: LetterRow; recorded: boolean }> {
    const letter = await lockLetter(tx, letterId)
    const { tenantId } = letter
    if (await tx.existsBy(LetterEventRow, { tenantId, letterId, dedupeKey: recording.dedupeKey }))
      return { letter, recorded: false }

    const { type, version, ...payload } = recording.event
    const progress = advanceProgress(letter.progress, type)
    const now = this.clock.now()
    const moved = progress !== letter.progress
    const stopsWaiting = moved && letter.waitingCode !== null
    const changes: Partial<LetterRow> = {
      ...(stopsWaiting
        ? { waitingStep: null, waitingCode: null, waitingSince: null, nextTryAt: null, waitingTries: 0 }
        : {}),
      ...recording.patch,
      progress,
      version: letter.version + 1,
      updatedAt: now
    }
    crashPoint(`before:${type}`)
    await tx.insert(LetterEventRow, {
      tenantId,
      letterId,
      seq: letter.version + 1,
      type,
      version,
      payload: payload as never,
      dedupeKey: recording.dedupeKey,
      actor: recording.actor,
      occurredAt: recording.occurredAt ?? now,
      recordedAt: now
    })
    await tx.update(LetterRow, { tenantId, id: letterId }, changes)
    if (recording.advance || (moved && LEADS_ON.includes(progress)))
      await this.jobs.send(tx, ADVANCE_QUEUE, { tenantId, letterId })
    crashPoint(`recorded:${type}`)
    return { letter: Object.assign(letter, changes), recorded: true }
  }
}

/**
 * Locks a letter's row until the transaction ends, and reads it.
 * @throws Refused `letter/not-found` (also for another tenant's letter: row level security hides it)
 */
export async function lockLetter(tx: TenantTransaction, letterId: string): Promise<LetterRow> {
  const letter = await tx.findOne(LetterRow, { where: { id: letterId }, lock: { mode: 'pessimistic_write' } })
  if (!letter) throw new Refused(letterProblems['not-found'])
  return letter
}
