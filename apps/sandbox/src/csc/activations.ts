import { randomBytes } from 'node:crypto'
import type { HttpException } from '@nestjs/common'
import type { WorldClock } from '../world/world-clock.js'
import { invalidRequest } from './csc-error.js'
import type { RemoteCredential } from './remote-credential.js'

/** Life of signature activation data, in seconds of the world. */
const life = 300

/** Signature activation data as it is given out. */
export interface ActivationAnswer {
  SAD: string
  /** Seconds. */
  expiresIn: number
}

interface Activation {
  credentialId: string
  /** Signatures that may still be made under the authorisation. */
  left: number
  /** The hashes that may be signed with this very SAD; nothing when any may. */
  bound: string[] | undefined
  /** One SAD is for one call of signHash; for the next it has to be exchanged. */
  used: boolean
  /** Milliseconds since 1970, world time. */
  end: number
}

/**
 * Signature activation data (SAD): what was authorised and what of it is left. An authorisation for n signatures is used in one
 * call of signHash, or in several with a new SAD (extendTransaction) before each further one. Forgotten at a restart.
 */
export class Activations {
  readonly #clock: WorldClock
  readonly #activations = new Map<string, Activation>()

  constructor(clock: WorldClock) {
    this.#clock = clock
  }

  /**
   * Authorises signatures.
   *
   * @param hashes base64; may be fewer than the signatures, as those of later calls may not be known yet
   * @throws HttpException 400 when there are too many of them for the credential, or none where it wants them
   */
  open(credential: RemoteCredential, signatures: number, hashes: string[] | undefined): ActivationAnswer {
    if (signatures < 1) throw invalidRequest('Invalid value for parameter numSignatures')
    if (signatures > credential.multisign) throw invalidRequest('Numbers of signatures is too high')
    return this.#give(credential, signatures, hashes)
  }

  /** A new SAD for what is left of an authorisation; the old one is worth nothing from then on. */
  extend(credential: RemoteCredential, sad: string, hashes: string[] | undefined): ActivationAnswer {
    const activation = this.#find(credential, sad)
    const answer = this.#give(credential, activation.left, hashes)
    this.#activations.delete(sad)
    return answer
  }

  /**
   * Uses a SAD for these hashes, before they are signed: whoever loses the answer needs another SAD.
   *
   * @throws HttpException 400 when the SAD does not cover them
   */
  use(credential: RemoteCredential, sad: string, hashes: string[]): void {
    const activation = this.#find(credential, sad)
    if (activation.used) throw invalidSad()
    if (hashes.length > activation.left) throw invalidRequest('Numbers of signatures is too high')
    if (activation.bound && !contains(activation.bound, hashes)) {
      throw invalidRequest('Hash is not authorized by the SAD')
    }
    activation.used = true
    activation.left -= hashes.length
    if (activation.left === 0) this.#activations.delete(sad)
  }

  #find(credential: RemoteCredential, sad: string): Activation {
    const activation = this.#activations.get(sad)
    if (activation?.credentialId !== credential.id) throw invalidSad()
    if (activation.end <= this.#clock.now().getTime()) throw invalidRequest('SAD expired')
    return activation
  }

  #give(credential: RemoteCredential, left: number, hashes: string[] | undefined): ActivationAnswer {
    if (credential.scal === '2' && !hashes) throw invalidRequest('Missing (or invalid type) array parameter hash')
    if (hashes && hashes.length > left) throw invalidRequest('Numbers of signatures is too high')
    const now = this.#clock.now().getTime()
    // What has ended is known for one more life, so that "expired" can be told from "never given".
    for (const [sad, { end }] of this.#activations) if (end + life * 1000 < now) this.#activations.delete(sad)
    const SAD = randomBytes(32).toString('base64url')
    const end = now + life * 1000
    this.#activations.set(SAD, { credentialId: credential.id, left, bound: hashes, used: false, end })
    return { SAD, expiresIn: life }
  }
}

function invalidSad(): HttpException {
  return invalidRequest('Invalid parameter SAD')
}

/** Whether every hash is among those that are bound, and none more often than there. */
function contains(bound: string[], hashes: string[]): boolean {
  const open = new Map<string, number>()
  for (const hash of bound) open.set(hash, (open.get(hash) ?? 0) + 1)
  return hashes.every(hash => {
    const count = open.get(hash) ?? 0
    open.set(hash, count - 1)
    return count > 0
  })
}
