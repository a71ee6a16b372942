import type { AnyHash } from '../certificate/signature-scheme.js'
import type { HashName } from '../seal-algorithm.js'
import type { Material } from '../material.js'
import type { SealFormat } from '../seal-format.js'
import type { FailedBecause, IndeterminateBecause } from './indication.js'

/** What a format's own checks say: the form, the digests of what is signed, the signature value (EN 319 102-1, 5.2.2, 5.2.7). */
export type IntegrityVerdict =
  | { readonly indication: 'PASSED' }
  | { readonly indication: 'FAILED'; readonly subIndication: FailedBecause; readonly why: string }
  | { readonly indication: 'INDETERMINATE'; readonly subIndication: IndeterminateBecause; readonly why: string }

/** What a signature covers, told to a person. */
export interface SignedScope {
  /** File name in a container, `document` for the one file, revision number of a PDF, reference URI of XML. */
  readonly name: string
  readonly kind: 'whole-file' | 'pdf-revision' | 'xml-node' | 'manifest'
  /** Whether everything that a reader of the file consumes is covered. */
  readonly complete: boolean
  /** The digest that the signature carries for it, and its algorithm. */
  readonly digest?: { readonly hash: AnyHash; readonly value: Buffer }
}

/** A change made to a PDF after a signature, judged against what the signature permits (ISO 32000-2, 12.8.2). */
export interface LaterChange {
  /** The revision that made it, counted from 1. */
  readonly revision: number
  readonly kind: 'signature' | 'document-time-stamp' | 'validation-material' | 'form-filling' | 'annotation' | 'other'
  /** Object numbers, for people who want to look. */
  readonly objects: readonly number[]
  readonly permitted: boolean
}

/** A time stamp in or about a signature, as it was found. */
export interface ReadTimestamp {
  readonly id: string
  /** What it stands for: over content, over the signature value, over validation data, over everything so far. */
  readonly kind: 'content' | 'signature' | 'validation-data' | 'archive' | 'document'
  /** RFC 3161 TimeStampToken, as it stands in the file (DER, or BER from careless makers). */
  readonly token: Buffer
  /** The digest, by `hash`, of the bytes that it must cover. Undefined when these cannot be told. */
  readonly imprint: (hash: HashName | 'sha1') => Buffer | undefined
  /**
   * The certificates, OCSP responses and CRLs that it covers, itself or by digest: they are proven to have existed at its
   * time. Absent: none. Only archive, document and validation-data time stamps cover any. A certificate of the time-stamp
   * authority that stands inside an earlier, covered token counts as well and need not be repeated.
   */
  readonly covers?: Material
}

/** A signature or seal as its format's reader found it: everything of the format resolved, nothing of trust judged. */
export interface ReadSignature {
  /** Field name, XML Id, or position: what a person finds it by. Unique within one file. */
  readonly id: string
  readonly format: SealFormat
  readonly integrity: IntegrityVerdict
  /** What the format's baseline B-B (the tables in clause 6.3 of each standard) asks for and is not there; empty: it is B-B. */
  readonly baselineFaults: readonly string[]
  /** The certificate that the signed signing-certificate attribute names and that is there, DER. */
  readonly signingCertificate?: Buffer
  /** All certificates found in or beside the signature, DER. */
  readonly certificates: readonly Buffer[]
  /** OCSP responses and CRLs found in or beside it, and certificates found with them. */
  readonly material: Material
  /** What the signer says; no proof. */
  readonly claimedSigningTime?: Date
  /** Dotted OID or XML URI of the signature algorithm, for people; judged by `hash` and key. */
  readonly algorithm: string
  /** Digest algorithms that the signature stands on. */
  readonly hashes: readonly (AnyHash | 'other')[]
  /** In the order in which they were made: each may prove the existence of the signature and of all before it. */
  readonly timestamps: readonly ReadTimestamp[]
  readonly scopes: readonly SignedScope[]
  /** PDF only: what came after the signed revision. */
  readonly laterChanges?: readonly LaterChange[]
  /** Raw signature value, as the format carries it (DER `SEQUENCE { r, s }` in CMS, r||s in XML). */
  readonly signatureValue: Buffer
  /** Identifier of the signature policy that the signer names (dotted OID or URI); absent: none, or implied. */
  readonly policy?: string
}

/** A time stamp on a whole file that belongs to no signature (a PDF with only a document time stamp, ASiC-S with timestamp.tst). */
export interface ReadFileTimestamp extends ReadTimestamp {
  readonly scopes: readonly SignedScope[]
  readonly laterChanges?: readonly LaterChange[]
}

/** What a reader found in a file. */
export interface ReadSignatures {
  readonly signatures: readonly ReadSignature[]
  /** Time stamps that stand alone. */
  readonly timestamps: readonly ReadFileTimestamp[]
}
