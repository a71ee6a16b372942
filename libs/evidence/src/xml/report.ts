/** Outcome of a validation (EN 319 102-1, 5.1.3). INDETERMINATE is not "valid". */
export type Indication = 'PASSED' | 'INDETERMINATE' | 'FAILED'

/** Why (EN 319 102-1, tables 5 and 6): only those that this verifier can give. */
export type SubIndication =
  | 'FORMAT_FAILURE'
  | 'HASH_FAILURE'
  | 'SIG_CRYPTO_FAILURE'
  | 'NOT_YET_VALID'
  | 'SIG_CONSTRAINTS_FAILURE'
  | 'CHAIN_CONSTRAINTS_FAILURE'
  | 'CRYPTO_CONSTRAINTS_FAILURE'
  | 'TIMESTAMP_ORDER_FAILURE'
  | 'NO_SIGNING_CERTIFICATE_FOUND'
  | 'NO_CERTIFICATE_CHAIN_FOUND'
  | 'OUT_OF_BOUNDS_NO_POE'

/** One thing that was looked at. `ok: null` means that it could not be judged, and `detail` says why. */
export interface Check {
  name: string
  ok: boolean | null
  /** English, without personal data. */
  detail: string
}

/** The sub-indications that mean FAILED; all others mean INDETERMINATE. */
const FAILURES: ReadonlySet<SubIndication> = new Set([
  'FORMAT_FAILURE',
  'HASH_FAILURE',
  'SIG_CRYPTO_FAILURE',
  'NOT_YET_VALID'
])

/** The indication that a sub-indication belongs to. */
export function indicationOf(subIndication: SubIndication | undefined): Indication {
  if (!subIndication) return 'PASSED'
  return FAILURES.has(subIndication) ? 'FAILED' : 'INDETERMINATE'
}

/** A stop in the middle of a validation, with its reason. Caught inside this lib, never seen outside. */
export class ValidationStop extends Error {
  constructor(
    readonly subIndication: SubIndication,
    readonly check: string,
    readonly detail: string
  ) {
    super(`${check}: ${detail}`)
  }
}
