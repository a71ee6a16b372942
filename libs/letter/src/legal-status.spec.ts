import * as fc from 'fast-check'
import { legalStatus, type ProvenFact } from './legal-status.js'

const day = (n: number, time = '10:00:00Z') => `2026-11-${String(n).padStart(2, '0')}T${time}`
const fact = (kind: string, eventTime: string, more: Partial<ProvenFact> = {}): ProvenFact => ({
  kind,
  eventTime,
  ...more
})

const A1 = fact('A.1', day(2), { submissionTime: day(2, '09:59:00Z') })
const A2 = fact('A.2', day(2), {
  reasons: [{ code: 'Rejected', raw: 'Odrzucona, Rejected', pl: 'Odrzucona', en: 'Rejected' }]
})
const WX = fact('BP.WX', day(2), { submissionTime: day(2, '09:59:00Z') })
const B1 = fact('B.1', day(2, '10:01:00Z'))
const B2 = fact('B.2', day(2, '10:01:00Z'), { reasons: [{ code: 'UnknownRecipient', raw: 'x' }] })
const B3 = fact('B.3', day(2, '10:01:00Z'))
const D1 = fact('D.1', day(2, '10:02:00Z'))
const D2 = fact('D.2', day(2, '10:02:00Z'))
const D3 = fact('D.3', day(2, '10:03:00Z'))
const E1 = fact('E.1', day(5))
const E2 = fact('E.2', day(5))
/** Proof made from E1. */
const OX = fact('BP.OX', day(5), { receivedAt: day(5), availableAt: day(2, '10:02:00Z') })
/** Proof by fiction: 2 November and 14 days. */
const FICTION = fact('BP.OX', day(16, '22:59:59Z'), {
  receivedAt: day(16, '22:59:59Z'),
  availableAt: day(2, '10:02:00Z')
})

describe('status from the set', () => {
  it.each<[string, ProvenFact[], string]>([
    ['nothing', [], 'not-dispatched'],
    ['A.1', [A1], 'dispatched'],
    ['a proof of sending alone', [WX], 'dispatched'],
    ['A.2', [A2], 'rejected'],
    ['B.1', [A1, B1], 'relayed'],
    ['B.2', [A1, B2], 'undelivered'],
    ['B.3', [A1, B3], 'undelivered'],
    ['B.3, then a late B.1', [A1, B3, B1], 'relayed'],
    ['B.3, then a late D.1', [A1, B3, D1], 'awaiting-collection'],
    ['D.1', [A1, D1], 'awaiting-collection'],
    ['D.1 before A.1 is here', [D1], 'awaiting-collection'],
    ['D.1 and notices', [A1, B1, D1, D3], 'awaiting-collection'],
    ['D.2', [A1, B1, D2], 'undelivered'],
    ['D.2, then a second try', [A1, D2, D1], 'awaiting-collection'],
    ['E.1 without a proof of receipt', [A1, D1, E1], 'delivered'],
    ['E.1 alone', [E1], 'delivered'],
    ['E.1 and its proof', [A1, D1, E1, OX], 'delivered'],
    ['the proof of a hand-over whose E.1 is not here yet', [A1, D1, OX], 'delivered'],
    ['E.2', [A1, D1, E2], 'undelivered'],
    ['E.2, then E.1', [A1, D1, E2, E1], 'delivered'],
    ['E.2, then fiction', [A1, D1, E2, FICTION], 'deemed-delivered'],
    ['a proof 14 days after D.1 and no E.1', [A1, D1, FICTION], 'deemed-delivered'],
    ['such a proof when its own date of arrival is all we have', [FICTION], 'deemed-delivered'],
    ['an E.1 of day 20 after fiction', [A1, D1, FICTION, fact('E.1', day(22))], 'deemed-delivered'],
    ['an E.1 of day 3 that came after fiction', [A1, D1, FICTION, E1], 'deemed-delivered'],
    ['a proof by fiction and then one of the hand-over', [A1, D1, FICTION, E1, OX], 'delivered']
  ])('%s', (_name, facts, expected) => expect(legalStatus(facts).status).toBe(expected))

  it('tells "being verified" from "not dispatched" by who has the message', () => {
    expect(legalStatus([], true).status).toBe('being-verified')
    expect(legalStatus([D3], true).status).toBe('being-verified')
  })
})

describe('dates', () => {
  it('dispatch is the submission time of A.1, and never comes from anything before it', () => {
    expect(legalStatus([A1, D1]).dispatchedAt).toBe(day(2, '09:59:00Z'))
    expect(legalStatus([fact('A.1', day(2))]).dispatchedAt).toBe(day(2))
    expect(legalStatus([WX]).dispatchedAt).toBe(day(2, '09:59:00Z'))
    expect(legalStatus([A2], true).dispatchedAt).toBeUndefined()
    expect(legalStatus([D1, E1, OX]).dispatchedAt).toBeUndefined()
  })

  it('delivery comes from the proof of receipt only', () => {
    expect(legalStatus([A1, D1, E1]).deliveredAt).toBeUndefined()
    expect(legalStatus([A1, D1, E1, OX]).deliveredAt).toBe(day(5))
    expect(legalStatus([A1, D1, FICTION, fact('E.1', day(22))]).deliveredAt).toBe(day(16, '22:59:59Z'))
  })

  it('availability is the earliest D.1, else what the proof says', () => {
    expect(legalStatus([A1, fact('D.1', day(4)), D1]).availableAt).toBe(day(2, '10:02:00Z'))
    expect(legalStatus([OX]).availableAt).toBe(day(2, '10:02:00Z'))
  })
})

describe('what goes with the status', () => {
  it('reasons of a rejection or failure, and none otherwise', () => {
    expect(legalStatus([A2]).reasons).toEqual(A2.reasons)
    expect(legalStatus([A1, B2, B2]).reasons).toEqual(B2.reasons)
    expect(legalStatus([A1, B2, D1]).reasons).toEqual([])
  })

  it('final only when nothing more can come', () => {
    const finals = [[A2], [A1, B2], [A1, D1, E2], [A1, D1, E1, OX], [A1, D1, FICTION]]
    const open = [[], [A1], [A1, B3], [A1, D1], [A1, D1, E1], [D1, E1, OX]]
    expect(finals.map(f => legalStatus(f).final)).toEqual(finals.map(() => true))
    expect(open.map(f => legalStatus(f).final)).toEqual(open.map(() => false))
  })

  it('what is missing', () => {
    expect(legalStatus([A1]).missing).toEqual(['BP.WX', 'D.1', 'E.1', 'BP.OX'])
    expect(legalStatus([WX, E1, OX]).missing).toEqual(['A.1'])
    expect(legalStatus([A1, WX, D1, FICTION]).missing).toEqual([])
    expect(legalStatus([A2]).missing).toEqual([])
  })

  it('conflicts', () => {
    expect(legalStatus([A1, D1, E1, OX]).conflicts).toEqual([])
    expect(legalStatus([A1, A2]).conflicts).toEqual(['accepted-and-rejected'])
    expect(legalStatus([A1, B3, D1]).conflicts).toEqual(['failed-and-succeeded'])
    expect(legalStatus([A1, D1, FICTION, E1]).conflicts).toEqual(['handover-before-deemed-delivery'])
    expect(legalStatus([A1, D1, FICTION, fact('E.1', day(22))]).conflicts).toEqual([])
    expect(legalStatus([A1, D1, FICTION, E1, OX]).conflicts).toEqual(['receipts-differ'])
    expect(legalStatus([A1, D1, OX, fact('E.1', day(7))]).conflicts).toEqual(['receipt-differs-from-handover'])
  })
})

describe('properties', () => {
  const time = fc
    .integer({ min: 0, max: 40 * 24 })
    .map(h => new Date(Date.UTC(2026, 10, 2) + h * 3_600_000).toISOString())
  const anyFact = fc.record(
    {
      kind: fc.constantFrom(
        'A.1',
        'A.2',
        'B.1',
        'B.2',
        'B.3',
        'D.1',
        'D.2',
        'D.3',
        'E.1',
        'E.2',
        'BP.WX',
        'BP.OX',
        'other'
      ),
      eventTime: time,
      submissionTime: time,
      availableAt: time,
      receivedAt: time,
      reasons: fc.array(fc.record({ code: fc.constantFrom('a', 'b'), raw: fc.constantFrom('x', 'y') }), {
        maxLength: 2
      })
    },
    { requiredKeys: ['kind', 'eventTime'] }
  )
  const shuffledPair = fc
    .array(anyFact, { maxLength: 12 })
    .chain(facts =>
      fc.tuple(
        fc.constant(facts),
        fc.shuffledSubarray(facts, { minLength: facts.length }),
        fc.array(fc.constantFrom(...facts, undefined), { maxLength: 5 })
      )
    )

  it('every order and repetition of a set gives the same', () => {
    fc.assert(
      fc.property(shuffledPair, ([facts, shuffled, repeated]) => {
        const again = [...shuffled, ...repeated.filter(f => f !== undefined)]
        expect(legalStatus(again)).toEqual(legalStatus(facts))
      }),
      { numRuns: 500 }
    )
  })

  it('a date of delivery is always one that a proof of receipt printed, a date of dispatch one of A.1 or BP.WX', () => {
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 12 }), facts => {
        const { deliveredAt, dispatchedAt } = legalStatus(facts)
        const printed = (kinds: string[]) =>
          facts.filter(f => kinds.includes(f.kind)).flatMap(f => [f.receivedAt, f.submissionTime, f.eventTime])
        if (deliveredAt) expect(printed(['BP.OX'])).toContain(deliveredAt)
        if (dispatchedAt) expect(printed(['A.1', 'BP.WX'])).toContain(dispatchedAt)
      })
    )
  })

  it('what comes after a proven delivery never takes it away', () => {
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 8 }), anyFact, (facts, late) => {
        const proven = legalStatus([...facts, OX])
        expect(['delivered', 'deemed-delivered']).toContain(legalStatus([...facts, OX, late]).status)
        expect(proven.deliveredAt).toBeDefined()
      })
    )
  })
})
