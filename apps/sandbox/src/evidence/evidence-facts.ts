/** Events of ETSI EN 319 522-1 that the Polish public service documents, with the number the service gives them. */
export const ERDS_EVENTS = {
  'A.1': 'SubmissionAcceptance',
  'A.2': 'SubmissionRejection',
  'B.1': 'RelayAcceptance',
  'B.2': 'RelayRejection',
  'B.3': 'RelayFailure',
  'D.1': 'ContentConsignment',
  'D.2': 'ContentConsignmentFailure',
  'D.3': 'ConsignmentNotification',
  'E.1': 'ContentHandover',
  'E.2': 'ContentHandoverFailure'
} as const

export type ErdsKind = keyof typeof ERDS_EVENTS
export type ProofKind = 'BP.WX' | 'BP.OX'
export type EvidenceKind = ErdsKind | ProofKind

/** One side of the correspondence, as evidence names it. */
export interface EvidenceParty {
  ade: string
  party:
    | { kind: 'entity'; name: string; legalPersonIdentifier?: string }
    | { kind: 'natural-person'; givenName: string; familyName: string }
}

/** The provider that writes (and seals) a piece of evidence. */
export interface EvidenceIssuer {
  name: string
  legalPersonIdentifier: string
  /** URI or urn:oid of the policy (R01). */
  policyId: string
  /** Identifier of the service in the proofs of the national template. */
  serviceId: string
}

/** One part of the user content (M02): the message text or one attachment. */
export interface EvidencePart {
  id: string
  name: string
  contentType: string
  /** Bytes. */
  size: number
  isMessageText: boolean
  digest: { algorithm: 'sha256' | 'sha3-512'; value: Buffer }
}

/** Why the event happened: the tail of an ETSI URI, and one text in Polish and English. */
export interface EvidenceReason {
  code: string
  polish: string
  english: string
}

/** The reason as the operator prints it: one string, Polish first, then English, parted by a comma. */
export function reasonDetails(reason: EvidenceReason): string {
  return `${reason.polish}, ${reason.english}`
}
