import { DerError } from '../der-reader.js'
import { basicConstraints, type Certificate, keyUsages, readCertificate } from './read-certificate.js'

/**
 * What came of looking for a path from a certificate to a trust anchor (RFC 5280, 6, without policies, name
 * constraints and revocation). The reasons are sub-indications of EN 319 102-1, table 6.
 */
export type ChainOutcome =
  | { readonly trusted: true; readonly path: readonly Certificate[] }
  | {
      readonly trusted: false
      readonly reason:
        | 'NO_CERTIFICATE_CHAIN_FOUND'
        | 'CHAIN_CONSTRAINTS_FAILURE'
        | 'CRYPTO_CONSTRAINTS_FAILURE'
        | 'OUT_OF_BOUNDS_NO_POE'
    }

/** Signature algorithms of certificates that are no longer trusted: MD5 and SHA-1 with RSA, SHA-1 with ECDSA and DSA. */
const outdated = new Set(['1.2.840.113549.1.1.4', '1.2.840.113549.1.1.5', '1.2.840.10045.4.1', '1.2.840.10040.4.3'])

/** Paths longer than this are not searched; real ones have two to four certificates. */
const longestPath = 8

/** Signatures checked in one search: a token full of look-alike authorities must not keep us busy. */
const mostChecks = 64

/** Certificates from DER, those that cannot be read left out (a token may carry attribute certificates and worse). */
export function readableCertificates(ders: readonly Buffer[]): Certificate[] {
  return ders.flatMap(der => {
    try {
      return [readCertificate(der)]
    } catch (error) {
      if (error instanceof DerError) return []
      throw error
    }
  })
}

/**
 * Looks for a path from `leaf` through `candidates` to one of `anchors`, all valid at `at`. Anchors are trusted as
 * they are: their own signature and validity are not asked (RFC 5280, 6.1.1 d). Extended key usages are the caller's.
 */
export function buildChain(
  leaf: Certificate,
  candidates: readonly Certificate[],
  anchors: readonly Certificate[],
  at: Date
): ChainOutcome {
  const worst: { reason: Exclude<ChainOutcome, { trusted: true }>['reason'] } = { reason: 'NO_CERTIFICATE_CHAIN_FOUND' }
  let checks = 0
  const path = search([leaf])
  return path ? { trusted: true, path } : { trusted: false, reason: worst.reason }

  function search(soFar: Certificate[]): Certificate[] | undefined {
    const last = soFar.at(-1)!
    if (anchors.some(anchor => anchor.der.equals(last.der))) return soFar
    if (at < last.notBefore || at > last.notAfter) {
      worst.reason = 'OUT_OF_BOUNDS_NO_POE'
      return undefined
    }
    if (outdated.has(last.signatureAlgorithm)) {
      worst.reason = 'CRYPTO_CONSTRAINTS_FAILURE'
      return undefined
    }
    if (soFar.length === longestPath) return undefined
    for (const issuer of [...anchors, ...candidates]) {
      if (!issuer.subjectDer.equals(last.issuerDer) || soFar.includes(issuer)) continue
      if (++checks > mostChecks) return undefined
      if (!last.x509.verify(issuer.x509.publicKey)) continue
      if (!mayIssue(issuer, soFar.length - 1)) {
        worst.reason = 'CHAIN_CONSTRAINTS_FAILURE'
        continue
      }
      const found = search([...soFar, issuer])
      if (found) return found
    }
    return undefined
  }
}

/** Whether a certificate may sign others with `casBelow` authorities between it and the leaf (RFC 5280, 4.2.1.3, 4.2.1.9). */
function mayIssue(issuer: Certificate, casBelow: number): boolean {
  const { ca, pathLength } = basicConstraints(issuer)
  const usage = keyUsages(issuer)
  return ca && (pathLength === undefined || casBelow <= pathLength) && (!usage || usage.includes('keyCertSign'))
}
