import { Database, Refused } from '#platform'
import { accessProblems } from './access.errors.js'
import { parseApiKey, sameDigest } from './api-key.js'
import { BearerTokens } from './bearer-token.js'
import type { Caller, Role } from './caller.js'
import { TenantRow } from './rows.js'

/** Turns an `Authorization` header into a caller. */
export class Authenticate {
  constructor(
    private readonly database: Database,
    private readonly tokens: BearerTokens
  ) {}

  /**
   * @param header value of `Authorization`: `Bearer <API key or token>`
   * @throws Refused `access/unauthenticated`, `access/key-invalid`, `access/token-invalid`, `access/tenant-unknown`;
   * Unavailable when the database or the identity provider is away
   */
  async execute(header: string | undefined): Promise<Caller> {
    const credential = /^Bearer ([\w.~+/=-]{20,8192})$/i.exec(header ?? '')?.[1]
    if (!credential) throw new Refused(accessProblems.unauthenticated)
    if (credential.startsWith('gnc_')) return this.byKey(credential)
    const caller = await this.tokens.caller(credential)
    const known = await this.database.transaction(tx => tx.existsBy(TenantRow, { id: caller.tenantId }))
    if (!known) throw new Refused(accessProblems['tenant-unknown'])
    return caller
  }

  private async byKey(text: string): Promise<Caller> {
    const key = parseApiKey(text)
    if (!key) throw new Refused(accessProblems['key-invalid'])
    const [found] = await this.database.ask<{ tenant_id: string; secret_sha256: Buffer; roles: Role[] }>(
      'select * from find_api_key($1)',
      [key.id]
    )
    if (!found || !sameDigest(found.secret_sha256, key.secretSha256)) throw new Refused(accessProblems['key-invalid'])
    return { tenantId: found.tenant_id, id: `key:${key.id}`, roles: found.roles, person: false }
  }
}
