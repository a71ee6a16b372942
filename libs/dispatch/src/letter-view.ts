import type { Bilingual, LegalStatusName, LetterEventType, Progress, StepName } from '#letter'

/** A paper as shown to readers. */
export interface DocumentView {
  id: string
  fileName: string
  mediaType: string
  /** Bytes. */
  size: number
  /** Hexadecimal SHA-256. */
  sha256: string
}

/** When delivery is to be expected if nobody collects: never a fact, see the legal clock. */
export interface ExpectedDelivery {
  arrivalDate: string
  /** Operator's published rule R13. */
  byOperatorRule: string
  /** Plain wording of art. 42(2) of the e-delivery act. */
  byStatute: string
  /** The same, shifted past days off (Civil Code art. 115). */
  byStatuteShifted: string
}

/** Why a letter was rejected or could not be delivered, by the evidence. */
export interface ReasonView {
  /** URI or code as the provider gave it. */
  code: string
  /** The provider's own words, and each language where they could be told apart. */
  text: string
  pl: string | null
  en: string | null
}

/** Why a letter is held: a person has to decide. */
export interface HoldView {
  since: string
  code: string
  text: Bilingual
  /** The provider's own words, when it refused. */
  providerText: string | null
}

/** A letter as shown to readers. */
export interface LetterView {
  id: string
  senderAde: string
  /** As far as known. */
  addressee: { ade: string | null; isPublic: boolean | null }
  subject: string
  reference: string | null
  progress: Progress
  legalStatus: LegalStatusName
  channel: string | null
  messageId: string | null
  /** Moment of dispatch, from proof A.1. */
  dispatchedAt: string | null
  /** Moment from which the addressee could collect, from proof D.1. */
  availableAt: string | null
  /** Moment of delivery: only from a proof of receipt (BP.OX). */
  deliveredAt: string | null
  expectedDelivery: ExpectedDelivery | null
  /** Reasons of a rejection or a failure, while that is the legal status. */
  reasons: ReasonView[]
  /** Evidence that does not go together, by name; somebody should look. */
  conflicts: string[]
  /** While `progress` is `held`. */
  held: HoldView | null
  waiting: { step: StepName; code: string; since: string; nextTryAt: string; tries: number } | null
  documents: DocumentView[]
  sealedDocuments: DocumentView[]
  createdAt: string
  updatedAt: string
}

/** One line of a letter in a list. */
export type LetterSummary = Omit<
  LetterView,
  'documents' | 'sealedDocuments' | 'expectedDelivery' | 'reasons' | 'conflicts' | 'held'
>

/** One entry of a timeline. */
export interface TimelineEntry {
  seq: number
  type: LetterEventType
  /** When it happened, as far as a proof says so. */
  occurredAt: string
  /** When Goniec wrote it down. */
  recordedAt: string
  actor: string
  /** One plain sentence. */
  text: Bilingual
  /** Evidence only: why, in the provider's words. */
  reasons?: ReasonView[]
  /** The event's facts: ids, codes, dates; no personal data. */
  facts: Record<string, unknown>
}

/** One evidence as shown to readers. */
export interface EvidenceView {
  id: string
  /** As listed by the provider (`BP.OX`). */
  kind: string
  /** Result of the latest examination (EN 319 102-1). */
  indication: 'PASSED' | 'INDETERMINATE' | 'FAILED'
  subIndication: string | null
  /** Kind that the sealed bytes themselves state. */
  provenKind: string | null
  mediaType: string
  size: number
  sha256: string
  receivedAt: string
  /** Facts of the sealed bytes, when readable. */
  facts: Record<string, unknown> | null
  /** Who sealed it, when by its time stamp, at which level; as far as that could be found out. */
  seal: unknown
  /** Every check made, with its result. */
  checks: unknown
}

/** Bytes to hand out. */
export interface Download {
  fileName: string
  mediaType: string
  size: number
  sha256: string
  bytes: AsyncIterable<Buffer>
}

/** Filters of a list of letters. */
export interface LetterFilter {
  progress?: Progress
  legalStatus?: LegalStatusName
  senderAde?: string
  addresseeAde?: string
  reference?: string
  createdFrom?: Date
  createdTo?: Date
}
