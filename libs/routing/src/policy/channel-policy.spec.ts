import fc from 'fast-check'
import { chooseChannel } from './channel-policy.js'
import { channelRules, type ChannelFacts } from './channel-rules.js'

const office: ChannelFacts = { senderIsPublic: true, hasAddressInBae: true, designatedOperator: true }

describe('choice of channel', () => {
  it.each<[string, ChannelFacts, string, string, string]>([
    ['office to citizen in BAE', office, '2026-03-02', 'purde', 'ude-art-4-1-public-service'],
    ['office to office', { ...office, addresseeIsPublic: true }, '2026-03-02', 'purde', 'ude-art-4-1-public-service'],
    [
      'private provider',
      { ...office, designatedOperator: false },
      '2026-03-02',
      'qualified',
      'ude-art-4-1-qualified-service'
    ],
    ['no address', { senderIsPublic: true, hasAddressInBae: false }, '2026-03-02', 'hybrid', 'ude-art-5-hybrid'],
    [
      'it wrote to us',
      { senderIsPublic: true, hasAddressInBae: false, wroteFromAddress: true },
      '2026-03-02',
      'purde',
      'ude-art-4-2-address-it-wrote-from'
    ],
    [
      'prisoner with an address',
      { ...office, deprivedOfLiberty: true },
      '2026-03-02',
      'hybrid',
      'ude-art-5-deprived-of-liberty'
    ],
    ['a person invoked art. 6', { ...office, exception: 'art-6-1-2' }, '2026-03-02', 'manual', 'ude-art-6-1-2'],
    [
      'commune, no address, before hybrid is owed',
      { senderIsPublic: true, hasAddressInBae: false, senderKind: 'local-government' },
      '2029-09-30',
      'manual',
      'ude-art-155-hybrid-not-owed-yet'
    ],
    [
      'commune, no address, hybrid owed',
      { senderIsPublic: true, hasAddressInBae: false, senderKind: 'local-government' },
      '2029-10-01',
      'hybrid',
      'ude-art-5-hybrid'
    ],
    ['before the duty', office, '2024-12-31', 'manual', 'no-rule'],
    ['on the first day of the duty', office, '2025-01-01', 'purde', 'ude-art-4-1-public-service'],
    [
      'firm to office',
      { senderIsPublic: false, addresseeIsPublic: true, hasAddressInBae: true, designatedOperator: true },
      '2026-03-02',
      'purde',
      'private-to-public'
    ],
    [
      'firm to firm',
      { senderIsPublic: false, addresseeIsPublic: false, hasAddressInBae: true, designatedOperator: true },
      '2026-03-02',
      'qualified',
      'private-by-contract'
    ],
    ['firm to nobody', { senderIsPublic: false, hasAddressInBae: false }, '2026-03-02', 'manual', 'no-rule']
  ])('%s', (_, facts, date, channel, ruleId) => {
    expect(chooseChannel(facts, date)).toMatchObject({ channel, ruleId })
  })

  it('writes down what it was asked', () => {
    const choice = chooseChannel({ ...office, exception: undefined }, '2026-03-02')
    expect(choice.inputs).toEqual({
      date: '2026-03-02',
      senderIsPublic: true,
      hasAddressInBae: true,
      designatedOperator: true
    })
    expect(choice.legalBasis.pl).toContain('art. 4 ust. 1')
    expect(choice.legalBasis.en).toContain('art. 4(1)')
  })

  it('has unique rule ids and ordered dates', () => {
    expect(new Set(channelRules.map(rule => rule.id)).size).toBe(channelRules.length)
    for (const rule of channelRules) {
      expect(rule.validFrom).toMatch(/^\d{4}-\d{2}-\d{2}$/)
      if (rule.validTo) expect(rule.validTo >= rule.validFrom).toBe(true)
    }
  })

  const maybe = fc.option(fc.boolean(), { nil: undefined })
  const anyFacts: fc.Arbitrary<ChannelFacts> = fc.record({
    senderIsPublic: fc.boolean(),
    senderKind: fc.constantFrom('local-government', 'judiciary', 'other', undefined),
    addresseeIsPublic: maybe,
    hasAddressInBae: fc.boolean(),
    designatedOperator: maybe,
    wroteFromAddress: maybe,
    deprivedOfLiberty: maybe
  })

  it('never sends a public body to paper while the addressee has an address with the operator', () => {
    fc.assert(
      fc.property(anyFacts, facts => {
        const free = facts.deprivedOfLiberty !== true || facts.addresseeIsPublic === true
        fc.pre(facts.senderIsPublic && facts.hasAddressInBae && facts.designatedOperator === true && free)
        expect(chooseChannel(facts, '2026-03-02').channel).toBe('purde')
      })
    )
  })

  it('reaches manual for a public sender only where no electronic or hybrid way exists or a person said so', () => {
    fc.assert(
      fc.property(anyFacts, facts => {
        const choice = chooseChannel(facts, '2026-03-02')
        fc.pre(choice.channel === 'manual' && facts.senderIsPublic)
        expect(facts.hasAddressInBae && facts.designatedOperator !== undefined).toBe(false)
      })
    )
  })
})
