import type { Caller } from '#access'
import { Clock, Database, Jobs, Refused } from '#platform'
import { enqueueBatch } from './batch-queue.js'
import { batchToDecide } from './batch-rows.js'
import { sealsProblems } from './seals.errors.js'

/** The second person's word on a batch above the size that its profile sets. */
export class DecideBatch {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly clock: Clock
  ) {}

  /** @throws Refused `seals/batch-not-found`, `seals/batch-needs-person`, `seals/batch-needs-second-person`, `seals/batch-decided` */
  async execute(caller: Caller, batchId: string, decision: 'approve' | 'reject'): Promise<void> {
    const { tenantId } = caller
    await this.database.inTenant(tenantId, async tx => {
      const batch = await batchToDecide(tx, caller, batchId)
      if (!caller.person) throw new Refused(sealsProblems['batch-needs-person'])
      if (caller.id === batch.createdBy || !batch.mayApprove)
        throw new Refused(sealsProblems['batch-needs-second-person'])
      if (batch.state !== 'awaiting-approval') throw new Refused(sealsProblems['batch-decided'])
      await tx.query(`update seal_batch set state = $2, decided_by = $3, decided_at = $4 where id = $1`, [
        batchId,
        decision === 'approve' ? 'running' : 'rejected',
        caller.id,
        this.clock.now()
      ])
      if (decision === 'approve') await enqueueBatch(tx, this.jobs, { tenantId, batchId }, batch.total)
    })
  }
}
