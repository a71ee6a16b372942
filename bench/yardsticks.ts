import { generateKeyPairSync, sign } from 'node:crypto'
import pg from 'pg'

/** How long each yardstick is measured, in milliseconds. */
const MEASURED_MS = 1_500

/** What this very machine can do at best, to hold the other numbers against. All per second. */
export interface Yardsticks {
  rsa3072Signatures: number
  /** One row, one transaction, one connection, to the same disk. */
  committedInserts: number
}

/** Measures the yardsticks; nothing else should run meanwhile. */
export async function yardsticks(databaseUrl: string): Promise<Yardsticks> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
  const content = Buffer.alloc(64, 7)
  const rsa3072Signatures = await perSecond(() => {
    sign('sha256', content, privateKey)
  })
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query('create table bench_yardstick (id bigint primary key, text text not null)')
    let id = 0
    const committedInserts = await perSecond(() =>
      client.query('insert into bench_yardstick values ($1, $2)', [id++, 'a row of a quite common length of text'])
    )
    return { rsa3072Signatures, committedInserts }
  } finally {
    await client.query('drop table if exists bench_yardstick')
    await client.end()
  }
}

async function perSecond(work: () => unknown): Promise<number> {
  const begun = performance.now()
  let times = 0
  while (performance.now() - begun < MEASURED_MS) {
    await work()
    times += 1
  }
  return (times * 1000) / (performance.now() - begun)
}
