import { mkdtempSync } from 'node:fs'
import { chmod, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EmbeddedPostgres } from '../../libs/platform/src/postgres/embedded-postgres.js'
import { migrate } from '../../migrations/migrate.js'
import { pdf, until, World } from './world.js'

describe('a gateway whose database goes away for a while', () => {
  let world: World
  let server: EmbeddedPostgres
  let start: () => Promise<string>

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'goniec-away-'))
    await chmod(dir, 0o711)
    const settings = { fsync: 'off', max_connections: '60', shared_buffers: '32MB' }
    let port = 0
    start = async () => {
      server = new EmbeddedPostgres({ dataDir: join(dir, 'data'), settings, port })
      const { url } = await server.start()
      port = Number(new URL(url).port)
      return url
    }
    const url = await start()
    await migrate(url)
    const drop = async () => {
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    }
    world = await World.start({}, { database: { url, drop } })
  }, 60_000)
  afterAll(() => world.close())

  const ask = (path: string, init: RequestInit = {}) =>
    fetch(world.gateway.url + path, { ...init, headers: { authorization: `Bearer ${world.key()}`, ...init.headers } })
  const statusOf = async (path: string) => (await ask(path)).status

  it('says so, stays alive, and goes on by itself with the letters that it had', async () => {
    world.timeStampsAre('down')
    const id = await world.send('AE:PL-30000-40001-URZAD-23')
    await world.until(id, l => l.waiting !== null)
    const document = await world.api().upload('pismo.pdf', 'application/pdf', pdf())

    await server.stop()
    const letter = {
      senderAde: 'AE:PL-10000-20001-GMINA-27',
      addressee: { ade: 'AE:PL-30000-40001-URZAD-23' },
      subject: 'Decyzja',
      text: '',
      documents: [document]
    }
    const post = {
      method: 'POST',
      body: JSON.stringify(letter),
      headers: { 'content-type': 'application/json', 'idempotency-key': 'in-the-dark' }
    }
    for (const answer of [await ask(`/v1/letters/${id}`), await ask('/v1/letters'), await ask('/v1/letters', post)]) {
      expect(answer.status).toBe(503)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
      expect(await answer.json()).toMatchObject({ code: 'platform/database-unavailable' })
    }
    expect(await statusOf('/livez')).toBe(200)
    await until('the gateway is not ready', async () => (await statusOf('/readyz')) === 503)

    world.timeStampsAre('up')
    await start()
    await until('the gateway is ready again', async () => (await statusOf('/readyz')) === 200)
    const again = await ask('/v1/letters', post)
    expect(again.status).toBe(202)
    expect(again.headers.get('idempotency-replayed')).toBeNull()
    const { id: second } = (await again.json()) as { id: string }
    for (const letterId of [id, second]) {
      await until(`letter ${letterId} is archived`, async () => (await world.letter(letterId)).progress === 'archived')
      expect(world.taken(letterId)).toBe(1)
    }
  }, 90_000)
})
