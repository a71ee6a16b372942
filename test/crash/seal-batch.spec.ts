import { createHash } from 'node:crypto'
import pg from 'pg'
import { ApiClient } from '../../apps/launcher/src/api-client.js'
import { startSystem, type System } from '../../apps/launcher/src/system.js'
import { createTestDatabase } from '../../libs/platform/src/testing/test-database.js'
import { pdf } from '../acceptance/world.js'
import { chance, crashDir, seedOfRun, until } from './crash-world.js'
import { rm } from 'node:fs/promises'

jest.setTimeout(300_000)

/** Places on a batch's way: sealed and nothing kept, kept and not committed, committed. */
const POINTS = ['before:keep-chunk', 'recorded:seal-chunk', 'after:seal-chunk']

/** How many documents a batch has: enough for several chunks and workers. */
const DOCUMENTS = Number(process.env['GONIEC_CRASH_SEALS'] ?? 240)

/** Blows while one batch is sealed. */
const BLOWS = 6

const seed = seedOfRun()

interface Item {
  position: number
  state: string
  documentId: string
  sealedDocumentId: string
}

describe('a batch of seals whose gateway is killed', () => {
  let dir: string
  let system: System
  let database: Awaited<ReturnType<typeof createTestDatabase>>
  let sql: pg.Pool
  const lines: string[] = []
  const documents: string[] = []
  const originals: Buffer[] = []

  beforeAll(async () => {
    dir = await crashDir()
    database = await createTestDatabase()
    sql = new pg.Pool({ connectionString: database.url, max: 2 })
    system = await startSystem({
      dir,
      databaseUrl: database.url,
      gatewayPort: 0,
      sandboxPort: 0,
      gatewayEnv: { GONIEC_LOG_LEVEL: 'error', GONIEC_SEAL_THREADS: '1' },
      onLine: (program, line) => program === 'gateway' && lines.push(line)
    })
    for (let i = 0; i < DOCUMENTS; i++) originals.push(pdf(`dokument ${i}`))
    for (let at = 0; at < DOCUMENTS; at += 16)
      documents.push(
        ...(await Promise.all(
          originals.slice(at, at + 16).map(bytes => api().upload('pismo.pdf', 'application/pdf', bytes))
        ))
      )
  })
  afterAll(async () => {
    await sql?.end()
    await system?.stop()
    await database?.drop()
    if (dir) await rm(dir, { recursive: true, force: true })
  })

  const api = () => new ApiClient(system.gateway.url, system.callers.find(({ roles }) => roles.includes('sender'))!.key)
  const handIn = async (key: string) => {
    const body = Buffer.from(
      JSON.stringify({ profile: 'urzad', items: documents.map(documentId => ({ documentId, level: 'B-B' })) })
    )
    const headers = { 'content-type': 'application/json', 'idempotency-key': key }
    return (await api().json<{ id: string }>('POST', '/v1/seal-batches', body, headers)).body.id
  }
  const sealedOf = async (id: string) => {
    const { rows } = await sql.query<{ n: string }>(
      `select count(*) as n from seal_batch_item where batch_id = $1 and state = 'sealed'`,
      [id]
    )
    return Number(rows[0]!.n)
  }
  const isDone = async (id: string) =>
    (await sql.query(`select 1 from seal_batch where id = $1 and state = 'done'`, [id])).rows.length === 1

  const fault = (surface: string, mode: string) =>
    fetch(`${system.sandbox.url}/control/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ surface, mode })
    })
  /** Waits until nothing of a batch is to be raised; gives the items that were, and the documents that this made. */
  const untilRaised = async (id: string, count: number) => {
    const read = async () =>
      (
        await sql.query<{ raised: number; kept: number }>(
          `select count(*) filter (where i.level = 'B-T' and i.sealed_document_id = r.raised_document_id)::int as raised,
                  (select count(*)::int from document d where d.created_by = 'goniec' and d.created_at >= b.created_at)
                    - count(*)::int as kept
             from seal_batch b join seal_batch_item i on i.batch_id = b.id
             join seal_raise r on r.id = i.use_id and r.state = 'raised' where b.id = $1 group by b.id, b.created_at`,
          [id]
        )
      ).rows[0] ?? { raised: 0, kept: 0 }
    await until('all seals of the batch are raised', async () => (await read()).raised === count)
    return read()
  }

  /** Every document has exactly one sealed result, which is its own, and the record agrees. */
  const expectAllOnce = async (id: string) => {
    const items: Item[] = []
    while (items.length < DOCUMENTS) {
      const after = items.at(-1)?.position ?? -1
      items.push(
        ...(await api().get<{ items: Item[] }>(`/v1/seal-batches/${id}/items?after=${after}&limit=1000`)).body.items
      )
    }
    expect(items.map(({ documentId, state }) => `${documentId} ${state}`)).toEqual(
      documents.map(document => `${document} sealed`)
    )
    expect(new Set(items.map(({ sealedDocumentId }) => sealedDocumentId)).size).toBe(DOCUMENTS)
    for (const { position } of items.filter((_, i) => i % 20 === 0)) {
      const bytes = await api().bytes(`/v1/seal-batches/${id}/items/${position}/content`)
      expect(bytes.subarray(0, originals[position]!.length).equals(originals[position]!)).toBe(true)
    }
    // one use with a result for each document; more uses only without one, for what the key was asked for in vain
    const { rows } = await sql.query<{ made: string; documents: string; strangers: string }>(
      `select count(m.use_id) as made, count(distinct u.position) filter (where m.use_id is not null) as documents,
              count(*) filter (where m.use_id is not null and i.use_id is distinct from u.id) as strangers
         from seal_use u left join seal_made m on m.use_id = u.id
         join seal_batch_item i on i.batch_id = u.batch_id and i.position = u.position
        where u.batch_id = $1`,
      [id]
    )
    expect(rows[0]).toEqual({ made: String(DOCUMENTS), documents: String(DOCUMENTS), strangers: '0' })
    // no sealed file was kept that belongs to nothing
    const orphans = await sql.query(
      `select 1 from document d where created_by = 'goniec'
          and not exists (select 1 from seal_batch_item i where i.sealed_document_id = d.id)`
    )
    expect(orphans.rows).toHaveLength(0)
  }

  it.each(POINTS)('at %s ends with one seal for each document', async point => {
    await system.gateway.stop()
    await system.restartGateway({ GONIEC_CRASH_AT: point })
    const id = await handIn(point)
    await until(`the gateway died at ${point}`, async () => lines.includes(`crash point ${point}`))
    expect(await system.gateway.ended).toBe('SIGKILL')
    expect(await isDone(id)).toBe(false)
    await system.restartGateway()
    await until('the batch is done', () => isDone(id))
    await expectAllOnce(id)
  })

  it('again and again, at any moment, ends with one seal for each document', async () => {
    const random = chance(seed)
    const id = await handIn('at random')
    for (let blow = 0; blow < BLOWS; blow++) {
      const mark = Math.min(DOCUMENTS - 1, (await sealedOf(id)) + random(Math.ceil(DOCUMENTS / BLOWS)))
      await until(`${mark} documents are sealed`, async () => (await sealedOf(id)) >= mark)
      if (await isDone(id)) break
      process.kill(system.gateway.pid, 'SIGKILL')
      await system.gateway.ended
      await system.restartGateway()
    }
    await until('the batch is done', () => isDone(id))
    await expectAllOnce(id)
  })

  it.each(['before:keep-raised', 'after:raise'])('at %s ends with every seal raised once', async point => {
    await system.gateway.stop()
    await system.restartGateway({ GONIEC_CRASH_AT: point })
    for (const surface of ['tsa', 'tsa-2']) await fault(surface, 'down')
    const key = { 'content-type': 'application/json', 'idempotency-key': point }
    const items = documents.slice(0, 5).map(documentId => ({ documentId }))
    const body = Buffer.from(JSON.stringify({ profile: 'urzad', items }))
    const { id } = (await api().json<{ id: string }>('POST', '/v1/seal-batches', body, key)).body
    await until('the batch is done', () => isDone(id))
    for (const surface of ['tsa', 'tsa-2']) await fault(surface, 'up')
    await until(`the gateway died at ${point}`, async () => lines.includes(`crash point ${point}`))
    await system.gateway.ended
    await system.restartGateway()
    const { raised, kept } = await untilRaised(id, items.length)
    expect([raised, kept]).toEqual([items.length, items.length])
  })

  it('is the same batch for whoever asks again', async () => {
    const digest = createHash('sha256').update('at random').digest()
    const { rows } = await sql.query<{ id: string }>('select id from seal_batch where key_sha256 = $1', [digest])
    expect(rows).toHaveLength(1)
    expect(await handIn('at random')).toBe(rows[0]!.id)
  })
})
