import { Database, Gather, Refused } from '#platform'
import { accessProblems } from './access.errors.js'
import { parseApiKey, sameDigest } from './api-key.js'
import { BearerTokens } from './bearer-token.js'
import type { Caller, Role } from './caller.js'

interface KnownKey {
  readonly tenant_id: string
  readonly secret_sha256: Buffer
  readonly roles: Role[]
}

/** Turns an `Authorization` header into a caller. */
export class Authenticate {
  /** Keys that are asked for at the same time are looked up together. */
  private readonly lookUps = new Gather<string, KnownKey | undefined>(ids => this.find(ids))

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
    const [tenant] = await this.database.ask('select id from tenant where id = $1', [caller.tenantId])
    if (!tenant) throw new Refused(accessProblems['tenant-unknown'])
    return caller
  }

  private async byKey(text: string): Promise<Caller> {
    const key = parseApiKey(text)
    if (!key) throw new Refused(accessProblems['key-invalid'])
    const found = await this.lookUps.add('', key.id)
    if (!found || !sameDigest(found.secret_sha256, key.secretSha256)) throw new Refused(accessProblems['key-invalid'])
    return { tenantId: found.tenant_id, id: `key:${key.id}`, roles: found.roles, person: false }
  }

  private async find(ids: string[]): Promise<(KnownKey | undefined)[]> {
    const rows = await this.database.ask<KnownKey & { asked: string }>(
      '/* prepared as api_keys */ select k.asked, f.* from unnest($1::uuid[]) as k (asked), find_api_key(k.asked) as f',
      [[...new Set(ids)]]
    )
    const byId = new Map(rows.map(row => [row.asked, row]))
    return ids.map(id => byId.get(id))
  }
}
