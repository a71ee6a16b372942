/** A proof as the provider gave it: nothing about it is believed before it is verified. */
export interface RawEvidence {
  readonly providerEvidenceId: string
  /** The provider's id of the message it says this is about; may be a stranger's. */
  readonly messageId: string
  /** The provider's own code, `A.1`, `BPOX`…, as listed. */
  readonly kind: string
  readonly bytes: Buffer
  readonly mediaType: string
  /** Time of the event by the list, not by the proof. */
  readonly listedEventTime?: Date
}

/**
 * What a collection yields. One item that cannot be had does not stop the others; a list that cannot be had is told
 * as the only item.
 */
export type Collected =
  | { readonly kind: 'evidence'; readonly evidence: RawEvidence }
  | {
      readonly kind: 'not-downloaded'
      readonly providerEvidenceId: string
      readonly messageId: string
      readonly code: string
    }
  | { readonly kind: 'not-listed'; readonly code: string; readonly retryAfterMs?: number }

/** Where evidence comes from: implemented by the providers of the routing lib, used by the evidence lib. */
export interface EvidenceSource {
  /** Short, stable code of the provider. */
  readonly code: string
  /**
   * New evidence for all letters of a sender address. The network may count an item as collected from the moment it
   * gave the bytes: what is lost between that moment and our commit comes back through `collectForMessage`.
   */
  collect(senderAde: string): AsyncIterable<Collected>
  /** Evidence for one message, whether collected before or not, except what `known` already names. */
  collectForMessage(senderAde: string, messageId: string, known: ReadonlySet<string>): AsyncIterable<Collected>
}

/** Injection token of the list of evidence sources. */
export const EVIDENCE_SOURCES = Symbol('EVIDENCE_SOURCES')
