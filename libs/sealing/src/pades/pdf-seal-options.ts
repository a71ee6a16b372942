import type { SealAppearance } from './seal-appearance.js'

/** How a PDF is sealed, beyond the signature itself. */
export interface PdfSealOptions {
  /** The visible seal; invisible when absent. */
  readonly appearance?: SealAppearance
  /** Fully qualified name of an existing, empty signature field to be used; a new field is made when absent. */
  readonly field?: string
  /** Goes into /Reason, /Location, /ContactInfo of the signature dictionary (ISO 32000-1, table 252). */
  readonly reason?: string
  readonly location?: string
  readonly contactInfo?: string
  /** A number of the document, for `{number}` on a visible seal. */
  readonly number?: string
  /** Opens an encrypted file: user or owner password. */
  readonly password?: string
  /** Makes this a certification signature (DocMDP) that forbids all changes, or all but form filling and signing. */
  readonly certification?: 'no-changes' | 'form-filling'
}
