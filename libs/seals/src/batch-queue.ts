import { Jobs, type TenantTransaction } from '#platform'

/** Queue of batches to be worked on. */
export const BATCH_QUEUE = 'seal-batch'

/** A job of that queue. */
export interface BatchJob {
  tenantId: string
  batchId: string
  /** Of a batch that rests: which try this is. Jobs from before the rest have another number and end at once. */
  attempt?: number
}

/** Documents sealed in one go: enough for one call to a remote key, few enough to lose little when a process dies. */
export const CHUNK_SIZE = 50

/** Jobs per batch: as many workers may seal it side by side. */
const workersPerBatch = 4

/** Enqueues work on a batch: several jobs for a large one, which share its documents out among themselves. */
export async function enqueueBatch(tx: TenantTransaction, jobs: Jobs, job: BatchJob, documents: number): Promise<void> {
  const wanted = Math.max(1, Math.min(workersPerBatch, Math.ceil(documents / CHUNK_SIZE)))
  for (let i = 0; i < wanted; i++) await jobs.send(tx, BATCH_QUEUE, job)
}
