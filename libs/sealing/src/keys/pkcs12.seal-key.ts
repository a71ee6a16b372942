import type { KeyObject } from 'node:crypto'
import { Refused } from '#platform/plain'
import { type Certificate, keyUsages } from '../certificate/read-certificate.js'
import { algorithmFor, type SealAlgorithm } from '../seal-algorithm.js'
import { assertFitForSealing, describeSealKey, type SealKeyDescription } from '../seal-key.js'
import { sealingProblems } from '../sealing.errors.js'
import { chainAbove } from './chain-above.js'
import { LocalSealKey } from './local.seal-key.js'
import { readPkcs12 } from './read-pkcs12.js'

/** A seal key from a PKCS#12 file. It lives in this process, so what it makes is never more than an advanced seal. */
export class Pkcs12SealKey extends LocalSealKey {
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
    const opened = new Pkcs12SealKey({
      certificate: certificate.der,
      chain: chainAbove(certificate, certificates),
      algorithm: natural,
      privateKey: key
    })
    assertFitForSealing(opened, at)
    return opened
  }

  describe(): SealKeyDescription {
    return { kind: 'pkcs12', certificate: describeSealKey(this), facts: {} }
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
