import type { Document } from './document.js'
import type { PdfSealOptions } from './pades/pdf-seal-options.js'
import type { SealFormat } from './seal-format.js'
import type { SealKey } from './seal-key.js'
import type { RandomAccessSource } from './source.js'

/** What of a key goes into a seal; signing itself is not the formats' business. */
export type Signer = Pick<SealKey, 'certificate' | 'chain' | 'algorithm'>

/** How a seal is to be prepared. */
export interface PrepareOptions {
  readonly format: SealFormat
  readonly signer: Signer
  /** The time that the seal claims, whole seconds. */
  readonly signingTime: Date
  /** Greatest size of a time-stamp token to come, in bytes; 0 when there will be none. Only PAdES must keep room. */
  readonly tokenBytes: number
  /** For PAdES only. */
  readonly pdf?: PdfSealOptions
}

/**
 * A seal on its way: everything is done but the signature. Staged, so that a key may be anywhere and drafts may wait
 * for a whole batch to be signed at once.
 */
export interface Draft {
  /** The bytes that the key signs (whole message): DER signed attributes, or canonical ds:SignedInfo. */
  readonly toBeSigned: Buffer
  /** SHA-256 of what a signature time stamp covers: the signature value, or the canonical ds:SignatureValue element. */
  imprint(signature: Buffer): Buffer
  /**
   * The sealed file with the signature, and the time-stamp token if there is one, in place; or, when there is not
   * enough room for them, a draft with more room that must be signed anew.
   */
  finish(signature: Buffer, token?: Buffer): { readonly file: RandomAccessSource } | { readonly again: Draft }
}

/** Prepares seals of some formats. Pure: no key, no network. @throws Refused with what is wrong with the documents */
export type PrepareSeal = (documents: readonly Document[], options: PrepareOptions) => Draft
