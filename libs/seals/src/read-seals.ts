import { type Caller, requireRole } from '#access'
import { Database, Refused, type TenantTransaction } from '#platform'
import { permittedProfiles, type SealProfile, subjectsOf } from './seal-profile.js'
import { sealsProblems } from './seals.errors.js'

/** A use of a seal, and what came of it. */
export interface UseView {
  readonly id: string
  readonly profile: string
  /** Who caused it: `key:<id>` or `oidc:<digest>`. */
  readonly actor: string
  readonly usedAt: string
  /** SHA-256 of the document as it came in, hexadecimal. */
  readonly documentSha256: string
  readonly batchId: string | null
  readonly position: number | null
  /**
   * `made`; `to-raise`: made, and to be raised when a service is back; `raised`; `not-raised`: made, and cannot be raised;
   * `failed`: no seal; `open`: under way, or its process died before there was a result.
   */
  readonly state: 'made' | 'to-raise' | 'raised' | 'not-raised' | 'failed' | 'open'
  readonly format: string | null
  /** The level reached. */
  readonly level: string | null
  /** The level that is still to be reached. */
  readonly raiseTo: string | null
  /** The sealed document as it stands now, where it was kept. */
  readonly documentId: string | null
  /** SHA-256 of the sealed file as it was made, and as it was raised. */
  readonly sealedSha256: string | null
  readonly raisedSha256: string | null
  readonly signingTime: string | null
  readonly timestampTime: string | null
  /** Code of what stopped it, or of what raising waits for. */
  readonly problem: string | null
}

/** Which uses to list. */
export interface UseFilter {
  readonly profile?: string
  /** SHA-256 of a document before or after it was sealed, or raised. */
  readonly sha256?: Buffer
  readonly from?: Date
  readonly to?: Date
}

/** A page of uses, newest first. */
export interface UsePage {
  readonly items: UseView[]
  /** Id to go on after; absent on the last page. */
  readonly next?: string
}

/** What may be read of profiles and of the record of uses. */
export class ReadSeals {
  constructor(private readonly database: Database) {}

  /** Profiles that the caller may use. */
  async profiles(caller: Caller): Promise<SealProfile[]> {
    return this.database.inTenant(caller.tenantId, tx => permittedProfiles(tx, caller, 'use'))
  }

  /** One use, for its author, auditors, and who may use its profile. @throws Refused `seals/seal-not-found` */
  async seal(caller: Caller, useId: string): Promise<UseView> {
    const [found] = await this.database.inTenant(caller.tenantId, tx =>
      query(
        tx,
        `u.id = $1 and (u.actor = $2 or $3 or exists (
           select 1 from seal_grant g where g.tenant_id = u.tenant_id and g.profile_id = u.profile_id and g.may = 'use'
                                        and g.subject = any ($4)))`,
        [useId, caller.id, caller.roles.includes('auditor'), subjectsOf(caller)]
      )
    )
    if (!found) throw new Refused(sealsProblems['seal-not-found'])
    return found
  }

  /**
   * The record of uses, for auditors, newest first.
   * @param limit 1–1000 @param after id of the last one seen
   * @throws Refused `access/role-missing`
   */
  async uses(caller: Caller, filter: UseFilter, limit: number, after: string | undefined): Promise<UsePage> {
    requireRole(caller, 'auditor')
    const rows = await this.database.inTenant(caller.tenantId, tx =>
      query(
        tx,
        `($1::text is null or p.name = $1) and ($2::timestamptz is null or u.used_at >= $2)
          and ($3::timestamptz is null or u.used_at < $3) and ($4::uuid is null or u.id < $4)
          and ($5::bytea is null or u.id in (
            select id from seal_use where document_sha256 = $5
            union all select use_id from seal_made where sealed_sha256 = $5
            union all select r.id from seal_raise r
                        join document d on d.tenant_id = r.tenant_id and d.id = r.raised_document_id where d.sha256 = $5))
          order by u.id desc limit $6`,
        [
          filter.profile ?? null,
          filter.from ?? null,
          filter.to ?? null,
          after ?? null,
          filter.sha256 ?? null,
          limit + 1
        ]
      )
    )
    const items = rows.slice(0, limit)
    return { items, ...(rows.length > limit ? { next: items.at(-1)!.id } : {}) }
  }
}

interface UseRow {
  id: string
  profile: string
  actor: string
  used_at: Date
  document_sha256: Buffer
  batch_id: string | null
  position: number | null
  made_at: Date | null
  format: string | null
  level: string | null
  sealed_sha256: Buffer | null
  signing_time: Date | null
  timestamp_time: Date | null
  problem: string | null
  raise_state: 'waiting' | 'raised' | 'failed' | null
  raise_to: string | null
  raise_problem: string | null
  document_id: string | null
  raised_sha256: Buffer | null
}

async function query(tx: TenantTransaction, where: string, values: unknown[]): Promise<UseView[]> {
  const rows = (await tx.query(
    `select u.id, p.name as profile, u.actor, u.used_at, u.document_sha256, u.batch_id, u.position,
            m.made_at, m.format, m.level, m.sealed_sha256, m.signing_time, m.timestamp_time, m.problem,
            r.state as raise_state, r.to_level as raise_to, r.problem as raise_problem,
            coalesce(r.raised_document_id, m.document_id) as document_id, d.sha256 as raised_sha256
       from seal_use u
       join seal_profile p on p.tenant_id = u.tenant_id and p.id = u.profile_id
       left join seal_made m on m.tenant_id = u.tenant_id and m.use_id = u.id
       left join seal_raise r on r.tenant_id = u.tenant_id and r.id = u.id
       left join document d on d.tenant_id = r.tenant_id and d.id = r.raised_document_id
      where ${where}`,
    values
  )) as UseRow[]
  return rows.map(useView)
}

const raiseStates = { waiting: 'to-raise', raised: 'raised', failed: 'not-raised' } as const

function useView(row: UseRow): UseView {
  const isRaised = row.raise_state === 'raised'
  return {
    id: row.id,
    profile: row.profile,
    actor: row.actor,
    usedAt: row.used_at.toISOString(),
    documentSha256: row.document_sha256.toString('hex'),
    batchId: row.batch_id,
    position: row.position,
    state: row.raise_state ? raiseStates[row.raise_state] : row.problem ? 'failed' : row.made_at ? 'made' : 'open',
    format: row.format,
    level: isRaised ? row.raise_to : row.level,
    raiseTo: isRaised ? null : row.raise_to,
    documentId: row.document_id,
    sealedSha256: row.sealed_sha256?.toString('hex') ?? null,
    raisedSha256: row.raised_sha256?.toString('hex') ?? null,
    signingTime: row.signing_time?.toISOString() ?? null,
    timestampTime: row.timestamp_time?.toISOString() ?? null,
    problem: row.problem ?? row.raise_problem
  }
}
