import { chmod, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EmbeddedPostgres } from '#platform'
import { defaultFormatPolicy, openSealKey, type SealStyle, WorkerSealEngine } from '#sealing/plain'
import { startSystem, type System } from '../../apps/launcher/src/system.js'
import { processorSeconds, treeSeconds } from '../processor-time.js'
import { PlainCaller } from './plain-caller.js'
import { type Contestant, type Effort, race, repeating, shareOf } from './race.js'
import { alone, clock, pdfs, sealing } from './subjects.js'
import type { Row } from './table.js'

/**
 * A service that has just been started, or was idle, says little about one at work, and a whole service is compiled later
 * than one engine: slices are longer than elsewhere, and so is the time before the first.
 */
const longer = 5
const warmUpMs = 8000

/** Callers at the same time, each of whom waits for its sealed file before it asks for the next. */
const callers = 32

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
  const connections = await Promise.all(Array.from({ length: callers }, () => PlainCaller.to(system.gateway.url)))
  const requests = together(connections.map(connection => posting(connection, token)))
  let [made, lasted] = [0, 0]
  const spent = { database: 0, gateway: 0, callers: 0 }
  const programs = {
    // reading it is work too, and so stands outside what is counted for the callers
    database: () => treeSeconds(postmaster),
    gateway: () => processorSeconds(system.gateway.pid),
    callers: () => processorSeconds(process.pid)
  }
  const names = ['database', 'gateway', 'callers'] as const
  try {
    const { http, own } = await race(
      {
        own: together(connections.map(() => sealing(engine, alone(documents), style, {}, 8))),
        http: async ms => {
          for (const name of names) spent[name] -= await programs[name]()
          const slice = await requests(ms)
          for (const name of [...names].reverse()) spent[name] += await programs[name]()
          made += slice.times
          lasted += slice.ms
          return slice
        }
      },
      { ...effort, sliceMs: effort.sliceMs * longer, warmUpMs }
    )
    const share = shareOf(http, own)
    // callers are elsewhere in life; here they take a part of the processors, and the engine alone has none
    const left = 1 - (spent.callers * 1000) / (lasted * availableParallelism())
    const perRequest = Object.entries(spent).map(
      ([who, seconds]) => `${who} ${((seconds * 1000) / made).toFixed(1)} ms`
    )
    return [
      { what: `WorkerSealEngine, all processors, ${key.algorithm}`, best: own.best, median: own.median, unit: '/s' },
      {
        what: 'POST /v1/seals, PAdES B-B, 100 kB PDF, visible seal',
        note:
          `${percent(share)} of that, ${percent(share / left)} on what the callers leave of the processors; ` +
          `processor time: ${perRequest.join(', ')}`,
        best: http.best,
        median: http.median,
        unit: '/s',
        target: { text: "≥ 50 % of the engine's own", met: share >= 0.5 }
      }
    ]
  } finally {
    for (const connection of connections) connection.close()
    await engine.close()
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
