import { Logger } from '@nestjs/common'
import {
  ADVANCE_QUEUE,
  EventRecorder,
  LetterRow,
  lockLetter,
  type LetterStep,
  type Progress,
  type StepName,
  type StepOutcome
} from '#letter'
import { Clock, crashPoint, Database, Jobs, platformProblems, Refused, Unavailable } from '#platform'
import { LetterLock } from './letter-lock.js'

/** Which step a letter takes next, by where it stands. Other states wait for the world or are over. */
const NEXT_STEP: Partial<Record<Progress, StepName>> = {
  accepted: 'seal',
  sealed: 'find-addressee',
  addressed: 'choose-channel',
  routed: 'hand-over',
  'handing-over': 'hand-over',
  'handed-over': 'archive'
}

/** Seconds between tries of a step that has to wait; the last one repeats for ever, for an outage may last days. */
export const DEFAULT_RETRY_DELAYS = [1, 2, 5, 15, 30, 60, 120, 300]

type Waiting = Extract<StepOutcome, { kind: 'waiting' }>

/**
 * Takes a letter one step further. Runs as a job after every event; running it once too often is harmless, because
 * it looks at where the letter stands and nothing else.
 */
export class AdvanceLetter {
  private readonly log = new Logger(AdvanceLetter.name)
  private readonly steps: Map<StepName, LetterStep>

  constructor(
    private readonly database: Database,
    private readonly recorder: EventRecorder,
    private readonly jobs: Jobs,
    private readonly lock: LetterLock,
    private readonly clock: Clock,
    steps: readonly LetterStep[],
    private readonly retryDelays: readonly number[] = DEFAULT_RETRY_DELAYS
  ) {
    this.steps = new Map(steps.map(step => [step.name, step]))
  }

  async execute({ tenantId, letterId }: { tenantId: string; letterId: string }): Promise<void> {
    const mine = await this.lock.hold(letterId, async () => {
      const letter = await this.database.inTenant(tenantId, tx => tx.findOneByOrFail(LetterRow, { id: letterId }))
      const step = this.steps.get(NEXT_STEP[letter.progress] ?? ('none' as StepName))
      if (!step) return
      crashPoint(`before:${step.name}`)
      const outcome = await this.attempt(step, tenantId, letterId)
      crashPoint(`after:${step.name}`)
      if (outcome.kind === 'waiting') await this.wait(tenantId, letterId, step.name, outcome)
    })
    // another worker is busy with this letter; it may die, so somebody must look again
    if (!mine)
      await this.database.transaction(tx =>
        this.jobs.send(tx, ADVANCE_QUEUE, { tenantId, letterId }, { afterSeconds: 2 })
      )
  }

  private async attempt(step: LetterStep, tenantId: string, letterId: string): Promise<StepOutcome> {
    try {
      return await step.execute(tenantId, letterId)
    } catch (error) {
      if (error instanceof Unavailable) {
        // a database that is away cannot be told that we wait: the job itself comes back
        if (error.type === platformProblems['database-unavailable']) throw error
        const { code, pl, en } = error.type
        return { kind: 'waiting', code, text: { pl, en }, retryAfterSeconds: error.retryAfterSeconds }
      }
      if (error instanceof Refused) {
        // steps conclude refusals themselves; one that gets here is about us (a damaged archive, say), not the letter
        this.log.error({ letterId, step: step.name, code: error.type.code }, 'step refused')
        const { code, pl, en } = error.type
        return { kind: 'waiting', code, text: { pl, en } }
      }
      // a bug must not lose the letter: it waits, visibly, and the operator is told
      this.log.error({ letterId, step: step.name, err: error }, 'step failed unexpectedly')
      const { code, pl, en } = platformProblems['internal-error']
      return { kind: 'waiting', code, text: { pl, en } }
    }
  }

  private async wait(tenantId: string, letterId: string, step: StepName, outcome: Waiting): Promise<void> {
    await this.database.inTenant(tenantId, async tx => {
      const letter = await lockLetter(tx, letterId)
      // somebody moved it on meanwhile (a cancellation, say): then it does not wait here any more
      if (NEXT_STEP[letter.progress] !== step) return
      const tries = letter.waitingStep === step ? letter.waitingTries : 0
      const planned = this.retryDelays[Math.min(tries, this.retryDelays.length - 1)]!
      const delay = Math.max(outcome.retryAfterSeconds ?? 0, planned)
      const now = this.clock.now()
      const patch: Partial<LetterRow> = {
        waitingStep: step,
        waitingCode: outcome.code,
        waitingSince: letter.waitingStep === step ? letter.waitingSince : now,
        nextTryAt: new Date(now.getTime() + delay * 1000),
        waitingTries: tries + 1
      }
      if (letter.waitingStep === step && letter.waitingCode === outcome.code)
        // not `updatedAt`: nothing happened, and the second look for evidence goes by how long nothing has
        await tx.update(LetterRow, { tenantId, id: letterId }, patch)
      else
        await this.recorder.record(tx, letterId, {
          event: { type: 'StepWaiting', version: 1, step, code: outcome.code, text: outcome.text },
          dedupeKey: `waiting:${letter.version}`,
          actor: 'goniec',
          patch
        })
      await this.jobs.send(tx, ADVANCE_QUEUE, { tenantId, letterId }, { afterSeconds: delay })
    })
  }
}
