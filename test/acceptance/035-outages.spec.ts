import type { FaultMode, FaultySurface } from '../../apps/sandbox/src/world/faults.js'
import { AdvanceLetter } from '../../libs/dispatch/src/advance-letter.js'
import { World } from './world.js'

const URZAD = 'AE:PL-30000-40001-URZAD-23'
const AWARI = 'AE:PL-30000-40008-AWARI-30'

describe('a letter during an outage', () => {
  let world: World
  beforeAll(async () => (world = await World.start({ GONIEC_BAE_TIMEOUT_MS: '1000', GONIEC_PURDE_TIMEOUT_MS: '1000' })))
  afterEach(() => world.sandbox.faults.reset())
  afterAll(() => world.close())

  const waitsThenGoes = async (id: string, step: string, code: string, up: () => void) => {
    const { waiting, createdAt } = await world.until(id, l => (l.waiting?.tries ?? 0) > 1)
    expect(waiting).toMatchObject({ step, code })
    expect(Date.parse(waiting!.since)).toBeGreaterThanOrEqual(Date.parse(createdAt))
    expect(Date.parse(waiting!.nextTryAt)).toBeGreaterThan(Date.parse(waiting!.since))
    // one entry in the timeline for one reason, however many tries
    const entries = (await world.timeline(id)).filter(entry => entry.type === 'StepWaiting')
    expect(entries.filter(entry => entry.facts['code'] === code)).toHaveLength(1)
    up()
    const letter = await world.until(id, l => l.progress === 'archived')
    expect([letter.legalStatus, letter.waiting, world.taken(id)]).toEqual(['delivered', null, 1])
  }

  it.each<[FaultySurface[], FaultMode, string, string]>([
    [['tsa', 'tsa-2'], 'down', 'seal', 'sealing/timestamp-unavailable'],
    [['bae'], 'down', 'find-addressee', 'addressee/bae-unavailable'],
    [['bae'], 'hang', 'find-addressee', 'addressee/bae-unavailable'],
    [['bae'], 'lost-answer', 'find-addressee', 'addressee/bae-unavailable'],
    [['purde'], 'down', 'hand-over', 'routing/provider-not-now']
  ])('of %s (%s) waits where everybody sees it, and goes on by itself', async (surfaces, mode, step, code) => {
    const all = (one: FaultMode) => surfaces.forEach(surface => world.sandbox.faults.set(surface, one))
    all(mode)
    const id = await world.send(URZAD)
    await waitsThenGoes(id, step, code, () => all('up'))
  })

  it('of the operator’s service for one addressee does not hold the others up', async () => {
    const id = await world.send(AWARI)
    await world.until(id, l => l.waiting?.step === 'hand-over')
    const other = await world.send(URZAD)
    await world.until(other, l => l.progress === 'archived')
    await waitsThenGoes(id, 'hand-over', 'routing/provider-not-now', () => world.sandbox.faults.set('purde', 'up'))
  })

  it('that lasts longer than a look-up is good for ends in a fresh look-up, and one hand-over', async () => {
    const id = await world.send(AWARI)
    await world.until(id, l => l.waiting?.step === 'hand-over')
    await world.advance('PT2H')
    world.sandbox.faults.set('purde', 'up')
    await world.until(id, l => l.progress === 'archived')
    const types = (await world.timeline(id)).map(entry => entry.type)
    expect(types.filter(type => type === 'AddresseeFound')).toHaveLength(2)
    expect([types.includes('LookUpExpired'), world.taken(id)]).toEqual([true, 1])
  })

  it('of the token endpoint waits too', async () => {
    // down first: a collection in the background could otherwise fetch a fresh token in between
    world.sandbox.faults.set('token', 'down')
    // a new day: tokens of the day before have expired
    await world.advance('P1D')
    const id = await world.send(URZAD)
    const { waiting } = await world.until(id, l => l.waiting !== null)
    await waitsThenGoes(id, waiting!.step, waiting!.code, () => world.sandbox.faults.set('token', 'up'))
    expect(['find-addressee', 'hand-over']).toContain(waiting!.step)
  })
})

describe('a letter that was left lying between look-up and hand-over', () => {
  let world: World
  // no workers: the steps are taken by hand
  beforeAll(async () => (world = await World.start({ GONIEC_ROLE: 'api' })))
  afterAll(() => world.close())

  it('is looked up again after an hour, before anything is sent', async () => {
    const letterId = await world.send(URZAD)
    const steps = async (count: number) => {
      for (let step = 0; step < count; step++)
        await world.gateway.app.get(AdvanceLetter).execute({ tenantId: world.tenants[0]!, letterId })
      return (await world.letter(letterId)).progress
    }
    const asked = () => world.sandbox.ledger.entries({ surface: 'bae', action: 'bae-search' }).length
    expect([await steps(3), asked()]).toEqual(['routed', 1])
    await world.advance('PT1H1M')
    expect([await steps(1), asked(), world.taken(letterId)]).toEqual(['sealed', 1, 0])
    expect((await world.timeline(letterId)).at(-1)!.type).toBe('LookUpExpired')
    expect([await steps(3), asked(), world.taken(letterId)]).toEqual(['handed-over', 2, 1])
    const lookUps = await world.sql<{ id: string }>('select id from look_up where letter_id = $1', [letterId])
    expect(lookUps).toHaveLength(2)
  })
})
