import type { EvidenceSource } from '#letter'

/** A reason with a stable code, told in both languages. */
export interface CodedText {
  readonly code: string
  readonly pl: string
  readonly en: string
}

/** What must be known about a letter to say whether a provider can carry it at all. */
export interface RoutableLetter {
  readonly senderAde: string
  readonly recipientAde?: string
  readonly subject: string
  readonly text: string
  readonly parts: readonly { readonly fileName: string; readonly mediaType: string; readonly size: number }[]
}

/** Whether a provider can carry a letter; if not, every reason at once. */
export type Carriage = { readonly can: true } | { readonly can: false; readonly reasons: readonly CarriageReason[] }

/** A reason against carriage; `fileName` names the part it is about (show it to the sender, never log it). */
export interface CarriageReason extends CodedText {
  readonly fileName?: string
}

/** One document of a parcel, sealed and kept. Digests are lower-case hex; `open` may be called more than once. */
export interface SealedPart {
  readonly fileName: string
  readonly mediaType: string
  /** Bytes. */
  readonly size: number
  readonly sha256: string
  readonly sha3_512: string
  open(): AsyncIterable<Buffer>
}

/** A letter ready to go: sealed, addressed, routed. */
export interface SealedParcel {
  readonly letterId: string
  readonly senderAde: string
  readonly recipientAde: string
  readonly subject: string
  readonly text: string
  /** The sender's own reference (case number). */
  readonly reference?: string
  readonly threadId?: string
  readonly parts: readonly SealedPart[]
}

/**
 * What a provider has learnt during an attempt; plain JSON, understood only by the provider that wrote it.
 * `null` clears a note.
 */
export type AttemptNotes = Readonly<Record<string, string | null>>

/**
 * One try to hand over one letter. The row exists, committed, before the provider is called. The same attempt is given
 * again after a wait, a crash or an unknown outcome; a second attempt of a letter starts only after a person decided so.
 */
export interface Attempt {
  readonly id: string
  readonly letterId: string
  readonly startedAt: Date
  /** The notes as last remembered. */
  readonly notes: AttemptNotes
  /**
   * Keeps the complete new notes: resolves when they are durably committed. Providers await it before the next call
   * to the outside, or a crash in between would forget what was sent.
   */
  remember(notes: AttemptNotes): Promise<void>
  /** Of these message ids, those that belong to other letters. Spares the provider from taking a twin for this one. */
  claimedByOthers?(messageIds: readonly string[]): Promise<ReadonlySet<string>>
}

/** The provider took the letter; `messageId` is its own reference, which evidence will carry. */
export interface Accepted {
  readonly outcome: 'accepted'
  readonly messageId: string
  readonly taskId?: string
  readonly draftId?: string
}

/** The provider has the letter in work and has not said yes or no: `inquire` after the stated time. */
export interface Pending {
  readonly outcome: 'pending'
  readonly code: string
  readonly retryAfterMs: number
}

/** A final no. `providerText` is the provider's own wording: show it to people, never log it. */
export interface Refusal extends CodedText {
  readonly outcome: 'refused'
  readonly providerText?: string
}

/** A clear "not now": nothing was sent. Call `handOver` again with the same attempt, and not before the stated time. */
export interface Deferred {
  readonly outcome: 'deferred'
  readonly code: string
  readonly retryAfterMs?: number
}

/** Nobody knows whether the letter was taken. Only `inquire` may be called now. */
export interface Unknown {
  readonly outcome: 'unknown'
  readonly code: string
  readonly retryAfterMs?: number
}

export type HandOver = Accepted | Pending | Refusal | Deferred | Unknown

/** Certain: the provider did not take the letter. `handOver` with the same attempt goes on from where it stood. */
export interface NotTaken {
  readonly outcome: 'not-taken'
}

/** The question could not be put (no budget, no connection, no such service). Tells nothing about the letter. */
export interface CannotAsk {
  readonly outcome: 'cannot-ask'
  readonly code: string
  readonly retryAfterMs?: number
}

export type Inquiry = Accepted | Pending | Refusal | NotTaken | Unknown | CannotAsk

/**
 * One network that letters can be given to. All providers keep these promises (`test/delivery-provider.contract.ts`):
 * nothing throws; the same attempt, however often it is handed over, reaches the network at most once; a time-out is
 * `unknown`, never a failure; a final refusal is not tried again; no personal data in codes or logs.
 */
export interface DeliveryProvider extends EvidenceSource {
  /** Pure; says every reason why not. */
  canCarry(letter: RoutableLetter): Carriage
  handOver(parcel: SealedParcel, attempt: Attempt): Promise<HandOver>
  /**
   * Whether something of this attempt lies at the provider that could still go out, by a request that is under way or
   * by somebody's hand. Such an attempt is carried on and never replaced by another. Pure.
   */
  canStillGoOut(notes: AttemptNotes): boolean
  /** What became of an attempt. Sends nothing, ever. */
  inquire(parcel: SealedParcel, attempt: Attempt): Promise<Inquiry>
}
