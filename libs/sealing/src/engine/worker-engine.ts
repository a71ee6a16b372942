import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { type ProblemFacts, Refused } from '#platform/plain'
import type { TrustAnchor } from '../certificate/trust-store.js'
import type { Document } from '../document.js'
import { LocalSealKey } from '../keys/local.seal-key.js'
import type { SealLevel } from '../seal-format.js'
import type { SealOutcome } from '../seal-batch.js'
import { describeSealKey, type SealKey } from '../seal-key.js'
import { sealingProblems } from '../sealing.errors.js'
import type { RandomAccessSource } from '../source.js'
import type { ValidationReport } from '../validation/report.js'
import type { EngineParts } from './local-engine.js'
import { SealEngine, type SealOrder, type SealStyle } from './seal-engine.js'
import { SharedTrays, type Tray } from './shared-trays.js'
import {
  asBuffer,
  packError,
  packSource,
  problemOf,
  unpackError,
  unpackSource,
  type WireSource
} from './wire-format.js'
import type {
  FromWorker,
  Question,
  ToWorker,
  WireDocument,
  WireOutcome,
  Work,
  WorkerBirth,
  WorkResult
} from './worker-protocol.js'

/** A trusted list as it was fetched, and who may have sealed it (DER): each thread reads it for itself. */
export interface SealedList {
  readonly xml: Buffer
  readonly signers: readonly Buffer[]
}

/** How the threads are run. */
export interface WorkerEngineOptions extends Omit<EngineParts, 'trust' | 'lists'> {
  readonly trust: readonly TrustAnchor[]
  readonly lists?: readonly SealedList[]
  /** Compiled `engine-worker.js`. */
  readonly workerFile: string
  /** Threads; as many as there are processors when absent. */
  readonly threads?: number
}

/** Tasks in one thread at once: while one waits for a device or a service, others go on. */
const tasksPerThread = 16

/** How long a thread may be deaf before it is given up, in milliseconds, and how fast honest work is at the least. */
const patience = 1500
const slowestBytesPerMillisecond = 10_000

/** JavaScript heap of one thread, in megabytes. */
const heapMegabytes = 768

interface Task {
  readonly number: number
  readonly work: Work
  readonly bytes: number
  /** Met a thread that died with others in it: runs alone now, so that the guilty one is found. */
  suspect: boolean
  readonly resolve: (result: WorkResult) => void
  readonly reject: (error: Error) => void
}

interface Thread {
  readonly worker: Worker
  readonly pulse: Int32Array
  readonly tasks: Map<number, Task>
  lastPulse: number
  aliveAt: number
}

/**
 * The engine on worker threads. Documents go to whichever thread is free; keys in memory sign there, and every other key,
 * time stamp and revocation answer is fetched by the main thread, where requests of all threads meet. A thread that a
 * document makes deaf or that runs out of memory is replaced, its innocent tasks are done again, and the guilty document
 * ends in `sealing/too-much-work`.
 */
export class WorkerSealEngine extends SealEngine {
  private readonly threads: Thread[] = []
  private readonly queue: Task[] = []
  private readonly trays = new SharedTrays()
  private lastTask = 0
  private closed = false
  /** Threads that died before their first heartbeat, one after another. */
  private stillborn = 0
  private watch: NodeJS.Timeout | undefined

  constructor(private readonly options: WorkerEngineOptions) {
    super()
    const count = options.threads ?? availableParallelism()
    for (let i = 0; i < count; i++) this.threads.push(this.start())
  }

  async seal(orders: readonly SealOrder[], style: SealStyle): Promise<SealOutcome[]> {
    const known: RandomAccessSource[] = []
    const tray = this.trays.tray()
    try {
      const wired = orders.map(order => ({
        ...order,
        documents: order.documents.map(one => wireDocument(one, known, tray))
      }))
      const bytes = known.reduce((sum, { size }) => sum + size, 0)
      const outcomes = (await this.run({ kind: 'seal', orders: wired, style }, bytes)) as readonly WireOutcome[]
      return outcomes.map(outcome => unpackOutcome(outcome, known))
    } finally {
      // A thread that was given up may still look at it until it is dead, but nobody listens to it any more.
      tray.clear()
    }
  }

  async raise(file: RandomAccessSource, to: SealLevel, originals: readonly Document[]): Promise<RandomAccessSource> {
    const known: RandomAccessSource[] = [file]
    const wired = originals.map(one => wireDocument(one, known))
    const result = await this.run({ kind: 'raise', file: packSource(file), to, originals: wired }, file.size)
    return unpackSource(result as WireSource, known)
  }

  async validate(file: RandomAccessSource, originals: readonly Document[]): Promise<ValidationReport> {
    const wired = originals.map(one => wireDocument(one, []))
    return (await this.run(
      { kind: 'validate', file: packSource(file), originals: wired },
      file.size
    )) as ValidationReport
  }

  keys() {
    return new Map([...this.options.keys].map(([name, key]) => [name, describeSealKey(key)]))
  }

  async close(): Promise<void> {
    this.closed = true
    clearInterval(this.watch)
    this.giveUp(new Error('the sealing engine was closed'))
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()))
    for (const key of this.options.keys.values()) await key.close?.()
  }

  private run(work: Work, bytes: number): Promise<WorkResult> {
    return new Promise((resolve, reject) => {
      this.queue.push({ number: ++this.lastTask, work, bytes, suspect: false, resolve, reject })
      this.dispatch()
    })
  }

  private dispatch(): void {
    while (this.queue.length > 0) {
      const [task] = this.queue
      const thread = this.threadFor(task!)
      if (!thread) return
      this.queue.shift()
      if (thread.tasks.size === 0) thread.aliveAt = performance.now()
      thread.tasks.set(task!.number, task!)
      const { clock, tsa } = this.options
      this.post(thread, {
        task: task!.number,
        work: task!.work,
        now: clock.now().getTime(),
        tokenBytes: tsa?.expectedTokenBytes ?? 0
      })
      this.watch ??= setInterval(() => this.look(), 200)
    }
  }

  private threadFor({ suspect }: Task): Thread | undefined {
    const free = this.threads.filter(({ tasks }) =>
      suspect ? tasks.size === 0 : tasks.size < tasksPerThread && ![...tasks.values()].some(task => task.suspect)
    )
    return free.sort((a, b) => a.tasks.size - b.tasks.size)[0]
  }

  private post(thread: Thread, message: ToWorker): void {
    thread.worker.postMessage(message)
  }

  private start(): Thread {
    const { keys, tsa, material, trust, lists = [], workerFile } = this.options
    const pulse = new SharedArrayBuffer(4)
    const workerData: WorkerBirth = {
      keys: [...keys].map(([name, key]) => wireKey(name, key)),
      stamps: tsa !== undefined,
      collects: material !== undefined,
      trust,
      lists,
      pulse
    }
    const worker = new Worker(workerFile, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes }
    })
    const thread: Thread = { worker, pulse: new Int32Array(pulse), tasks: new Map(), lastPulse: 0, aliveAt: Infinity }
    worker.on('message', (message: FromWorker) => {
      if ('ask' in message) void this.answer(thread, message.ask, message.question)
      else this.done(thread, message)
    })
    // out of memory, or a bug in the thread itself
    worker.on('error', (error: Error) => this.replace(thread, error))
    // waiting for work must not keep a program alive
    worker.unref()
    return thread
  }

  private done(thread: Thread, message: Extract<FromWorker, { done: number }>): void {
    const task = thread.tasks.get(message.done)
    if (!task) return
    thread.tasks.delete(message.done)
    if (message.error) task.reject(unpackError(message.error))
    else task.resolve(message.value!)
    if (this.threads.every(({ tasks }) => tasks.size === 0)) {
      clearInterval(this.watch)
      this.watch = undefined
    }
    this.dispatch()
  }

  private async answer(thread: Thread, number: number, question: Question): Promise<void> {
    try {
      this.post(thread, { answer: number, value: await this.ask(question) })
    } catch (error) {
      this.post(thread, { answer: number, error: packError(error) })
    }
  }

  private ask(question: Question): Promise<unknown> {
    const { keys, tsa, material } = this.options
    if (question.kind === 'sign') return keys.get(question.key)!.signBatch(question.toBeSigned.map(asBuffer))
    if (question.kind === 'stamp') return tsa!.stamp(asBuffer(question.imprint))
    const leaves = question.leaves.map(({ certificate, candidates }) => ({
      certificate: asBuffer(certificate),
      candidates: candidates.map(asBuffer)
    }))
    return question.kind === 'collect' ? material!.collect(leaves) : material!.gather(leaves)
  }

  /** A thread whose event loop has not turned for longer than its documents can explain is given up. */
  private look(): void {
    const now = performance.now()
    for (const thread of [...this.threads]) {
      const pulse = Atomics.load(thread.pulse, 0)
      // a thread that has never beaten is still loading its code
      if (pulse !== thread.lastPulse || thread.tasks.size === 0 || pulse === 0) {
        thread.lastPulse = pulse
        thread.aliveAt = now
        continue
      }
      const bytes = [...thread.tasks.values()].reduce((sum, task) => sum + task.bytes, 0)
      if (now - thread.aliveAt > patience + bytes / slowestBytesPerMillisecond) this.replace(thread)
    }
  }

  private replace(thread: Thread, cause?: Error): void {
    const at = this.threads.indexOf(thread)
    if (at < 0 || this.closed) return
    this.stillborn = Atomics.load(thread.pulse, 0) === 0 ? this.stillborn + 1 : 0
    if (this.stillborn > this.threads.length + 2) {
      this.threads.splice(at, 1)
      // no document did this: the threads cannot even start
      if (this.threads.length === 0) this.giveUp(cause ?? new Error('worker threads do not start'))
      return
    }
    this.threads[at] = this.start()
    void thread.worker.terminate()
    const tasks = [...thread.tasks.values()]
    for (const task of tasks) {
      if (tasks.length === 1 && isSingle(task.work)) task.reject(new Refused(sealingProblems['too-much-work']))
      else if (tasks.length === 1) this.split(task)
      else {
        task.suspect = true
        this.queue.unshift(task)
      }
    }
    this.dispatch()
  }

  private giveUp(cause: Error): void {
    for (const { tasks } of this.threads) for (const task of tasks.values()) task.reject(cause)
    for (const task of this.queue.splice(0)) task.reject(cause)
  }

  /** A batch that killed its thread is done again, document by document. */
  private split(task: Task): void {
    const work = task.work as Work & { kind: 'seal' }
    const one = (order: (typeof work.orders)[number]): Promise<readonly WireOutcome[]> =>
      new Promise<WorkResult>((resolve, reject) => {
        const single: Work = { ...work, orders: [order] }
        this.queue.push({ number: ++this.lastTask, work: single, bytes: task.bytes, suspect: true, resolve, reject })
      }).then(
        result => result as readonly WireOutcome[],
        (error: Error) => {
          if (!(error instanceof Refused)) throw error
          return [{ id: order.id, ok: false as const, code: error.type.code, facts: error.facts }]
        }
      )
    // indexes of known sources count through the whole batch
    Promise.all(work.orders.map(one)).then(
      results => task.resolve(results.flatMap((outcomes, i) => outcomes.map(outcome => shifted(outcome, work, i)))),
      task.reject
    )
  }
}

const isSingle = (work: Work): boolean => work.kind !== 'seal' || work.orders.length === 1

/** An outcome of the order at `position` sealed alone, as if it had been sealed among the others. */
function shifted(outcome: WireOutcome, work: Work & { kind: 'seal' }, position: number): WireOutcome {
  if (!outcome.ok) return outcome
  const before = work.orders.slice(0, position).reduce((sum, { documents }) => sum + documents.length, 0)
  const shift = (source: WireSource): WireSource =>
    source.kind === 'known'
      ? { ...source, index: source.index + before }
      : source.kind === 'joined'
        ? { ...source, parts: source.parts.map(shift) }
        : source.kind === 'slice'
          ? { ...source, of: shift(source.of) }
          : source
  return { ...outcome, sealed: { ...outcome.sealed, source: shift(outcome.sealed.source) } }
}

function wireKey(name: string, key: SealKey) {
  const { certificate, chain, algorithm, custody } = key
  const privateKey = key instanceof LocalSealKey ? key.privateKey : undefined
  return { name, certificate, chain, algorithm, custody, ...(privateKey ? { privateKey } : {}) }
}

function wireDocument({ fileName, mediaType, source }: Document, known: RandomAccessSource[], tray?: Tray): WireDocument {
  known.push(source)
  return { fileName, mediaType, source: packSource(source, [], tray && (part => tray.lay(part))) }
}

function unpackOutcome(outcome: WireOutcome, known: readonly RandomAccessSource[]): SealOutcome {
  if (!outcome.ok)
    return { id: outcome.id, ok: false, problem: problemOf(outcome.code), facts: outcome.facts as ProblemFacts }
  const { sealed, raiseLater, timestamp, ...rest } = outcome
  return {
    ...rest,
    sealed: { ...sealed, source: unpackSource(sealed.source, known) },
    ...(timestamp ? { timestamp: { ...timestamp, token: asBuffer(timestamp.token) } } : {}),
    ...(raiseLater
      ? {
          raiseLater: {
            problem: problemOf(raiseLater.code),
            facts: raiseLater.facts as ProblemFacts,
            to: raiseLater.to
          }
        }
      : {})
  }
}
