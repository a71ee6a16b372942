import { ExtensionOid, needsNoRevocation } from '../certificate/certificate-extensions.js'
import type { CertificatePath } from '../certificate/find-paths.js'
import { type Certificate, extendedKeyUsages, keyUsages } from '../certificate/read-certificate.js'
import { DerError } from '../der-reader.js'
import { Oid } from '../oids.js'
import type { RevocationFact } from '../revocation/revocation-fact.js'
import { type Conclusion, type Doubt, indeterminate } from './conclusion.js'
import { earliest, isReliable, type Reliability, schemeReliability } from './crypto-constraints.js'
import type { MaterialPool } from './material-pool.js'
import { reason } from './reasons.js'
import type { ValidationPolicy } from './validation-policy.js'

/** What a certificate is used for here. */
export type Use = 'signature' | 'time-stamp'

/** The outcome of X.509 certificate validation (EN 319 102-1, 5.2.6) at one time. */
export interface CertificateJudgement {
  /** What no proof of existence can mend; absent: only `doubts` stand between the certificate and PASSED. */
  readonly final?: Conclusion
  readonly doubts: readonly Doubt[]
  /** The path that was used, leaf first, anchor last; empty when there is none. */
  readonly path: readonly Certificate[]
  /** What was relied on for each certificate below the anchor. */
  readonly facts: ReadonlyMap<Certificate, RevocationFact>
}

/** When, for the two questions that have different times. */
export interface Moments {
  /** The time of validation. */
  readonly at: Date
  /** When the key was used as far as that is stated by a time stamp: for how old revocation information may be. */
  readonly used: Date
}

/** The farthest that an authority's clock may be ahead of the time of validation. */
const skewMs = 5 * 60 * 1000

/** Judges a certificate by the best of its paths to an anchor for this use. */
export function judgeCertificate(
  certificate: Certificate,
  use: Use,
  moments: Moments,
  pool: MaterialPool,
  policy: ValidationPolicy
): CertificateJudgement {
  const judged = pool
    .pathsOf(certificate, use)
    .map(path => judgePath(path, use, moments, pool, policy))
    .sort((a, b) => cost(a) - cost(b))
  return (
    judged[0] ?? {
      final: indeterminate('NO_CERTIFICATE_CHAIN_FOUND', reason('no-path')),
      doubts: [],
      path: [],
      facts: new Map()
    }
  )
}

const cost = ({ final, doubts }: CertificateJudgement): number => (final ? 1000 : 0) + doubts.length

function judgePath(
  { certificates: path, fault }: CertificatePath,
  use: Use,
  moments: Moments,
  pool: MaterialPool,
  policy: ValidationPolicy
): CertificateJudgement {
  const leaf = path[0]!
  const facts = new Map<Certificate, RevocationFact>()
  const broken = (final: Conclusion): CertificateJudgement => ({ final, doubts: [], path, facts })
  // 5.2.6.4: what breaks RFC 5280 is a failure of the path; what breaks our own demands is one of constraints.
  if (fault)
    return broken(indeterminate('CERTIFICATE_CHAIN_GENERAL_FAILURE', reason('path-breaks-rules', { rule: fault })))
  const unfit = path.length > 1 ? purposeFault(leaf, use) : undefined
  if (unfit) return broken(indeterminate('CHAIN_CONSTRAINTS_FAILURE', reason(unfit)))

  const doubts: Doubt[] = []
  let reliability: Reliability = 'no-end'
  for (const [i, certificate] of path.slice(0, -1).entries()) {
    const issuer = path[i + 1]!
    const role = i === 0 ? 'leaf' : 'authority'
    reliability = earliest(reliability, schemeReliability(certificate.signatureScheme, issuer.publicKey))
    const fact = needsNoRevocation(certificate)
      ? undefined
      : pool
          .factsAbout(certificate, issuer)
          .find(({ thisUpdate }) => thisUpdate.getTime() <= moments.at.getTime() + skewMs)
    if (fact) {
      facts.set(certificate, fact)
      reliability = earliest(reliability, schemeReliability(fact.scheme, fact.signer.publicKey))
    }
    doubts.push(...standingDoubts(certificate, role, fact, moments, pool, policy))
  }
  if (reliability === 'never')
    return {
      final: indeterminate('CRYPTO_CONSTRAINTS_FAILURE', reason('algorithm-unknown')),
      doubts,
      path,
      facts
    }
  if (reliability instanceof Date && !isReliable(reliability, moments.at))
    doubts.push({
      subIndication: 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
      of: 'chain',
      until: reliability,
      reason: reason('algorithm-outdated', { until: reliability.toISOString() })
    })
  return { doubts, path, facts }
}

/** What speaks against one certificate of a path: validity, revocation, freshness. */
function standingDoubts(
  certificate: Certificate,
  role: 'leaf' | 'authority',
  fact: RevocationFact | undefined,
  { at, used }: Moments,
  pool: MaterialPool,
  policy: ValidationPolicy
): Doubt[] {
  const doubts: Doubt[] = []
  const outside = at < certificate.notBefore || at > certificate.notAfter
  const exempt = needsNoRevocation(certificate)
  if (fact?.status === 'revoked') {
    const revokedAt = fact.revokedAt ?? certificate.notBefore
    const details = { revokedAt: revokedAt.toISOString(), reason: fact.reason }
    doubts.push(
      role === 'leaf'
        ? { subIndication: 'REVOKED_NO_POE', revokedAt, reason: reason('revoked', details) }
        : { subIndication: 'REVOKED_CA_NO_POE', revokedAt, reason: reason('authority-revoked', details) }
    )
  } else if (fact?.status === 'on-hold') {
    const since = fact.revokedAt ?? certificate.notBefore
    const because = reason('on-hold', { since: since.toISOString(), tryAfter: fact.nextUpdate?.toISOString() })
    doubts.push({ subIndication: 'TRY_LATER', why: 'on-hold', since, reason: because })
  } else if (fact && !isFresh(fact, used, policy)) {
    const because = reason('revocation-stale', {
      certificate: certificate.sha256,
      thisUpdate: fact.thisUpdate.toISOString(),
      nextUpdate: fact.nextUpdate?.toISOString()
    })
    doubts.push({ subIndication: 'TRY_LATER', why: 'stale', certificate, fact, reason: because })
  } else if (!fact && !exempt) {
    // For a certificate that is out of its time nobody will ever answer again: that doubt is said below.
    if (!outside || role === 'authority')
      doubts.push({
        subIndication: 'CERTIFICATE_CHAIN_GENERAL_FAILURE',
        certificate,
        reason: reason('revocation-missing', { certificate: certificate.sha256 })
      })
  }
  const signerOutside = !!fact && !pool.isAnchor(fact.signer) && isOutside(fact.signer, at)
  if (outside) {
    const notRevoked = exempt || (fact?.status === 'good' && !signerOutside)
    doubts.push({
      subIndication: role === 'leaf' && notRevoked ? 'OUT_OF_BOUNDS_NOT_REVOKED' : 'OUT_OF_BOUNDS_NO_POE',
      reason: reason(
        role === 'leaf' ? (at < certificate.notBefore ? 'not-yet-valid' : 'expired') : 'authority-expired',
        {
          notBefore: certificate.notBefore.toISOString(),
          notAfter: certificate.notAfter.toISOString()
        }
      )
    })
  } else if (role === 'leaf' && signerOutside)
    doubts.push({ subIndication: 'REVOCATION_OUT_OF_BOUNDS_NO_POE', reason: reason('revocation-signer-expired') })
  return doubts
}

const isOutside = ({ notBefore, notAfter }: Certificate, at: Date): boolean => at < notBefore || at > notAfter

/** How old a fact may be, in milliseconds (5.2.5). */
export function greatestAge(fact: RevocationFact, policy: ValidationPolicy): number {
  if (policy.maximumRevocationAgeSeconds !== undefined) return policy.maximumRevocationAgeSeconds * 1000
  if (!fact.nextUpdate) return policy.ageWithoutNextUpdateSeconds * 1000
  return fact.nextUpdate.getTime() - fact.thisUpdate.getTime()
}

/** The revocation freshness checker (5.2.5): whether the fact may be relied on for a use of the key at `used`. */
export const isFresh = (fact: RevocationFact, used: Date, policy: ValidationPolicy): boolean =>
  fact.thisUpdate.getTime() >= used.getTime() - greatestAge(fact, policy)

/** Whether a certificate may be used like this: its key usages and, for time stamps, RFC 3161, 2.3. */
function purposeFault(
  leaf: Certificate,
  use: Use
): 'key-usage' | 'extended-key-usage' | 'path-breaks-rules' | undefined {
  try {
    const usage = keyUsages(leaf)
    if (usage && !usage.includes('digitalSignature') && !usage.includes('nonRepudiation')) return 'key-usage'
    const purposes = extendedKeyUsages(leaf)
    if (use === 'time-stamp') return purposes?.purposes.includes(Oid.timeStamping) ? undefined : 'extended-key-usage'
    // What is exempt from revocation so that it can tell of others' must not seal documents.
    if (leaf.extensions.has(ExtensionOid.ocspNoCheck)) return 'key-usage'
    return undefined
  } catch (error) {
    if (error instanceof DerError) return 'path-breaks-rules'
    throw error
  }
}
