import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import pg from 'pg'
import { DataSource } from 'typeorm'
import type { BlobAnnouncement } from '#letter'
import { appRoleUrl, Database, dataSourceOptions, KeyRing, SystemClock, UuidV7 } from '#platform'
import { createTestDatabase, type TestDatabase } from '../../platform/src/testing/test-database.js'
import { ChunkedBlobStore } from './chunked.blob-store.js'

const MiB = 1024 * 1024
const clock = new SystemClock()
const keys = new KeyRing('k', new Map([['k', randomBytes(32)]]))
const store = new ChunkedBlobStore(keys, new UuidV7(clock), clock)
const limit = { maxSize: 200 * MiB }

let testDatabase: TestDatabase
let database: Database
let owner: pg.Client
let tenant: string

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  owner = new pg.Client({ connectionString: testDatabase.url })
  await owner.connect()
  const url = appRoleUrl(testDatabase.url)
  database = new Database(await new DataSource(dataSourceOptions({ url, poolSize: 4, entities: [] })).initialize())
})

afterAll(async () => {
  await database?.dataSource.destroy()
  await owner?.end()
  await testDatabase?.drop()
})

beforeEach(() => {
  tenant = randomUUID()
})

const problem = (name: string) =>
  expect.objectContaining({ type: expect.objectContaining({ code: `archive/${name}` }) })
const put = (bytes: Buffer, announced: BlobAnnouncement = limit) =>
  database.inTenant(tenant, tx => store.put(tx, Readable.from([bytes]), announced))
const readAll = (blobId: string) => database.inTenant(tenant, tx => store.readAll(tx, blobId, limit.maxSize))
const verify = (blobId: string) => database.inTenant(tenant, tx => store.verify(tx, blobId))

async function count(table: 'blob' | 'blob_chunk'): Promise<number> {
  const { rows } = await owner.query(`SELECT count(*)::int AS n FROM ${table} WHERE tenant_id = $1`, [tenant])
  return rows[0].n
}

/** Changes rows behind the store's back: a superuser with triggers off, as an intruder on the server would be. */
async function meddle(sql: string, ...parameters: unknown[]): Promise<void> {
  await owner.query('SET session_replication_role = replica')
  const { rowCount } = await owner.query(sql, parameters)
  await owner.query('SET session_replication_role = origin')
  expect(rowCount).toBeGreaterThan(0)
}

describe('what is put in comes out', () => {
  test.each([
    ['1 B', 1, 1],
    ['one byte less than a chunk', MiB - 1, 1],
    ['exactly a chunk', MiB, 1],
    ['one byte more', MiB + 1, 2],
    ['exactly three chunks', 3 * MiB, 3]
  ])('%s', async (_, size, chunks) => {
    const bytes = randomBytes(size)
    const stored = await put(bytes)
    expect(stored).toEqual({
      blobId: expect.any(String),
      size,
      sha256: createHash('sha256').update(bytes).digest(),
      sha3_512: createHash('sha3-512').update(bytes).digest(),
      existed: false
    })
    expect((await readAll(stored.blobId)).equals(bytes)).toBe(true)
    expect(await verify(stored.blobId)).toEqual({ sound: true })
    expect(await count('blob_chunk')).toBe(chunks)
  })

  test('nothing of the plaintext stands in the table', async () => {
    const { blobId } = await put(Buffer.from('Kowalska, PESEL 00000000000'))
    const { rows } = await owner.query('SELECT data FROM blob_chunk WHERE blob_id = $1', [blobId])
    expect(rows[0].data.includes('Kowalska')).toBe(false)
  })

  // a busy disk may take its time over this one
  test('32 MB pass through in both directions while a few chunks are held', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const live = async () => {
      collectGarbage()
      // The memory of buffers is given back a turn of the event loop later.
      await new Promise(setImmediate)
      collectGarbage()
      return process.memoryUsage().arrayBuffers
    }
    const size = 32 * MiB
    const hash = createHash('sha256')
    let peak = 0
    const before = await live()
    async function* content() {
      for (let sent = 0; sent < size; sent += 64 * 1024) {
        const piece = randomBytes(64 * 1024)
        hash.update(piece)
        yield piece
        if (sent % (4 * MiB) === 0) peak = Math.max(peak, (await live()) - before)
      }
    }
    const stored = await database.inTenant(tenant, tx => store.put(tx, content(), { ...limit, declaredSize: size }))
    const sha256 = hash.digest()
    expect(stored.sha256).toEqual(sha256)
    expect(peak).toBeLessThan(8 * MiB)

    const back = createHash('sha256')
    peak = 0
    let seen = 0
    for await (const piece of store.stream(database, tenant, stored.blobId)) {
      back.update(piece)
      if (++seen % 4 === 0) peak = Math.max(peak, (await live()) - before)
    }
    expect(back.digest()).toEqual(sha256)
    expect(peak).toBeLessThan(8 * MiB)
  }, 120_000)

  test('readAll takes no more than it was allowed', async () => {
    const { blobId } = await put(randomBytes(100))
    const read = (maxBytes: number) => database.inTenant(tenant, tx => store.readAll(tx, blobId, maxBytes))
    await expect(read(99)).rejects.toEqual(problem('too-large'))
    expect((await read(100)).length).toBe(100)
  })
})

describe('contents that are in memory go together', () => {
  const putAll = (contents: Buffer[]) => database.inTenant(tenant, tx => store.putAll(tx, contents))
  const readEach = (blobIds: string[]) => database.inTenant(tenant, tx => store.readEach(tx, blobIds))

  test('and come out as they were, in any order, one chunk or several', async () => {
    const contents = [1, 100_000, MiB, MiB + 1, 9 * MiB].map(size => randomBytes(size))
    const stored = await putAll(contents)
    expect(stored).toEqual(
      contents.map(bytes => ({
        blobId: expect.any(String),
        size: bytes.length,
        sha256: createHash('sha256').update(bytes).digest(),
        sha3_512: createHash('sha3-512').update(bytes).digest(),
        existed: false
      }))
    )
    expect([await count('blob'), await count('blob_chunk')]).toEqual([5, 14])
    const back = (await readEach(stored.map(({ blobId }) => blobId).reverse())) as Buffer[]
    expect(back.reverse().map((bytes, i) => bytes.equals(contents[i]!))).toEqual(contents.map(() => true))
    for (const { blobId } of stored) expect(await verify(blobId)).toEqual({ sound: true })
    expect((await readAll(stored[4]!.blobId)).equals(contents[4]!)).toBe(true)
  })

  test('each is kept once, however it came', async () => {
    const [known, twice, fresh] = [randomBytes(10), randomBytes(20), randomBytes(30)]
    const first = await put(known)
    const stored = await putAll([twice, known, fresh, Buffer.from(twice)])
    expect(stored.map(({ existed }) => existed)).toEqual([expect.any(Boolean), true, false, expect.any(Boolean)])
    expect(stored.filter(({ existed }) => existed)).toHaveLength(2)
    expect(stored[1]!.blobId).toBe(first.blobId)
    expect(stored[3]!.blobId).toBe(stored[0]!.blobId)
    expect([await count('blob'), await count('blob_chunk')]).toEqual([3, 3])
    expect(await readEach(stored.map(({ blobId }) => blobId))).toEqual([twice, known, fresh, twice])
  })

  test('none is kept when one is empty', async () => {
    await expect(putAll([randomBytes(5), Buffer.alloc(0)])).rejects.toEqual(problem('empty'))
    expect(await count('blob')).toBe(0)
    expect(await putAll([])).toEqual([])
    expect(await readEach([])).toEqual([])
  })

  test('two who bring the same in different order end with the same', async () => {
    const contents = Array.from({ length: 40 }, () => randomBytes(1000))
    const both = await Promise.all([putAll(contents), putAll([...contents].reverse())])
    expect(both[1]!.map(({ blobId }) => blobId).reverse()).toEqual(both[0]!.map(({ blobId }) => blobId))
    expect([await count('blob'), await count('blob_chunk')]).toEqual([40, 40])
  })

  test('what is missing, damaged or another tenant’s does not stop the others', async () => {
    const [good, bad] = await putAll([Buffer.from('good'), Buffer.from('bad')])
    const foreign = await put(randomBytes(5))
    await meddle(
      `UPDATE blob_chunk SET data = set_byte(data, 0, get_byte(data, 0) # 1) WHERE blob_id = $1`,
      bad!.blobId
    )
    const missing = randomUUID()
    expect(await readEach([missing, bad!.blobId, good!.blobId])).toEqual([
      problem('not-found'),
      problem('damaged'),
      Buffer.from('good')
    ])
    tenant = randomUUID()
    expect(await readEach([foreign.blobId])).toEqual([problem('not-found')])
  })
})

describe('what is refused leaves nothing behind, even if the caller goes on and commits', () => {
  const bytes = randomBytes(2 * MiB + 5)
  const sha256 = createHash('sha256').update(bytes).digest()

  test.each<[string, Buffer, BlobAnnouncement]>([
    ['empty', Buffer.alloc(0), limit],
    ['too-large', bytes, { maxSize: bytes.length - 1 }],
    ['too-large', bytes, { maxSize: 10, declaredSize: 11 }],
    ['size-mismatch', bytes, { ...limit, declaredSize: bytes.length - 1 }],
    ['size-mismatch', bytes, { ...limit, declaredSize: bytes.length + 1 }],
    ['digest-mismatch', bytes, { ...limit, declaredSha256: Buffer.alloc(32) }]
  ])('%s (%#)', async (name, content, announced) => {
    await database.inTenant(tenant, async tx => {
      await expect(store.put(tx, Readable.from([content]), announced)).rejects.toEqual(problem(name))
      await store.put(tx, Readable.from([Buffer.from('the transaction goes on')]), limit)
    })
    expect([await count('blob'), await count('blob_chunk')]).toEqual([1, 1])
  })

  test('a stream that breaks off', async () => {
    async function* broken() {
      yield bytes
      throw new Error('peer went away')
    }
    await database.inTenant(tenant, async tx => {
      await expect(store.put(tx, broken(), limit)).rejects.toThrow('peer went away')
    })
    expect([await count('blob'), await count('blob_chunk')]).toEqual([0, 0])
  })

  test('while what is announced rightly is taken', async () => {
    const announced = { maxSize: bytes.length, declaredSize: bytes.length, declaredSha256: sha256 }
    expect(await put(bytes, announced)).toMatchObject({ existed: false })
  })
})

describe('the same content is kept once', () => {
  const bytes = randomBytes(2 * MiB + 1)
  const sha256 = createHash('sha256').update(bytes).digest()

  test('with or without its digest announced', async () => {
    const first = await put(bytes)
    for (const announced of [limit, { ...limit, declaredSha256: sha256 }]) {
      expect(await put(bytes, announced)).toEqual({ ...first, existed: true })
    }
    expect([await count('blob'), await count('blob_chunk')]).toEqual([1, 3])
  })

  test('knowing a digest is not having the content', async () => {
    await put(bytes)
    const guess = put(randomBytes(9), { ...limit, declaredSha256: sha256 })
    await expect(guess).rejects.toEqual(problem('digest-mismatch'))
  })

  test('but not across tenants', async () => {
    const first = await put(bytes)
    tenant = randomUUID()
    expect(await put(bytes)).toMatchObject({ existed: false })
    await expect(readAll(first.blobId)).rejects.toEqual(problem('not-found'))
    await expect(verify(first.blobId)).rejects.toEqual(problem('not-found'))
  })

  /** Puts twice at once: the second is at the door, waiting, when the first transaction ends as told. */
  async function atOnce(firstEnds: 'commit' | 'rollback') {
    let second!: ReturnType<typeof put>
    const first = database.inTenant(tenant, async tx => {
      const stored = await store.put(tx, Readable.from([bytes]), limit)
      second = put(bytes)
      for (let waiting = 0; waiting === 0;) {
        const sql = `SELECT count(*)::int AS n FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                      WHERE NOT l.granted AND a.datname = current_database()`
        waiting = (await owner.query(sql)).rows[0].n
      }
      if (firstEnds === 'rollback') throw new Error('changed our mind')
      return stored
    })
    return { first: await first.catch((error: Error) => error.message), second: await second }
  }

  test('by two who put it in at the same moment', async () => {
    const { first, second } = await atOnce('commit')
    expect(first).toMatchObject({ existed: false })
    expect(second).toEqual({ ...(first as object), existed: true })
    expect([await count('blob'), await count('blob_chunk')]).toEqual([1, 3])
  })

  test('and by the second when the first is rolled back', async () => {
    const { first, second } = await atOnce('rollback')
    expect(first).toBe('changed our mind')
    expect(second).toMatchObject({ existed: false })
    expect((await readAll(second.blobId)).equals(bytes)).toBe(true)
    expect([await count('blob'), await count('blob_chunk')]).toEqual([1, 3])
  })
})

describe('meddling is seen', () => {
  const swapped = `UPDATE blob_chunk c SET data = o.data FROM blob_chunk o
    WHERE c.blob_id = $1 AND o.blob_id = $1 AND c.seq IN (0, 1) AND o.seq = 1 - c.seq`
  const doctored: [string, string][] = [
    [
      'one byte changed',
      `UPDATE blob_chunk SET data = set_byte(data, 70, get_byte(data, 70) # 1) WHERE blob_id = $1 AND seq = 1`
    ],
    ['two chunks swapped', swapped],
    ['the last chunk cut off', 'DELETE FROM blob_chunk WHERE blob_id = $1 AND seq = 2'],
    ['a chunk in the middle taken out', 'DELETE FROM blob_chunk WHERE blob_id = $1 AND seq = 1'],
    [
      'a chunk appended',
      'INSERT INTO blob_chunk SELECT tenant_id, blob_id, 3, data FROM blob_chunk WHERE blob_id = $1 AND seq = 2'
    ],
    ['a chunk shortened', 'UPDATE blob_chunk SET data = substr(data, 1, 500) WHERE blob_id = $1 AND seq = 0'],
    ['the digest exchanged', `UPDATE blob SET sha256 = sha256('x') WHERE id = $1`],
    ['the other digest exchanged', `UPDATE blob SET sha3_512 = sha512('x') WHERE id = $1`],
    ['the size made smaller', 'UPDATE blob SET size = size - 1 WHERE id = $1'],
    [
      'the data key changed',
      `UPDATE blob SET wrapped_dek = set_byte(wrapped_dek, 20, get_byte(wrapped_dek, 20) # 1) WHERE id = $1`
    ]
  ]

  test.each(doctored)('%s', async (_, sql) => {
    const { blobId } = await put(randomBytes(3 * MiB))
    expect(await verify(blobId)).toEqual({ sound: true })
    await meddle(sql, blobId)
    await expect(readAll(blobId)).rejects.toEqual(problem('damaged'))
    expect(await verify(blobId)).toEqual({ sound: false, reason: expect.any(String) })
  })

  test('the tail cut off and the size made to fit', async () => {
    const { blobId } = await put(randomBytes(3 * MiB))
    await meddle('DELETE FROM blob_chunk WHERE blob_id = $1 AND seq = 2', blobId)
    await meddle(`UPDATE blob SET size = ${2 * MiB} WHERE id = $1`, blobId)
    await expect(readAll(blobId)).rejects.toEqual(problem('damaged'))
  })

  test('chunks and key of another blob put in their place', async () => {
    const [one, other] = [await put(randomBytes(2 * MiB)), await put(randomBytes(2 * MiB))]
    await meddle(
      `UPDATE blob_chunk c SET data = o.data FROM blob_chunk o WHERE c.blob_id = $1 AND o.blob_id = $2 AND c.seq = o.seq`,
      one.blobId,
      other.blobId
    )
    await meddle(
      `UPDATE blob b SET wrapped_dek = o.wrapped_dek FROM blob o WHERE b.id = $1 AND o.id = $2`,
      one.blobId,
      other.blobId
    )
    await expect(readAll(one.blobId)).rejects.toEqual(problem('damaged'))
    expect(await verify(other.blobId)).toEqual({ sound: true })
  })

  test('and a lost wrapping key is told from lost content', async () => {
    const { blobId } = await put(randomBytes(10))
    const others = new ChunkedBlobStore(new KeyRing('z', new Map([['z', randomBytes(32)]])), new UuidV7(clock), clock)
    const check = await database.inTenant(tenant, tx => others.verify(tx, blobId))
    expect(check).toEqual({ sound: false, reason: expect.stringContaining('wrapping key') })
  })
})

describe('the application may add and read, nothing else', () => {
  test.each(['UPDATE blob SET size = 1', 'DELETE FROM blob', 'UPDATE blob_chunk SET seq = 1', 'TRUNCATE blob_chunk'])(
    '%s',
    async sql => {
      await put(randomBytes(10))
      await expect(database.inTenant(tenant, tx => tx.query(sql))).rejects.toMatchObject({ code: '42501' })
    }
  )

  test('without a tenant nothing is seen', async () => {
    await expect(database.transaction(tx => tx.query('SELECT id FROM blob'))).rejects.toThrow(/goniec\.tenant_id|uuid/)
  })
})
