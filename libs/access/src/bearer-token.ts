import { createHash } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { Clock, Refused, Unavailable } from '#platform'
import type { TrustedIssuer } from './access.config.js'
import { accessProblems } from './access.errors.js'
import { ROLES, type Caller, type Role } from './caller.js'

/** Signature algorithms we accept: asymmetric ones only, so that a public key can never serve as a secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

/** Checks bearer tokens of the trusted issuers (RFC 9068); keys are fetched once and cached by jose. */
export class BearerTokens {
  private readonly keys = new Map<string, Promise<JWTVerifyGetKey>>()

  constructor(
    private readonly issuers: readonly TrustedIssuer[],
    private readonly clock: Clock
  ) {}

  /**
   * Who the token speaks for.
   * @throws Refused `access/token-invalid`, `access/tenant-unknown`; Unavailable when the keys cannot be fetched
   */
  async caller(token: string): Promise<Caller> {
    const issuer = this.issuers.find(known => known.issuer === claimedIssuer(token))
    if (!issuer) throw new Refused(accessProblems['token-invalid'])
    const payload = await this.verify(token, issuer)
    const tenantId = payload[issuer.tenantClaim]
    if (typeof tenantId !== 'string' || !/^[0-9a-f-]{36}$/.test(tenantId))
      throw new Refused(accessProblems['tenant-unknown'])
    const claimed = payload[issuer.rolesClaim]
    const roles = ROLES.filter((role): role is Role => Array.isArray(claimed) && claimed.includes(role))
    const id = `oidc:${pseudonym(issuer.issuer, payload.sub ?? '')}`
    return { tenantId, id, roles, person: isOfPerson(payload, issuer.personClaim) }
  }

  private async verify(token: string, issuer: TrustedIssuer): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, await this.keysOf(issuer), {
        issuer: issuer.issuer,
        audience: issuer.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: 5,
        currentDate: this.clock.now()
      })
      return payload
    } catch (error) {
      if (error instanceof Unavailable) throw error
      // a key server that is away says nothing about the token
      if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) throw this.away(issuer, error)
      throw new Refused(accessProblems['token-invalid'], {}, { cause: error })
    }
  }

  private keysOf(issuer: TrustedIssuer): Promise<JWTVerifyGetKey> {
    let keys = this.keys.get(issuer.issuer)
    if (!keys) {
      keys = this.discover(issuer).then(uri => createRemoteJWKSet(new URL(uri), { timeoutDuration: 5000 }))
      this.keys.set(issuer.issuer, keys)
    }
    return keys
  }

  private async discover(issuer: TrustedIssuer): Promise<string> {
    if (issuer.jwksUri) return issuer.jwksUri
    try {
      const url = `${issuer.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
      const response = await fetch(url, { signal: AbortSignal.timeout(5000), redirect: 'error' })
      const { jwks_uri: uri } = (await response.json()) as { jwks_uri?: unknown }
      if (!response.ok || typeof uri !== 'string') throw new Error(`discovery answered ${response.status}`)
      return uri
    } catch (error) {
      throw this.away(issuer, error)
    }
  }

  private away(issuer: TrustedIssuer, cause: unknown): Unavailable {
    this.keys.delete(issuer.issuer)
    return new Unavailable(accessProblems['identity-provider-unavailable'], {}, { cause, retryAfterSeconds: 5 })
  }
}

/** The issuer that a token names; believed only as a hint to which keys to check it with. */
function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

/**
 * Whether somebody logged in for this token. One without the claim that says so counts as a program's, and so does one whose
 * subject is the program itself (RFC 9068, 2.2: client credentials), whatever else stands in it. Some providers give programs
 * `"auth_time": 0`; `false`, `null` and nothing say as little.
 */
function isOfPerson(payload: JWTPayload, personClaim: string): boolean {
  const { sub, client_id: client, azp } = payload
  return Boolean(payload[personClaim]) && sub !== client && sub !== azp
}

/** A stable name for a person without saying who they are. */
function pseudonym(issuer: string, subject: string): string {
  return createHash('sha256').update(`${issuer}\n${subject}`).digest('hex').slice(0, 32)
}
