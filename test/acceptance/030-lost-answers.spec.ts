import { until, World } from './world.js'

const ZGUBA = 'AE:PL-30000-40005-ZGUBA-31'
const GUBIS = 'AE:PL-30000-40016-GUBIS-32'
const WOLNY = 'AE:PL-30000-40006-WOLNY-36'

describe('a letter of which nobody knows whether it was taken', () => {
  let world: World
  beforeAll(async () => (world = await World.start()))
  afterAll(() => world.close())

  it.each([
    ['the answer was lost', ZGUBA],
    ['the request was lost', GUBIS]
  ])('goes once when %s, and shows the doubt', async (_what, ade) => {
    const id = await world.send(ade)
    const letter = await world.until(id, l => l.progress === 'archived')
    expect([letter.legalStatus, world.taken(id)]).toEqual(['delivered', 1])
    const timeline = await world.timeline(id)
    const unknown = timeline.find(entry => entry.type === 'AttemptUnknown')
    expect(unknown).toMatchObject({ facts: { code: 'purde/answer-lost' } })
    // one attempt, however often it was looked for
    expect(timeline.filter(entry => entry.type === 'AttemptStarted')).toHaveLength(1)
    expect(timeline.filter(entry => entry.type === 'LetterHandedOver')).toHaveLength(1)
  })

  it('goes once when the operator takes his time', async () => {
    const id = await world.send(WOLNY)
    const waiting = await world.until(id, l => l.waiting !== null)
    expect(waiting.waiting).toMatchObject({ step: 'hand-over', code: 'routing/provider-at-work' })
    const letter = await world.until(id, l => l.progress === 'archived')
    expect([letter.legalStatus, world.taken(id)]).toEqual(['delivered', 1])
  })

  it('goes once when every second answer of the operator is lost, twenty times', async () => {
    world.sandbox.faults.set('purde', 'lost-answer', 0.5)
    const ids = await Promise.all(Array.from({ length: 20 }, () => world.send('AE:PL-30000-40001-URZAD-23')))
    for (const id of ids) await world.until(id, l => ['handing-over', 'handed-over', 'archived'].includes(l.progress))
    const lost = () => world.sandbox.ledger.entries({ action: 'fault-lost-answer' }).length
    await until('many answers were lost', () => lost() > 60)
    world.sandbox.faults.reset()
    for (const id of ids) {
      const letter = await world.until(id, l => l.progress === 'archived')
      expect([letter.legalStatus, world.taken(id)]).toEqual(['delivered', 1])
    }
  }, 120_000)
})
