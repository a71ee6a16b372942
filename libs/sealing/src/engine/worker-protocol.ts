import type { KeyObject } from 'node:crypto'
import type { KeyCustody } from '../certificate/describe-certificate.js'
import type { TrustPurpose } from '../certificate/trust-store.js'
import type { SealOutcome } from '../seal-batch.js'
import type { SealAlgorithm } from '../seal-algorithm.js'
import type { SealLevel } from '../seal-format.js'
import type { ValidationReport } from '../validation/report.js'
import type { SealOrder, SealStyle } from './seal-engine.js'
import type { WireError, WireSource } from './wire-format.js'

/** A key as a worker knows it: with the private key where that is in memory, otherwise signing is asked back. */
export interface WireKey {
  readonly name: string
  readonly certificate: Uint8Array
  readonly chain: readonly Uint8Array[]
  readonly algorithm: SealAlgorithm
  readonly custody: KeyCustody
  readonly checked?: boolean
  readonly privateKey?: KeyObject
}

/** A trust anchor as it goes to a worker. */
export interface WireAnchor {
  readonly certificate: Uint8Array
  readonly purposes?: readonly TrustPurpose[]
}

/** What a worker is born with. */
export interface WorkerBirth {
  readonly keys: readonly WireKey[]
  readonly stamps: boolean
  readonly collects: boolean
  readonly trust: readonly WireAnchor[]
  readonly lists: readonly { readonly xml: Uint8Array; readonly signers: readonly Uint8Array[] }[]
  /**
   * Two Int32: the worker counts the first one up with every message and while its event loop turns; the second is the
   * number of the task that it has just turned to, or 0.
   */
  readonly pulse: SharedArrayBuffer
}

/** A document on its way to a worker. */
export interface WireDocument {
  readonly fileName: string
  readonly mediaType: string
  readonly source: WireSource
}

/** A FileContext on its way to a worker. */
export interface WireContext {
  readonly originals: readonly WireDocument[]
  readonly pdfPassword: string | undefined
}

/** Work for a worker. */
export type Work =
  | {
      readonly kind: 'seal'
      readonly orders: readonly (Omit<SealOrder, 'documents'> & { readonly documents: readonly WireDocument[] })[]
      readonly style: SealStyle
    }
  | { readonly kind: 'raise'; readonly file: WireSource; readonly to: SealLevel; readonly context: WireContext }
  | { readonly kind: 'validate'; readonly file: WireSource; readonly context: WireContext }

/** An outcome on its way back: problems by their code, sources by what the other side knows. */
export type WireOutcome =
  | (Omit<SealOutcome & { ok: true }, 'sealed' | 'raiseLater'> & {
      readonly sealed: { readonly fileName: string; readonly mediaType: string; readonly source: WireSource }
      readonly raiseLater?: { readonly code: string; readonly facts: object; readonly to: SealLevel }
    })
  | { readonly id: string; readonly ok: false; readonly code: string; readonly facts: object }

/** What a worker asks back: only the main thread talks to devices and services. */
export type Question =
  | { readonly kind: 'sign'; readonly key: string; readonly toBeSigned: readonly Uint8Array[] }
  | { readonly kind: 'stamp'; readonly imprint: Uint8Array }
  | {
      readonly kind: 'collect' | 'gather'
      readonly leaves: readonly { readonly certificate: Uint8Array; readonly candidates: readonly Uint8Array[] }[]
    }

/** From the main thread to a worker. `now`: time of the main thread's clock, in milliseconds since 1970. */
export type ToWorker =
  | { readonly task: number; readonly work: Work; readonly now: number; readonly tokenBytes: number }
  | { readonly answer: number; readonly value?: unknown; readonly error?: WireError }

/** From a worker to the main thread. */
export type FromWorker =
  | { readonly done: number; readonly value?: WorkResult; readonly error?: WireError }
  | { readonly ask: number; readonly question: Question }

/** What comes of work. */
export type WorkResult = readonly WireOutcome[] | WireSource | ValidationReport
