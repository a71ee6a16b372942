import { requireRole, type Caller } from '#access'
import { allows, AttemptRow, EventRecorder, lockLetter, type LetterRow } from '#letter'
import { Database, Refused } from '#platform'
import { dispatchProblems } from './dispatch.errors.js'

/** Cancels a letter that has not left, and of which it is certain that it has not left. */
export class CancelLetter {
  constructor(
    private readonly database: Database,
    private readonly recorder: EventRecorder
  ) {}

  /** Cancelling twice is the same as once. @throws Refused `dispatch/cannot-be-cancelled`, `letter/not-found` */
  async execute(caller: Caller, letterId: string): Promise<LetterRow> {
    requireRole(caller, 'sender')
    return this.database.inTenant(caller.tenantId, async tx => {
      const letter = await lockLetter(tx, letterId)
      if (letter.progress === 'cancelled') return letter
      // an open attempt may have reached the world without our knowing; an accepted one surely has
      const mayHaveLeft = await tx
        .getRepository(AttemptRow)
        .createQueryBuilder('a')
        .where('a.letterId = :letterId and a.state <> :refused', { letterId, refused: 'refused' })
        .getExists()
      if (mayHaveLeft || !allows(letter.progress, 'LetterCancelled'))
        throw new Refused(dispatchProblems['cannot-be-cancelled'], { progress: letter.progress })
      const { letter: cancelled } = await this.recorder.record(tx, letterId, {
        event: { type: 'LetterCancelled', version: 1 },
        dedupeKey: 'cancelled',
        actor: caller.id
      })
      return cancelled
    })
  }
}
