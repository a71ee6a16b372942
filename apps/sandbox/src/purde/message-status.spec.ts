import fc from 'fast-check'
import type { EvidenceKind } from '../evidence/evidence-facts.js'
import { messageStatus } from './message-status.js'

describe('the status of a message', () => {
  it.each<[EvidenceKind[], string]>([
    [[], 'W trakcie weryfikacji'],
    [['A.2'], 'Odrzucona'],
    [['A.1', 'BP.WX'], 'Nadana'],
    [['A.1', 'B.1'], 'Wysłana'],
    [['A.1', 'D.1'], 'Czeka na doręczenie'],
    [['A.1', 'D.1', 'B.1', 'D.3'], 'Czeka na doręczenie'],
    [['A.1', 'B.3', 'D.1'], 'Czeka na doręczenie'],
    [['A.1', 'B.2'], 'Niedoręczona'],
    [['A.1', 'D.1', 'E.2'], 'Niedoręczona'],
    [['A.1', 'D.1', 'BP.OX'], 'Uznana za doręczoną'],
    [['A.1', 'D.1', 'BP.OX', 'E.1'], 'Doręczona']
  ])('of %j is %s', (kinds, status) => {
    expect(messageStatus(kinds)).toBe(status)
  })

  it('does not depend on the order in which evidence arrived, nor on repetitions', () => {
    const kind = fc.constantFrom<EvidenceKind>('A.1', 'A.2', 'B.1', 'B.2', 'B.3', 'D.1', 'D.2', 'E.1', 'E.2', 'BP.OX')
    fc.assert(
      fc.property(fc.array(kind), fc.infiniteStream(fc.nat()), (kinds, order) => {
        const shuffled = kinds
          .map(value => ({ value, at: order.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ value }) => value)
        expect(messageStatus([...shuffled, ...kinds])).toBe(messageStatus(kinds))
      })
    )
  })
})
