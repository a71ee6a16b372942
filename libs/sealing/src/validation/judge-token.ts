import type { Certificate } from '../certificate/read-certificate.js'
import { type AnyHash, familyOf } from '../certificate/signature-scheme.js'
import { type Conclusion, type Doubt, failed, indeterminate, passed, weigh } from './conclusion.js'
import {
  earliest,
  hashReliability,
  isReliable,
  keyBits,
  keyReliability,
  type Reliability
} from './crypto-constraints.js'
import { type CertificateJudgement, judgeCertificate, type Moments, type Use } from './judge-certificate.js'
import type { MaterialPool } from './material-pool.js'
import type { IntegrityVerdict } from './read-signature.js'
import { reason, type ReasonCode } from './reasons.js'
import type { ValidationPolicy } from './validation-policy.js'

/** A signature or a time stamp, as far as the common process sees it. */
export interface Token {
  /** Its key among proofs of existence. */
  readonly key: string
  readonly use: Use
  readonly integrity: IntegrityVerdict
  readonly certificate?: Certificate
  /** Dotted OID or URI, and all digests that it stands on. */
  readonly algorithm: string
  readonly hashes: readonly (AnyHash | 'other')[]
}

/** The outcome of basic validation (EN 319 102-1, 5.3, and 5.4 for time stamps) at the time of validation. */
export interface TokenJudgement {
  readonly token: Token
  readonly conclusion: Conclusion
  /** What no proof of existence can mend. */
  readonly final?: Conclusion
  readonly doubts: readonly Doubt[]
  readonly certificate?: CertificateJudgement
  /** Until when the algorithms of the signature itself may be relied on. */
  readonly reliability: Reliability
}

/** Judges form, integrity, certificate and algorithms, in the order of clause 5.3.4. */
export function judgeToken(
  token: Token,
  moments: Moments,
  pool: MaterialPool,
  policy: ValidationPolicy
): TokenJudgement {
  const reliability = reliabilityOf(token)
  const end = (final: Conclusion, certificate?: CertificateJudgement): TokenJudgement => ({
    token,
    conclusion: final,
    final,
    doubts: [],
    certificate,
    reliability
  })
  if (token.integrity.indication !== 'PASSED') return end(integrityConclusion(token.integrity))
  if (!token.certificate) return end(indeterminate('NO_SIGNING_CERTIFICATE_FOUND', reason('no-signing-certificate')))

  const certificate = judgeCertificate(token.certificate, token.use, moments, pool, policy)
  if (certificate.final) return end(certificate.final, certificate)
  if (reliability === 'never')
    return end(
      indeterminate('CRYPTO_CONSTRAINTS_FAILURE', reason('algorithm-unknown', { algorithm: token.algorithm })),
      certificate
    )
  const doubts = [...certificate.doubts]
  if (reliability instanceof Date && !isReliable(reliability, moments.at))
    doubts.push({
      subIndication: 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
      of: 'signature',
      until: reliability,
      reason: reason('algorithm-outdated', { algorithm: token.algorithm, until: reliability.toISOString() })
    })
  return { token, conclusion: weigh(doubts), doubts, certificate, reliability }
}

/** Until when the algorithms and the key behind a token may be relied on. */
function reliabilityOf({ algorithm, hashes, certificate }: Token): Reliability {
  const family = familyOf(algorithm)
  if (!family || !certificate) return 'never'
  return earliest(keyReliability(family, keyBits(certificate.publicKey)), ...hashes.map(hashReliability))
}

const codes: Partial<Record<string, ReasonCode>> = {
  FORMAT_FAILURE: 'form-broken',
  HASH_FAILURE: 'not-intact',
  SIG_CRYPTO_FAILURE: 'not-intact',
  SIGNED_DATA_NOT_FOUND: 'signed-data-missing',
  NO_SIGNING_CERTIFICATE_FOUND: 'no-signing-certificate',
  CRYPTO_CONSTRAINTS_FAILURE: 'algorithm-unknown'
}

function integrityConclusion(integrity: IntegrityVerdict): Conclusion {
  if (integrity.indication === 'PASSED') return passed
  const because = reason(codes[integrity.subIndication] ?? 'not-checkable', { why: integrity.why })
  return integrity.indication === 'FAILED'
    ? failed(integrity.subIndication, because)
    : indeterminate(integrity.subIndication, because)
}
