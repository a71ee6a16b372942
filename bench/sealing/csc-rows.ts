import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { LocalSealEngine, RemoteSealKey, TrustStore } from '#sealing/plain'
import type { CscProcessReady } from './csc-process.js'
import { atLeast } from './local-rows.js'
import { type Effort, race, repeating, type Speed } from './race.js'
import { alone, clock, pdfs, sealing, style } from './subjects.js'
import type { Row, Target } from './table.js'

const latencyMs = 40

/** A remote key at a service whose every answer takes 40 ms; the service signs by P-256 and has a process to itself. */
export async function cscRows(effort: Effort): Promise<Row[]> {
  const service = fork(fileURLToPath(new URL('./csc-process.js', import.meta.url)), [String(latencyMs)])
  let key: RemoteSealKey | undefined
  try {
    const [{ url, fingerprint }] = (await once(service, 'message')) as [CscProcessReady]
    key = await RemoteSealKey.open({
      url,
      api: 'v1',
      access: { kind: 'client', clientId: 'client', clientSecret: 'client-secret' },
      pinnedCertificateSha256: fingerprint,
      clock
    })
    const engine = new LocalSealEngine({ keys: new Map([['P-256', key]]), trust: new TrustStore([]), clock })
    const message = (i: number): Buffer => Buffer.from(`signed attributes of document ${i} `.repeat(5))
    const many = Array.from({ length: 4000 }, (_, i) => message(i))
    const remote = key
    const { batch, callers, pades } = await race(
      {
        batch: repeating(async () => (await remote.signBatch(many)).length),
        callers: repeating(async () => (await Promise.all(many.map(one => remote.signBatch([one])))).length),
        pades: sealing(engine, alone(pdfs(64, 100_000)), style('P-256'), {}, 2000)
      },
      effort
    )
    const row = (what: string, { best, median }: Speed, target?: Target): Row => ({
      what,
      best,
      median,
      unit: '/s',
      target
    })
    return [
      row(`CSC signatures at ${latencyMs} ms, one call for 4,000, P-256`, batch, atLeast(5_000, batch)),
      row(`CSC signatures at ${latencyMs} ms, 4,000 callers with one each, P-256`, callers, atLeast(5_000, callers)),
      row('PAdES B-B, 100 kB PDF, visible seal, by that service', pades)
    ]
  } finally {
    await key?.close()
    service.disconnect()
  }
}
