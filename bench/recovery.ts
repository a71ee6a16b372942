import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { ApiClient } from '../apps/launcher/src/api-client.js'
import { startSystem, type System } from '../apps/launcher/src/system.js'
import { pdfOf } from './sample-pdf.js'

/** Letters handed in before each kill. */
const LETTERS = 40

/** Longest wait for a letter's next event, in milliseconds. */
const PATIENCE_MS = 120_000

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })

/** What one kill showed; milliseconds since the kill. */
interface Round {
  /** The gateway listens again. */
  listening: number
  /** The first event of any letter. */
  firstEvent: number
  /** The next event of each letter that was being worked on. */
  interrupted: number[]
}

/** Kills the gateway in the middle of its work and looks how long its letters rest. */
async function bench(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'goniec-bench-'))
  await chmod(dir, 0o711)
  const system = await startSystem({
    dir,
    gatewayPort: 0,
    sandboxPort: 0,
    sandboxEnv: { SANDBOX_PURDE_RATE: '100000' },
    gatewayEnv: { GONIEC_LOG_LEVEL: 'fatal' }
  })
  const client = new pg.Client({ connectionString: system.databaseUrl })
  try {
    await client.connect()
    const rounds: Round[] = []
    for (let n = 0; n < Number(values.rounds); n++) rounds.push(await round(system, client, n))
    tell(rounds)
  } finally {
    await client.end()
    await system.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

async function round(system: System, client: pg.Client, n: number): Promise<Round> {
  const key = system.callers.find(caller => caller.roles.includes('sender'))!.key
  const api = new ApiClient(system.gateway.url, key)
  for (let i = 0; i < LETTERS; i++) {
    const document = await api.upload('pismo.pdf', 'application/pdf', pdfOf(45_000, `${n} ${i}`))
    await api.send(`recovery-${n}-${i}`, {
      senderAde: 'AE:PL-10000-20001-GMINA-27',
      addressee: { ade: 'AE:PL-30000-40001-URZAD-23' },
      subject: 'Decyzja',
      text: 'W załączeniu decyzja.',
      documents: [document]
    })
  }
  const killed = performance.now()
  const since = () => performance.now() - killed
  process.kill(system.gateway.pid, 'SIGKILL')
  await system.gateway.ended
  const before = await interrupted(client)
  const [{ last }] = (await client.query<{ last: string }>('select count(*) as last from letter_event')).rows as [
    { last: string }
  ]
  const restarted = system.restartGateway().then(since)
  const waiting = new Map(before.map(({ id, version }) => [id, version]))
  const times: number[] = []
  let firstEvent: number | undefined
  while (waiting.size > 0 || firstEvent === undefined) {
    if (since() > PATIENCE_MS) throw new Error(`${waiting.size} letters never went on`)
    const { rows } = await client.query<{ id: string; version: number }>(
      'select id, version from letter where id = any($1)',
      [[...waiting.keys()]]
    )
    for (const { id } of rows.filter(row => row.version > waiting.get(row.id)!)) {
      waiting.delete(id)
      times.push(since())
    }
    if (firstEvent === undefined) {
      const events = await client.query('select 1 from letter_event offset $1 limit 1', [last])
      if (events.rowCount) firstEvent = since()
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  const listening = await restarted
  await untilArchived(client)
  return { listening, firstEvent, interrupted: times }
}

/** Letters whose job was in work when the gateway died. */
async function interrupted(client: pg.Client): Promise<{ id: string; version: number }[]> {
  const { rows } = await client.query<{ id: string; version: number }>(
    `select l.id, l.version from letter l
      where l.id in (select (data->>'letterId')::uuid from jobs.job where name = 'advance-letter' and state = 'active')
        and l.progress <> 'archived'`
  )
  return rows
}

async function untilArchived(client: pg.Client): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(`select 1 from letter where progress <> 'archived' limit 1`)
    if (rowCount === 0) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

function tell(rounds: Round[]): void {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  console.log('Seconds after kill -9, the gateway being started again at once:\n')
  console.log('| kill | listens | first event | letters in work | they go on, first | last |')
  console.log('| ---- | ------: | ----------: | --------------: | ----------------: | ---: |')
  for (const [n, { listening, firstEvent, interrupted }] of rounds.entries()) {
    const [first, last] = [Math.min(...interrupted), Math.max(...interrupted)]
    const cells = [n + 1, seconds(listening), seconds(firstEvent), interrupted.length, seconds(first), seconds(last)]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

await bench()
