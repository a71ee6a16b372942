/** A text that is shown to people: always in both languages. */
export interface Bilingual {
  pl: string
  en: string
}

/** Where a step is named in events and waits. */
export type StepName = 'seal' | 'find-addressee' | 'choose-channel' | 'hand-over' | 'archive'

/** Ways a letter can travel (house of channels: art. 4–6 of the e-delivery act). */
export type Channel = 'purde' | 'qualified' | 'hybrid' | 'manual'

/**
 * Everything that can happen to a letter. Facts only, never personal data: people are named by party id, papers by
 * document id. `version` is the shape's version; an old shape stays readable for ever, so a change adds a version.
 */
export type LetterEvent =
  | { type: 'LetterAccepted'; version: 1; documents: string[] }
  | {
      type: 'LetterSealed'
      version: 1
      /** For each document of the letter, in order: what was made of it. */
      documents: {
        documentId: string
        sealed: string[]
        format: string
        level: string
        signingTime: string
        timestampTime?: string
      }[]
      /** What kind of seal the key gives: told truthfully, see KPA art. 14. */
      qualification: string
    }
  | {
      type: 'AddresseeFound'
      version: 1
      lookUpId: string
      partyId: string
      /** Public bodies receive on arrival; others have the 14-day rule (art. 41(1) ude). */
      isPublic: boolean
      /** True: the address is kept by the designated operator, so PURDE reaches it directly. */
      designatedOperator: boolean
    }
  /** The register was asked by identity and knows no address: the law then names another channel. */
  | { type: 'AddresseeWithoutAddress'; version: 1; lookUpId: string; partyId: string }
  | { type: 'AddresseeNotFound'; version: 1; lookUpId: string | null; code: string; text: Bilingual }
  | {
      type: 'ChannelChosen'
      version: 1
      channel: Channel
      ruleId: string
      legalBasis: Bilingual
      inputs: Record<string, string | number | boolean>
    }
  | {
      type: 'ChannelUnavailable'
      version: 1
      channel: Channel
      ruleId: string
      legalBasis: Bilingual
      inputs: Record<string, string | number | boolean>
      code: string
      text: Bilingual
    }
  /** Too much time passed since the register was asked: the address is looked up again before anything is sent. */
  | { type: 'LookUpExpired'; version: 1; lookUpId: string }
  | { type: 'AttemptStarted'; version: 1; attemptId: string; provider: string; number: number }
  | { type: 'AttemptUnknown'; version: 1; attemptId: string; code: string }
  | { type: 'AttemptRefused'; version: 1; attemptId: string; code: string; text: Bilingual }
  | { type: 'LetterHandedOver'; version: 1; attemptId: string; provider: string; messageId: string }
  | { type: 'StepWaiting'; version: 1; step: StepName; code: string; text: Bilingual }
  | {
      type: 'EvidenceReceived'
      version: 1
      evidenceId: string
      kind: string
      indication: 'PASSED' | 'INDETERMINATE' | 'FAILED'
      subIndication?: string
      /** Legal status before and after this evidence joined the set. */
      legalStatus: { before: LegalStatusName; after: LegalStatusName }
      /**
       * Proof of receipt by fiction only: which readings of the 14-day rule its date follows. None: it follows a rule
       * that we do not know, and somebody should look.
       */
      readings?: LegalReading[]
    }
  | {
      type: 'DeliveryExpected'
      version: 1
      evidenceId: string
      arrivalDate: string
      byOperatorRule: string
      byStatute: string
      byStatuteShifted: string
    }
  | { type: 'LetterHeld'; version: 1; step: StepName; code: string; text: Bilingual }
  | { type: 'LetterArchived'; version: 1; items: number; bytes: number; manifest: string }
  | { type: 'LetterCancelled'; version: 1 }

/** Name of an event. */
export type LetterEventType = LetterEvent['type']

/** Readings of art. 42(2) of the e-delivery act: as it stands, the operator's rule R13, shifted past days off. */
export type LegalReading = 'S' | 'R13' | 'S-shifted'

/** What is proven about a letter (see `legal-status.ts`). */
export type LegalStatusName =
  | 'not-dispatched'
  | 'being-verified'
  | 'rejected'
  | 'dispatched'
  | 'relayed'
  | 'awaiting-collection'
  | 'delivered'
  | 'deemed-delivered'
  | 'undelivered'
