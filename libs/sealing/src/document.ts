import type { Hash } from 'node:crypto'
import type { HashName } from './seal-algorithm.js'
import { hashSource, type RandomAccessSource } from './source.js'

/** A document to seal. Only small parts of a PDF are ever held in memory. */
export interface Document {
  readonly fileName: string
  readonly mediaType: string
  readonly source: RandomAccessSource
  /** Hash states over the whole source, taken while it arrived; what is missing is added when it is first needed. */
  readonly hashes?: Map<HashName, Hash>
}

/** What it may take, beside a sealed file, to read its signatures. */
export interface FileContext {
  /** What detached signatures sign, in the order that a reader of the signature needs or found by file name. */
  readonly originals?: readonly Document[]
  /** Opens an encrypted PDF: user or owner password. Other files, and PDFs that anybody may open, do without. */
  readonly pdfPassword?: string
}

/** The running hash over a document; computed once per document where it carries `hashes`. Copy it before updating. */
export function hashOfDocument(document: Document, hash: HashName): Hash {
  const known = document.hashes?.get(hash)
  if (known) return known
  const taken = hashSource(document.source, hash)
  document.hashes?.set(hash, taken)
  return taken
}
