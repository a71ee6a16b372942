import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import type { StateStore } from '../world/state-store.js'
import { cscError, invalidRequest } from './csc-error.js'
import { mostWrongTries, type RemoteCredential } from './remote-credential.js'

/** Names of the service's only client, and its secrets. */
export interface CscSecrets {
  clientId: string
  clientSecret: string
  /** PIN of the credentials that want one. */
  pin: string
}

interface Kept {
  clientSecret: string
  pin: string
  /** Wrong tries in a row, by credential. */
  wrong: Record<string, number>
}

/** How the two versions of the API call a wrong PIN or password and a locked credential. */
export type Wording = 'v1' | 'v2'

/** Checks PINs and one-time passwords, and locks credentials after three wrong ones. Locks survive a restart. */
export class Approvals {
  readonly #store: StateStore
  readonly #kept: Kept
  #oneTimePassword = freshPassword()

  constructor(store: StateStore) {
    this.#store = store
    this.#kept = store.load<Kept>('csc') ?? {
      clientSecret: randomBytes(24).toString('base64url'),
      pin: String(randomInt(10_000_000, 100_000_000)),
      wrong: {}
    }
    this.#keep()
  }

  get secrets(): CscSecrets {
    return { clientId: 'csc-gmina', clientSecret: this.#kept.clientSecret, pin: this.#kept.pin }
  }

  /** What the person with the device reads from it now; good once. */
  get oneTimePassword(): string {
    return this.#oneTimePassword
  }

  /** Whether too many wrong tries have locked the credential. */
  isLocked({ id }: RemoteCredential): boolean {
    return (this.#kept.wrong[id] ?? 0) >= mostWrongTries
  }

  /** Opens all locks: a lever of tests. */
  unlock(): void {
    this.#kept.wrong = {}
    this.#keep()
  }

  /**
   * Lets a PIN or password pass, or counts it as wrong.
   *
   * @throws HttpException 400 in the words of the API's version; also for the right one once the credential is locked
   */
  check(credential: RemoteCredential, shown: string, wording: Wording): void {
    const isPin = credential.approval === 'pin'
    if (this.isLocked(credential)) {
      throw invalidRequest(wording === 'v2' ? 'Credential locked' : isPin ? 'PIN locked' : 'OTP locked')
    }
    if (same(shown, isPin ? this.#kept.pin : this.#oneTimePassword)) {
      if (!isPin) this.#oneTimePassword = freshPassword()
      delete this.#kept.wrong[credential.id]
      this.#keep()
      return
    }
    this.#kept.wrong[credential.id] = (this.#kept.wrong[credential.id] ?? 0) + 1
    this.#keep()
    if (wording === 'v2') throw cscError('invalid_authentication_data', 'The authentication data is invalid')
    throw isPin ? cscError('invalid_pin', 'The PIN is invalid') : cscError('invalid_otp', 'The OTP is invalid')
  }

  #keep(): void {
    this.#store.save('csc', this.#kept)
    this.#store.flush()
  }
}

function freshPassword(): string {
  return String(randomInt(0, 1_000_000)).padStart(6, '0')
}

function same(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
