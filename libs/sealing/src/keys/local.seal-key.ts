import { type KeyObject, sign } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { Refused } from '#platform/plain'
import { readCertificate } from '../certificate/read-certificate.js'
import { hashOf, nodeKey, type SealAlgorithm } from '../seal-algorithm.js'
import type { SealKey } from '../seal-key.js'
import { sealingProblems } from '../sealing.errors.js'

/** A private key in memory, with its certificate. */
export interface LocalKeyParts {
  readonly certificate: Buffer
  readonly chain: readonly Buffer[]
  readonly algorithm: SealAlgorithm
  readonly privateKey: KeyObject
}

/** Milliseconds of signing after which others get a turn. */
const turnMs = 8

/**
 * A seal key in the memory of this process: what it makes is never more than an advanced seal. It signs in the thread that
 * asks, because a signature by P-256 costs less than handing it to another one; threads of an engine each have one.
 */
export class LocalSealKey implements SealKey {
  readonly custody = 'software'
  /**
   * The two belong together, which the constructor makes sure of; after that only a failing processor or memory could make
   * a wrong signature, and with RSA even that is caught where it is made. Verifying each one would double the time of P-256.
   */
  readonly checked = true
  readonly certificate: Buffer
  readonly chain: readonly Buffer[]
  readonly algorithm: SealAlgorithm
  private key: KeyObject | undefined

  /** @throws Refused `sealing/certificate-unfit` when the certificate is not the key's */
  constructor({ certificate, chain, algorithm, privateKey }: LocalKeyParts) {
    if (!readCertificate(certificate).x509.checkPrivateKey(privateKey))
      throw new Refused(sealingProblems['certificate-unfit'], { why: 'certificate of another key' })
    this.certificate = certificate
    this.chain = chain
    this.algorithm = algorithm
    this.key = privateKey
  }

  /** The key itself, for another thread of this process; undefined once closed. */
  get privateKey(): KeyObject | undefined {
    return this.key
  }

  /** A long batch lets the event loop have its turns. */
  async signBatch(toBeSigned: readonly Buffer[]): Promise<Buffer[]> {
    if (!this.key) throw new Refused(sealingProblems['key-closed'])
    const key = nodeKey(this.algorithm, this.key)
    const hash = hashOf(this.algorithm)
    const signatures = new Array<Buffer>(toBeSigned.length)
    let turnEnds = performance.now() + turnMs
    for (let i = 0; i < toBeSigned.length; i++) {
      signatures[i] = sign(hash, toBeSigned[i]!, key)
      if (performance.now() < turnEnds) continue
      await setImmediate()
      turnEnds = performance.now() + turnMs
    }
    return signatures
  }

  /** Lets go of the key. */
  close(): Promise<void> {
    this.key = undefined
    return Promise.resolve()
  }
}
