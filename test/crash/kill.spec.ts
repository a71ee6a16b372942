import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { EmbeddedPostgres } from '#platform'
import { createTestDatabase } from '../../libs/platform/src/testing/test-database.js'
import { faultsIn } from './books.js'
import { chance, crashDir, CrashWorld, seedOfRun, until } from './crash-world.js'

const LETTERS = Number(process.env['GONIEC_CRASH_LETTERS'] ?? 60)

/** Addressees whose letters are delivered in the end, each by another road. */
const RECIPIENTS = [
  'AE:PL-30000-40001-URZAD-23',
  'AE:PL-30000-40001-URZAD-23',
  'AE:PL-30000-40002-ODBIE-32',
  'AE:PL-30000-40005-ZGUBA-31',
  'AE:PL-30000-40006-WOLNY-36',
  'AE:PL-30000-40007-DUBEL-28',
  'AE:PL-30000-40016-GUBIS-32'
]

/** The longest that letters flow between two blows, in marks (see `CrashWorld.marks`). */
const MOST_MARKS = 40

const seed = seedOfRun()
jest.setTimeout(60_000 + 15_000 * LETTERS)

/** What was hit when. */
interface Blows {
  /** Blows while letters were still being handed in, and after. */
  duringIntake: number
  afterwards: number
}

/**
 * Hands letters in, and strikes again and again while they flow: after a random number of marks since the last blow.
 * Intake is spread over the first two thirds of the blows, so that the others fall on letters that are on their way;
 * the last one surely does.
 */
async function strike(
  world: CrashWorld,
  name: string,
  letters: number,
  blows: number,
  blow: (number: number) => Promise<void>
): Promise<Blows> {
  const random = chance(seed)
  const done: Blows = { duringIntake: 0, afterwards: 0 }
  let struck = 0
  let next = 0
  const handIn = async () => {
    while (next < letters) {
      const number = next++
      await until('enough blows fell', async () => struck >= Math.floor((number / letters) * blows * 0.67))
      await world.submit(`${name}-${number}`, RECIPIENTS[random(RECIPIENTS.length)]!)
    }
  }
  const intake = Promise.all([handIn(), handIn(), handIn(), handIn()])
  while (struck < blows) {
    // the last blow falls when everything was handed in, whatever chance did with the others
    if (struck === blows - 1) await intake
    else {
      const marks = (await world.marks()) + 1 + random(MOST_MARKS)
      await Promise.race([until('letters flow', async () => (await world.marks()) >= marks), failureOf(intake)])
    }
    const inIntake = world.acknowledged < letters
    await blow(struck)
    done[inIntake ? 'duringIntake' : 'afterwards'] += 1
    struck += 1
  }
  await intake
  return done
}

/** Never resolves: only a failure of the work is of interest while waiting for something else. */
function failureOf(work: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => void work.catch(reject))
}

describe.each([
  { name: 'a gateway that is killed at random', letters: LETTERS, kills: Math.max(12, LETTERS / 10), lost: 0 },
  {
    name: 'a gateway that is killed while three of ten answers of the operator are lost',
    letters: Math.ceil(LETTERS / 2),
    kills: Math.max(6, LETTERS / 20),
    lost: 0.3
  }
])('$name', ({ letters, kills, lost }) => {
  let world: CrashWorld
  let database: Awaited<ReturnType<typeof createTestDatabase>>

  beforeAll(async () => {
    database = await createTestDatabase()
    world = await CrashWorld.start(database.url)
    if (lost > 0) await world.setFault('purde', 'lost-answer', lost)
  })
  afterAll(async () => {
    await world?.close()
    await database?.drop()
  })

  it(`loses none of ${letters} letters in ${kills} kills, and sends none twice`, async () => {
    const blows = await strike(world, `kill-${lost}`, letters, kills, async () => {
      await world.killGateway()
      await world.system.restartGateway()
    })
    if (lost > 0) {
      await until('many answers were lost', async () => (await world.hits('fault-lost-answer')) >= letters)
      // then the outage ends: what it left behind must come right by itself
      await world.setFault('purde', 'up')
    }
    await world.untilArchived()
    expect(blows.duringIntake + blows.afterwards).toBe(kills)
    expect(blows.duringIntake).toBeGreaterThan(0)
    expect(blows.afterwards).toBeGreaterThan(0)

    const books = await world.books()
    expect(books.letters).toHaveLength(letters)
    expect(faultsIn(books)).toEqual([])
  })

  it('would have seen a letter that was lost or sent twice in these very books', async () => {
    const books = await world.books()
    const [taken] = books.world.filter(entry => entry.action === 'letter-taken')
    expect(faultsIn({ ...books, world: books.world.filter(entry => entry !== taken) })).toHaveLength(1)
    expect(faultsIn({ ...books, world: [...books.world, taken!] })).toHaveLength(1)
    expect(faultsIn({ ...books, letters: books.letters.slice(1) })).not.toEqual([])
  })
})

describe('a database server that is killed', () => {
  const letters = Math.ceil(LETTERS / 2)
  const kills = Math.max(5, LETTERS / 40)
  let dir: string
  let dataDir: string
  let server: EmbeddedPostgres
  let url: string
  let world: CrashWorld

  beforeAll(async () => {
    dir = await crashDir()
    dataDir = join(dir, 'data')
    server = new EmbeddedPostgres({ dataDir })
    url = (await server.start()).url
    world = await CrashWorld.start(url)
  })
  afterAll(async () => {
    await world?.close()
    await server?.stop()
    await rm(dir, { recursive: true, force: true })
  })

  /** Ends one session of the gateway hard: the server then throws out everybody and recovers by itself. */
  async function killSession(): Promise<void> {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'goniec' order by state = 'active' desc, pid limit 1`
    )
    process.kill(rows[0]!.pid, 'SIGKILL')
    await client.query('select pg_sleep(60)').catch(() => undefined)
    await client.end().catch(() => undefined)
  }

  /** Ends the whole server hard and starts it again on the same port. */
  async function killServer(): Promise<void> {
    const pid = Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0])
    process.kill(pid, 'SIGKILL')
    server = new EmbeddedPostgres({ dataDir, port: Number(new URL(url).port) })
    expect((await server.start()).url).toBe(url)
  }

  it(`loses none of ${letters} letters in ${kills} kills, and the gateway lives on`, async () => {
    const { pid } = world.system.gateway
    const blows = await strike(world, 'database', letters, kills, number =>
      number % 2 === 0 ? killServer() : killSession()
    )
    await world.untilArchived()
    expect(blows.duringIntake).toBeGreaterThan(0)
    expect(world.system.gateway.pid).toBe(pid)
    expect(process.kill(pid, 0)).toBe(true)

    const books = await world.books()
    expect(books.letters).toHaveLength(letters)
    expect(faultsIn(books)).toEqual([])
  })
})
