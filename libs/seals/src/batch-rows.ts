import { In } from 'typeorm'
import type { Caller } from '#access'
import { DocumentRow } from '#letter'
import { Refused, type TenantTransaction } from '#platform'
import type { SealLevel, SealOutcome } from '#sealing'
import type { ItemWish } from './accept-batch.js'
import type { BatchState } from './batch-states.js'
import { keptDefinition, permittedProfiles, type ProfileDefinition } from './seal-profile.js'
import { sealsProblems } from './seals.errors.js'

/** A batch that is being worked on. */
export interface RunningBatch {
  readonly profileId: string
  /** As it was when the batch was accepted: how everything in it is sealed. */
  readonly definition: ProfileDefinition
  /** As it is now: limits hold at once. */
  readonly maxPerHour: number | undefined
  /** Whether its author may (still) use the profile. */
  readonly permitted: boolean
  readonly createdBy: string
  /** How often work on it was tried in vain since it last went on. */
  readonly tries: number
}

/** A batch that somebody decides on. */
export interface BatchToDecide {
  readonly state: BatchState
  readonly createdBy: string
  /** Documents. */
  readonly total: number
  /** Whether who decides holds the permission; it says nothing of who made the batch. */
  readonly mayApprove: boolean
}

/** One document of a batch, locked for its transaction. */
export interface ClaimedItem {
  readonly position: number
  readonly document: DocumentRow
  readonly wish: ItemWish
}

/** What became of an item. */
export interface SettledItem {
  readonly item: ClaimedItem
  readonly useId: string
  readonly outcome: SealOutcome
  /** The sealed document, when there is one. */
  readonly sealed?: DocumentRow
}

/** Documents of one chunk together, in bytes: they may all be in memory at once. */
const chunkBytes = 64 * 1024 * 1024

/** The batch, if there is work to be done on it. */
export async function runningBatch(tx: TenantTransaction, batchId: string): Promise<RunningBatch | undefined> {
  const [row] = (await tx.query(
    `select b.profile_id, b.definition, b.created_by, b.tries, p.definition->'maxPerHour' as max_per_hour,
            exists (select 1 from seal_grant g
                     where g.tenant_id = b.tenant_id and g.profile_id = b.profile_id and g.may = 'use'
                       and g.subject = any (b.created_as)) as permitted
       from seal_batch b join seal_profile p on p.tenant_id = b.tenant_id and p.id = b.profile_id
      where b.id = $1 and b.state = 'running'`,
    [batchId]
  )) as {
    profile_id: string
    definition: unknown
    created_by: string
    tries: number
    max_per_hour: number | null
    permitted: boolean
  }[]
  if (!row) return undefined
  return {
    profileId: row.profile_id,
    definition: keptDefinition.parse(row.definition),
    maxPerHour: row.max_per_hour ?? undefined,
    permitted: row.permitted,
    createdBy: row.created_by,
    tries: row.tries
  }
}

/**
 * A batch that somebody decides on, locked, and whether the caller may approve what its profile seals.
 * @throws Refused `seals/batch-not-found`
 */
export async function batchToDecide(tx: TenantTransaction, caller: Caller, batchId: string): Promise<BatchToDecide> {
  const [row] = (await tx.query(
    `select profile_id, state, created_by, total from seal_batch where id = $1 for update`,
    [batchId]
  )) as { profile_id: string; state: BatchState; created_by: string; total: number }[]
  if (!row) throw new Refused(sealsProblems['batch-not-found'])
  const approvable = await permittedProfiles(tx, caller, 'approve')
  const { state, total, created_by: createdBy } = row
  return { state, total, createdBy, mayApprove: approvable.some(({ id }) => id === row.profile_id) }
}

/** Locks documents that wait and that nobody else has locked, in their order, up to a sum of bytes. */
export async function claimItems(tx: TenantTransaction, batchId: string, most: number): Promise<ClaimedItem[]> {
  const rows = (await tx.query(
    `select position, document_id, wish from seal_batch_item
      where batch_id = $1 and state = 'waiting' order by position limit $2 for update skip locked`,
    [batchId, most]
  )) as { position: number; document_id: string; wish: ItemWish }[]
  const documents = await tx.findBy(DocumentRow, { id: In(rows.map(row => row.document_id)) })
  const byId = new Map(documents.map(document => [document.id, document]))
  let bytes = 0
  return rows
    .map(({ position, document_id, wish }) => ({ position, wish, document: byId.get(document_id)! }))
    .filter(({ document }, i) => (bytes += document.size) <= chunkBytes || i === 0)
}

/** Writes down what became of items. */
export async function settleItems(
  tx: TenantTransaction,
  batchId: string,
  settled: readonly SettledItem[],
  now: Date
): Promise<void> {
  const of = <T>(value: (one: SettledItem) => T | null | undefined): (T | null)[] =>
    settled.map(one => value(one) ?? null)
  const made = ({ outcome }: SettledItem) => (outcome.ok ? outcome : undefined)
  const failed = ({ outcome }: SettledItem) => (outcome.ok ? undefined : outcome)
  await tx.query(
    `update seal_batch_item i
        set state = case when s.problem is null then 'sealed' else 'failed' end, use_id = s.use_id,
            sealed_document_id = s.sealed_document_id, format = s.format, level = s.level, signing_time = s.signing_time,
            timestamp_time = s.timestamp_time, problem = s.problem, facts = s.facts, updated_at = $2
       from unnest($3::int[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[],
                   $10::text[], $11::jsonb[])
              as s (position, use_id, sealed_document_id, format, level, signing_time, timestamp_time, problem, facts)
      where i.batch_id = $1 and i.position = s.position`,
    [
      batchId,
      now,
      of(({ item }) => item.position),
      of(({ useId }) => useId),
      of(({ sealed }) => sealed?.id),
      of(one => made(one)?.format),
      of<SealLevel>(one => made(one)?.level),
      of(one => made(one)?.signingTime),
      of(one => made(one)?.timestamp?.genTime),
      of(one => failed(one)?.problem.code),
      of(one => failed(one) && JSON.stringify(failed(one)!.facts))
    ]
  )
}

/** Done when nothing waits any more; somebody else's chunk may still be under way, and then they finish. */
export async function finishBatch(tx: TenantTransaction, batchId: string, now: Date): Promise<void> {
  await tx.query(
    `update seal_batch b set state = 'done', finished_at = $2, waiting_problem = null
      where id = $1 and state = 'running'
        and not exists (select 1 from seal_batch_item i
                         where i.tenant_id = b.tenant_id and i.batch_id = b.id and i.state = 'waiting')`,
    [batchId, now]
  )
}

/**
 * Cancels what waits in a cancelled batch, except for what somebody has locked to seal it: they come here too when they are done
 * with it. The batch is over when nothing waits any more. Does nothing to other batches.
 */
export async function endCancelled(tx: TenantTransaction, batchId: string, now: Date): Promise<void> {
  // one after the other: the last one to come sees what all others have done
  const cancelled = (await tx.query(
    `select 1 from seal_batch where id = $1 and state = 'cancelled' and finished_at is null for update`,
    [batchId]
  )) as unknown[]
  if (cancelled.length === 0) return
  await tx.query(
    `update seal_batch_item set state = 'cancelled', updated_at = $2
      where batch_id = $1 and position in (
        select position from seal_batch_item where batch_id = $1 and state = 'waiting' for update skip locked)`,
    [batchId, now]
  )
  await tx.query(
    `update seal_batch b set finished_at = $2
      where id = $1
        and not exists (select 1 from seal_batch_item i
                         where i.tenant_id = b.tenant_id and i.batch_id = b.id and i.state = 'waiting')`,
    [batchId, now]
  )
}

/** Lets a batch rest. @returns false when somebody else did already, or it went on meanwhile */
export async function restBatch(
  tx: TenantTransaction,
  batchId: string,
  tries: number,
  problem: string
): Promise<boolean> {
  const rows = (await tx.query(
    `with rested as (
       update seal_batch set tries = tries + 1, waiting_problem = $3
        where id = $1 and tries = $2 and state = 'running' returning 1)
     select 1 from rested`,
    [batchId, tries, problem]
  )) as unknown[]
  return rows.length > 0
}

/** Ends a rest: the batch goes on. @returns how many documents wait */
export async function resumeBatch(tx: TenantTransaction, batchId: string): Promise<number> {
  await tx.query(`update seal_batch set tries = 0, waiting_problem = null where id = $1`, [batchId])
  const [row] = (await tx.query(
    `select count(*)::int as count from seal_batch_item where batch_id = $1 and state = 'waiting'`,
    [batchId]
  )) as { count: number }[]
  return row!.count
}
