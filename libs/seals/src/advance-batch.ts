import { Clock, crashPoint, Database, Jobs, Refused, type TenantTransaction, Unavailable } from '#platform'
import { isAboutDocument, type LocalCopy, SealEngine, type SealOrder, type SealOutcome, type SealStyle } from '#sealing'
import { BATCH_QUEUE, type BatchJob, CHUNK_SIZE, enqueueBatch } from './batch-queue.js'
import {
  claimItems,
  type ClaimedItem,
  endCancelled,
  finishBatch,
  restBatch,
  resumeBatch,
  runningBatch,
  type RunningBatch,
  type SettledItem,
  settleItems
} from './batch-rows.js'
import { closeAll, KeptDocuments } from './kept-documents.js'
import { resultOf } from './make-seal.js'
import { pauseAfter } from './pause.js'
import { RaiseQueue } from './raise-queue.js'
import { SealCounts } from './seal-counts.js'
import { styleOf } from './seal-profile.js'
import { SealUses, type UseResult } from './seal-uses.js'
import { sealsProblems } from './seals.errors.js'

/** How long one job works on a batch before the others have their turn, in milliseconds: a small batch waits no longer. */
const turnMs = 3000

/**
 * Works on a batch, chunk by chunk. The rows of a chunk stay locked while it is sealed, so that several workers share a
 * batch without talking to each other, and a worker that dies leaves its chunk as it was: each document ends with one seal.
 * A batch whose key, limit or services are not to be had rests; then one job with one document finds out when it goes on.
 */
export class AdvanceBatch {
  constructor(
    private readonly database: Database,
    private readonly engine: SealEngine,
    private readonly uses: SealUses,
    private readonly kept: KeptDocuments,
    private readonly raises: RaiseQueue,
    private readonly jobs: Jobs,
    private readonly counts: SealCounts,
    private readonly clock: Clock
  ) {}

  /** One turn: as many chunks as fit into it. */
  async execute(job: BatchJob): Promise<void> {
    const { tenantId, batchId, attempt: tries = 0 } = job
    const end = performance.now() + turnMs
    try {
      while (await this.chunk(job, tries)) {
        crashPoint('after:seal-chunk')
        // whoever found out that a batch goes on has called others to it
        if (tries > 0) return
        if (performance.now() < end) continue
        await this.database.inTenant(tenantId, tx => this.jobs.send(tx, BATCH_QUEUE, job))
        return
      }
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unavailable)) throw error
      await this.database.inTenant(tenantId, async tx => {
        if (!(await restBatch(tx, batchId, tries, error.type.code))) return endCancelled(tx, batchId, this.clock.now())
        const next: BatchJob = { tenantId, batchId, attempt: tries + 1 }
        await this.jobs.send(tx, BATCH_QUEUE, next, { afterSeconds: pauseAfter(error, tries) })
      })
    }
  }

  /** @returns whether there may be more to do @throws Refused, Unavailable when the batch must rest */
  private async chunk({ tenantId, batchId }: BatchJob, tries: number): Promise<boolean> {
    return this.database.inTenant(tenantId, async tx => {
      const batch = await runningBatch(tx, batchId)
      if (!batch) await endCancelled(tx, batchId, this.clock.now())
      // another number of tries: the batch rests, or went on, and others see to it
      if (!batch || batch.tries !== tries) return false
      const claimed = await claimItems(tx, batchId, tries > 0 ? 1 : CHUNK_SIZE)
      if (claimed.length === 0) {
        await finishBatch(tx, batchId, this.clock.now())
        return false
      }
      const useIds = await this.intend(tenantId, batchId, batch, claimed)
      const items = claimed.slice(0, useIds.length)
      const copies = await this.kept.copies(
        tx,
        items.map(({ document }) => document)
      )
      try {
        const outcomes = await this.seal(tenantId, batch, items, copies, useIds)
        crashPoint('before:keep-chunk')
        await this.settle(tx, tenantId, batchId, items, useIds, outcomes)
      } finally {
        await closeAll(copies)
      }
      if (tries > 0) await enqueueBatch(tx, this.jobs, { tenantId, batchId }, await resumeBatch(tx, batchId))
      crashPoint('recorded:seal-chunk')
      return true
    })
  }

  /** In a transaction of its own: what the key is asked for is on record even if this process dies now. */
  private async intend(
    tenantId: string,
    batchId: string,
    { profileId, maxPerHour, permitted, createdBy }: RunningBatch,
    items: readonly ClaimedItem[]
  ): Promise<readonly string[]> {
    if (!permitted) throw new Refused(sealsProblems['use-revoked'])
    const uses = items.map(({ position, document }) => ({
      actor: createdBy,
      documentSha256: document.sha256,
      batchId,
      position
    }))
    const { ids, refused } = await this.database.inTenant(tenantId, own =>
      this.uses.intend(own, tenantId, { id: profileId, maxPerHour }, uses)
    )
    if (ids.length === 0) throw refused!
    return ids
  }

  /** @throws Refused, Unavailable, after writing down that no seals came of these uses */
  private async seal(
    tenantId: string,
    { definition }: RunningBatch,
    items: readonly ClaimedItem[],
    copies: readonly (LocalCopy | Refused)[],
    useIds: readonly string[]
  ): Promise<SealOutcome[]> {
    const unreadable: SealOutcome[] = []
    const orders = items.flatMap(({ position, document, wish }, i): SealOrder[] => {
      const [id, copy] = [String(position), copies[i]!]
      if (copy instanceof Refused) {
        unreadable.push({ id, ok: false, problem: copy.type, facts: copy.facts })
        return []
      }
      const { fileName, mediaType } = document
      return [{ ...wish, id, documents: [{ fileName, mediaType, source: copy.source }] }]
    })
    try {
      const byId = new Map(
        [...unreadable, ...(await this.outcomes(orders, styleOf(definition)))].map(outcome => [outcome.id, outcome])
      )
      return items.map(({ position }) => byId.get(String(position))!)
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unavailable)) throw error
      const results = useIds.map(useId => ({ useId, problem: error.type.code }))
      await this.database.inTenant(tenantId, own => this.uses.conclude(own, tenantId, results))
      throw error
    }
  }

  /** Which document is to blame for a refusal of them all shows when each goes by itself. */
  private async outcomes(orders: readonly SealOrder[], style: SealStyle): Promise<SealOutcome[]> {
    try {
      return await this.engine.seal(orders, style)
    } catch (error) {
      if (!(error instanceof Refused) || !isAboutDocument(error)) throw error
      if (orders.length === 1) return [{ id: orders[0]!.id, ok: false, problem: error.type, facts: error.facts }]
      const outcomes: SealOutcome[] = []
      for (const order of orders) outcomes.push(...(await this.outcomes([order], style)))
      return outcomes
    }
  }

  private async settle(
    tx: TenantTransaction,
    tenantId: string,
    batchId: string,
    items: readonly ClaimedItem[],
    useIds: readonly string[],
    outcomes: readonly SealOutcome[]
  ): Promise<void> {
    const files = outcomes.flatMap(outcome => (outcome.ok ? [outcome.sealed] : []))
    const kept = (await this.kept.keep(tx, tenantId, files)).values()
    const settled = outcomes.map((outcome, i): SettledItem => {
      const sealed = outcome.ok ? kept.next().value : undefined
      return { item: items[i]!, useId: useIds[i]!, outcome, ...(sealed ? { sealed } : {}) }
    })
    await this.uses.conclude(tx, tenantId, settled.map(conclusionOf))
    await settleItems(tx, batchId, settled, this.clock.now())
    for (const { item, useId, outcome, sealed } of settled) {
      this.counts.add(outcome.ok ? outcome.format : 'none', outcome.ok ? 'made' : outcome.problem.code)
      if (!outcome.ok || !outcome.raiseLater) continue
      await this.raises.add(tx, tenantId, {
        id: useId,
        documentId: sealed!.id,
        originalIds: [item.document.id],
        to: outcome.raiseLater.to,
        batchId,
        position: item.position
      })
    }
  }
}

function conclusionOf({ useId, outcome, sealed }: SettledItem): UseResult {
  return outcome.ok ? resultOf(useId, outcome, sealed!.sha256, sealed!.id) : { useId, problem: outcome.problem.code }
}
