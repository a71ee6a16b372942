import { Clock, Jobs, type TenantTransaction } from '#platform'
import type { SealLevel } from '#sealing'

/** Queue of levels to be raised. */
export const RAISE_QUEUE = 'raise-seal'

/** A job of that queue. */
export interface RaiseJob {
  tenantId: string
  raiseId: string
}

/** A seal whose level is to be raised when the services for it are back. */
export interface ToRaise {
  /** Of the use that made the seal. */
  readonly id: string
  readonly documentId: string
  readonly originalIds: readonly string[]
  readonly to: SealLevel
  readonly batchId?: string
  readonly position?: number
}

/** Pause before the first try, in seconds: the service was away a moment ago. */
const firstPause = 5

/** Levels to be raised: rows with jobs. */
export class RaiseQueue {
  constructor(
    private readonly jobs: Jobs,
    private readonly clock: Clock
  ) {}

  /** Writes down, in the caller's transaction, that a seal is to be raised, and enqueues it. */
  async add(tx: TenantTransaction, tenantId: string, toRaise: ToRaise): Promise<void> {
    const { id, documentId, originalIds, to, batchId, position } = toRaise
    await tx.query(
      `insert into seal_raise (tenant_id, id, document_id, original_ids, to_level, state, batch_id, position, created_at, updated_at)
       values ($1, $2, $3, $4, $5, 'waiting', $6, $7, $8, $8)`,
      [tenantId, id, documentId, originalIds, to, batchId ?? null, position ?? null, this.clock.now()]
    )
    await this.again(tx, { tenantId, raiseId: id }, firstPause)
  }

  /** Enqueues another try. */
  async again(tx: TenantTransaction, job: RaiseJob, afterSeconds: number): Promise<void> {
    await this.jobs.send(tx, RAISE_QUEUE, job, { afterSeconds })
  }
}
