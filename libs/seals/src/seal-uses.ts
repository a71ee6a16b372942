import type { Caller } from '#access'
import { Clock, Ids, Refused, type TenantTransaction } from '#platform'
import type { SealFormat, SealLevel } from '#sealing'
import { isPermitted, profileOf, type ProfileRow, type SealProfile, subjectsOf } from './seal-profile.js'
import { sealsProblems } from './seals.errors.js'

/** A use of a seal that is about to happen. */
export interface IntendedUse {
  /** Who causes it. */
  readonly actor: string
  /** SHA-256 of the document, as it came in. */
  readonly documentSha256: Buffer
  readonly batchId?: string
  readonly position?: number
}

/** Uses that were written down. */
export interface RecordedUses {
  /** Their ids, in order: of the first ones only, where the limit has no room for all. */
  readonly ids: readonly string[]
  /** Why the others may not happen. */
  readonly refused?: Refused
}

/** What came of a use: a sealed file, or the code of a problem. */
export interface UseResult {
  readonly useId: string
  readonly made?: {
    readonly format: SealFormat
    readonly level: SealLevel
    readonly signingTime: Date
    readonly timestampTime?: Date
    /** SHA-256 of the sealed file. */
    readonly sealedSha256: Buffer
    /** The sealed document, where it was kept. */
    readonly documentId?: string
  }
  readonly problem?: string
}

const hourMs = 3_600_000

/**
 * The record of every use of a seal: written before the key is asked, so that no use goes unrecorded, and completed
 * afterwards. Both tables only grow. A use without a result is one whose process died, or that is under way.
 */
export class SealUses {
  constructor(
    private readonly ids: Ids,
    private readonly clock: Clock
  ) {}

  /** Records uses of one profile, as many as its limit has room for. */
  async intend(
    tx: TenantTransaction,
    tenantId: string,
    { id: profileId, maxPerHour }: { readonly id: string; readonly maxPerHour?: number | undefined },
    uses: readonly IntendedUse[]
  ): Promise<RecordedUses> {
    const now = this.clock.now()
    const refused =
      maxPerHour === undefined ? undefined : await limitReached(tx, profileId, maxPerHour, uses.length, now)
    const allowed = refused ? uses.slice(0, refused.room) : uses
    const ids = allowed.map(() => this.ids.next())
    if (allowed.length > 0)
      await tx.query(
        `/* prepared as seal_uses */
         insert into seal_use (tenant_id, id, profile_id, actor, document_sha256, batch_id, position, used_at)
         select $1, u.id, $2, u.actor, u.document_sha256, u.batch_id, u.position, $3
           from unnest($4::uuid[], $5::text[], $6::bytea[], $7::uuid[], $8::int[])
                as u (id, actor, document_sha256, batch_id, position)`,
        [
          tenantId,
          profileId,
          now,
          ids,
          allowed.map(use => use.actor),
          allowed.map(use => use.documentSha256),
          allowed.map(use => use.batchId ?? null),
          allowed.map(use => use.position ?? null)
        ]
      )
    return { ids, ...(refused ? { refused: refused.problem } : {}) }
  }

  /**
   * Finds the profile that a caller may use, and records their uses of it unless it has a limit: then they are still to be
   * counted (`intend`). One statement does both, and waits for nothing.
   * @returns undefined where there is no such profile for the caller; else their ids, none where there is a limit
   */
  async intendPermitted(
    tx: TenantTransaction,
    caller: Caller,
    profileName: string,
    documents: readonly Buffer[]
  ): Promise<{ readonly profile: SealProfile; readonly ids: readonly string[] } | undefined> {
    const ids = documents.map(() => this.ids.next())
    const [row] = (await tx.query(
      `/* prepared as permitted_uses */
       with profile as (select p.id, p.name, p.definition from seal_profile p
                         where p.tenant_id = $1 and p.name = $2 and ${isPermitted(`'use'`, '$3')}),
            written as (insert into seal_use (tenant_id, id, profile_id, actor, document_sha256, used_at)
                        select $1, u.id, profile.id, $4, u.document_sha256, $5
                          from profile, unnest($6::uuid[], $7::bytea[]) as u (id, document_sha256)
                         where not profile.definition ? 'maxPerHour')
       select * from profile`,
      [caller.tenantId, profileName, subjectsOf(caller), caller.id, this.clock.now(), ids, documents]
    )) as ProfileRow[]
    if (!row) return undefined
    const profile = profileOf(row)
    return { profile, ids: profile.definition.maxPerHour === undefined ? ids : [] }
  }

  /** Completes the record. */
  async conclude(tx: TenantTransaction, tenantId: string, results: readonly UseResult[]): Promise<void> {
    if (results.length === 0) return
    await tx.query(
      `/* prepared as seals_made */
       insert into seal_made (tenant_id, use_id, format, level, sealed_sha256, document_id, signing_time, timestamp_time,
                              problem, made_at)
       select $1, m.use_id, m.format, m.level, m.sealed_sha256, m.document_id, m.signing_time, m.timestamp_time, m.problem, $2
         from unnest($3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::uuid[], $8::timestamptz[], $9::timestamptz[],
                     $10::text[])
              as m (use_id, format, level, sealed_sha256, document_id, signing_time, timestamp_time, problem)`,
      [
        tenantId,
        this.clock.now(),
        results.map(({ useId }) => useId),
        results.map(({ made }) => made?.format ?? null),
        results.map(({ made }) => made?.level ?? null),
        results.map(({ made }) => made?.sealedSha256 ?? null),
        results.map(({ made }) => made?.documentId ?? null),
        results.map(({ made }) => made?.signingTime ?? null),
        results.map(({ made }) => made?.timestampTime ?? null),
        results.map(({ problem }) => problem ?? null)
      ]
    )
  }
}

/**
 * Whether `wanted` more uses exceed the limit, and how many have room. Counted under a lock of the profile: two processes
 * together must not exceed what each may alone. A use that ended in a problem made no seal and does not count.
 */
async function limitReached(
  tx: TenantTransaction,
  profileId: string,
  limit: number,
  wanted: number,
  now: Date
): Promise<{ room: number; problem: Refused } | undefined> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1::text, 0))`, [profileId])
  const hourAgo = new Date(now.getTime() - hourMs)
  const [row] = (await tx.query(
    `select count(*)::int as used, min(u.used_at) as oldest from seal_use u
      where u.profile_id = $1 and u.used_at > $2
        and not exists (select 1 from seal_made m
                         where m.tenant_id = u.tenant_id and m.use_id = u.id and m.problem is not null)`,
    [profileId, hourAgo]
  )) as { used: number; oldest: Date | null }[]
  const { used, oldest } = row!
  if (used + wanted <= limit) return undefined
  const waitMs = oldest ? oldest.getTime() - hourAgo.getTime() : hourMs
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000))
  const problem = new Refused(sealsProblems['limit-reached'], { limit, used, retryAfterSeconds })
  return { room: Math.max(0, limit - used), problem }
}
