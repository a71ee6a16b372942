import type { CodedText } from '../provider.js'

/** Ways a letter can go. `manual`: people do it outside Goniec. */
export type Channel = 'purde' | 'qualified' | 'hybrid' | 'manual'

/** Exceptions of art. 6(1) ude that a person can invoke, by point. */
export type StatutoryException = 'art-6-1-1' | 'art-6-1-2' | 'art-6-1-3'

/** What the choice of channel rests on. All of it is written into the letter's history. */
export interface ChannelFacts {
  /** The sender is a public body (art. 2(6) ude). */
  readonly senderIsPublic: boolean
  /** Local government and the courts owe the hybrid service later than others (art. 155 ude). Default `other`. */
  readonly senderKind?: 'local-government' | 'judiciary' | 'other'
  /** By BAE, or by the sender's word where the addressee is not in BAE. */
  readonly addresseeIsPublic?: boolean
  /** An active address in BAE. */
  readonly hasAddressInBae: boolean
  /** With an address: true = kept by the designated operator, false = by a private provider. */
  readonly designatedOperator?: boolean
  /** Not in BAE, but the addressee wrote to us from an address (art. 4(2) ude). */
  readonly wroteFromAddress?: boolean
  /** The sender knows that the addressee is deprived of liberty (art. 5 ude). */
  readonly deprivedOfLiberty?: boolean
  /** A person invoked an exception, with reasons kept elsewhere. Never set by the machine. */
  readonly exception?: StatutoryException
}

/** One dated rule. The first rule of the table that is in force and applies decides. */
export interface ChannelRule {
  readonly id: string
  /** First day in force, `YYYY-MM-DD`, Polish date. */
  readonly validFrom: string
  /** Last day in force; absent: until further notice. */
  readonly validTo?: string
  readonly channel: Channel
  readonly legalBasis: Omit<CodedText, 'code'>
  applies(facts: ChannelFacts): boolean
}

const exception = (point: StatutoryException, pl: string, en: string): ChannelRule => ({
  id: `ude-${point}`,
  validFrom: '2025-01-01',
  channel: 'manual',
  legalBasis: {
    pl: `art. 6 ust. 1 pkt ${point.at(-1)} ustawy o doręczeniach elektronicznych: ${pl}`,
    en: `art. 6(1)(${point.at(-1)}) of the e-delivery act: ${en}`
  },
  applies: facts => facts.senderIsPublic && facts.exception === point
})

const lateForHybrid = (facts: ChannelFacts) =>
  facts.senderKind === 'local-government' || facts.senderKind === 'judiciary'

/**
 * The law as a table (ustawa z 18.11.2020 o doręczeniach elektronicznych, Dz.U. 2026 poz. 3; "ude"), in order of
 * precedence. A change of law closes a row with `validTo` and adds another: rows are never edited, because letters of
 * the past must stay explainable.
 */
export const channelRules: readonly ChannelRule[] = [
  exception('art-6-1-1', 'żądanie dokumentu sporządzonego pierwotnie na papierze', 'a document first made on paper'),
  exception('art-6-1-2', 'doręczenie elektroniczne i hybrydowe niemożliwe', 'electronic and hybrid way impossible'),
  exception('art-6-1-3', 'skuteczniejszy sposób z przepisów odrębnych', 'more effective way under separate rules'),
  {
    id: 'ude-art-5-deprived-of-liberty',
    validFrom: '2025-01-01',
    channel: 'hybrid',
    legalBasis: {
      pl: 'art. 5 ustawy o doręczeniach elektronicznych: adresat pozbawiony wolności',
      en: 'art. 5 of the e-delivery act: addressee deprived of liberty'
    },
    applies: facts => facts.senderIsPublic && facts.addresseeIsPublic !== true && facts.deprivedOfLiberty === true
  },
  {
    id: 'ude-art-4-1-public-service',
    validFrom: '2025-01-01',
    channel: 'purde',
    legalBasis: {
      pl: 'art. 4 ust. 1 ustawy o doręczeniach elektronicznych: adres wpisany do BAE',
      en: 'art. 4(1) of the e-delivery act: address entered in BAE'
    },
    applies: facts => facts.senderIsPublic && facts.hasAddressInBae && facts.designatedOperator === true
  },
  {
    id: 'ude-art-4-1-qualified-service',
    validFrom: '2025-01-01',
    channel: 'qualified',
    legalBasis: {
      pl: 'art. 4 ust. 1 ustawy o doręczeniach elektronicznych: adres wpisany do BAE, prowadzony w kwalifikowanej usłudze',
      en: 'art. 4(1) of the e-delivery act: address entered in BAE, kept by a qualified service'
    },
    applies: facts => facts.senderIsPublic && facts.hasAddressInBae && facts.designatedOperator === false
  },
  {
    id: 'ude-art-4-2-address-it-wrote-from',
    validFrom: '2025-01-01',
    channel: 'purde',
    legalBasis: {
      pl: 'art. 4 ust. 2 ustawy o doręczeniach elektronicznych: adres, z którego nadano korespondencję',
      en: 'art. 4(2) of the e-delivery act: the address that the addressee wrote from'
    },
    applies: facts =>
      facts.senderIsPublic &&
      !facts.hasAddressInBae &&
      facts.addresseeIsPublic !== true &&
      facts.wroteFromAddress === true
  },
  {
    id: 'ude-art-155-hybrid-not-owed-yet',
    validFrom: '2025-01-01',
    validTo: '2029-09-30',
    channel: 'manual',
    legalBasis: {
      pl: 'art. 155 ustawy o doręczeniach elektronicznych: publiczna usługa hybrydowa dopiero od 1 października 2029 r.',
      en: 'art. 155 of the e-delivery act: hybrid service only from 1 October 2029'
    },
    applies: facts => facts.senderIsPublic && !facts.hasAddressInBae && lateForHybrid(facts)
  },
  {
    id: 'ude-art-5-hybrid',
    validFrom: '2025-01-01',
    channel: 'hybrid',
    legalBasis: {
      pl: 'art. 5 ustawy o doręczeniach elektronicznych: brak adresu do doręczeń elektronicznych',
      en: 'art. 5 of the e-delivery act: no electronic delivery address'
    },
    applies: facts => facts.senderIsPublic && !facts.hasAddressInBae
  },
  {
    id: 'private-to-public',
    validFrom: '2025-01-01',
    channel: 'purde',
    legalBasis: {
      pl: 'art. 41 ust. 1 pkt 2 ustawy o doręczeniach elektronicznych: przesyłka do podmiotu publicznego',
      en: 'art. 41(1)(2) of the e-delivery act: letter to a public body'
    },
    applies: facts =>
      !facts.senderIsPublic &&
      facts.addresseeIsPublic === true &&
      facts.hasAddressInBae &&
      facts.designatedOperator === true
  },
  {
    id: 'private-by-contract',
    validFrom: '2025-01-01',
    channel: 'qualified',
    legalBasis: {
      pl: 'umowa z dostawcą kwalifikowanej usługi; ustawowa fikcja doręczenia nie działa (art. 41 ust. 1 pkt 3 a contrario)',
      en: 'contract with a qualified provider; no statutory deemed delivery (art. 41(1)(3) a contrario)'
    },
    applies: facts => !facts.senderIsPublic && facts.hasAddressInBae
  }
]
