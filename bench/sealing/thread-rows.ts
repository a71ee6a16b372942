import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Pkcs12SealKey, WorkerSealEngine } from '#sealing/plain'
import { type Contestant, type Effort, race, shareOf, type Slice, type Speed } from './race.js'
import type { SealThreadBirth, SealThreadTask } from './seal-thread.js'
import { alone, clock, password, pdfs, sealing, style, type Subject } from './subjects.js'
import type { Row } from './table.js'

/** Calls under way for each thread of a pool, so that none waits for work. */
const callsPerThread = 2

/** What two threads do at least, of what one does. */
const promised = 1.7

/** Two threads beside one: bare key operations, engines of their own, and the engine that hands work to its threads. */
export async function threadRows(subjects: readonly Subject[], effort: Effort): Promise<Row[]> {
  const rows: Row[] = []
  for (const subject of subjects) {
    const { name, pkcs12, privateKey } = subject
    const birth: SealThreadBirth = { name, pkcs12, privateKey }
    const threads = [1, 2].map(() => new Worker(new URL('./seal-thread.js', import.meta.url), { workerData: birth }))
    const pools = [1, 2].map(count => poolOf(subject, count))
    try {
      const speeds = await race(
        {
          raw1: inThreads(threads.slice(1), 'raw'),
          one: inThreads(threads.slice(1), 'sealed'),
          pool1: inPool(pools[0]!, 1, subject),
          raw2: inThreads(threads, 'raw'),
          two: inThreads(threads, 'sealed'),
          pool2: inPool(pools[1]!, 2, subject)
        },
        effort
      )
      rows.push(...rowsOf(subject, speeds))
    } finally {
      await Promise.all([...threads.map(thread => thread.terminate()), ...pools.map(pool => pool.close())])
    }
  }
  return rows
}

function rowsOf(
  { name }: Subject,
  { raw1, raw2, one, two, pool1, pool2 }: Record<'raw1' | 'raw2' | 'one' | 'two' | 'pool1' | 'pool2', Speed>
): Row[] {
  const rawGain = shareOf(raw2, raw1)
  // where others work on the same processors not even the bare operation gets two of them
  const wanted = Math.min(promised, (promised / 2) * rawGain)
  const targetText = wanted === promised ? `≥ ${promised} × one` : `≥ ${promised} × one; here ${wanted.toFixed(2)}`
  const row = (what: string, speed: Speed, raw?: Speed, base?: Speed): Row => {
    const { best, median } = speed
    const gain = base && shareOf(speed, base)
    return {
      what: `${what}, ${name}`,
      best,
      median,
      unit: '/s',
      ofRaw: raw && shareOf(speed, raw),
      ...(gain === undefined ? {} : { note: `${gain.toFixed(2)} × one` }),
      ...(gain !== undefined && raw ? { target: { text: targetText, met: gain >= wanted } } : {})
    }
  }
  return [
    row('crypto.sign, two threads', raw2, undefined, raw1),
    row('PAdES B-B, 100 kB PDF, visible seal, one thread', one, raw1),
    row('two threads, each with its engine', two, raw2, one),
    row('WorkerSealEngine, one thread', pool1, raw1),
    row('WorkerSealEngine, two threads', pool2, raw2, pool1)
  ]
}

function inThreads(threads: readonly Worker[], kind: SealThreadTask['kind']): Contestant['run'] {
  return async ms => {
    const slices = threads.map(async thread => {
      const answer = once(thread, 'message')
      thread.postMessage({ kind, ms } satisfies SealThreadTask)
      return ((await answer) as [Slice])[0]
    })
    const done = await Promise.all(slices)
    return { times: done.reduce((sum, { times }) => sum + times, 0), ms: Math.max(...done.map(slice => slice.ms)) }
  }
}

function poolOf({ name, pkcs12 }: Subject, threads: number): WorkerSealEngine {
  const workerFile = fileURLToPath(new URL('../../libs/sealing/src/engine/engine-worker.js', import.meta.url))
  const keys = new Map([[name, Pkcs12SealKey.open(pkcs12, password, clock.now())]])
  return new WorkerSealEngine({ keys, trust: [], clock, workerFile, threads })
}

function inPool(pool: WorkerSealEngine, threads: number, { name }: Subject): Contestant['run'] {
  const callers = Array.from({ length: callsPerThread * threads }, () =>
    sealing(pool, alone(pdfs(16, 100_000)), style(name))
  )
  return async ms => {
    const done = await Promise.all(callers.map(caller => caller(ms)))
    return { times: done.reduce((sum, { times }) => sum + times, 0), ms: Math.max(...done.map(slice => slice.ms)) }
  }
}
