import { X509Certificate } from 'node:crypto'
import { decodeJwt, type JWTPayload, jwtVerify } from 'jose'
import type { Pki } from '../pki/pki.js'
import type { SenderOffice } from '../world/scenario.js'
import { senderOffices } from '../world/scenarios.js'

/** Longest life of an assertion, in seconds. */
const longestLife = 300
/** How far the caller's clock may be ahead, in seconds. */
const leeway = 10

/** Why an assertion is not believed; `status` is 401 for a client nobody knows, 400 otherwise. */
export interface AssertionFault {
  status: 400 | 401
  reason: string
}

/** The computer system of an office, as registered at the operator. */
export interface RegisteredSystem {
  office: SenderOffice
  /** `<ADE>.SYSTEM.<name>` */
  clientId: string
}

/** Checks JWTs with which computer systems authenticate (RFC 7523 3; RS256 with the registered certificate's key). */
export class ClientAssertions {
  readonly #pki: Pki
  readonly #systems: Map<string, RegisteredSystem>
  readonly #spent = new Map<string, number>()

  constructor(pki: Pki) {
    this.#pki = pki
    this.#systems = new Map(
      senderOffices.map(office => {
        const clientId = `${office.ade}.SYSTEM.${office.systemName}`
        return [clientId, { office, clientId }]
      })
    )
  }

  /** @param audiences what `aud` may be; @param now the world's time */
  async check(assertion: string, audiences: string[], now: Date): Promise<RegisteredSystem | AssertionFault> {
    const claimed = unverifiedIssuer(assertion)
    if (claimed === undefined) return { status: 400, reason: 'the assertion is not a JWT' }
    const system = this.#systems.get(claimed)
    if (!system) return { status: 401, reason: 'client not found' }
    const { certificate } = this.#pki.seal(`purde-client-${system.office.code}`)
    try {
      const { payload } = await jwtVerify(assertion, new X509Certificate(certificate).publicKey, {
        algorithms: ['RS256'],
        issuer: system.clientId,
        subject: system.clientId,
        audience: audiences,
        requiredClaims: ['iat', 'nbf', 'exp', 'jti'],
        clockTolerance: leeway,
        currentDate: now
      })
      return this.#spend(payload, now) ?? system
    } catch (error) {
      return { status: 400, reason: error instanceof Error ? error.message : 'not verified' }
    }
  }

  // jose has checked that iat, exp and jti are there and that the token is in force; the operator's own rules come here.
  #spend({ iat = 0, exp = 0, jti }: JWTPayload, now: Date): AssertionFault | undefined {
    const seconds = now.getTime() / 1000
    if (iat > seconds + leeway) return { status: 400, reason: 'the assertion was issued in the future' }
    if (exp <= seconds) return { status: 400, reason: 'the assertion has expired' }
    if (exp - iat > longestLife) return { status: 400, reason: 'the assertion lives longer than 300 seconds' }
    if (typeof jti !== 'string' || jti === '') return { status: 400, reason: 'the assertion has no jti' }
    for (const [spent, until] of this.#spent) if (until <= seconds) this.#spent.delete(spent)
    if (this.#spent.has(jti)) return { status: 400, reason: 'this assertion was used before' }
    this.#spent.set(jti, exp)
    return undefined
  }
}

function unverifiedIssuer(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).iss ?? ''
  } catch {
    return undefined
  }
}
