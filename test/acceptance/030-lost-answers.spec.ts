import { startProxy, type Proxy } from './proxy.js'
import { until, World, type Sandbox } from './world.js'

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

describe('a letter that was taken behind a “not now”', () => {
  let world: World
  let proxy: Proxy
  beforeAll(async () => {
    const envFor = async (sandbox: Sandbox) => {
      proxy = await startProxy(`${sandbox.url}/api/v3`)
      return { GONIEC_PURDE_URL: proxy.url }
    }
    world = await World.start({}, { envFor })
  })
  afterAll(async () => {
    await world.close()
    await proxy.close()
  })

  it.each([
    ['soon', undefined],
    ['when the look-up of its address has expired', 'PT2H']
  ])('goes once, tried again %s', async (_when, later) => {
    // a proxy of the operator answers 503 although the letter went through
    proxy.instead = ({ method, path }) => (method === 'POST' && path.endsWith('/drafts/send') ? 503 : undefined)
    const id = await world.send('AE:PL-30000-40001-URZAD-23')
    await world.until(id, l => l.waiting?.step === 'hand-over')
    expect(world.taken(id)).toBe(1)
    if (later) await world.advance(later)
    proxy.instead = () => undefined
    const letter = await world.until(id, l => l.progress === 'archived')
    expect([letter.legalStatus, world.taken(id)]).toEqual(['delivered', 1])
  })
})
