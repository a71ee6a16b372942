import { ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { chmod, mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { EmbeddedPostgres } from './embedded-postgres.js'
import { isAlive, lookAtProcess, readPidFile } from './running-server.js'

const built = join(process.cwd(), 'dist/libs/platform/src/postgres/embedded-postgres.js')
// A server can outlive its parent, and be left over, only where a program can be killed: POSIX. The child needs the build.
const withBuild = existsSync(built) && process.platform === 'linux' ? test : test.skip
if (withBuild === test.skip) console.warn(`skipped: left-over servers are tested on Linux with ${built} in place`)

jest.setTimeout(60_000)

let home: string
let dataDir: string
const children: ChildProcess[] = []
const servers: EmbeddedPostgres[] = []

function supervisor(settings: Record<string, string> = {}): EmbeddedPostgres {
  const server = new EmbeddedPostgres({ dataDir, settings })
  servers.push(server)
  return server
}

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'goniec-postgres-')))
  await chmod(home, 0o711)
  dataDir = join(home, 'data')
})

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
  for (const child of children.splice(0)) child.kill('SIGKILL')
  if (await readPidFile(dataDir)) {
    const leftOver = supervisor()
    await leftOver.start()
    await leftOver.stop()
  }
  await rm(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.flatMap(row => Object.values(row))
  } finally {
    await client.end()
  }
}

/** Another Node program that starts the server, says where, and lives until it is killed. */
async function otherProgram(path: string): Promise<{ child: ChildProcess; url: string; pid: number }> {
  const script = `
    const { EmbeddedPostgres } = await import(${JSON.stringify(built)})
    const { url } = await new EmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} }).start()
    console.log(url)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  children.push(child)
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return { child, url: line.toString().trim(), pid: (await readPidFile(dataDir))!.pid }
}

test('a cluster is made once, keeps its data, and serves only with its password', async () => {
  const first = supervisor()
  const { url } = await first.start()
  expect(await ask(url, 'CREATE TABLE kept (x int); ')).toEqual([])
  await ask(url, 'INSERT INTO kept VALUES (42)')
  expect(first.adopted).toBe(false)
  expect(await ask(url, `SELECT lower('ŁÓDŹ'), current_setting('data_checksums')`)).toEqual(['łódź', 'on'])
  await expect(ask(url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' })
  expect((await stat(`${dataDir}.password`)).mode & 0o777).toBe(0o600)
  await first.stop()
  await expect(ask(url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })

  const second = supervisor({ fsync: 'off' })
  const again = await second.start()
  expect(await ask(again.url, `SELECT x, current_setting('fsync') FROM kept`)).toEqual([42, 'off'])
  await second.stop()
})

test('a second supervisor shares the running server and does not stop what another looks after', async () => {
  const first = supervisor()
  const second = supervisor()
  const both = await Promise.all([first.start(), second.start()])
  expect(both[0].url).toBe(both[1].url)
  const [owner, guest] = first.adopted ? [second, first] : [first, second]
  expect([owner.adopted, guest.adopted]).toEqual([false, true])
  await guest.stop()
  expect(await ask(both[0].url, 'SELECT 1')).toEqual([1])
  await owner.stop()
  await expect(ask(both[0].url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('the number of a foreign process in the lock file is neither believed nor signalled', async () => {
  const first = supervisor()
  await first.start()
  await first.stop()
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  children.push(stranger)
  writeFileSync(join(dataDir, 'postmaster.pid'), `${stranger.pid}\n${dataDir}\n0\n5432\n\n\n\nready\n`)
  const { url } = await first.start()
  expect(await ask(url, 'SELECT 1')).toEqual([1])
  expect(first.adopted).toBe(false)
  await first.stop()
  expect(isAlive(stranger.pid!)).toBe(true)
})

test('data without its password is refused in plain words, and nothing is overwritten', async () => {
  const first = supervisor()
  await first.start()
  await first.stop()
  const version = await readFile(join(dataDir, 'PG_VERSION'))
  rmSync(`${dataDir}.password`)
  await expect(first.start()).rejects.toThrow(/data\.password is missing or empty/)
  expect(await readFile(join(dataDir, 'PG_VERSION'))).toEqual(version)
})

withBuild(
  'the server dies with a program that is killed, and what was committed is there at the next start',
  async () => {
    const { child, url, pid } = await otherProgram(process.env.PATH!)
    await ask(url, 'CREATE TABLE kept AS SELECT 7 AS x')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const next = supervisor()
    expect(await ask((await next.start()).url, 'SELECT x FROM kept')).toEqual([7])
    await next.stop()
    expect((await lookAtProcess(pid, dataDir)).is).not.toBe('server')
  }
)

withBuild('a server left over where nothing ties it to its parent is adopted, and then stopped for good', async () => {
  const tools = join(home, 'tools')
  mkdirSync(tools)
  // A PATH without setpriv: as on a system that does not have it.
  symlinkSync('/usr/bin/test', join(tools, 'test'))
  const { child, url, pid } = await otherProgram(tools)
  await ask(url, 'CREATE TABLE kept AS SELECT 7 AS x')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await lookAtProcess(pid, dataDir)).toMatchObject({ is: 'server' })
  const next = supervisor()
  expect((await next.start()).url).toBe(url)
  expect(next.adopted).toBe(true)
  expect(await ask(url, 'SELECT x FROM kept')).toEqual([7])
  await next.stop()
  expect((await lookAtProcess(pid, dataDir)).is).not.toBe('server')
})
