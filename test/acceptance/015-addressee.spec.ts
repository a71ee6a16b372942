import { World } from './world.js'

const ZAMKN = 'AE:PL-30000-40009-ZAMKN-27'
const NIEMA = 'AE:PL-30000-40011-NIEMA-34'
const PRYWA = 'AE:PL-30000-40010-PRYWA-28'

describe('a letter that cannot go by the public service', () => {
  let world: World
  beforeAll(async () => (world = await World.start()))
  afterAll(() => world.close())

  /** The letter once it is held, and the event that held it. */
  const held = async (to: string | object) => {
    const id = await world.send(to)
    const letter = await world.until(id, l => l.progress === 'held')
    const timeline = await world.timeline(id)
    expect(world.taken(id)).toBe(0)
    expect(letter.legalStatus).toBe('not-dispatched')
    return { letter, last: timeline.at(-1)!, types: timeline.map(entry => entry.type) }
  }

  it.each([
    ['the address is closed', ZAMKN, 'addressee/address-closed'],
    ['the address of a company is closed', { nip: '9990010248' }, 'addressee/address-closed'],
    ['BAE does not know the address', NIEMA, 'addressee/not-in-bae']
  ])('is held with the reason when %s', async (_what, to, code) => {
    const { last } = await held(to)
    expect(last).toMatchObject({ type: 'AddresseeNotFound', facts: { code, lookUpId: expect.any(String) } })
    expect([last.text.pl, last.text.en].every(text => text.length > 20)).toBe(true)
    expect(last.text.pl).not.toBe(last.text.en)
  })

  it.each([
    [
      'manual',
      'PESEL',
      { pesel: '97881710492' },
      'AddresseeWithoutAddress',
      'ude-art-155-hybrid-not-owed-yet',
      /art\. 155/
    ],
    ['manual', 'NIP', { nip: '9990010366' }, 'AddresseeWithoutAddress', 'ude-art-155-hybrid-not-owed-yet', /art\. 155/],
    ['qualified', 'an ADE', PRYWA, 'AddresseeFound', 'ude-art-4-1-qualified-service', /art\. 4/],
    ['qualified', 'KRS', { krs: '0009910117' }, 'AddresseeFound', 'ude-art-4-1-qualified-service', /art\. 4/]
  ])(
    'names the %s service for somebody known by %s, and why the law wants it',
    async (channel, _how, to, before, ruleId, basis) => {
      const { letter, last, types } = await held(to)
      expect(types.at(-2)).toBe(before)
      expect(last).toMatchObject({
        type: 'ChannelUnavailable',
        facts: {
          channel,
          ruleId,
          code: 'routing/channel-not-available',
          legalBasis: { pl: expect.stringMatching(basis), en: expect.stringMatching(basis) }
        }
      })
      expect(letter.channel).toBe(channel)
    }
  )
})
