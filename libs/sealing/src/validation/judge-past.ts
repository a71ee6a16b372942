import { needsNoRevocation } from '../certificate/certificate-extensions.js'
import type { Certificate } from '../certificate/read-certificate.js'
import type { RevocationFact } from '../revocation/revocation-fact.js'
import { type Conclusion, type Doubt, failed, indeterminate, passed, weigh } from './conclusion.js'
import { isReliable, schemeReliability } from './crypto-constraints.js'
import { greatestAge, isFresh } from './judge-certificate.js'
import type { TokenJudgement } from './judge-token.js'
import type { MaterialPool } from './material-pool.js'
import type { ProofsOfExistence } from './proofs-of-existence.js'
import { reason } from './reasons.js'
import type { ValidationPolicy } from './validation-policy.js'

/** What past validation works with. */
export interface PastTools {
  readonly now: Date
  readonly proofs: ProofsOfExistence
  readonly pool: MaterialPool
  readonly policy: ValidationPolicy
}

/**
 * Past signature validation (EN 319 102-1, 5.6.2.4): whether a signature or time stamp about which there are doubts today was
 * good when, as the proofs of existence show, it existed already. `doubts` are those that are left; the rest passed.
 */
export function judgePast(judgement: TokenJudgement, doubts: readonly Doubt[], tools: PastTools): Conclusion {
  const { token, certificate } = judgement
  if (judgement.final || !certificate || !token.certificate) return judgement.conclusion
  const current = weigh(doubts)
  const { proofs, pool } = tools
  const leaf = token.certificate
  const leafFacts = provenFacts(leaf, certificate.path, tools)
  const controlTime = slide(certificate.path, leafFacts, tools)
  if (!controlTime) return current

  const best = proofs.earliest(token.key).time
  if (best < leaf.notBefore && certificate.path.length > 1) return failed('NOT_YET_VALID', reason('not-yet-valid'))
  const existed = proofs.existedAt(token.key, controlTime)
  const left = doubts.filter(doubt => !isDispelled(doubt))
  if (left.length > 0) return weigh(left)
  const hasFacts =
    certificate.path.length === 1 || needsNoRevocation(leaf) || leafFacts.some(fact => isSignerProven(fact, tools))
  return hasFacts ? passed : indeterminate('REVOCATION_OUT_OF_BOUNDS_NO_POE', reason('revocation-signer-expired'))

  function isDispelled(doubt: Doubt): boolean {
    const inTime = best <= leaf.notAfter
    switch (doubt.subIndication) {
      case 'REVOKED_NO_POE':
      case 'REVOCATION_OUT_OF_BOUNDS_NO_POE':
      case 'OUT_OF_BOUNDS_NO_POE':
      case 'OUT_OF_BOUNDS_NOT_REVOKED':
        return existed && inTime
      case 'REVOKED_CA_NO_POE':
        // An authority whose key was lost can say anything; what it said before is good.
        return existed && inTime && leafFacts.some(({ sha256 }) => proofs.existedAt(sha256, doubt.revokedAt))
      case 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE':
        // Sliding has brought the control time before the end of every algorithm of the chain.
        return doubt.of === 'chain' ? existed : isReliable(judgement.reliability, best)
      case 'TRY_LATER':
        if (doubt.why === 'stale') return isFresh(doubt.fact, best, tools.policy)
        return existed && inTime
      case 'CERTIFICATE_CHAIN_GENERAL_FAILURE':
        return false
    }
  }

  /** Facts about the leaf; those with a proven signer only, when there are such (5.6.2.4, 1). */
  function provenFacts(of: Certificate, path: readonly Certificate[], given: PastTools): readonly RevocationFact[] {
    if (path.length === 1) return []
    const all = pool.factsAbout(of, path[1]!)
    const proven = all.filter(fact => isSignerProven(fact, given))
    return proven.length > 0 ? proven : all
  }
}

/** Whether who signed a fact is trusted or proven to have existed while its own certificate was valid. */
const isSignerProven = ({ signer }: RevocationFact, { pool, proofs }: PastTools): boolean =>
  pool.isAnchor(signer) || proofs.existedBetween(signer.sha256, signer.notBefore, signer.notAfter)

/**
 * Validation time sliding (5.6.2.2): from the anchor down, the latest time at which everything on the path is known to have
 * been good; undefined when something needed for that is not proven to have existed then (NO_POE), or when no time lies within
 * all validities (5.6.2.1, 2).
 *
 * The standard puts the time back to the issuance of information that is not fresh at the control time. Here it is put back to
 * the last moment at which it was fresh, which follows from the same definition of freshness: otherwise the list of a root,
 * made once in months, would forbid the OCSP response made a day after it.
 */
function slide(
  path: readonly Certificate[],
  leafFacts: readonly RevocationFact[],
  { now, proofs, pool, policy }: PastTools
): Date | undefined {
  const below = path.slice(0, -1)
  const from = Math.max(...below.map(({ notBefore }) => notBefore.getTime()))
  const to = Math.min(...below.map(({ notAfter }) => notAfter.getTime()))
  if (from > to) return undefined
  let control = now
  const putBack = (time: Date): void => {
    if (time < control) control = time
  }
  for (let i = below.length - 1; i >= 0; i--) {
    const certificate = below[i]!
    const issuer = path[i + 1]!
    let fact: RevocationFact | undefined
    if (!needsNoRevocation(certificate)) {
      const facts = i === 0 ? leafFacts : pool.factsAbout(certificate, issuer)
      if (!proofs.existedAt(certificate.sha256, control)) return undefined
      fact = facts.find(({ thisUpdate, sha256 }) => thisUpdate <= control && proofs.existedAt(sha256, control))
      if (!fact) return undefined
      if (fact.status !== 'good') putBack(fact.revokedAt ?? certificate.notBefore)
      else if (!isFresh(fact, control, policy)) putBack(new Date(fact.thisUpdate.getTime() + greatestAge(fact, policy)))
    }
    const reliabilities = [schemeReliability(certificate.signatureScheme, issuer.publicKey)]
    if (fact) reliabilities.push(schemeReliability(fact.scheme, fact.signer.publicKey))
    for (const until of reliabilities) {
      if (until === 'never') return undefined
      // Ends are exclusive: the last good moment is just before.
      if (until instanceof Date && until <= control) putBack(new Date(until.getTime() - 1))
    }
  }
  return control
}
