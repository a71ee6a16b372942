import { Refused } from '#platform/plain'
import { distinct } from './distinct.js'
import { sealingProblems } from './sealing.errors.js'

/** Validation material (ETSI EN 319 102-1, 3.1): what someone needs later to see that a certificate was good. All DER. */
export interface Material {
  /** Certificates on the way to trust anchors and of OCSP responders, without duplicates. */
  readonly certificates: readonly Buffer[]
  /** OCSPResponse (RFC 6960, 4.2.1), whole. */
  readonly ocspResponses: readonly Buffer[]
  /** CertificateList (RFC 5280, 5). */
  readonly crls: readonly Buffer[]
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

/**
 * The same source for a file in which a seal of ours may stand beside signatures of strangers: where one of `own`
 * (certificates, DER) is among the leaves, it must be shown to be good, and nobody else must. Our seal does not depend on
 * whether an earlier signer's authority is known here.
 */
export function ownFirst(source: MaterialSource, own: readonly Buffer[]): MaterialSource {
  const isOwn = ({ certificate }: Leaf): boolean => own.some(one => one.equals(certificate))
  return {
    async collect(leaves) {
      if (!leaves.some(isOwn)) return source.collect(leaves)
      const found = await Promise.all(leaves.map(leaf => collectOne(source, { ...leaf, own: isOwn(leaf) })))
      return {
        certificates: distinct(found.flatMap(one => one.certificates)),
        ocspResponses: distinct(found.flatMap(one => one.ocspResponses)),
        crls: distinct(found.flatMap(one => one.crls))
      }
    }
  }
}

const strangersTrouble = [sealingProblems['certificate-untrusted'], sealingProblems['certificate-revoked']]

async function collectOne(source: MaterialSource, leaf: Leaf): Promise<Material> {
  try {
    return await source.collect([leaf])
  } catch (error) {
    if (leaf.own || !(error instanceof Refused) || !strangersTrouble.includes(error.type)) throw error
    return { certificates: [], ocspResponses: [], crls: [] }
  }
}
