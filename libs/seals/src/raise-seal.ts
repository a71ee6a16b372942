import { In } from 'typeorm'
import type { Caller } from '#access'
import { DocumentRow } from '#letter'
import { Clock, Database, Jobs, Refused, type TenantTransaction, Unavailable } from '#platform'
import { type LocalCopy, SealEngine, type SealLevel } from '#sealing'
import { KeptDocuments } from './kept-documents.js'
import { sealsProblems } from './seals.errors.js'

/** Queue of levels to be raised. */
export const RAISE_QUEUE = 'raise-seal'

/** A job of that queue. */
export interface RaiseJob {
  tenantId: string
  raiseId: string
}

/** What enqueueing takes. */
export interface RaiseQueue {
  readonly jobs: Jobs
  readonly clock: Clock
}

/** A seal whose level is to be raised when the services for it are back. */
export interface ToRaise {
  readonly id: string
  readonly documentId: string
  readonly originalIds: readonly string[]
  readonly to: SealLevel
  readonly batchId?: string
  readonly position?: number
}

/** Longest pause between two tries, in seconds: whoever waits for a time stamp waits for hours, not days. */
const longestPause = 600

/** Writes down, in the caller's transaction, that a seal is to be raised, and enqueues it. */
export async function enqueueRaise(
  tx: TenantTransaction,
  { jobs, clock }: RaiseQueue,
  tenantId: string,
  { id, documentId, originalIds, to, batchId, position }: ToRaise
): Promise<void> {
  await tx.query(
    `insert into seal_raise (tenant_id, id, document_id, original_ids, to_level, state, batch_id, position, created_at, updated_at)
     values ($1, $2, $3, $4, $5, 'waiting', $6, $7, $8, $8)`,
    [tenantId, id, documentId, originalIds, to, batchId ?? null, position ?? null, clock.now()]
  )
  await jobs.send(tx, RAISE_QUEUE, { tenantId, raiseId: id } satisfies RaiseJob, { afterSeconds: 5 })
}

interface RaiseRow {
  document_id: string
  original_ids: string[]
  to_level: SealLevel
  state: string
  raised_document_id: string | null
  batch_id: string | null
  position: number | null
  tries: number
  problem: string | null
}

/** How far a seal that was to be raised has come. */
export interface RaiseView {
  readonly id: string
  readonly state: 'waiting' | 'raised' | 'failed'
  readonly to: SealLevel
  /** The sealed document as it stands now: raised, or as it was made. */
  readonly documentId: string
  readonly problem: string | null
}

/** Raises seals that were made while a time-stamp or revocation service was away. Repeatable; survives restarts. */
export class RaiseSeal {
  constructor(
    private readonly database: Database,
    private readonly engine: SealEngine,
    private readonly kept: KeptDocuments,
    private readonly queue: RaiseQueue
  ) {}

  /** One try: raised, refused for good, or later again. */
  async execute({ tenantId, raiseId }: RaiseJob): Promise<void> {
    const found = await this.database.inTenant(tenantId, async tx => {
      const row = await rowOf(tx, raiseId)
      if (row?.state !== 'waiting') return undefined
      const documents = await tx.findBy(DocumentRow, { id: In([row.document_id, ...row.original_ids]) })
      const byId = new Map(documents.map(document => [document.id, document]))
      return { row, papers: [row.document_id, ...row.original_ids].map(id => byId.get(id)!) }
    })
    if (!found) return
    const { row, papers } = found
    try {
      await this.kept.withCopies(papers, copies => this.raise(tenantId, raiseId, row, papers, copies))
    } catch (error) {
      if (error instanceof Unavailable) await this.later(tenantId, raiseId, row, error)
      else if (error instanceof Refused) await this.fail(tenantId, raiseId, error.type.code)
      else throw error
    }
  }

  /** @throws Refused `seals/seal-not-found` */
  async view(caller: Caller, raiseId: string): Promise<RaiseView> {
    const row = await this.database.inTenant(caller.tenantId, tx => rowOf(tx, raiseId))
    if (!row) throw new Refused(sealsProblems['seal-not-found'])
    return {
      id: raiseId,
      state: row.state as RaiseView['state'],
      to: row.to_level,
      documentId: row.raised_document_id ?? row.document_id,
      problem: row.problem
    }
  }

  private async raise(
    tenantId: string,
    raiseId: string,
    row: RaiseRow,
    [sealed, ...originals]: DocumentRow[],
    [copy, ...originalCopies]: LocalCopy[]
  ): Promise<void> {
    const documents = originals.map(({ fileName, mediaType }, i) => ({
      fileName,
      mediaType,
      source: originalCopies[i]!.source
    }))
    const source = await this.engine.raise(copy!.source, row.to_level, documents)
    await this.database.inTenant(tenantId, async tx => {
      const { fileName, mediaType } = sealed!
      const raised = await this.kept.keep(tx, tenantId, { fileName, mediaType, source })
      await tx.query(
        `update seal_raise set state = 'raised', raised_document_id = $2, problem = null, updated_at = $3 where id = $1`,
        [raiseId, raised.id, this.queue.clock.now()]
      )
      if (row.batch_id)
        await tx.query(
          `update seal_batch_item set sealed_document_id = $3, level = $4, updated_at = $5
            where batch_id = $1 and position = $2`,
          [row.batch_id, row.position, raised.id, row.to_level, this.queue.clock.now()]
        )
    })
  }

  private async later(tenantId: string, raiseId: string, row: RaiseRow, error: Unavailable): Promise<void> {
    const pause = Math.max(error.retryAfterSeconds ?? 0, Math.min(longestPause, 5 * 2 ** Math.min(row.tries, 10)))
    await this.database.inTenant(tenantId, async tx => {
      await tx.query(
        `update seal_raise set tries = tries + 1, problem = $2, updated_at = $3 where id = $1 and state = 'waiting'`,
        [raiseId, error.type.code, this.queue.clock.now()]
      )
      await this.queue.jobs.send(tx, RAISE_QUEUE, { tenantId, raiseId } satisfies RaiseJob, { afterSeconds: pause })
    })
  }

  private async fail(tenantId: string, raiseId: string, problem: string): Promise<void> {
    await this.database.inTenant(tenantId, tx =>
      tx.query(`update seal_raise set state = 'failed', problem = $2, updated_at = $3 where id = $1`, [
        raiseId,
        problem,
        this.queue.clock.now()
      ])
    )
  }
}

async function rowOf(tx: TenantTransaction, id: string): Promise<RaiseRow | undefined> {
  const rows = (await tx.query(
    `select document_id, original_ids, to_level, state, raised_document_id, batch_id, position, tries, problem
       from seal_raise where id = $1`,
    [id]
  )) as RaiseRow[]
  return rows[0]
}
