import type { Caller } from '#access'
import { Clock, Database, Refused } from '#platform'
import { batchToDecide, endCancelled } from './batch-rows.js'
import { sealsProblems } from './seals.errors.js'

/**
 * Cancels a batch that is not over: what waits will not be sealed. What a worker has in its hands at this moment is finished,
 * and that worker closes the batch; what is sealed stays sealed.
 */
export class CancelBatch {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock
  ) {}

  /** Cancelling twice is the same as once. @throws Refused `seals/batch-not-found`, `seals/batch-not-yours`, `seals/batch-over` */
  async execute(caller: Caller, batchId: string): Promise<void> {
    await this.database.inTenant(caller.tenantId, async tx => {
      const { state, createdBy, mayApprove } = await batchToDecide(tx, caller, batchId)
      if (caller.id !== createdBy && !mayApprove) throw new Refused(sealsProblems['batch-not-yours'])
      if (state === 'done' || state === 'rejected') throw new Refused(sealsProblems['batch-over'])
      // who cancelled it first stays on record
      if (state !== 'cancelled')
        await tx.query(
          `update seal_batch set state = 'cancelled', cancelled_by = $2, waiting_problem = null where id = $1`,
          [batchId, caller.id]
        )
      await endCancelled(tx, batchId, this.clock.now())
    })
  }
}
