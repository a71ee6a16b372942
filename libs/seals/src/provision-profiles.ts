import type { DataSource } from 'typeorm'
import { Clock, Ids, Refused } from '#platform'
import type { Permission, ProfileDefinition } from './seal-profile.js'
import { sealsProblems } from './seals.errors.js'

/** A caller's stable id, or a role: what is misspelt would be a grant to nobody. */
const subjectForm = /^(key:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|oidc:[0-9a-f]{32}|role:(sender|auditor|operator))$/

/**
 * Sets up seal profiles and who may use them. Works as the owner of the database, never as the application: a running
 * gateway cannot give itself, or anybody, a seal.
 */
export class ProvisionProfiles {
  constructor(
    private readonly owner: DataSource,
    private readonly ids: Ids,
    private readonly clock: Clock
  ) {}

  /** Creates a profile, or gives it a new definition. Batches under way keep the one that they were accepted with. */
  async profile(tenantId: string, name: string, definition: ProfileDefinition): Promise<void> {
    await this.inTenant(tenantId, query =>
      query(
        `insert into seal_profile (tenant_id, id, name, definition, updated_at) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, name) do update set definition = excluded.definition, updated_at = excluded.updated_at`,
        [tenantId, this.ids.next(), name, JSON.stringify(definition), this.clock.now()]
      )
    )
  }

  /**
   * Gives a permission.
   * @param subject `key:<id>`, `oidc:<digest>` or `role:<role>`
   * @returns whether there is such a profile
   * @throws Refused `seals/subject-malformed`
   */
  async grant(tenantId: string, profile: string, subject: string, may: Permission): Promise<boolean> {
    if (!subjectForm.test(subject)) throw new Refused(sealsProblems['subject-malformed'])
    return this.inTenant(tenantId, async query => {
      const rows = (await query(`select id from seal_profile where tenant_id = $1 and name = $2`, [
        tenantId,
        profile
      ])) as { id: string }[]
      if (!rows[0]) return false
      await query(
        `insert into seal_grant (tenant_id, profile_id, subject, may, granted_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing`,
        [tenantId, rows[0].id, subject, may, this.clock.now()]
      )
      return true
    })
  }

  /** Takes a permission away. Batches of whoever held it stop before their next documents. */
  async revoke(tenantId: string, profile: string, subject: string, may: Permission): Promise<void> {
    await this.inTenant(tenantId, query =>
      query(
        `delete from seal_grant g using seal_profile p
          where p.tenant_id = $1 and g.tenant_id = p.tenant_id and p.id = g.profile_id and p.name = $2
            and g.subject = $3 and g.may = $4`,
        [tenantId, profile, subject, may]
      )
    )
  }

  // row level security binds the owner too (FORCE), unless it is a superuser: so each statement names its tenant besides
  private inTenant<T>(tenantId: string, work: (query: DataSource['query']) => Promise<T>): Promise<T> {
    return this.owner.transaction(async tx => {
      await tx.query(`select set_config('goniec.tenant_id', $1, true)`, [tenantId])
      return work(tx.query.bind(tx) as DataSource['query'])
    })
  }
}
