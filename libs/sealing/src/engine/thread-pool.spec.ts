import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Refused, Unavailable } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'
import { ThreadPool } from './thread-pool.js'
import type { Question, WireOutcome, Work } from './worker-protocol.js'

/**
 * A worker that speaks the protocol and does what the ids of its orders say. Written out as a file: threads start from
 * files, and this one has nothing to do with sealing.
 */
const oddWorker = `
const { parentPort, workerData } = require('node:worker_threads')
const { existsSync } = require('node:fs')
if (workerData.keys[0]?.name === 'stillborn' && !existsSync(__filename + '.healed')) throw new Error('born dead')
const pulse = new Int32Array(workerData.pulse)
const turnTo = task => { Atomics.store(pulse, 1, task); Atomics.add(pulse, 0, 1) }
const asked = new Map()
let questions = 0
const ask = question => new Promise(resolve => {
  asked.set(++questions, resolve)
  parentPort.postMessage({ ask: questions, question })
})
const acts = {
  deaf() { for (;;); },
  deafUnnoticed() { Atomics.store(pulse, 1, 0); for (;;); },
  memory() { for (const all = []; ; ) all.push(new Array(100000).fill(all.length)) },
  exit() { process.exit(0) },
  crash() { setImmediate(() => { throw new Error('crashed') }); return new Promise(() => {}) },
  never() { return new Promise(() => {}) },
  slowly() { return new Promise(done => setTimeout(done, 300)) },
  async ask(id) {
    const { error, value } = await ask({ kind: 'stamp', imprint: Buffer.from(id) })
    if (error) throw Object.assign(new Error(), { wire: error })
    return value
  }
}
async function perform({ orders }) {
  const outcomes = []
  for (const [index, { id, documents }] of orders.entries()) {
    const facts = { answer: await acts[id.split(' ')[0]]?.(id) }
    outcomes.push(documents.length
      ? { id, ok: true, sealed: { fileName: id, mediaType: '', source: { kind: 'slice', start: 0, size: 1, of: { kind: 'joined', parts: [{ kind: 'known', index }] } } } }
      : { id, ok: false, code: 'sealing/nothing-to-seal', facts })
  }
  return outcomes
}
parentPort.on('message', messages => messages.forEach(message => setImmediate(receive, message)))
function receive(message) {
  if ('answer' in message) return asked.get(message.answer)(message)
  turnTo(message.task)
  perform(message.work).then(
    value => parentPort.postMessage({ done: message.task, value }),
    error => parentPort.postMessage({ done: message.task, error: error.wire ?? { kind: 'bug', text: error.message } })
  )
}
turnTo(0)
setInterval(turnTo, 50, 0)
`

const folder = mkdtempSync(join(tmpdir(), 'goniec-threads-'))
const workerFile = join(folder, 'odd-worker.cjs')
writeFileSync(workerFile, oddWorker)
afterAll(() => rmSync(folder, { recursive: true }))

const pools: ThreadPool[] = []
afterEach(() => Promise.all(pools.splice(0).map(pool => pool.close())))

interface PoolWish {
  readonly threads?: number
  readonly file?: string
  readonly stillborn?: boolean
  readonly answer?: (question: Question) => Promise<unknown>
}

function poolOf({
  threads = 2,
  file = workerFile,
  stillborn,
  answer = async () => 'answered'
}: PoolWish = {}): ThreadPool {
  const keys = stillborn ? [{ name: 'stillborn' } as never] : []
  const pool = new ThreadPool({
    workerFile: file,
    threads,
    birth: () => ({ keys, stamps: false, collects: false, trust: [], lists: [] }),
    circumstances: () => ({ now: 0, tokenBytes: 0 }),
    answer
  })
  pools.push(pool)
  return pool
}

const work = (...ids: string[]): Work => ({
  kind: 'seal',
  orders: ids.map(id => ({ id, documents: [] })),
  style: { key: 'k', level: 'B-B', formats: {} as never, whenAway: 'fail' }
})

/** The ids that came back, or the code of the refusal. */
async function outcomeOf(pool: ThreadPool, ...ids: string[]): Promise<string> {
  try {
    return ((await pool.run(work(...ids), 0)) as WireOutcome[]).map(wordFor).join()
  } catch (error) {
    if (error instanceof Refused || error instanceof Unavailable) return error.type.code
    return `error: ${(error as Error).message}`
  }
}

const wordFor = (one: WireOutcome): string =>
  !one.ok && one.code !== 'sealing/nothing-to-seal' ? `${one.id}: ${one.code}` : one.id

describe('a pool of threads', () => {
  it('does many tasks at once', async () => {
    const pool = poolOf()
    const ids = Array.from({ length: 300 }, (_, i) => `task ${i}`)
    expect(await Promise.all(ids.map(id => outcomeOf(pool, id)))).toEqual(ids)
  })

  it.each(['deaf', 'deafUnnoticed', 'memory', 'exit', 'crash'])(
    'survives a task that does this to its thread: %s',
    async act => {
      const pool = poolOf()
      const others = ['ask a', 'slowly b', 'ask c', 'slowly d']
      const outcomes = await Promise.all([act, ...others, act].map(id => outcomeOf(pool, id)))
      expect(outcomes).toEqual(['sealing/too-much-work', ...others, 'sealing/too-much-work'])
      expect(await outcomeOf(pool, 'afterwards')).toBe('afterwards')
    },
    30_000
  )

  it('tells of a deaf thread soon', async () => {
    const pool = poolOf({ threads: 1 })
    await outcomeOf(pool, 'warm')
    const started = performance.now()
    expect(await outcomeOf(pool, 'deaf')).toBe('sealing/too-much-work')
    expect(performance.now() - started).toBeLessThan(4000)
  })

  it('does a batch document by document when one of them kills its thread', async () => {
    const batch = work('a', 'exit', 'b', 'crash', 'c') as Work & { kind: 'seal' }
    const document = { fileName: 'x', mediaType: 'y', source: { kind: 'known', index: 0 } as const }
    const orders = batch.orders.map((order, i) => ({ ...order, documents: i % 2 ? [] : [document, document] }))
    const outcomes = (await poolOf().run({ ...batch, orders }, 0)) as WireOutcome[]
    expect(outcomes.map(wordFor)).toEqual([
      'a',
      'exit: sealing/too-much-work',
      'b',
      'crash: sealing/too-much-work',
      'c'
    ])
    // Where a result names a document it is that of the batch.
    const indexes = outcomes.map(one => one.ok && /"index":(\d+)/.exec(JSON.stringify(one.sealed.source))![1])
    expect(indexes).toEqual(['0', false, '2', false, '4'])
  }, 20_000)

  it('says why when threads cannot start, and starts them when they can', async () => {
    const pool = poolOf({ stillborn: true })
    expect(await Promise.all(['a', 'b'].map(id => outcomeOf(pool, id)))).toEqual([
      'error: born dead',
      'error: born dead'
    ])
    writeFileSync(`${workerFile}.healed`, '')
    expect(await outcomeOf(pool, 'c')).toBe('c')
    expect(await outcomeOf(poolOf({ file: join(folder, 'nothing.cjs') }), 'd')).toMatch(/error: Cannot find module/)
  })

  it('answers what threads ask, and passes on what went wrong', async () => {
    const asked: Question[] = []
    const pool = poolOf({
      answer: async question => {
        asked.push(question)
        if (asked.length === 2)
          throw new Unavailable(sealingProblems['timestamp-unavailable'], { url: 'u' }, { retryAfterSeconds: 7 })
        if (asked.length === 3) return () => 'a function cannot be sent'
        return Buffer.from('stamp')
      }
    })
    const [one] = (await pool.run(work('ask one'), 0)) as WireOutcome[]
    expect(asked[0]).toMatchObject({ kind: 'stamp' })
    expect(Buffer.from((one as { facts: { answer: Uint8Array } }).facts.answer).toString()).toBe('stamp')
    const error = await pool.run(work('ask two'), 0).catch((caught: unknown) => caught)
    expect(error).toMatchObject({
      type: sealingProblems['timestamp-unavailable'],
      facts: { url: 'u' },
      retryAfterSeconds: 7
    })
    expect(await outcomeOf(pool, 'ask three')).toMatch(/error: .*could not be cloned/)
  })

  it('refuses work that cannot be sent, and goes on', async () => {
    const pool = poolOf({ threads: 1 })
    const unfit = { ...work('a'), style: { design: () => 1 } } as never
    await expect(pool.run(unfit, 0)).rejects.toThrow('could not be cloned')
    expect(await outcomeOf(pool, 'b')).toBe('b')
  })

  it('fails what is under way when it is closed, and what comes after', async () => {
    const pool = poolOf({ threads: 1 })
    const waiting = ['never', ...Array.from({ length: 30 }, (_, i) => `never ${i}`)].map(id => outcomeOf(pool, id))
    await Promise.all([pool.close(), pool.close()])
    const closed = 'error: the sealing engine was closed'
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([closed]))
    expect(await outcomeOf(pool, 'late')).toBe(closed)
  })

  it('does not let more wait than it can ever do', async () => {
    const pool = poolOf({ threads: 1 })
    const all = Array.from({ length: 10_030 }, () => outcomeOf(pool, 'never'))
    expect(await Promise.any(all)).toBe('sealing/engine-busy')
  })
})

const compiled = resolve('dist/libs/sealing/src/engine/thread-pool.js')
const built = existsSync(compiled)
if (!built) console.warn('SKIPPED: no build in dist/, the end of a program with threads is not looked at')

describe('a program with a pool of threads', () => {
  const program = (doing: string) => `
    import { ThreadPool } from ${JSON.stringify(compiled)}
    const pool = new ThreadPool({
      workerFile: ${JSON.stringify(workerFile)}, threads: 2,
      birth: () => ({ keys: [], stamps: false, collects: false, trust: [], lists: [] }),
      circumstances: () => ({ now: 0, tokenBytes: 0 }), answer: async () => 1
    })
    const run = id => pool.run({ kind: 'seal', orders: [{ id, documents: [] }], style: {} }, 0)
    ${doing}`
  const outputOf = (doing: string): string =>
    execFileSync(process.execPath, ['--input-type=module', '-e', program(doing)], { encoding: 'utf8', timeout: 20_000 })

  const itBuilt = built ? it : it.skip

  itBuilt(
    'waits for what is under way, and ends by itself',
    () => {
      expect(outputOf(`const [one] = await run('slowly a'); console.log(one.id)`)).toBe('slowly a\n')
      expect(outputOf(`const error = await run('exit').catch(error => error); console.log(error.type.code)`)).toBe(
        'sealing/too-much-work\n'
      )
    },
    30_000
  )

  itBuilt(
    'ends by itself when it has nothing to do',
    () => {
      expect(outputOf(`console.log('idle')`)).toBe('idle\n')
    },
    30_000
  )
})
