import { lifecycle, type LetterEvent, type LetterEventType } from '#letter'
import { describeEvent } from './timeline-text.js'

const text = { pl: 'Powód po polsku.', en: 'A reason in English.' }
const legalBasis = { pl: 'art. 4 ust. 1 ude', en: 'art. 4(1) of the e-delivery act' }

/** One event of every type, with all its facts. */
const examples: { [T in LetterEventType]: Omit<Extract<LetterEvent, { type: T }>, 'type' | 'version'> } = {
  LetterAccepted: { documents: ['a', 'b'] },
  LetterSealed: {
    documents: [
      { documentId: 'a', sealed: ['c'], format: 'PAdES', level: 'B-T', signingTime: '2026-10-10T10:00:00Z' },
      { documentId: 'b', sealed: ['d'], format: 'PAdES', level: 'B-T', signingTime: '2026-10-10T10:00:00Z' }
    ],
    qualification: 'advanced'
  },
  AddresseeFound: { lookUpId: 'l', partyId: 'p', isPublic: true, designatedOperator: true },
  AddresseeWithoutAddress: { lookUpId: 'l', partyId: 'p' },
  AddresseeNotFound: { lookUpId: 'l', code: 'addressee/not-in-bae', text },
  ChannelChosen: { channel: 'purde', ruleId: 'r', legalBasis, inputs: {} },
  ChannelUnavailable: { channel: 'qualified', ruleId: 'r', legalBasis, inputs: {}, code: 'x/y', text },
  LookUpExpired: { lookUpId: 'l' },
  AttemptStarted: { attemptId: 'a', provider: 'purde', number: 2 },
  AttemptUnknown: { attemptId: 'a', code: 'purde/no-answer' },
  AttemptRefused: { attemptId: 'a', code: 'purde/mailbox-full', text },
  LetterHandedOver: { attemptId: 'a', provider: 'purde', messageId: 'm' },
  StepWaiting: { step: 'seal', code: 'sealing/tsa-unavailable', text },
  EvidenceReceived: {
    evidenceId: 'e',
    kind: 'BP.OX',
    indication: 'PASSED',
    legalStatus: { before: 'awaiting-collection', after: 'deemed-delivered' }
  },
  DeliveryExpected: {
    evidenceId: 'e',
    arrivalDate: '2026-10-12',
    byOperatorRule: '2026-10-26',
    byStatute: '2026-10-27',
    byStatuteShifted: '2026-10-28'
  },
  LetterHeld: { step: 'choose-channel', code: 'x/y', text },
  LetterArchived: { items: 7, bytes: 1234, manifest: 'm' },
  LetterCancelled: {}
}

const describe1 = (type: LetterEventType, payload: object = examples[type]) => describeEvent({ type, payload })

describe('the words of the timeline', () => {
  it.each(Object.keys(lifecycle) as LetterEventType[])('say what %s means, in both languages', type => {
    const { pl, en } = describe1(type)
    for (const sentence of [pl, en]) {
      expect(sentence).toMatch(/^\p{Lu}.*[.]$/u)
      expect(sentence).not.toMatch(/undefined|null|NaN|\[object|unknown to this version|nieznane tej wersji/)
    }
    expect(pl).not.toBe(en)
  })

  it('do not call a letter dispatched before there is evidence', () => {
    expect(describe1('LetterHandedOver').pl).toContain('Nadanie potwierdzi dopiero dowód')
    expect(describe1('LetterAccepted').pl).toContain('jeszcze jej nie nadano')
  })

  it('name the kind of evidence and what it changes', () => {
    expect(describe1('EvidenceReceived').pl).toBe(
      'Otrzymano dowód BP.OX (dowód otrzymania); pieczęć i treść sprawdzono pomyślnie. Stan prawny: uznana za doręczoną.'
    )
    const forged = { ...examples.EvidenceReceived, kind: 'E.1', indication: 'FAILED' }
    const unchanged = { before: 'dispatched', after: 'dispatched' }
    expect(describe1('EvidenceReceived', { ...forged, legalStatus: unchanged }).en).toBe(
      'Evidence E.1 was received (handed over to the addressee); it failed the check and proves nothing. The legal status is unchanged.'
    )
  })

  it('stand by an evidence kind that nobody has heard of', () => {
    for (const kind of ['Z.9', 'constructor'])
      expect(describe1('EvidenceReceived', { ...examples.EvidenceReceived, kind }).en).toContain(
        `${kind} was received (unknown kind)`
      )
  })

  it('give the earliest and the latest date of a deemed delivery, whichever reading they come from', () => {
    const swapped = { ...examples.DeliveryExpected, byOperatorRule: '2026-10-30' }
    expect(describe1('DeliveryExpected', swapped).en).toContain('between 2026-10-27 and 2026-10-30')
  })

  it('show an event of a newer version instead of hiding it', () => {
    expect(describeEvent({ type: 'LetterTeleported' as LetterEventType, payload: {} }).en).toContain('LetterTeleported')
  })
})

describe('a proof of receipt by fiction', () => {
  const received = (readings: ('S' | 'R13' | 'S-shifted')[]) =>
    describeEvent({
      type: 'EvidenceReceived',
      payload: {
        evidenceId: 'x',
        kind: 'BP.OX',
        indication: 'PASSED',
        legalStatus: { before: 'awaiting-collection', after: 'deemed-delivered' },
        readings
      }
    } as never)

  it('says which reading of the 14 days its date follows', () => {
    expect(received(['S', 'R13']).en).toContain("art. 42(2) of the act as it stands, the operator's rule R13")
  })

  it('warns when it follows none', () => {
    expect(received([]).pl).toContain('nie odpowiada żadnemu')
  })
})
