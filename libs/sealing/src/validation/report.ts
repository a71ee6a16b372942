import type { QcStatements } from '../certificate/describe-certificate.js'
import type { Qualification } from '../trusted-list/qualification.js'
import type { SealFormat, SealLevel } from '../seal-format.js'
import type { FailedBecause, IndeterminateBecause } from './indication.js'
import type { Origin } from './material-pool.js'
import type { LaterChange, SignedScope } from './read-signature.js'
import type { Reason } from './reasons.js'

/*
 * The report of a validation (EN 319 102-1, 5.1.2 and 5.1.3): plain data, as JSON it stays what it is. Times are ISO 8601 in UTC,
 * digests and serial numbers hexadecimal. There is no "valid": there are three indications, and why.
 */

/** Of a whole signature. */
export type TotalIndication = 'TOTAL-PASSED' | 'INDETERMINATE' | 'TOTAL-FAILED'

/** Of a part: a process, a time stamp. */
export interface PartResult {
  readonly indication: 'PASSED' | 'INDETERMINATE' | 'FAILED'
  readonly subIndication?: FailedBecause | IndeterminateBecause
  readonly reasons: readonly Reason[]
}

/** A certificate as it describes itself. */
export interface CertificateReport {
  readonly sha256: string
  readonly subject: { readonly commonName?: string; readonly organization?: string }
  /** OID 2.5.4.97. */
  readonly organizationIdentifier?: string
  readonly issuer: { readonly commonName?: string; readonly organization?: string }
  readonly serial: string
  readonly notBefore: string
  readonly notAfter: string
  readonly keyType: string
  readonly keyBits: number
  readonly qcStatements: QcStatements
  /** Whether it is itself a configured trust anchor. */
  readonly trustAnchor: boolean
}

/** Revocation information that the verdict stands on. */
export interface RevocationReport {
  /** SHA-256 of the certificate that it is about. */
  readonly certificate: string
  readonly kind: 'ocsp' | 'crl'
  readonly origin: Origin
  readonly status: 'good' | 'revoked' | 'on-hold'
  readonly revokedAt?: string
  readonly reason?: string
  readonly thisUpdate: string
  readonly nextUpdate?: string
  readonly producedAt: string
  /** SHA-256 of the response or list, and of the certificate of who signed it. */
  readonly sha256: string
  readonly signer: string
}

export interface TimestampReport extends PartResult {
  readonly id: string
  readonly kind: 'content' | 'signature' | 'validation-data' | 'archive' | 'document'
  /** Absent where the token cannot be read. */
  readonly time?: string
  readonly accuracyMs?: number
  readonly policy?: string
  readonly serial?: string
  readonly hash?: string
  /** SHA-256 of the token. */
  readonly sha256: string
  readonly chain: readonly CertificateReport[]
  readonly revocation: readonly RevocationReport[]
  readonly qualification?: Qualification
  readonly warnings: readonly Reason[]
}

/** A stretch of the file that is signed, with its digest in hexadecimal. */
export interface ScopeReport extends Omit<SignedScope, 'digest'> {
  readonly digest?: { readonly hash: string; readonly value: string }
}

export interface SignatureReport {
  readonly id: string
  readonly format: SealFormat
  readonly indication: TotalIndication
  readonly subIndication?: FailedBecause | IndeterminateBecause
  readonly reasons: readonly Reason[]
  readonly warnings: readonly Reason[]
  /** By form; null: not a baseline signature, for the faults named. */
  readonly level: SealLevel | null
  readonly levelFaults: readonly string[]
  /** What the signer says; no proof. */
  readonly claimedSigningTime?: string
  /** The earliest time at which the signature is proven to have existed, and by which time stamp. */
  readonly bestSignatureTime: {
    readonly time: string
    readonly proof: 'time-stamp' | 'validation-time'
    readonly timestampId?: string
  }
  /** Dotted OID or XML URI. */
  readonly algorithm: string
  readonly hashes: readonly string[]
  readonly signaturePolicy?: string
  /** SHA-256 of the raw signature value: names this signature in other reports. */
  readonly signatureSha256: string
  /** The three processes (5.3, 5.5, 5.6), each as far as it went. */
  readonly processes: { readonly basic: PartResult; readonly withTime: PartResult; readonly archival?: PartResult }
  /** From the signing certificate to the trust anchor; only the signing certificate where there is no path. */
  readonly chain: readonly CertificateReport[]
  readonly revocation: readonly RevocationReport[]
  readonly timestamps: readonly TimestampReport[]
  readonly scopes: readonly ScopeReport[]
  readonly laterChanges: readonly LaterChange[]
  /** By trusted lists; absent where none was given. */
  readonly qualification?: Qualification
}

/** A time stamp that belongs to no signature. */
export interface FileTimestampReport extends TimestampReport {
  readonly scopes: readonly ScopeReport[]
  readonly laterChanges: readonly LaterChange[]
}

export interface ValidationReport {
  readonly validationTime: string
  readonly policy: string
  readonly signatures: readonly SignatureReport[]
  readonly timestamps: readonly FileTimestampReport[]
  /** Signatures and time stamps beyond the most that are judged in one file: where there are any, the file is at best INDETERMINATE. */
  readonly notJudged: number
  /** Trusted lists that were used. */
  readonly trustedLists: readonly {
    readonly territory: string
    readonly sequenceNumber: number
    readonly issued: string
    readonly nextUpdate?: string
    readonly expired: boolean
  }[]
}
