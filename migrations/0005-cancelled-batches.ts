import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Batches of seals can be cancelled: what waits in them ends as `cancelled`, and who did it is on record. */
export class CancelledBatches1763000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [
      `alter table seal_batch
         drop constraint seal_batch_state_check,
         add constraint seal_batch_state_check
           check (state in ('awaiting-approval', 'running', 'done', 'rejected', 'cancelled')),
         add column cancelled_by text,
         add check ((state = 'cancelled') = (cancelled_by is not null))`,
      `alter table seal_batch_item
         drop constraint seal_batch_item_state_check,
         add constraint seal_batch_item_state_check check (state in ('waiting', 'sealed', 'failed', 'cancelled'))`
    ])
      await runner.query(sql)
  }

  async down(): Promise<void> {
    throw new Error('Goniec keeps evidence: its schema is not taken back, a new migration mends it')
  }
}
