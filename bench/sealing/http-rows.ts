import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultFormatPolicy, openSealKey, type SealStyle, WorkerSealEngine } from '#sealing/plain'
import { startSystem } from '../../apps/launcher/src/system.js'
import { type Contestant, type Effort, race, repeating, shareOf } from './race.js'
import { alone, clock, pdfs, sealing } from './subjects.js'
import type { Row } from './table.js'

/** Callers at the same time, each of whom waits for its sealed file before it asks for the next. */
const callers = 16

const documents = pdfs(16, 100_000)

/**
 * Sealing through the service: one PDF a request, with authorisation, record and digest, beside the same key and the same
 * threads without a service around them. Gateway, database and callers share the processors.
 */
export async function httpRows(dir: string, effort: Effort): Promise<Row[]> {
  const system = await startSystem({
    dir: join(dir, 'system'),
    gatewayPort: 0,
    sandboxPort: 0,
    gatewayEnv: { GONIEC_LOG_LEVEL: 'error' }
  })
  const agent = new Agent({ keepAlive: true, maxSockets: callers })
  let engine: WorkerSealEngine | undefined
  try {
    const { institution } = (await (await fetch(`${system.sandbox.url}/control/credentials`)).json()) as {
      institution: { pkcs12File: string; passwordFile: string }
    }
    const entry = { kind: 'pkcs12', file: institution.pkcs12File, passwordFile: institution.passwordFile } as const
    const key = await openSealKey(entry, clock)
    const workerFile = fileURLToPath(new URL('../../libs/sealing/src/engine/engine-worker.js', import.meta.url))
    engine = new WorkerSealEngine({ keys: new Map([['institution', key]]), trust: [], clock, workerFile })
    const { key: token } = system.callers.find(caller => caller.roles.includes('sender'))!
    const { http, alone: own } = await race(
      { alone: together(() => sealing(engine!, alone(documents), style, {}, 8)), http: together(() => posting(system.gateway.url, token, agent)) },
      effort
    )
    const share = shareOf(http, own)
    const { best, median } = http
    return [
      { what: `WorkerSealEngine, all processors, the sandbox's key (${key.algorithm})`, best: own.best, median: own.median, unit: '/s' },
      {
        what: 'POST /v1/seals, PAdES B-B, 100 kB PDF, visible seal',
        note: `${(share * 100).toFixed(0)} % of the engine's own rate`,
        best,
        median,
        unit: '/s',
        target: { text: "≥ 50 % of the engine's own", met: share >= 0.5 }
      }
    ]
  } finally {
    agent.destroy()
    await engine?.close()
    await system.stop()
  }
}

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
function together(make: () => Contestant['run']): Contestant['run'] {
  const all = Array.from({ length: callers }, make)
  return async ms => {
    const done = await Promise.all(all.map(run => run(ms)))
    return { times: done.reduce((sum, { times }) => sum + times, 0), ms: Math.max(...done.map(slice => slice.ms)) }
  }
}

function posting(gateway: string, token: string, agent: Agent): Contestant['run'] {
  let next = 0
  return repeating(async () => {
    const { source, fileName } = documents[next++ % documents.length]!
    const size = await post(`${gateway}/v1/seals?profile=urzad&level=B-B`, source.read(0, source.size), agent, {
      authorization: `Bearer ${token}`,
      'content-type': 'application/pdf',
      'content-disposition': `attachment; filename="${fileName}"`
    })
    if (size <= source.size) throw new Error('not sealed')
    return 1
  })
}

/** Bytes of the answer. */
function post(url: string, body: Buffer, agent: Agent, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } }, answer => {
      let size = 0
      let text = ''
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (answer.statusCode !== 200) text += chunk.toString()
      })
      answer.on('error', reject)
      answer.on('end', () => (answer.statusCode === 200 ? resolve(size) : reject(new Error(`${answer.statusCode} ${text}`))))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
