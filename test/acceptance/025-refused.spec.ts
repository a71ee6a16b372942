import { World } from './world.js'

describe('a letter that is turned away', () => {
  let world: World
  beforeAll(async () => (world = await World.start()))
  afterAll(() => world.close())

  const reasonsOf = async (id: string, kind: string) => {
    const proof = (await world.evidence(id)).find(item => item.kind === kind)
    expect(proof?.indication).toBe('PASSED')
    return proof!.facts!['reasons'] as { code: string; raw: string; pl?: string; en?: string }[]
  }

  it('by the operator at submission is rejected, with the reason of A.2', async () => {
    const id = await world.send('AE:PL-30000-40004-ODRZU-21')
    const letter = await world.until(id, l => l.progress === 'archived')
    expect([letter.legalStatus, letter.dispatchedAt, letter.deliveredAt]).toEqual(['rejected', null, null])
    const [reason] = await reasonsOf(id, 'A.2')
    expect(reason!.raw.length).toBeGreaterThan(5)
    expect([reason!.pl, reason!.en].every(Boolean)).toBe(true)
  })

  it('by the provider of the addressee is undelivered, with the reason of B.2, though it was dispatched', async () => {
    const id = await world.send('AE:PL-30000-40012-RELAY-25')
    const letter = await world.until(id, l => l.progress === 'archived')
    expect([letter.legalStatus, letter.deliveredAt]).toEqual(['undelivered', null])
    expect(letter.dispatchedAt).not.toBeNull()
    expect((await reasonsOf(id, 'B.2')).length).toBeGreaterThan(0)
  })

  it('because the sender’s mailbox is full is held, and says so in both languages', async () => {
    const id = await world.send('AE:PL-30000-40013-PELNA-30')
    const letter = await world.until(id, l => l.progress === 'held')
    expect([letter.legalStatus, world.taken(id)]).toEqual(['not-dispatched', 0])
    const last = (await world.timeline(id)).at(-1)!
    expect(last).toMatchObject({ type: 'AttemptRefused', facts: { code: 'purde/mailbox-full' } })
    expect([last.text.pl, last.text.en]).toEqual([
      expect.stringMatching(/skrzynka/i),
      expect.stringMatching(/mailbox/i)
    ])
    // the operator's own words stay with the attempt
    const [attempt] = await world.sql<{ notes: { providerText: string } }>(
      'select notes from attempt where letter_id = $1',
      [id]
    )
    expect(attempt!.notes.providerText).toMatch(/MAILBOX_FULL/)
  })
})
