import type { StateStore } from '../world/state-store.js'
import type { WorldClock } from '../world/world-clock.js'

/** Why a certificate was revoked, with the number of the reason (CRLReason, RFC 5280 5.3.1). */
export const revocationReasons = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
  aACompromise: 10
} as const
export type RevocationReason = keyof typeof revocationReasons

/** That a certificate was revoked. */
export interface Revocation {
  /** Since when, ISO 8601, UTC, whole seconds: certificates cannot say more. */
  at: string
  reason: RevocationReason
}

/** Which certificates of the sandbox are revoked, by name; kept in the state. */
export class Revocations {
  readonly #store: StateStore
  readonly #clock: WorldClock
  readonly #revoked: Record<string, Revocation>

  constructor(store: StateStore, clock: WorldClock) {
    this.#store = store
    this.#clock = clock
    this.#revoked = store.load('revocations') ?? {}
  }

  /** How the certificate of this name was revoked; nothing when it was not. */
  of(name: string): Revocation | undefined {
    return Object.hasOwn(this.#revoked, name) ? this.#revoked[name] : undefined
  }

  /**
   * Revokes a certificate; revoking it again changes date and reason.
   *
   * @param at since when; default the present instant of the world
   */
  revoke(name: string, reason: RevocationReason, at: Date = this.#clock.now()): Revocation {
    const revocation: Revocation = { at: `${at.toISOString().slice(0, 19)}Z`, reason }
    this.#revoked[name] = revocation
    this.#keep()
    return revocation
  }

  /** All that is revoked, by name. */
  all(): Readonly<Record<string, Revocation>> {
    return this.#revoked
  }

  /** Forgets every revocation: a lever of tests, no authority could do it. */
  forget(): void {
    for (const name of Object.keys(this.#revoked)) delete this.#revoked[name]
    this.#keep()
  }

  #keep(): void {
    this.#store.save('revocations', this.#revoked)
    this.#store.flush()
  }
}
