import { DerError } from '../der-reader.js'
import { findPaths } from './find-paths.js'
import { type Certificate, readCertificate } from './read-certificate.js'

/**
 * What came of looking for a path from a certificate to a trust anchor that holds at a time, without revocation. The
 * reasons are sub-indications of EN 319 102-1, table 6.
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

/** Digests under a certificate that nobody may rely on today (ETSI TS 119 312). */
const outdated = new Set<string>(['md5', 'sha1', 'ripemd160'])

/** Certificates taken from one place; more are only there to keep us busy. */
const mostCertificates = 256

/** Certificates from DER, those that cannot be read left out (a token may carry attribute certificates and worse). */
export function readableCertificates(ders: readonly Buffer[]): Certificate[] {
  return ders.slice(0, mostCertificates).flatMap(der => {
    try {
      return [readCertificate(der)]
    } catch (error) {
      if (error instanceof DerError) return []
      throw error
    }
  })
}

/** Looks for a path from `leaf` through `candidates` to one of `anchors` (see findPaths), all below the anchor valid at `at`. */
export function buildChain(
  leaf: Certificate,
  candidates: readonly Certificate[],
  anchors: readonly Certificate[],
  at: Date
): ChainOutcome {
  let reason: Extract<ChainOutcome, { trusted: false }>['reason'] = 'NO_CERTIFICATE_CHAIN_FOUND'
  for (const { certificates, fault } of findPaths(leaf, candidates, anchors)) {
    const below = certificates.slice(0, -1)
    if (fault) reason = 'CHAIN_CONSTRAINTS_FAILURE'
    else if (below.some(one => !one.signatureScheme || outdated.has(one.signatureScheme.hash ?? '')))
      reason = 'CRYPTO_CONSTRAINTS_FAILURE'
    else if (below.some(({ notBefore, notAfter }) => at < notBefore || at > notAfter)) reason = 'OUT_OF_BOUNDS_NO_POE'
    else return { trusted: true, path: certificates }
  }
  return { trusted: false, reason }
}
