import { createHash } from 'node:crypto'
import { type Caller, requireRole } from '#access'
import { Clock, Database, Ids, Jobs, Refused, type TenantTransaction } from '#platform'
import type { SealOrder } from '#sealing'
import { enqueueBatch } from './batch-queue.js'
import type { BatchState } from './batch-states.js'
import { permittedProfile, subjectsOf } from './seal-profile.js'
import { sealsProblems } from './seals.errors.js'

/** Where one document differs from the batch's profile. It is kept, so there is no password in it. */
export interface ItemWish extends Omit<SealOrder, 'id' | 'documents' | 'pdf'> {
  readonly pdf?: Omit<NonNullable<SealOrder['pdf']>, 'password'>
}

/** A batch as a caller hands it in. */
export interface NewBatch {
  readonly profile: string
  /** Uploaded documents by id, each with what is special about it. */
  readonly items: readonly { readonly documentId: string; readonly wish: ItemWish }[]
}

/** What the caller is answered. */
export interface BatchAcceptance {
  readonly id: string
  readonly state: BatchState
  /** True: this key was answered before, nothing new was made. */
  readonly replayed: boolean
}

/** Takes a batch in: one transaction, one batch per idempotency key, for ever. */
export class AcceptBatch {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly ids: Ids,
    private readonly clock: Clock
  ) {}

  /**
   * @throws Refused `access/role-missing`, `seals/profile-unknown`, `seals/batch-document-unknown`,
   * `seals/idempotency-key-missing`, `seals/idempotency-key-reused`
   */
  async execute(caller: Caller, idempotencyKey: string | undefined, batch: NewBatch): Promise<BatchAcceptance> {
    requireRole(caller, 'sender')
    if (!idempotencyKey || idempotencyKey.length > 255) throw new Refused(sealsProblems['idempotency-key-missing'])
    const { tenantId } = caller
    const { items } = batch
    const key = sha256(idempotencyKey)
    const request = sha256(JSON.stringify([batch.profile, items]))
    return this.database.inTenant(tenantId, async tx => {
      const { id: profileId, name, definition } = await permittedProfile(tx, caller, batch.profile, 'use')
      const { secondPersonAbove } = definition
      const state =
        secondPersonAbove !== undefined && items.length > secondPersonAbove ? 'awaiting-approval' : 'running'
      const id = this.ids.next()
      // whoever comes with the same key meanwhile waits here for the first to commit
      const inserted = (await tx.query(
        `insert into seal_batch (tenant_id, id, profile_id, profile_name, definition, key_sha256, request_sha256, state, total,
                                 created_by, created_as, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (tenant_id, key_sha256) do nothing returning id`,
        [
          tenantId,
          id,
          profileId,
          name,
          JSON.stringify(definition),
          key,
          request,
          state,
          items.length,
          caller.id,
          subjectsOf(caller),
          this.clock.now()
        ]
      )) as { id: string }[]
      if (inserted.length === 0) return earlier(tx, key, request)
      await this.insertItems(tx, tenantId, id, items)
      if (state === 'running') await enqueueBatch(tx, this.jobs, { tenantId, batchId: id }, items.length)
      return { id, state, replayed: false }
    })
  }

  private async insertItems(tx: TenantTransaction, tenantId: string, batchId: string, items: NewBatch['items']) {
    const wanted = [...new Set(items.map(({ documentId }) => documentId.toLowerCase()))]
    const [known] = (await tx.query(`select count(*)::int as count from document where id = any ($1::uuid[])`, [
      wanted
    ])) as { count: number }[]
    if (known!.count !== wanted.length) throw new Refused(sealsProblems['batch-document-unknown'])
    await tx.query(
      `insert into seal_batch_item (tenant_id, batch_id, position, document_id, wish, state, updated_at)
       select $1, $2, i.position - 1, i.document_id, i.wish, 'waiting', $3
         from unnest($4::uuid[], $5::jsonb[]) with ordinality as i (document_id, wish, position)`,
      [tenantId, batchId, this.clock.now(), items.map(i => i.documentId), items.map(i => JSON.stringify(i.wish))]
    )
  }
}

async function earlier(tx: TenantTransaction, key: Buffer, request: Buffer): Promise<BatchAcceptance> {
  const [found] = (await tx.query(`select id, state, request_sha256 from seal_batch where key_sha256 = $1`, [key])) as {
    id: string
    state: BatchState
    request_sha256: Buffer
  }[]
  if (!found!.request_sha256.equals(request)) throw new Refused(sealsProblems['idempotency-key-reused'])
  return { id: found!.id, state: found!.state, replayed: true }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
