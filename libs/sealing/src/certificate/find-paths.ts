import { DerError } from '../der-reader.js'
import { Oid } from '../oids.js'
import { explicitPolicyAfter, ExtensionOid, policiesOf } from './certificate-extensions.js'
import { keepsToNames } from './name-constraints.js'
import { sameName } from './names.js'
import { basicConstraints, type Certificate, keyUsages } from './read-certificate.js'

/** What in a path breaks the rules of RFC 5280, 6.1, whatever the time. */
export type PathFault =
  | 'not-an-authority'
  | 'path-too-long'
  | 'may-not-sign-certificates'
  | 'name-not-permitted'
  | 'unknown-critical-extension'
  | 'policy-not-permitted'
  | 'unreadable-extension'

/** A way from a certificate to a trust anchor; every signature on it verifies. */
export interface CertificatePath {
  /** From the certificate asked about to the anchor. The anchor may be that certificate itself. */
  readonly certificates: readonly Certificate[]
  /** The first rule that it breaks. */
  readonly fault?: PathFault
}

/** Paths longer than this are not searched; real ones have two to four certificates. */
const longestPath = 8

/** Signatures checked in one search: a token full of look-alike authorities must not keep us busy. */
const mostChecks = 64

/** More ways than this are of no use to anybody. */
const mostPaths = 8

/**
 * Ways from `leaf` through `candidates` to `anchors`, those that keep to the rules first. An anchor is a name with a key: its
 * own signature, validity and standing are not asked (RFC 5280, 6.1.1 d). Time and revocation are judged by the caller.
 */
export function findPaths(
  leaf: Certificate,
  candidates: readonly Certificate[],
  anchors: readonly Certificate[]
): CertificatePath[] {
  const found: CertificatePath[] = []
  let checks = 0
  search([leaf])
  return found.sort((a, b) => Number(!!a.fault) - Number(!!b.fault))

  function search(soFar: Certificate[]): void {
    const last = soFar.at(-1)!
    if (anchors.some(anchor => anchor.sha256 === last.sha256)) {
      found.push({ certificates: soFar, fault: faultOf(soFar) })
      return
    }
    if (soFar.length === longestPath) return
    const names = new Set<string>()
    for (const issuer of [...anchors, ...candidates]) {
      if (found.length === mostPaths || checks > mostChecks) return
      if (names.has(issuer.sha256) || !sameName(issuer.subjectDer, last.issuerDer)) continue
      // The same name and key twice would only be a way around.
      if (soFar.some(one => one.spki.equals(issuer.spki) && sameName(one.subjectDer, issuer.subjectDer))) continue
      names.add(issuer.sha256)
      if (!isVerified(last, issuer)) checks++
      if (isSignedBy(last, issuer)) search([...soFar, issuer])
    }
  }
}

const verified = new WeakMap<Certificate, WeakMap<Certificate, boolean>>()

const isVerified = (certificate: Certificate, issuer: Certificate): boolean =>
  verified.get(certificate)?.has(issuer) === true

/** Whether the issuer's key signed the certificate. Worked out once for each pair, as long as both are remembered. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  let issuers = verified.get(certificate)
  if (!issuers) verified.set(certificate, (issuers = new WeakMap()))
  let signed = issuers.get(issuer)
  if (signed === undefined) {
    try {
      signed = certificate.x509.verify(issuer.publicKey)
    } catch {
      signed = false
    }
    issuers.set(issuer, signed)
  }
  return signed
}

/** Critical extensions that are honoured here, or that bind nobody who validates a path. */
const understood = new Set<string>([
  Oid.keyUsage,
  Oid.basicConstraints,
  Oid.extendedKeyUsage,
  Oid.qcStatements,
  ExtensionOid.certificatePolicies,
  ExtensionOid.subjectAltName,
  ExtensionOid.issuerAltName,
  ExtensionOid.nameConstraints,
  ExtensionOid.policyConstraints,
  ExtensionOid.crlDistributionPoints,
  ExtensionOid.inhibitAnyPolicy,
  ExtensionOid.ocspNoCheck
])

function faultOf(path: readonly Certificate[]): PathFault | undefined {
  try {
    for (let i = 0; i < path.length; i++) {
      const certificate = path[i]!
      const isAnchor = i === path.length - 1
      if (!isAnchor && [...certificate.extensions].some(([id, { critical }]) => critical && !understood.has(id)))
        return 'unknown-critical-extension'
      if (i === 0) continue
      const fault = issuerFault(certificate, path.slice(0, i), isAnchor)
      if (fault) return fault
    }
    return policyFault(path)
  } catch (error) {
    if (error instanceof DerError) return 'unreadable-extension'
    throw error
  }
}

/** Whether a certificate may stand above `below` (RFC 5280, 6.1.4 k-n, 6.1.3 b). */
function issuerFault(issuer: Certificate, below: readonly Certificate[], isAnchor: boolean): PathFault | undefined {
  // A root of the first version of X.509 has no extensions; trust in it was declared by a person.
  if (isAnchor && !issuer.extensions.has(Oid.basicConstraints) && issuer.extensions.size === 0) return undefined
  const { ca, pathLength } = basicConstraints(issuer)
  if (!ca) return 'not-an-authority'
  const authoritiesBelow = below.slice(1).filter(one => !one.issuerDer.equals(one.subjectDer)).length
  if (pathLength !== undefined && authoritiesBelow > pathLength) return 'path-too-long'
  const usage = keyUsages(issuer)
  if (usage && !usage.includes('keyCertSign')) return 'may-not-sign-certificates'
  const bound = below.filter((one, i) => i === 0 || !one.issuerDer.equals(one.subjectDer))
  return bound.every(one => keepsToNames(issuer, one)) ? undefined : 'name-not-permitted'
}

const anyPolicy = '2.5.29.32.0'

/**
 * Certificate policies in brief (RFC 5280, 6.1.3 d-f, without mapping): where an authority demands an explicit policy, one
 * policy must run through the whole path. Otherwise nobody here asks for any.
 */
function policyFault(path: readonly Certificate[]): PathFault | undefined {
  let common: Set<string> | 'any' = 'any'
  let slack = Infinity
  for (const certificate of path.slice(0, -1).reverse()) {
    const own = new Set(policiesOf(certificate) ?? [])
    if (!own.has(anyPolicy)) common = shared(common, own)
    const demanded = explicitPolicyAfter(certificate)
    if (demanded !== undefined) slack = Math.min(slack, demanded)
    if (slack <= 0 && common !== 'any' && common.size === 0) return 'policy-not-permitted'
    if (!certificate.issuerDer.equals(certificate.subjectDer)) slack--
  }
  return undefined
}

const shared = (common: Set<string> | 'any', own: Set<string>): Set<string> =>
  common === 'any' ? own : new Set([...common].filter(policy => own.has(policy)))
