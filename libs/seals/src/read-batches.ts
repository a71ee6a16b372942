import { In } from 'typeorm'
import type { Caller } from '#access'
import { BlobStore, DocumentRow } from '#letter'
import { Database, Refused, type TenantTransaction } from '#platform'
import type { BatchState, itemStates } from './batch-states.js'
import { subjectsOf } from './seal-profile.js'
import { sealsProblems } from './seals.errors.js'

/** How a batch fares. */
export interface BatchView {
  readonly id: string
  readonly profile: string
  readonly state: BatchState
  readonly total: number
  readonly sealed: number
  readonly failed: number
  /** Not sealed because the batch was cancelled. */
  readonly cancelled: number
  /** Sealed, but still below the level that was wanted. */
  readonly toRaise: number
  /** Code of what the batch waits for, while it cannot go on. */
  readonly waitingFor: string | null
  readonly createdAt: string
  /** When the last document had its result. */
  readonly finishedAt: string | null
}

/** How one document of a batch fares. */
export interface BatchItemView {
  readonly position: number
  readonly documentId: string
  readonly state: (typeof itemStates)[number]
  /** Id of the use in the record, once there is a result. */
  readonly sealId: string | null
  readonly sealedDocumentId: string | null
  readonly format: string | null
  readonly level: string | null
  readonly signingTime: string | null
  readonly timestampTime: string | null
  readonly problem: string | null
  readonly facts: Record<string, unknown> | null
}

/** A sealed document of a batch, to be handed out. */
export interface SealedDownload {
  readonly position: number
  readonly fileName: string
  readonly mediaType: string
  readonly size: number
  readonly sha256: Buffer
  readonly bytes: AsyncIterable<Buffer>
}

/** A page of batches, newest first. */
export interface BatchPage {
  readonly items: BatchView[]
  /** Id to go on after; absent on the last page. */
  readonly next?: string
}

/** What may be read of batches. A batch is seen by its author, by auditors, and by who may use or approve its profile. */
export class ReadBatches {
  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore
  ) {}

  /** @throws Refused `seals/batch-not-found` */
  async batch(caller: Caller, batchId: string): Promise<BatchView> {
    return this.database.inTenant(caller.tenantId, tx => find(tx, caller, batchId))
  }

  /** Newest first. @param limit 1–100 @param after id of the last one seen */
  async list(
    caller: Caller,
    state: BatchView['state'] | undefined,
    limit: number,
    after: string | undefined
  ): Promise<BatchPage> {
    return this.database.inTenant(caller.tenantId, async tx => {
      const rows = await query(
        tx,
        caller,
        `and ($4::text is null or b.state = $4) and ($5::uuid is null or b.id < $5) order by b.id desc limit $6`,
        [state ?? null, after ?? null, limit + 1]
      )
      const items = rows.slice(0, limit)
      return { items, ...(rows.length > limit ? { next: items.at(-1)!.id } : {}) }
    })
  }

  /** Items in their order. @param after position after which to go on; -1 for the start @param limit 1–1000 */
  async items(caller: Caller, batchId: string, after: number, limit: number): Promise<BatchItemView[]> {
    return this.database.inTenant(caller.tenantId, async tx => {
      await find(tx, caller, batchId)
      const rows = (await tx.query(
        `select position, document_id, state, use_id, sealed_document_id, format, level, signing_time, timestamp_time,
                problem, facts
           from seal_batch_item where batch_id = $1 and position > $2 order by position limit $3`,
        [batchId, after, limit]
      )) as ItemRow[]
      return rows.map(itemView)
    })
  }

  /** One sealed document. @throws Refused `seals/batch-not-found`, `seals/item-not-sealed` */
  async content(caller: Caller, batchId: string, position: number): Promise<SealedDownload> {
    const [found] = await this.sealed(caller, batchId, position - 1, 1)
    if (found?.position !== position) throw new Refused(sealsProblems['item-not-sealed'])
    return found
  }

  /** Sealed documents after a position, some at a time: for a download of all of them. */
  async sealed(caller: Caller, batchId: string, after: number, limit: number): Promise<SealedDownload[]> {
    const { tenantId } = caller
    const found = await this.database.inTenant(tenantId, async tx => {
      await find(tx, caller, batchId)
      const rows = (await tx.query(
        `select position, sealed_document_id from seal_batch_item
          where batch_id = $1 and position > $2 and state = 'sealed' order by position limit $3`,
        [batchId, after, limit]
      )) as { position: number; sealed_document_id: string }[]
      const documents = await tx.findBy(DocumentRow, { id: In(rows.map(row => row.sealed_document_id)) })
      const byId = new Map(documents.map(document => [document.id, document]))
      return rows.map(row => ({ position: row.position, document: byId.get(row.sealed_document_id)! }))
    })
    return found.map(({ position, document: { fileName, mediaType, size, sha256, blobId } }) => ({
      position,
      fileName,
      mediaType,
      size,
      sha256,
      bytes: this.blobs.stream(this.database, tenantId, blobId)
    }))
  }
}

async function find(tx: TenantTransaction, caller: Caller, batchId: string): Promise<BatchView> {
  const [batch] = await query(tx, caller, 'and b.id = $4', [batchId])
  if (!batch) throw new Refused(sealsProblems['batch-not-found'])
  return batch
}

/** Batches that the caller may see. @param where begins with `and`; its parameters count from $4 */
async function query(tx: TenantTransaction, caller: Caller, where: string, values: unknown[]): Promise<BatchView[]> {
  const rows = (await tx.query(
    `select b.id, b.profile_name, b.state, b.total, b.created_at, b.finished_at, b.waiting_problem,
            (select count(*)::int from seal_batch_item i
              where i.tenant_id = b.tenant_id and i.batch_id = b.id and i.state = 'sealed') as sealed,
            (select count(*)::int from seal_batch_item i
              where i.tenant_id = b.tenant_id and i.batch_id = b.id and i.state = 'failed') as failed,
            (select count(*)::int from seal_batch_item i
              where i.tenant_id = b.tenant_id and i.batch_id = b.id and i.state = 'cancelled') as cancelled,
            (select count(*)::int from seal_raise r
              where r.tenant_id = b.tenant_id and r.batch_id = b.id and r.state = 'waiting') as to_raise
       from seal_batch b
      where (b.created_by = $1 or $2 or exists (
               select 1 from seal_grant g
                where g.tenant_id = b.tenant_id and g.profile_id = b.profile_id and g.subject = any ($3))) ${where}`,
    [caller.id, caller.roles.includes('auditor'), subjectsOf(caller), ...values]
  )) as BatchRow[]
  return rows.map(row => ({
    id: row.id,
    profile: row.profile_name,
    state: row.state,
    total: row.total,
    sealed: row.sealed,
    failed: row.failed,
    cancelled: row.cancelled,
    toRaise: row.to_raise,
    waitingFor: row.state === 'running' ? row.waiting_problem : null,
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null
  }))
}

interface BatchRow {
  id: string
  profile_name: string
  state: BatchView['state']
  total: number
  created_at: Date
  finished_at: Date | null
  waiting_problem: string | null
  sealed: number
  failed: number
  cancelled: number
  to_raise: number
}

interface ItemRow {
  position: number
  document_id: string
  state: BatchItemView['state']
  use_id: string | null
  sealed_document_id: string | null
  format: string | null
  level: string | null
  signing_time: Date | null
  timestamp_time: Date | null
  problem: string | null
  facts: Record<string, unknown> | null
}

function itemView(row: ItemRow): BatchItemView {
  return {
    position: row.position,
    documentId: row.document_id,
    state: row.state,
    sealId: row.use_id,
    sealedDocumentId: row.sealed_document_id,
    format: row.format,
    level: row.level,
    signingTime: row.signing_time?.toISOString() ?? null,
    timestampTime: row.timestamp_time?.toISOString() ?? null,
    problem: row.problem,
    facts: row.facts
  }
}
