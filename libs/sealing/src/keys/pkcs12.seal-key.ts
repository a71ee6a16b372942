import { type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { Refused } from '#platform'
import { type Certificate, keyUsages } from '../certificate/read-certificate.js'
import { algorithmFor, hashOf, nodeKeyOptions, type SealAlgorithm } from '../seal-algorithm.js'
import { assertFitForSealing, type SealKey } from '../seal-key.js'
import { sealingProblems } from '../sealing.errors.js'
import { readPkcs12 } from './read-pkcs12.js'

const signAsync = promisify(sign) as (
  hash: string,
  data: Buffer,
  key: { key: KeyObject; padding?: number; saltLength?: number }
) => Promise<Buffer>

/** A seal key from a PKCS#12 file. It lives in this process, so what it makes is never more than an advanced seal. */
export class Pkcs12SealKey implements SealKey {
  readonly custody = 'software'

  private constructor(
    readonly certificate: Buffer,
    readonly chain: readonly Buffer[],
    readonly algorithm: SealAlgorithm,
    private readonly key: KeyObject
  ) {}

  /**
   * Opens the file, picks the key, its certificate and the chain above it, and checks that they can seal at `at`.
   * `algorithm`: to seal with RSASSA-PSS or a longer hash than the key's usual one.
   * @throws Refused `sealing/pkcs12-…`, `sealing/certificate-not-valid`, `sealing/certificate-unfit`.
   */
  static open(file: Buffer, password: string, at: Date, algorithm?: SealAlgorithm): Pkcs12SealKey {
    const { keys, certificates } = readPkcs12(file, password)
    const pairs = keys.flatMap(key =>
      certificates.filter(({ x509 }) => x509.checkPrivateKey(key)).map(certificate => ({ key, certificate }))
    )
    const { key, certificate } = theOne(pairs, at)
    const natural = algorithm ?? algorithmFor(key)
    if (!natural) throw new Refused(sealingProblems['pkcs12-unsupported'], { why: 'kind of key' })
    const opened = new Pkcs12SealKey(certificate.der, chainAbove(certificate, certificates), natural, key)
    assertFitForSealing(opened, at)
    return opened
  }

  /** Signs on libuv's thread pool: several at once, and the event loop stays free. */
  async signBatch(toBeSigned: readonly Buffer[]): Promise<Buffer[]> {
    const options = { key: this.key, ...nodeKeyOptions(this.algorithm) }
    return Promise.all(toBeSigned.map(bytes => signAsync(hashOf(this.algorithm), bytes, options)))
  }
}

interface Pair {
  readonly key: KeyObject
  readonly certificate: Certificate
}

/** The pair to seal with: the only one, or the only one that is valid, or the only valid one meant for non-repudiation. */
function theOne(pairs: readonly Pair[], at: Date): Pair {
  if (pairs.length === 0) throw new Refused(sealingProblems['pkcs12-no-key'])
  const valid = pairs.filter(({ certificate }) => at >= certificate.notBefore && at <= certificate.notAfter)
  const meant = valid.filter(({ certificate }) => keyUsages(certificate)?.includes('nonRepudiation'))
  const best = [pairs, valid, meant].find(some => some.length === 1)
  if (!best) throw new Refused(sealingProblems['pkcs12-several-keys'], { pairs: pairs.length })
  return best[0]!
}

/** Certificates from the issuer upwards, as far as the file has them; the root, which verifiers must have anyway, left out. */
function chainAbove(certificate: Certificate, all: readonly Certificate[]): Buffer[] {
  const chain: Buffer[] = []
  let last = certificate
  for (let steps = 0; steps < all.length; steps++) {
    const issuer = all.find(one => one.subjectDer.equals(last.issuerDer) && last.x509.verify(one.x509.publicKey))
    if (!issuer || issuer.subjectDer.equals(issuer.issuerDer)) break
    chain.push(issuer.der)
    last = issuer
  }
  return chain
}
