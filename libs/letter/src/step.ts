import type { Bilingual, StepName } from './letter-event.js'

/** How one try of one step ended. Whatever was achieved is already recorded as an event. */
export type StepOutcome =
  /** An event was recorded (or was there already). */
  | { kind: 'done' }
  /** There is nothing to do for this letter now: it waits for the outside world. */
  | { kind: 'nothing' }
  /** The step cannot go on now; it is tried again later, and the wait is shown on the letter. */
  | { kind: 'waiting'; code: string; text: Bilingual; retryAfterSeconds?: number }

/** One step of a letter's way. May throw `Unavailable`, which is the same as `waiting`. */
export abstract class LetterStep {
  abstract readonly name: StepName
  abstract execute(tenantId: string, letterId: string): Promise<StepOutcome>
}
