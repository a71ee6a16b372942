import { type KeyObject } from 'node:crypto'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { makeKey } from '../pki/certificates.js'
import type { Pki } from '../pki/pki.js'
import type { FaultMode } from '../world/faults.js'
import type { CscSettings } from './csc-settings.js'
import type { RemoteCredential } from './remote-credential.js'
import { signDigest } from './sign-digest.js'
import type { SignatureAlgorithm } from './signature-algorithm.js'

/** Signatures after which other requests get their turn. */
const turn = 8

/** The device behind the remote seal service: keeps the keys, takes its time, and can be made to do it wrong. */
export class RemoteHsm {
  readonly #pki: Pki
  readonly #settings: CscSettings
  readonly #wrongKeys = new Map<string, Promise<KeyObject>>()
  /** Until when the signatures already ordered keep it busy (monotonic milliseconds). */
  #busyUntil = 0

  constructor(pki: Pki, settings: CscSettings) {
    this.#pki = pki
    this.#settings = settings
  }

  /** The key of a credential. */
  keyOf({ id }: RemoteCredential): KeyObject {
    return this.#pki.seal(id).key
  }

  /**
   * Signs digests, in their order.
   *
   * @param fault what is to go wrong with the signatures, if anything
   */
  async sign(
    credential: RemoteCredential,
    digests: Buffer[],
    algorithm: SignatureAlgorithm,
    fault: FaultMode
  ): Promise<Buffer[]> {
    await this.#takeTime(digests.length, fault)
    const key = fault === 'wrong-key' ? await this.#wrongKey(credential) : this.keyOf(credential)
    const signatures: Buffer[] = []
    for (const digest of digests) {
      if (signatures.length % turn === turn - 1) await nextTurn()
      signatures.push(signDigest(key, digest, algorithm, credential.ecdsaForm === 'raw'))
    }
    return signatures
  }

  async #takeTime(count: number, fault: FaultMode): Promise<void> {
    const { latencyMs, signaturesPerSecond, slowMs } = this.#settings
    const now = performance.now()
    if (signaturesPerSecond > 0) {
      this.#busyUntil = Math.max(this.#busyUntil, now) + (count / signaturesPerSecond) * 1000
    }
    const ms = latencyMs + Math.max(0, this.#busyUntil - now) + (fault === 'slow' ? slowMs : 0)
    if (ms > 0) await wait(ms)
  }

  // A key of the same kind, so that nothing but the verification shows it.
  #wrongKey(credential: RemoteCredential): Promise<KeyObject> {
    const kind = this.keyOf(credential).asymmetricKeyType === 'ec' ? 'P-256' : 'RSA-3072'
    const made = this.#wrongKeys.get(kind) ?? makeKey(kind)
    this.#wrongKeys.set(kind, made)
    return made
  }
}
