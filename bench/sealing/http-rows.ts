import { chmod, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EmbeddedPostgres } from '#platform'
import { defaultFormatPolicy, openSealKey, type SealStyle, WorkerSealEngine } from '#sealing/plain'
import { startSystem, type System } from '../../apps/launcher/src/system.js'
import { processorSeconds, treeSeconds } from '../processor-time.js'
import { PlainCaller } from './plain-caller.js'
import { type Contestant, type Effort, race, repeating, shareOf, type Slice } from './race.js'
import { alone, clock, pdfs, sealing } from './subjects.js'
import type { Row } from './table.js'

/**
 * A service that has just been started, or was idle, says little about one at work, and a whole service is compiled later
 * than one engine: it grows faster for half a minute. So slices are longer than elsewhere, and so is the time before the
 * first.
 */
const longer = 5
const warmUpMs = 30_000

/**
 * Callers at the same time, each of whom waits for its sealed file before it asks for the next. Among few, all of them wait
 * for the record now and then, and the processors for them.
 */
const [few, many] = [32, 64]

const documents = pdfs(16, 100_000)

/**
 * Sealing through the service: one PDF a request, with authorisation, record and digest, beside the same key and the same
 * threads without a service around them. Gateway, database and callers share the processors.
 */
export async function httpRows(dir: string, effort: Effort): Promise<Row[]> {
  // the database's own user must get through to its folder
  await chmod(dir, 0o711)
  const dataDir = join(dir, 'postgres')
  const server = new EmbeddedPostgres({ dataDir, settings: { shared_buffers: '256MB' } })
  const { url } = await server.start()
  const postmaster = Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0])
  try {
    const system = await startSystem({
      dir: join(dir, 'system'),
      databaseUrl: url,
      gatewayPort: 0,
      sandboxPort: 0,
      gatewayEnv: { GONIEC_LOG_LEVEL: 'error' }
    })
    try {
      return await rowsOf(system, postmaster, effort)
    } finally {
      await system.stop()
    }
  } finally {
    await server.stop()
  }
}

async function rowsOf(system: System, postmaster: number, effort: Effort): Promise<Row[]> {
  const { institution } = (await (await fetch(`${system.sandbox.url}/control/credentials`)).json()) as {
    institution: { pkcs12File: string; passwordFile: string }
  }
  const entry = { kind: 'pkcs12', file: institution.pkcs12File, passwordFile: institution.passwordFile } as const
  const key = await openSealKey(entry, clock)
  const workerFile = fileURLToPath(new URL('../../libs/sealing/src/engine/engine-worker.js', import.meta.url))
  const engine = new WorkerSealEngine({ keys: new Map([['institution', key]]), trust: [], clock, workerFile })
  const { key: token } = system.callers.find(caller => caller.roles.includes('sender'))!
  const connections = await Promise.all(Array.from({ length: many }, () => PlainCaller.to(system.gateway.url)))
  const runs = connections.map(connection => posting(connection, token))
  const watched = {
    few: new Watched(runs.slice(0, few), system, postmaster),
    many: new Watched(runs, system, postmaster)
  }
  try {
    const speeds = await race(
      {
        own: together(connections.map(() => sealing(engine, alone(documents), style, {}, 8))),
        few: ms => watched.few.run(ms),
        many: ms => watched.many.run(ms)
      },
      { ...effort, sliceMs: effort.sliceMs * longer, warmUpMs }
    )
    const { own } = speeds
    const rowOf = (name: 'few' | 'many', callers: number): Row => {
      const share = shareOf(speeds[name], own)
      const { callersTook, perRequest } = watched[name]
      // callers are elsewhere in life; here they take a part of the processors, and the engine alone has none
      const left = 1 - callersTook
      return {
        what: `POST /v1/seals, ${callers} callers, PAdES B-B, 100 kB PDF, visible seal`,
        note:
          `${percent(share)} of that, ${percent(share / left)} on what the callers leave of the processors; ` +
          `processor time: ${perRequest}`,
        best: speeds[name].best,
        median: speeds[name].median,
        unit: '/s',
        target: { text: "≥ 50 % of the engine's own", met: share >= 0.5 }
      }
    }
    return [
      { what: `WorkerSealEngine, all processors, ${key.algorithm}`, best: own.best, median: own.median, unit: '/s' },
      rowOf('few', few),
      rowOf('many', many)
    ]
  } finally {
    for (const connection of connections) connection.close()
    await engine.close()
  }
}

/** Requests of several callers, and the processor time that the programs involved spend on them. */
class Watched {
  private readonly requests: Contestant['run']
  private readonly seconds = { database: 0, gateway: 0, callers: 0 }
  private made = 0
  private lastedMs = 0

  constructor(
    runs: readonly Contestant['run'][],
    private readonly system: System,
    private readonly postmaster: number
  ) {
    this.requests = together(runs)
  }

  async run(ms: number): Promise<Slice> {
    const programs = {
      // reading it is work too, and so stands outside what is counted for the callers
      database: () => treeSeconds(this.postmaster),
      gateway: () => processorSeconds(this.system.gateway.pid),
      callers: () => processorSeconds(process.pid)
    }
    const names = ['database', 'gateway', 'callers'] as const
    for (const name of names) this.seconds[name] -= await programs[name]()
    const slice = await this.requests(ms)
    for (const name of [...names].reverse()) this.seconds[name] += await programs[name]()
    this.made += slice.times
    this.lastedMs += slice.ms
    return slice
  }

  /** The callers' part of all processors. */
  get callersTook(): number {
    return (this.seconds.callers * 1000) / (this.lastedMs * availableParallelism())
  }

  get perRequest(): string {
    return Object.entries(this.seconds)
      .map(([who, seconds]) => `${who} ${((seconds * 1000) / this.made).toFixed(1)} ms`)
      .join(', ')
  }
}

const percent = (part: number): string => `${(part * 100).toFixed(0)} %`

/** As the profile that the launcher makes for its first institution, at level B-B. */
const style: SealStyle = {
  key: 'institution',
  level: 'B-B',
  formats: defaultFormatPolicy,
  reason: 'Pieczęć urzędu',
  whenAway: 'fail',
  design: {
    width: 70,
    height: 24,
    text: { lines: [{ text: 'Urząd Gminy Przykładowo', bold: true }, '{reason}', '{date} {time}', '{documentName}'] }
  }
}

/** Many at the same time. */
function together(all: readonly Contestant['run'][]): Contestant['run'] {
  return async ms => {
    const done = await Promise.all(all.map(run => run(ms)))
    return { times: done.reduce((sum, { times }) => sum + times, 0), ms: Math.max(...done.map(slice => slice.ms)) }
  }
}

function posting(connection: PlainCaller, token: string): Contestant['run'] {
  let next = 0
  return repeating(async () => {
    const { source, fileName } = documents[next++ % documents.length]!
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/pdf',
      'content-disposition': `attachment; filename="${fileName}"`
    }
    const target = '/v1/seals?profile=urzad&level=B-B'
    const size = await connection.post(target, headers, source.read(0, source.size))
    if (size <= source.size) throw new Error('not sealed')
    return 1
  })
}
