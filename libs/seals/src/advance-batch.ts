import { In } from 'typeorm'
import { DocumentRow } from '#letter'
import { Clock, crashPoint, Database, Jobs, Refused, type TenantTransaction, Unavailable } from '#platform'
import { hashSource, type LocalCopy, SealEngine, type SealOrder, type SealOutcome } from '#sealing'
import type { ItemWish } from './accept-batch.js'
import { KeptDocuments } from './kept-documents.js'
import { enqueueRaise } from './raise-seal.js'
import { profileDefinition, type ProfileDefinition, styleOf } from './seal-profile.js'
import { SealUses } from './seal-uses.js'

/** Queue of batches to be worked on. */
export const BATCH_QUEUE = 'seal-batch'

/** A job of that queue. */
export interface BatchJob {
  tenantId: string
  batchId: string
}

/** Documents sealed in one go: enough for one call to a remote key, few enough to lose little when a process dies. */
const chunkSize = 50

/** Jobs per batch: as many workers may seal it side by side. */
const workersPerBatch = 4

/** Pause before a batch whose key or limit says "later" is tried again, in seconds, unless they say themselves. */
const pauseSeconds = 15

/** Enqueues work on a batch: several jobs for a large one, which share its documents out among themselves. */
export async function enqueueBatch(tx: TenantTransaction, jobs: Jobs, job: BatchJob, total: number): Promise<void> {
  const wanted = Math.max(1, Math.min(workersPerBatch, Math.ceil(total / chunkSize)))
  for (let i = 0; i < wanted; i++) await jobs.send(tx, BATCH_QUEUE, job)
}

interface Batch {
  readonly profileId: string
  readonly definition: ProfileDefinition
  readonly createdBy: string
}

interface Item {
  readonly position: number
  readonly document: DocumentRow
  readonly wish: ItemWish
}

/**
 * Works on a batch, chunk by chunk. The rows of a chunk stay locked while it is sealed, so that several workers share a
 * batch without talking to each other, and a worker that dies leaves its chunk as it was: each document ends with one seal.
 */
export class AdvanceBatch {
  constructor(
    private readonly database: Database,
    private readonly engine: SealEngine,
    private readonly uses: SealUses,
    private readonly kept: KeptDocuments,
    private readonly jobs: Jobs,
    private readonly clock: Clock
  ) {}

  async execute(job: BatchJob): Promise<void> {
    const batch = await this.database.inTenant(job.tenantId, tx => runningBatch(tx, job.batchId))
    if (!batch) return
    try {
      while (await this.chunk(job, batch));
    } catch (error) {
      const pause = pauseAfter(error)
      if (pause === undefined) throw error
      const { code } = (error as Refused | Unavailable).type
      await this.database.inTenant(job.tenantId, async tx => {
        await tx.query(`update seal_batch set waiting_problem = $2 where id = $1`, [job.batchId, code])
        await this.jobs.send(tx, BATCH_QUEUE, job, { afterSeconds: pause })
      })
    }
  }

  /** @returns whether there may be more to do */
  private async chunk({ tenantId, batchId }: BatchJob, batch: Batch): Promise<boolean> {
    return this.database.inTenant(tenantId, async tx => {
      const items = await claim(tx, batchId)
      if (items.length === 0) {
        await this.finish(tx, batchId)
        return false
      }
      // in a transaction of its own: what the key is asked for is on record even if this process dies now
      const useIds = await this.database.inTenant(tenantId, own =>
        this.uses.intend(
          own,
          tenantId,
          items.map(({ position, document }) => ({
            profileId: batch.profileId,
            maxPerHour: batch.definition.maxPerHour,
            actor: batch.createdBy,
            documentSha256: document.sha256,
            batchId,
            position
          }))
        )
      )
      const rows = items.map(({ document }) => document)
      await this.kept.withCopies(rows, copies => this.seal(tx, tenantId, batchId, batch, items, copies, useIds))
      crashPoint('after:seal-chunk')
      return true
    })
  }

  private async seal(
    tx: TenantTransaction,
    tenantId: string,
    batchId: string,
    batch: Batch,
    items: readonly Item[],
    copies: readonly LocalCopy[],
    useIds: readonly string[]
  ): Promise<void> {
    const orders = items.map(({ position, document, wish }, i): SealOrder => {
      const { fileName, mediaType } = document
      return { ...wish, id: String(position), documents: [{ fileName, mediaType, source: copies[i]!.source }] }
    })
    const outcomes = await this.engine.seal(orders, styleOf(batch.definition))
    crashPoint('before:keep-chunk')
    await this.uses.conclude(
      tx,
      tenantId,
      outcomes.map((outcome, i) => ({
        useId: useIds[i]!,
        outcome,
        sealedSha256: outcome.ok ? hashSource(outcome.sealed.source, 'sha256').digest() : undefined
      }))
    )
    for (const [i, outcome] of outcomes.entries()) await this.keep(tx, tenantId, batchId, items[i]!, outcome)
  }

  private async keep(tx: TenantTransaction, tenantId: string, batchId: string, item: Item, outcome: SealOutcome) {
    const now = this.clock.now()
    if (!outcome.ok) {
      await tx.query(
        `update seal_batch_item set state = 'failed', problem = $3, facts = $4, updated_at = $5
          where batch_id = $1 and position = $2`,
        [batchId, item.position, outcome.problem.code, JSON.stringify(outcome.facts), now]
      )
      return
    }
    const sealed = await this.kept.keep(tx, tenantId, outcome.sealed)
    const { format, level, signingTime, timestamp, raiseLater } = outcome
    await tx.query(
      `update seal_batch_item set state = 'sealed', sealed_document_id = $3, format = $4, level = $5, signing_time = $6,
              timestamp_time = $7, updated_at = $8
        where batch_id = $1 and position = $2`,
      [batchId, item.position, sealed.id, format, level, signingTime, timestamp?.genTime ?? null, now]
    )
    if (raiseLater)
      await enqueueRaise(tx, { jobs: this.jobs, clock: this.clock }, tenantId, {
        id: sealed.id,
        documentId: sealed.id,
        originalIds: [item.document.id],
        to: raiseLater.to,
        batchId,
        position: item.position
      })
  }

  /** Done when nothing waits any more; somebody else's chunk may still be under way, and then they finish. */
  private async finish(tx: TenantTransaction, batchId: string): Promise<void> {
    await tx.query(
      `update seal_batch b set state = 'done', finished_at = $2, waiting_problem = null
        where id = $1 and state = 'running'
          and not exists (select 1 from seal_batch_item i
                           where i.tenant_id = b.tenant_id and i.batch_id = b.id and i.state = 'waiting')`,
      [batchId, this.clock.now()]
    )
  }
}

async function runningBatch(tx: TenantTransaction, batchId: string): Promise<Batch | undefined> {
  const [row] = (await tx.query(
    `select profile_id, definition, created_by from seal_batch where id = $1 and state = 'running'`,
    [batchId]
  )) as { profile_id: string; definition: unknown; created_by: string }[]
  if (!row) return undefined
  return {
    profileId: row.profile_id,
    definition: profileDefinition.parse(row.definition),
    createdBy: row.created_by
  }
}

async function claim(tx: TenantTransaction, batchId: string): Promise<Item[]> {
  const rows = (await tx.query(
    `select position, document_id, wish from seal_batch_item
      where batch_id = $1 and state = 'waiting' order by position limit $2 for update skip locked`,
    [batchId, chunkSize]
  )) as { position: number; document_id: string; wish: ItemWish }[]
  const documents = await tx.findBy(DocumentRow, { id: In(rows.map(row => row.document_id)) })
  const byId = new Map(documents.map(document => [document.id, document]))
  return rows.map(({ position, document_id, wish }) => ({ position, wish, document: byId.get(document_id)! }))
}

/** How long to wait after an error that may pass; undefined for one that will not. */
function pauseAfter(error: unknown): number | undefined {
  if (error instanceof Unavailable) return error.retryAfterSeconds ?? pauseSeconds
  // what concerns the whole batch (limit, key, certificate) is mended by people or time; the documents are innocent
  if (error instanceof Refused) return Number(error.facts['retryAfterSeconds'] ?? pauseSeconds)
  return undefined
}
