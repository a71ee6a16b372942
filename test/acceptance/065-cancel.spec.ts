import { World } from './world.js'

interface State {
  id: string
  progress: string
  code?: string
}

describe('taking a letter back', () => {
  let world: World
  beforeAll(async () => (world = await World.start()))
  afterEach(() => world.sandbox.faults.reset())
  afterAll(() => world.close())

  const cancel = (id: string) => world.api().json<State>('POST', `/v1/letters/${id}/cancellation`)
  const events = async (id: string) => (await world.timeline(id)).map(entry => entry.type)

  it('works while it is still here; twice is the same as once', async () => {
    world.timeStampsAre('down')
    const id = await world.send('AE:PL-30000-40001-URZAD-23')
    await world.until(id, l => l.waiting !== null)
    const [first, second] = [await cancel(id), await cancel(id)]
    expect([first.status, second.status]).toEqual([200, 200])
    expect(first.body).toEqual({ id, progress: 'cancelled', legalStatus: 'not-dispatched' })
    expect(second.body).toEqual(first.body)
    expect((await events(id)).filter(type => type === 'LetterCancelled')).toHaveLength(1)

    // nothing goes on behind its back, not even when the world is well again
    world.timeStampsAre('up')
    const other = await world.send('AE:PL-30000-40001-URZAD-23')
    await world.until(other, l => l.progress === 'archived')
    const letter = await world.letter(id)
    expect([letter.progress, letter.waiting, world.taken(id)]).toEqual(['cancelled', null, 0])
    expect((await events(id)).at(-1)).toBe('LetterCancelled')
  })

  it('by ten at once is one cancellation', async () => {
    world.sandbox.faults.set('bae', 'down')
    const id = await world.send('AE:PL-30000-40001-URZAD-23')
    await world.until(id, l => l.waiting !== null)
    const answers = await Promise.all(Array.from({ length: 10 }, () => cancel(id)))
    expect(answers.map(answer => answer.status)).toEqual(Array(10).fill(200))
    expect((await events(id)).filter(type => type === 'LetterCancelled')).toHaveLength(1)
  })

  it('is too late once it was handed over, or once nobody knows', async () => {
    const gone = await world.send('AE:PL-30000-40001-URZAD-23')
    await world.until(gone, l => l.progress === 'handed-over' || l.progress === 'archived')
    // the operator’s answers stay away: the letter may have left
    const doubtful = await world.send('AE:PL-30000-40006-WOLNY-36')
    await world.until(doubtful, l => l.progress === 'handing-over')
    for (const id of [gone, doubtful]) {
      const { status, body } = await cancel(id)
      expect([status, body.code]).toEqual([409, 'dispatch/cannot-be-cancelled'])
      expect(await events(id)).not.toContain('LetterCancelled')
    }
    await world.until(doubtful, l => l.progress === 'archived')
    expect(world.taken(doubtful)).toBe(1)
  })

  it('works for a letter that was refused and is held', async () => {
    const id = await world.send('AE:PL-30000-40013-PELNA-30')
    await world.until(id, l => l.progress === 'held')
    expect((await cancel(id)).body.progress).toBe('cancelled')
  })
})
