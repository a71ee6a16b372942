/** Events of ETSI EN 319 522-1 with their numbers: the tail of `http://uri.etsi.org/19522/Event/…`. */
export const erdsEvents = {
  SubmissionAcceptance: 'A.1',
  SubmissionRejection: 'A.2',
  RelayAcceptance: 'B.1',
  RelayRejection: 'B.2',
  RelayFailure: 'B.3',
  NotificationForAcceptance: 'C.1',
  NotificationForAcceptanceFailure: 'C.2',
  ConsignmentAcceptance: 'C.3',
  ConsignmentRejection: 'C.4',
  AcceptanceRejectionExpiry: 'C.5',
  ContentConsignment: 'D.1',
  ContentConsignmentFailure: 'D.2',
  ConsignmentNotification: 'D.3',
  ConsignmentNotificationFailure: 'D.4',
  ContentHandover: 'E.1',
  ContentHandoverFailure: 'E.2',
  RelayToNonERDS: 'F.1',
  RelayToNonERDSFailure: 'F.2',
  ReceivedFromNonERDS: 'F.3'
} as const

/** Technical evidence; `other` is an event that the standard gained after this was written. */
export type ErdsKind = (typeof erdsEvents)[keyof typeof erdsEvents] | 'other'
/** National proofs of sending and of receipt in XML (art. 40 of the e-delivery act). */
export type ProofKind = 'BP.WX' | 'BP.OX'
export type EvidenceKind = ErdsKind | ProofKind

/** Why something happened. `raw` is the text as printed; `pl` and `en` are our reading of it. */
export interface EventReason {
  /** Tail of the reason's URI; the whole of it when it is not one of ETSI's. Empty when only a text is given. */
  code: string
  raw: string
  pl?: string
  en?: string
}

/** A part of what was sent, as the evidence names it. */
export interface EvidencePart {
  id: string
  name?: string
  contentType?: string
  /** Bytes. */
  size?: number
  /** `alg` as printed (a URI in technical evidence), `value` as printed (base64 there). */
  digest?: { alg: string; value: string }
  /** The text of the message itself, which counts as its first attachment. */
  isMessageText: boolean
}

/** Times are instants in UTC, ISO 8601 with milliseconds. */
interface CommonFacts {
  evidenceId: string
  messageId: string
  /** When the event happened (component G05; for a proof, the moment that it proves). */
  eventTime: string
  /** When the sender handed the message in (component M03). */
  submissionTime?: string
  senderAde?: string
  recipientAdes: string[]
  reasons: EventReason[]
  parts: EvidencePart[]
  /** When it was made available for collection. */
  availableAt?: string
  /** When it was handed to the addressee, or taken as handed: the legal moment of art. 42. */
  receivedAt?: string
  /** Mode of delivery as printed. */
  mode?: string
  /** Who issued it, in its own words; who sealed it is in the seal. */
  issuer?: string
}

/** What technical evidence says (EN 319 522-3). */
export interface ErdsFacts extends CommonFacts {
  kind: ErdsKind
  /** The event as printed, kept for kinds that we do not know. */
  eventUri: string
  /** 1-based: which of several recipients it is about. */
  refersToRecipient?: number
}

/** What a proof of sending or of receipt says (template 10856 of the central repository). */
export interface ProofFacts extends CommonFacts {
  kind: ProofKind
  /** When the sender's provider took the message on. */
  acceptedAt?: string
}

/** What a piece of evidence says; told apart by `kind`. */
export type EvidenceFacts = ErdsFacts | ProofFacts

/** A reading, or the names of what is missing in it. */
export type Reading<F> = { ok: true; facts: F } | { ok: false; missing: string[] }

/**
 * The dotted code of an evidence type: the contract of the mailbox interface lists some both ways (`A1`, `A.1`, `BPOX`).
 * What is not such a code is given back unchanged.
 */
export function normaliseEvidenceType(type: string): string {
  const code = type.trim().toUpperCase()
  const parts = /^([A-F])\.?(\d)$/.exec(code) ?? /^(BP)\.?(WX|WP|OX|OP)$/.exec(code) ?? /^(H)\.?(DW|PN|EPO)$/.exec(code)
  return parts ? `${parts[1]}.${parts[2]}` : type
}
