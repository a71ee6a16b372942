import { Refused } from '#platform/plain'
import {
  describeCertificate,
  type CertificateDescription,
  type KeyCustody
} from './certificate/describe-certificate.js'
import { algorithmFor, type SealAlgorithm } from './seal-algorithm.js'
import { readCertificate } from './certificate/read-certificate.js'
import { sealingProblems } from './sealing.errors.js'

/** A key that makes seals: a file, an HSM or a remote service stands behind it. */
export interface SealKey {
  /** The seal certificate, DER. */
  readonly certificate: Buffer
  /** Certificates of the authorities above it, nearest first, DER; the self-signed root is left out. */
  readonly chain: readonly Buffer[]
  readonly algorithm: SealAlgorithm
  readonly custody: KeyCustody
  /**
   * Whether what `signBatch` answers is known to be right: each signature was verified with the certificate, or made in
   * this process with a private key that was found to belong to it. Otherwise each is verified before it is used.
   */
  readonly checked?: boolean
  /**
   * Signs each of `toBeSigned` (whole messages, not digests) and answers in the same order and number.
   * ECDSA signatures are DER `SEQUENCE { r, s }`.
   * @throws Unavailable when the device or service does not answer; Refused when it says no for good.
   */
  signBatch(toBeSigned: readonly Buffer[]): Promise<Buffer[]>
  /** Says what stands behind the key, for operators and records: never a secret. */
  describe?(): SealKeyDescription
  /**
   * Gives sessions and connections back once the signatures under way are made; may be called twice.
   * Whoever signs afterwards meets Refused `sealing/key-closed`.
   */
  close?(): Promise<void>
}

/** What stands behind a seal key. */
export interface SealKeyDescription {
  readonly kind: 'pkcs12' | 'pkcs11' | 'csc'
  readonly certificate: CertificateDescription
  /** Technical facts worth showing: device, sessions, greatest batch, whether the key can leave the device. */
  readonly facts: Readonly<Record<string, string | number | boolean>>
}

/** Describes the certificate behind a seal key truthfully (see CertificateDescription). */
export function describeSealKey(key: SealKey): CertificateDescription {
  return describeCertificate(key.certificate, key.custody)
}

/**
 * Stops sealing with a certificate that could only make bad seals.
 * @throws Refused `sealing/certificate-not-valid` outside its validity at `at`; `sealing/certificate-unfit` when the key
 * is RSA below 2048 bits or of an unknown kind, when it does not suit the key's algorithm, or when key usage allows
 * neither nonRepudiation nor digitalSignature (ETSI EN 319 412-2, 4.3.2).
 */
export function assertFitForSealing(key: SealKey, at: Date): void {
  const described = describeSealKey(key)
  if (at < described.notBefore || at > described.notAfter)
    throw new Refused(sealingProblems['certificate-not-valid'], {
      notBefore: described.notBefore.toISOString(),
      notAfter: described.notAfter.toISOString(),
      at: at.toISOString()
    })
  const unfit = (why: string) => new Refused(sealingProblems['certificate-unfit'], { why })
  const { publicKey } = readCertificate(key.certificate).x509
  const natural = algorithmFor(publicKey)
  if (!natural) throw unfit('kind of key')
  if (natural.startsWith('ECDSA') !== key.algorithm.startsWith('ECDSA')) throw unfit('algorithm does not suit the key')
  if (described.keyType.startsWith('rsa') && described.keyBits < 2048) throw unfit('RSA key below 2048 bits')
  const usage = described.keyUsage
  if (usage && !usage.includes('nonRepudiation') && !usage.includes('digitalSignature')) throw unfit('key usage')
}
