import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { HttpException } from '@nestjs/common'
import { jwtVerify, SignJWT } from 'jose'
import type { Pki } from '../pki/pki.js'
import { freshId } from '../world/fresh-id.js'
import type { Origin } from '../world/origin.js'
import type { SenderOffice } from '../world/scenario.js'
import type { WorldClock } from '../world/world-clock.js'

/** Path of the operator's realm; its token endpoint lies below. */
export const realmPath = '/auth/realms/EDOR'
export const tokenPath = `${realmPath}/protocol/openid-connect/token`

/** Life of an access token, in seconds. */
export const accessTokenLife = 300

/** What a token allows at an address. */
export const operatorScopes = [
  'read_messages',
  'write_messages',
  'read_settings',
  'write_settings',
  'read_permissions',
  'write_permissions'
] as const
export type OperatorScope = (typeof operatorScopes)[number]

/** What the surfaces need to know of a request. */
export interface BearerRequest {
  headers: { authorization?: string | undefined }
}

/** Claims of an access token that the surfaces use. */
export interface OperatorToken {
  /** Address whose system holds the token. */
  ade: string
  permissions: { rsid: string; rsname: string; scopes: string[] }[]
  /** Expiry, seconds since 1970, world time. */
  exp: number
}

/** Makes and checks the operator's access tokens (JWT, RS256). Token times are the world's. */
export class OperatorTokens {
  readonly #pki: Pki
  readonly #clock: WorldClock
  readonly #origin: Origin
  readonly #publicKey: KeyObject
  readonly #known = new Map<string, OperatorToken>()

  constructor(pki: Pki, clock: WorldClock, origin: Origin) {
    this.#pki = pki
    this.#clock = clock
    this.#origin = origin
    this.#publicKey = createPublicKey(pki.bareKey('operator-token'))
  }

  /** A token for the system of an office, good for 300 seconds. */
  async grant(office: SenderOffice): Promise<string> {
    const now = Math.floor(this.#clock.now().getTime() / 1000)
    return new SignJWT(this.#claims(office))
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'operator-token' })
      .setIssuer(this.#origin.url + realmPath)
      .setAudience(['account', 'uaapi', 'seapi'])
      .setSubject(`${office.ade}.SYSTEM.${office.systemName}`)
      .setJti(freshId())
      .setIssuedAt(now)
      .setExpirationTime(now + accessTokenLife)
      .sign(this.#pki.bareKey('operator-token'))
  }

  /**
   * Lets a request through that carries a token in force for this address and this scope.
   *
   * @throws HttpException 401 without such a token, 403 when it is for another address or scope
   */
  async requireOperatorToken(request: BearerRequest, ade: string, scope: OperatorScope): Promise<OperatorToken> {
    const token = await this.identify(request)
    const allowed = token.permissions.some(({ rsname, scopes }) => rsname === `ADE.${ade}` && scopes.includes(scope))
    if (!allowed) throw refused(403, 'insufficient_scope', 'the token does not allow this at this address')
    return token
  }

  /**
   * Who is asking, whatever for.
   *
   * @throws HttpException 401 without a token in force
   */
  async identify(request: BearerRequest): Promise<OperatorToken> {
    const [scheme, value] = (request.headers.authorization ?? '').split(' ')
    if (scheme?.toLowerCase() !== 'bearer' || !value) throw refused(401, 'invalid_token', 'no bearer token')
    const token = this.#known.get(value) ?? (await this.#verified(value))
    if (!token || token.exp <= this.#clock.now().getTime() / 1000) {
      this.#known.delete(value)
      throw refused(401, 'invalid_token', 'the token is not valid or has expired')
    }
    return token
  }

  // Every request of a client carries the same token for minutes, so its signature is checked once.
  async #verified(value: string): Promise<OperatorToken | undefined> {
    try {
      const { payload } = await jwtVerify<{ mailbox: { address: string }; authorization: Authorization }>(
        value,
        this.#publicKey,
        { algorithms: ['RS256'], issuer: this.#origin.url + realmPath, currentDate: this.#clock.now() }
      )
      const token = {
        ade: payload.mailbox.address,
        permissions: payload.authorization.permissions,
        exp: payload.exp ?? 0
      }
      if (this.#known.size > 1000) this.#known.clear()
      this.#known.set(value, token)
      return token
    } catch {
      return undefined
    }
  }

  #claims(office: SenderOffice): Record<string, unknown> {
    const certificate = new X509Certificate(this.#pki.seal(`purde-client-${office.code}`).certificate)
    const { party, address, ade } = office
    const nip = party.officialIds.find(id => id.referenceRegistry === 'nip')?.id
    return {
      azp: office.systemName,
      system_name: office.systemName,
      legal_name: party.name,
      legal_person_identifier: `VATPL-${nip}`,
      adminunit_firstline: 'PL',
      adminunit_secondline: address.voivodeship,
      post_name: address.city,
      post_code: address.postalCode,
      thoroughfare: address.street,
      locator_designator: address.buildingNumber,
      mailbox: {
        address: ade,
        name: party.name,
        status: 'ACTIVE',
        additionalData: {},
        legalForm: party.legalForm,
        context: 'PublicEntity',
        roles: ['SYSTEM']
      },
      authorization: {
        permissions: [
          { rsid: freshId(), rsname: `ADE.${ade}`, scopes: [...operatorScopes] },
          { rsid: freshId(), rsname: `ADE.${ade}.INBOX`, scopes: ['read_messages', 'write_messages'] }
        ]
      } satisfies Authorization,
      authentication: { certificate_serial_number: certificate.serialNumber, certificate_issuer: certificate.issuer },
      realm_access: { roles: ['SYSTEM'] },
      scope: 'system-attributes'
    }
  }
}

interface Authorization {
  permissions: OperatorToken['permissions']
}

// RFC 6750 3.1
function refused(status: number, error: string, error_description: string): HttpException {
  return new HttpException({ error, error_description }, status)
}
