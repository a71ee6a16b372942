import type { Certificate } from '../certificate/read-certificate.js'
import type { RevocationFact } from '../revocation/revocation-fact.js'
import type { FailedBecause, IndeterminateBecause } from './indication.js'
import type { Reason } from './reasons.js'

/** The outcome of one building block or process (EN 319 102-1, 5.1.3). */
export type Conclusion =
  | { readonly indication: 'PASSED' }
  | { readonly indication: 'INDETERMINATE'; readonly subIndication: IndeterminateBecause; readonly reason: Reason }
  | { readonly indication: 'FAILED'; readonly subIndication: FailedBecause; readonly reason: Reason }

export const passed: Conclusion = { indication: 'PASSED' }

export const indeterminate = (subIndication: IndeterminateBecause, because: Reason): Conclusion => ({
  indication: 'INDETERMINATE',
  subIndication,
  reason: because
})

export const failed = (subIndication: FailedBecause, because: Reason): Conclusion => ({
  indication: 'FAILED',
  subIndication,
  reason: because
})

/**
 * Something that speaks against a signature or time stamp at the time of validation, and that a proof of when it existed may
 * dispel. The standard hands one of these from step to step; here all are kept, and all must be dispelled, so that a
 * certificate which is both expired and revoked is not let through by an answer to one of the two.
 */
export type Doubt = { readonly reason: Reason } & (
  | { readonly subIndication: 'REVOKED_NO_POE' | 'REVOKED_CA_NO_POE'; readonly revokedAt: Date }
  | { readonly subIndication: 'OUT_OF_BOUNDS_NO_POE' | 'OUT_OF_BOUNDS_NOT_REVOKED' }
  | { readonly subIndication: 'REVOCATION_OUT_OF_BOUNDS_NO_POE' }
  | {
      readonly subIndication: 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE'
      /** Of the signature value and what it signs directly, or of certificates and revocation information. */
      readonly of: 'signature' | 'chain'
      readonly until: Date
    }
  /** Nobody whom one may believe says anything about a certificate: RFC 5280, 6.1.3 a 3 cannot be done. */
  | { readonly subIndication: 'CERTIFICATE_CHAIN_GENERAL_FAILURE'; readonly certificate: Certificate }
  | {
      readonly subIndication: 'TRY_LATER'
      readonly why: 'stale'
      readonly certificate: Certificate
      readonly fact: RevocationFact
    }
  | { readonly subIndication: 'TRY_LATER'; readonly why: 'on-hold'; readonly since: Date }
)

const order: readonly Doubt['subIndication'][] = [
  'REVOKED_NO_POE',
  'REVOKED_CA_NO_POE',
  'OUT_OF_BOUNDS_NO_POE',
  'OUT_OF_BOUNDS_NOT_REVOKED',
  'CERTIFICATE_CHAIN_GENERAL_FAILURE',
  'REVOCATION_OUT_OF_BOUNDS_NO_POE',
  'TRY_LATER',
  'CRYPTO_CONSTRAINTS_FAILURE_NO_POE'
]

/** What doubts come to: the gravest of them, or PASSED when there are none. */
export function weigh(doubts: readonly Doubt[]): Conclusion {
  const [gravest] = [...doubts].sort((a, b) => order.indexOf(a.subIndication) - order.indexOf(b.subIndication))
  return gravest ? indeterminate(gravest.subIndication, gravest.reason) : passed
}
