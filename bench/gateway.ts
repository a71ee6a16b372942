import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { EmbeddedPostgres } from '#platform'
import { ApiClient } from '../apps/launcher/src/api-client.js'
import { startSystem, type System } from '../apps/launcher/src/system.js'
import { readProfile, type ProfileSums } from './cpu-profile.js'
import { processorSeconds, treeSeconds } from './processor-time.js'
import { report, type Result, type Times } from './report.js'
import { pdfOf } from './sample-pdf.js'
import { yardsticks } from './yardsticks.js'

/** Letters that go the whole way before anything is measured: code gets compiled, connections and tokens made. */
const WARM_UP = 10

/** Longest wait for all letters, in milliseconds. */
const PATIENCE_MS = 15 * 60_000

/** As in production every commit reaches the disk; the extension counts statements. */
const SERVER = { shared_buffers: '256MB', shared_preload_libraries: 'pg_stat_statements' }

const { values } = parseArgs({
  options: {
    letters: { type: 'string', default: '300' },
    concurrency: { type: 'string', default: '8' },
    workers: { type: 'string', default: '8' },
    bytes: { type: 'string', default: '45000' },
    to: { type: 'string', default: 'AE:PL-30000-40001-URZAD-23' },
    out: { type: 'string', default: 'dist/bench-results' },
    profile: { type: 'boolean', default: true }
  },
  allowNegative: true
})

/** Older versions do not take the switch from the environment, and a run without a profile is a run all the same. */
const profiled = values.profile && Number(process.versions.node.split('.')[0]) >= 22

async function bench(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'goniec-bench-'))
  await chmod(dir, 0o711)
  const dataDir = join(dir, 'postgres')
  const server = new EmbeddedPostgres({ dataDir, settings: SERVER })
  const { url } = await server.start()
  const postmaster = Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0])
  let system: System | undefined
  try {
    const profileDir = join(dir, 'profile')
    system = await startSystem({
      dir,
      databaseUrl: url,
      gatewayPort: 0,
      sandboxPort: 0,
      sandboxEnv: { SANDBOX_PURDE_RATE: '100000' },
      gatewayEnv: {
        GONIEC_LOG_LEVEL: 'error',
        GONIEC_CONCURRENCY: values.workers,
        ...(profiled ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileDir}` } : {})
      }
    })
    const best = await yardsticks(url)
    const run = new Run(system, postmaster, url)
    await run.send(WARM_UP, 'warm-up')
    await query(url, client => client.query('create extension pg_stat_statements'))
    const measured = await run.measure(Number(values.letters))
    const statements = await query(url, statementsSeen)
    await system.stop()
    const profile = profiled ? await readProfile(profileDir) : undefined
    await tell({ ...measured, statements, yardsticks: best, machine: machine(), settings: settings() }, profile)
  } finally {
    await system?.stop()
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

/** Letters through one running system. */
class Run {
  private readonly api: ApiClient

  constructor(
    private readonly system: System,
    private readonly postmaster: number,
    private readonly databaseUrl: string
  ) {
    this.api = new ApiClient(system.gateway.url, system.callers.find(caller => caller.roles.includes('sender'))!.key)
  }

  async measure(letters: number): Promise<Omit<Result, 'statements' | 'yardsticks' | 'machine' | 'settings'>> {
    const before = await this.processors()
    const begun = performance.now()
    const acceptedMs = await this.send(letters, 'letter')
    const completedMs = performance.now() - begun
    const after = await this.processors()
    return {
      letters,
      acceptedPerSecond: (letters * 1000) / acceptedMs,
      completedPerSecond: (letters * 1000) / completedMs,
      seconds: completedMs / 1000,
      times: await this.times(),
      processorSeconds: {
        gateway: after.gateway - before.gateway,
        postgres: after.postgres - before.postgres,
        sandbox: after.sandbox - before.sandbox
      },
      transactions: after.transactions - before.transactions
    }
  }

  /** Sends letters and waits until all are archived. @returns milliseconds until the last one was accepted */
  async send(letters: number, name: string): Promise<number> {
    const begun = performance.now()
    let next = 0
    const caller = async () => {
      while (next < letters) await this.one(`${name}-${next++}`)
    }
    await Promise.all(Array.from({ length: Number(values.concurrency) }, caller))
    const acceptedMs = performance.now() - begun
    await this.untilArchived()
    return acceptedMs
  }

  private async one(key: string): Promise<void> {
    const document = await this.api.upload('pismo.pdf', 'application/pdf', pdfOf(Number(values.bytes), key))
    await this.api.send(key, {
      senderAde: 'AE:PL-10000-20001-GMINA-27',
      addressee: { ade: values.to },
      subject: 'Decyzja',
      text: 'W załączeniu decyzja.',
      documents: [document]
    })
  }

  private async untilArchived(): Promise<void> {
    const end = performance.now() + PATIENCE_MS
    await query(this.databaseUrl, async client => {
      for (;;) {
        const { rows } = await client.query<{ open: string }>(
          `select count(*) as open from letter where progress <> 'archived'`
        )
        if (rows[0]!.open === '0') return
        if (performance.now() > end) throw new Error(`${rows[0]!.open} letters were not archived in time`)
        await new Promise(resolve => setTimeout(resolve, 100))
      }
    })
  }

  /** Milliseconds from acceptance, as the events of the letters tell them. */
  private times(): Promise<Times> {
    return query(this.databaseUrl, async client => {
      const share = (type: string) => `
        select percentile_cont(array[0.5, 0.95]) within group (order by
                 extract(epoch from e.recorded_at - a.recorded_at) * 1000) as shares
          from (select *, row_number() over (order by recorded_at) as n from letter_event where type = 'LetterAccepted') a
          join letter_event e on e.tenant_id = a.tenant_id and e.letter_id = a.letter_id and e.type = '${type}'
         where a.n > ${WARM_UP}`
      const read = async (type: string) => {
        const { rows } = await client.query<{ shares: [number, number] }>(share(type))
        return { p50: rows[0]!.shares[0], p95: rows[0]!.shares[1] }
      }
      return { handedOver: await read('LetterHandedOver'), archived: await read('LetterArchived') }
    })
  }

  private async processors() {
    return {
      gateway: await processorSeconds(this.system.gateway.pid),
      sandbox: await processorSeconds(this.system.sandbox.pid),
      postgres: await treeSeconds(this.postmaster),
      transactions: await query(this.databaseUrl, async client => {
        const { rows } = await client.query<{ n: string }>(
          'select xact_commit as n from pg_stat_database where datname = current_database()'
        )
        return Number(rows[0]!.n)
      })
    }
  }
}

/** Every statement since the extension was made, those of the bench's own left out, the most frequent first. */
async function statementsSeen(client: pg.Client): Promise<Result['statements']> {
  const { rows } = await client.query<{ text: string; calls: string; ms: number }>(
    `select regexp_replace(query, '\\s+', ' ', 'g') as text, calls, total_exec_time as ms
       from pg_stat_statements s join pg_roles r on r.oid = s.userid where r.rolname = 'goniec_app' order by calls desc`
  )
  return rows.map(({ text, calls, ms }) => ({ text: text.trim().slice(0, 160), calls: Number(calls), ms }))
}

async function query<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function tell(result: Result, profile: ProfileSums | undefined): Promise<void> {
  await mkdir(values.out, { recursive: true })
  const file = join(values.out, 'gateway.json')
  await writeFile(file, JSON.stringify({ ...result, profile }, null, 1))
  console.log(report(result, profile))
  console.log(`\nEverything, with the hottest functions: ${file}`)
}

function machine(): Result['machine'] {
  const [first] = cpus()
  return {
    processor: first?.model.trim() ?? '?',
    processors: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30)
  }
}

function settings(): Result['settings'] {
  const { concurrency, workers, bytes } = values
  return { concurrency: Number(concurrency), workers: Number(workers), bytes: Number(bytes), node: process.version }
}

await bench()
