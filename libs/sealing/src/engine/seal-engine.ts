import type { CertificateDescription } from '../certificate/describe-certificate.js'
import type { FormatPolicy } from '../format-policy.js'
import type { Document, FileContext } from '../document.js'
import type { PdfSealOptions } from '../pades/pdf-seal-options.js'
import type { SealFormat, SealLevel } from '../seal-format.js'
import type { SealBatchOptions, SealOutcome } from '../seal-batch.js'
import type { RandomAccessSource } from '../source.js'
import type { ValidationReport } from '../validation/report.js'

/** How documents are sealed: plain data, so that it can be stored in a profile and sent to a worker thread. */
export interface SealStyle {
  /** Name of the key, as the installation knows it. */
  readonly key: string
  readonly level: SealLevel
  readonly formats: FormatPolicy
  /** A SealDesign as plain JSON; invisible when absent. */
  readonly design?: unknown
  readonly reason?: string
  readonly location?: string
  readonly whenAway: NonNullable<SealBatchOptions['whenAway']>
}

/** One file to be sealed, and where it differs from the style. */
export interface SealOrder {
  readonly id: string
  readonly documents: readonly Document[]
  readonly format?: SealFormat
  readonly level?: SealLevel
  /** A SealPlacement as plain JSON; needs a design in the style. */
  readonly placement?: unknown
  readonly pdf?: Pick<
    PdfSealOptions,
    'field' | 'number' | 'password' | 'certification' | 'reason' | 'location' | 'contactInfo'
  >
}

/**
 * The installation's sealing engine: its keys, time-stamp authorities and trust anchors, and processors to work with.
 * Documents must be BufferSource or FileSource, or made of them. Hostile files end in coded problems within bounds of
 * time and memory, whatever happens to the processor that meets them.
 */
export abstract class SealEngine {
  /** Seals. @throws as `sealBatch`, and Refused `sealing/key-unknown`, `sealing/seal-design-invalid` */
  abstract seal(orders: readonly SealOrder[], style: SealStyle): Promise<SealOutcome[]>

  /**
   * Raises the level of every seal in a file.
   * @throws as `RaiseLevel`; Refused `sealing/file-kind-unknown`, `sealing/pdf-password-needed`
   */
  abstract raise(file: RandomAccessSource, to: SealLevel, context?: FileContext): Promise<RandomAccessSource>

  /**
   * Validates every signature and time stamp in a file, now.
   * @throws Refused `sealing/file-kind-unknown`, `sealing/pdf-password-needed`, `sealing/too-much-work`
   */
  abstract validate(file: RandomAccessSource, context?: FileContext): Promise<ValidationReport>

  /** Names of the keys, and what their certificates say. */
  abstract keys(): ReadonlyMap<string, CertificateDescription>

  abstract close(): Promise<void>
}
