import type { DataSource } from 'typeorm'
import { Clock, Ids } from '#platform'
import { issueApiKey } from './api-key.js'
import type { Role } from './caller.js'
import type { SenderKind } from './rows.js'

/** An institution and its sender addresses. */
export interface TenantSettings {
  id: string
  name: string
  addresses: { ade: string; name: string; isPublic: boolean; kind: SenderKind }[]
}

/**
 * Sets up tenants and keys. Works as the owner of the database, never as the application: a running gateway cannot
 * give itself rights.
 */
export class Provision {
  constructor(
    private readonly owner: DataSource,
    private readonly ids: Ids,
    private readonly clock: Clock
  ) {}

  /** Creates or updates a tenant with its addresses; safe to repeat. Addresses are added, never taken away. */
  async tenant(settings: TenantSettings): Promise<void> {
    await this.inTenant(settings.id, async query => {
      await query(
        `insert into tenant (id, name, created_at) values ($1, $2, $3)
         on conflict (id) do update set name = excluded.name`,
        [settings.id, settings.name, this.clock.now()]
      )
      for (const address of settings.addresses)
        await query(
          `insert into sender_address (tenant_id, ade, name, is_public, kind) values ($1, $2, $3, $4, $5)
           on conflict (tenant_id, ade) do update
             set name = excluded.name, is_public = excluded.is_public, kind = excluded.kind`,
          [settings.id, address.ade, address.name, address.isPublic, address.kind]
        )
    })
  }

  /** Issues a key; its text is returned once and kept nowhere. */
  async apiKey(tenantId: string, label: string, roles: readonly Role[]): Promise<{ id: string; text: string }> {
    const key = issueApiKey(this.ids)
    await this.inTenant(tenantId, query =>
      query(
        `insert into api_key (tenant_id, id, secret_sha256, label, roles, created_at) values ($1, $2, $3, $4, $5, $6)`,
        [tenantId, key.id, key.secretSha256, label, roles, this.clock.now()]
      )
    )
    return { id: key.id, text: key.text }
  }

  /** Revokes a key. @returns whether there was such a key in use */
  async revokeApiKey(tenantId: string, id: string): Promise<boolean> {
    return this.inTenant(tenantId, async query => {
      const rows = (await query(
        `with revoked as (
           update api_key set revoked_at = $3 where tenant_id = $1 and id = $2 and revoked_at is null returning 1)
         select count(*)::int as count from revoked`,
        [tenantId, id, this.clock.now()]
      )) as { count: number }[]
      return rows[0]!.count === 1
    })
  }

  // row level security binds the owner too (FORCE), so provisioning names its tenant like everybody else
  private inTenant<T>(tenantId: string, work: (query: DataSource['query']) => Promise<T>): Promise<T> {
    return this.owner.transaction(async tx => {
      await tx.query(`select set_config('goniec.tenant_id', $1, true)`, [tenantId])
      return work(tx.query.bind(tx) as DataSource['query'])
    })
  }
}
