import { constants, verify, X509Certificate } from 'node:crypto'
import { Refused, Unavailable } from '#platform/plain'
import { hashBytes, hashOf, type SealAlgorithm } from '../src/seal-algorithm.js'
import type { SealKey } from '../src/seal-key.js'

/** What an adapter's spec gives to the contract. */
export interface SealKeySubject {
  /** A fresh key that signs by `algorithm`. */
  open(algorithm: SealAlgorithm): Promise<SealKey>
  /** Words that may never stand in an error: PINs, passwords, client secrets. */
  readonly secrets: readonly string[]
  /**
   * Opens with a wrong PIN or password and uses the key once. `attempts`: how often the device or service has been
   * offered a PIN or password so far; undefined where nothing counts them.
   */
  wrongSecret(): Promise<{ use(): Promise<unknown>; readonly code: string; attempts?(): number }>
}

const messages = (count: number, from = 0): Buffer[] =>
  Array.from({ length: count }, (_, i) => Buffer.from(`message ${from + i} `.repeat(1 + (i % 40))))

/** Checks with node:crypto alone, by parameters written out here. */
function verifies(algorithm: SealAlgorithm, certificate: Buffer, message: Buffer, signature: Buffer): boolean {
  const key = new X509Certificate(certificate).publicKey
  const hash = hashOf(algorithm)
  if (algorithm.startsWith('ECDSA')) return verify(hash, message, { key, dsaEncoding: 'der' }, signature)
  if (algorithm.startsWith('RSASSA-PSS'))
    return verify(
      hash,
      message,
      { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hashBytes[hash] },
      signature
    )
  return verify(hash, message, { key, padding: constants.RSA_PKCS1_PADDING }, signature)
}

/** The error that `work` ends with, which must be a coded one. */
export async function codedError(work: () => unknown): Promise<Refused | Unavailable> {
  try {
    await work()
  } catch (error) {
    if (error instanceof Refused || error instanceof Unavailable) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** Everything of an error that could reach a log. */
export function shown(error: Error): string {
  const cause = error.cause instanceof Error ? shown(error.cause) : String(error.cause)
  return `${error.stack} ${JSON.stringify(error)} ${JSON.stringify((error as Refused).facts)} ${cause}`
}

/** What every seal key must do, whatever stands behind it; called from the specs of the adapters. */
export function sealKeyContract(subject: () => SealKeySubject, algorithms: readonly SealAlgorithm[]): void {
  describe('keeps the contract of seal keys', () => {
    const opened: SealKey[] = []
    const open = async (algorithm: SealAlgorithm): Promise<SealKey> => {
      const key = await subject().open(algorithm)
      opened.push(key)
      return key
    }
    afterEach(async () => {
      for (const key of opened.splice(0)) await key.close?.()
    })

    it.each(algorithms)('signs a batch by %s, in order and number', async algorithm => {
      const key = await open(algorithm)
      expect(key.algorithm).toBe(algorithm)
      const all = messages(7)
      const signatures = await key.signBatch(all)
      expect(signatures).toHaveLength(7)
      all.forEach((message, i) => expect(verifies(algorithm, key.certificate, message, signatures[i]!)).toBe(true))
      expect(verifies(algorithm, key.certificate, all[0]!, signatures[1]!)).toBe(false)
      expect(signatures.every(one => Buffer.isBuffer(one))).toBe(true)
    })

    it('has a certificate, and a chain that leads upwards without the root', async () => {
      const key = await open(algorithms[0]!)
      let below = new X509Certificate(key.certificate)
      expect(key.chain.length).toBeGreaterThan(0)
      for (const der of key.chain) {
        const above = new X509Certificate(der)
        expect(below.verify(above.publicKey)).toBe(true)
        expect(above.subject).not.toBe(above.issuer)
        below = above
      }
    })

    it('answers an empty batch with nothing', async () => {
      const key = await open(algorithms[0]!)
      expect(await key.signBatch([])).toEqual([])
    })

    it('signs 500 at once', async () => {
      const key = await open(algorithms[0]!)
      const all = messages(500)
      const signatures = await key.signBatch(all)
      expect(signatures).toHaveLength(500)
      expect(all.every((message, i) => verifies(key.algorithm, key.certificate, message, signatures[i]!))).toBe(true)
    })

    it('keeps batches apart that run at the same time', async () => {
      const key = await open(algorithms[0]!)
      const sizes = [1, 40, 3, 90, 17, 1, 60]
      const batches = sizes.map((size, i) => messages(size, 1000 * i))
      const answers = await Promise.all(batches.map(batch => key.signBatch(batch)))
      expect(answers.map(answer => answer.length)).toEqual(sizes)
      batches.forEach((batch, b) =>
        batch.forEach((message, i) =>
          expect(verifies(key.algorithm, key.certificate, message, answers[b]![i]!)).toBe(true)
        )
      )
    })

    it('signs messages that are empty or long', async () => {
      const key = await open(algorithms[0]!)
      const odd = [Buffer.alloc(0), Buffer.alloc(1_000_000, 7), Buffer.from([0])]
      const signatures = await key.signBatch(odd)
      odd.forEach((message, i) => expect(verifies(key.algorithm, key.certificate, message, signatures[i]!)).toBe(true))
    })

    it('leaves the messages as they were', async () => {
      const key = await open(algorithms[0]!)
      const all = messages(3)
      await key.signBatch(all)
      expect(all).toEqual(messages(3))
    })

    it('describes itself without secrets', async () => {
      const key = await open(algorithms[0]!)
      const described = key.describe?.()
      expect(described?.certificate.sha256).toBe(
        new X509Certificate(key.certificate).fingerprint256.replaceAll(':', '').toLowerCase()
      )
      for (const secret of subject().secrets) expect(JSON.stringify(described)).not.toContain(secret)
    })

    it('finishes what is under way when it is closed, and refuses what comes later', async () => {
      const key = await open(algorithms[0]!)
      const all = messages(60)
      const underWay = key.signBatch(all)
      const closing = key.close?.()
      const later = await codedError(() => key.signBatch(messages(1)))
      expect(later).toBeInstanceOf(Refused)
      expect(later.type.code).toBe('sealing/key-closed')
      const signatures = await underWay
      expect(all.every((message, i) => verifies(key.algorithm, key.certificate, message, signatures[i]!))).toBe(true)
      await closing
      await key.close?.()
    })

    it('refuses a wrong PIN or password with a code, keeps it to itself, and offers it once only', async () => {
      const wrong = await subject().wrongSecret()
      const before = wrong.attempts?.() ?? 0
      for (let n = 0; n < 5; n++) {
        const error = await codedError(() => wrong.use())
        expect(error).toBeInstanceOf(Refused)
        expect(error.type.code).toBe(wrong.code)
        for (const secret of subject().secrets) expect(shown(error)).not.toContain(secret)
      }
      if (wrong.attempts) expect(wrong.attempts() - before).toBe(1)
    })
  })
}
