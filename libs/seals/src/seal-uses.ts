import { Clock, Ids, Refused, type TenantTransaction } from '#platform'
import type { SealOutcome } from '#sealing'
import { sealsProblems } from './seals.errors.js'

/** A use of a seal that is about to happen. */
export interface IntendedUse {
  readonly profileId: string
  readonly maxPerHour?: number
  /** Who causes it. */
  readonly actor: string
  /** SHA-256 of the document, as it came in. */
  readonly documentSha256: Buffer
  readonly batchId?: string
  readonly position?: number
}

/** What came of it. */
export interface UseResult {
  readonly useId: string
  readonly outcome: SealOutcome
  /** SHA-256 of the sealed file. */
  readonly sealedSha256?: Buffer
}

/**
 * The record of every use of a seal: written before the key is asked, so that no use goes unrecorded, and completed
 * afterwards. Both tables only grow.
 */
export class SealUses {
  constructor(
    private readonly ids: Ids,
    private readonly clock: Clock
  ) {}

  /**
   * Records uses of one profile, all of them or none.
   * @returns their ids, in order
   * @throws Refused `seals/limit-reached` with `retryAfterSeconds` in its facts
   */
  async intend(tx: TenantTransaction, tenantId: string, uses: readonly IntendedUse[]): Promise<string[]> {
    const first = uses[0]
    if (!first) return []
    const now = this.clock.now()
    if (first.maxPerHour !== undefined) await this.withinLimit(tx, first.profileId, first.maxPerHour, uses.length, now)
    const ids = uses.map(() => this.ids.next())
    await tx.query(
      `insert into seal_use (tenant_id, id, profile_id, actor, document_sha256, batch_id, position, used_at)
       select $1, u.id, u.profile_id, u.actor, u.document_sha256, u.batch_id, u.position, $2
         from unnest($3::uuid[], $4::uuid[], $5::text[], $6::bytea[], $7::uuid[], $8::int[])
              as u (id, profile_id, actor, document_sha256, batch_id, position)`,
      [
        tenantId,
        now,
        ids,
        uses.map(use => use.profileId),
        uses.map(use => use.actor),
        uses.map(use => use.documentSha256),
        uses.map(use => use.batchId ?? null),
        uses.map(use => use.position ?? null)
      ]
    )
    return ids
  }

  /** Completes the record. */
  async conclude(tx: TenantTransaction, tenantId: string, results: readonly UseResult[]): Promise<void> {
    if (results.length === 0) return
    const made = results.map(({ outcome }) => (outcome.ok ? outcome : undefined))
    await tx.query(
      `insert into seal_made (tenant_id, use_id, format, level, sealed_sha256, signing_time, timestamp_time, problem, made_at)
       select $1, m.use_id, m.format, m.level, m.sealed_sha256, m.signing_time, m.timestamp_time, m.problem, $2
         from unnest($3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::timestamptz[], $8::timestamptz[], $9::text[])
              as m (use_id, format, level, sealed_sha256, signing_time, timestamp_time, problem)`,
      [
        tenantId,
        this.clock.now(),
        results.map(({ useId }) => useId),
        made.map(outcome => outcome?.format ?? null),
        made.map(outcome => outcome?.level ?? null),
        results.map(({ sealedSha256 }) => sealedSha256 ?? null),
        made.map(outcome => outcome?.signingTime ?? null),
        made.map(outcome => outcome?.timestamp?.genTime ?? null),
        results.map(({ outcome }) => (outcome.ok ? null : outcome.problem.code))
      ]
    )
  }

  /** Counted under a lock of the profile: two processes together must not exceed what each may alone. */
  private async withinLimit(
    tx: TenantTransaction,
    profileId: string,
    limit: number,
    wanted: number,
    now: Date
  ): Promise<void> {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended($1::text, 0))`, [profileId])
    const hourAgo = new Date(now.getTime() - 3_600_000)
    const [row] = (await tx.query(
      `select count(*)::int as count, min(used_at) as oldest from seal_use where profile_id = $1 and used_at > $2`,
      [profileId, hourAgo]
    )) as { count: number; oldest: Date | null }[]
    if (row!.count + wanted <= limit) return
    const retryAfterSeconds = row!.oldest ? Math.ceil((row!.oldest.getTime() - hourAgo.getTime()) / 1000) : 3600
    throw new Refused(sealsProblems['limit-reached'], { limit, used: row!.count, wanted, retryAfterSeconds })
  }
}
