import { createTestDatabase } from '../../libs/platform/src/testing/test-database.js'
import { faultsIn } from './books.js'
import { CrashWorld, until } from './crash-world.js'

jest.setTimeout(600_000)

/** Places on a letter's way, in its order: before, in and after everything that is made durable. */
const POINTS = [
  'before:LetterAccepted',
  'recorded:LetterAccepted',
  'after:accept',
  'before:seal',
  'before:LetterSealed',
  'recorded:LetterSealed',
  'after:seal',
  'before:AddresseeFound',
  'recorded:AddresseeFound',
  'after:find-addressee',
  'recorded:ChannelChosen',
  'after:choose-channel',
  'before:hand-over',
  'recorded:AttemptStarted',
  'after:attempt',
  'before:note:creating',
  'after:note:creating',
  'before:note:drafted',
  'after:note:drafted',
  'before:note:sending',
  'after:note:sending',
  'before:note:taskId',
  'after:note:taskId',
  'before:note:messageId',
  'after:note:messageId',
  'before:LetterHandedOver',
  'recorded:LetterHandedOver',
  'after:hand-over',
  'before:evidence-kept',
  'after:evidence-kept',
  'before:EvidenceReceived',
  'recorded:EvidenceReceived',
  'before:archive',
  'before:LetterArchived',
  'recorded:LetterArchived',
  'after:archive'
]

describe('a gateway that dies at a named place', () => {
  let world: CrashWorld
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  const submissions: Promise<void>[] = []

  beforeAll(async () => {
    database = await createTestDatabase()
    world = await CrashWorld.start(database.url)
    await world.killGateway()
  })
  afterAll(async () => {
    await world?.close()
    await database?.drop()
  })

  // Each life gets a letter of its own and dies once; the letters of earlier lives go on meanwhile, and may be the
  // ones that reach the place.
  it.each(POINTS)('%s', async point => {
    const seen = () => world.lines.includes(`crash point ${point}`)
    expect(seen()).toBe(false)
    const starting = world.system.restartGateway({ GONIEC_CRASH_AT: point })
    submissions.push(world.submit(point, 'AE:PL-30000-40001-URZAD-23'))
    submissions.at(-1)!.catch(() => undefined)
    const started = await starting.then(
      () => true,
      (error: unknown) => {
        // work that was left over led to the place even before it listened
        if (!seen()) throw error
        return false
      }
    )
    await until(`the gateway died at ${point}`, async () => seen())
    if (started) expect(await world.system.gateway.ended).toBe('SIGKILL')
  })

  it('and every letter arrives, once', async () => {
    await world.system.restartGateway()
    await Promise.all(submissions)
    await world.untilArchived()
    const books = await world.books()
    expect(books.letters).toHaveLength(POINTS.length)
    expect(faultsIn(books)).toEqual([])
  })
})
