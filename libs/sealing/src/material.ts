import { distinct } from './distinct.js'

/** Validation material (ETSI EN 319 102-1, 3.1): what someone needs later to see that a certificate was good. All DER. */
export interface Material {
  /** Certificates on the way to trust anchors and of OCSP responders, without duplicates. */
  readonly certificates: readonly Buffer[]
  /** OCSPResponse (RFC 6960, 4.2.1), whole. */
  readonly ocspResponses: readonly Buffer[]
  /** CertificateList (RFC 5280, 5). */
  readonly crls: readonly Buffer[]
}

/** All of two, each once. */
export function merged(a: Material, b: Material): Material {
  return {
    certificates: distinct([...a.certificates, ...b.certificates]),
    ocspResponses: distinct([...a.ocspResponses, ...b.ocspResponses]),
    crls: distinct([...a.crls, ...b.crls])
  }
}

/** A certificate whose standing is asked for, and certificates that may lead from it to a trust anchor. */
export interface Leaf {
  readonly certificate: Buffer
  readonly candidates: readonly Buffer[]
  /**
   * A certificate that the operator configured: missing authorities above it may be fetched from where it says. Those of
   * strangers name addresses of their own choosing, and nobody goes there.
   */
  readonly own?: boolean
}

/** Someone who collects validation material: from the network and a cache, or from nothing but what is given. */
export interface MaterialSource {
  /**
   * Certificates, OCSP responses and CRLs that show that none of the leaves, nor anything between them and their trust
   * anchors, nor the responders that say so, is revoked.
   * @throws Unavailable `sealing/revocation-unavailable`: nobody who could say answers.
   * @throws Refused `sealing/certificate-revoked`; `sealing/certificate-untrusted` when no path to a trust anchor is found.
   */
  collect(leaves: readonly Leaf[]): Promise<Material>
}
