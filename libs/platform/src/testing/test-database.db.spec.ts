import pg from 'pg'
import { createTestDatabase } from './test-database.js'

test('each call gives a database of its own, and drop() removes it even under an open connection', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()])
  expect(one.url).not.toBe(other.url)
  const client = new pg.Client({ connectionString: one.url })
  const cut = new Promise(seen => client.on('error', seen))
  await client.connect()
  await client.query('CREATE TABLE only_here (x int)')

  const elsewhere = new pg.Client({ connectionString: other.url })
  await elsewhere.connect()
  const { rows } = await elsewhere.query(`SELECT to_regclass('only_here') AS seen`)
  expect(rows).toEqual([{ seen: null }])
  await elsewhere.end()

  await one.drop()
  await cut
  const again = new pg.Client({ connectionString: one.url })
  await expect(again.connect()).rejects.toMatchObject({ code: '3D000' })
  await other.drop()
})
