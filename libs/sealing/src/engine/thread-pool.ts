import { performance } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { Refused, Unavailable } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'
import { Outbox } from './outbox.js'
import { isSingle, singles, togetherAgain } from './split-batch.js'
import { detached, packError, unpackError } from './wire-format.js'
import type { FromWorker, Question, ToWorker, Work, WorkerBirth, WorkResult } from './worker-protocol.js'

/** What a pool is made of. */
export interface ThreadPoolOptions {
  /** Compiled worker, see worker-protocol.ts. */
  readonly workerFile: string
  readonly threads: number
  /** What each thread is born with. */
  readonly birth: () => Omit<WorkerBirth, 'pulse'>
  /** What goes with each task: the time, and the size of time-stamp tokens. */
  readonly circumstances: () => { readonly now: number; readonly tokenBytes: number }
  /** Answers what a thread asks. */
  readonly answer: (question: Question) => Promise<unknown>
}

/** Tasks in one thread at once: while one waits for a device or a service, others go on. */
const tasksPerThread = 16

/** Tasks waiting for a thread; beyond that the caller is told to come again. */
const mostWaiting = 10_000

/** How long a thread may be deaf before it is given up, in milliseconds, and how fast honest work is at the least. */
const patience = 1500
const slowestBytesPerMillisecond = 10_000

/** How long a thread may take to load its code, in milliseconds. */
const birthPatience = 30_000

/** How often the threads are looked after, in milliseconds. */
const watchInterval = 200

/** JavaScript heap of one thread, in megabytes. */
const heapMegabytes = 768

interface Task {
  readonly number: number
  readonly work: Work
  readonly bytes: number
  /** May have killed a thread: runs alone now, so that the guilty one is found. */
  suspect: boolean
  readonly resolve: (result: WorkResult) => void
  readonly reject: (error: Error) => void
}

interface Thread {
  readonly worker: Worker
  readonly outbox: Outbox<ToWorker>
  /** How often it was seen alive, and the number of the task whose turn it is; see WorkerBirth. */
  readonly pulse: Int32Array
  readonly tasks: Map<number, Task>
  readonly bornAt: number
  lastPulse: number
  aliveAt: number
}

/**
 * Worker threads and the tasks for them. A thread that a task makes deaf, that runs out of memory or ends is replaced, and
 * its other tasks are done again: a task that does this alone ends in `sealing/too-much-work`, a batch is done document by
 * document. Threads keep the program alive while there is work for them, and only then.
 */
export class ThreadPool {
  private readonly threads: Thread[] = []
  private readonly queue: Task[] = []
  private lastTask = 0
  private closed: Promise<unknown> | undefined
  /** Threads that died before their first sign of life, one after another. */
  private stillborn = 0
  private watch: NodeJS.Timeout | undefined
  private lookedAt = 0

  constructor(private readonly options: ThreadPoolOptions) {
    this.fill()
  }

  /**
   * @param bytes how much there is to read: what is larger may take longer
   * @throws as the work does; Refused `sealing/too-much-work`; Unavailable `sealing/engine-busy`; Error when the pool is
   * closed or threads do not start
   */
  async run(work: Work, bytes: number): Promise<WorkResult> {
    if (this.closed) throw closedError()
    if (this.queue.length >= mostWaiting) throw new Unavailable(sealingProblems['engine-busy'])
    this.fill()
    return this.enqueue(work, bytes, false)
  }

  /** Ends all threads; what is under way fails. */
  async close(): Promise<void> {
    this.closed ??= this.end()
    await this.closed
  }

  private end(): Promise<unknown> {
    this.giveUp(closedError())
    return Promise.all(this.threads.map(({ worker }) => worker.terminate()))
  }

  private enqueue(work: Work, bytes: number, suspect: boolean): Promise<WorkResult> {
    return new Promise((resolve, reject) => {
      this.queue.push({ number: ++this.lastTask, work, bytes, suspect, resolve, reject })
      this.dispatch()
    })
  }

  /** All threads there should be: they are gone when they could not start, which may have been a lack that is over. */
  private fill(): void {
    if (this.threads.length > 0) return
    this.stillborn = 0
    for (let i = 0; i < this.options.threads; i++) this.threads.push(this.start())
  }

  private dispatch(): void {
    for (;;) {
      const [task] = this.queue
      const thread = task && this.threadFor(task)
      if (!thread) return
      this.queue.shift()
      this.give(thread, task)
    }
  }

  private threadFor({ suspect }: Task): Thread | undefined {
    const free = this.threads.filter(({ tasks }) =>
      suspect ? tasks.size === 0 : tasks.size < tasksPerThread && ![...tasks.values()].some(task => task.suspect)
    )
    return free.sort((a, b) => a.tasks.size - b.tasks.size)[0]
  }

  private give(thread: Thread, task: Task): void {
    if (thread.tasks.size === 0) {
      thread.aliveAt = performance.now()
      thread.worker.ref()
    }
    thread.tasks.set(task.number, task)
    thread.outbox.add({ task: task.number, work: task.work, ...this.options.circumstances() })
    if (this.watch) return
    this.lookedAt = performance.now()
    this.watch = setInterval(() => this.look(), watchInterval).unref()
  }

  /** Something in it cannot be sent to a thread: no thread is to blame. */
  private returned(thread: Thread, message: ToWorker, error: Error): void {
    if ('task' in message) this.done(thread, message.task, task => task.reject(error))
    else thread.outbox.add({ answer: message.answer, error: packError(error) })
  }

  private start(): Thread {
    const pulse = new SharedArrayBuffer(8)
    const workerData: WorkerBirth = { ...this.options.birth(), pulse }
    const worker = new Worker(this.options.workerFile, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes }
    })
    const bornAt = performance.now()
    const thread: Thread = {
      worker,
      outbox: new Outbox<ToWorker>(worker, (message, error) => this.returned(thread, message, error)),
      pulse: new Int32Array(pulse),
      tasks: new Map(),
      bornAt,
      lastPulse: 0,
      aliveAt: bornAt
    }
    worker.on('message', (message: FromWorker) => this.receive(thread, message))
    // Out of memory, a bug in the thread itself, an answer that cannot be read, or an end without a word.
    worker.on('error', (error: Error) => this.replace(thread, error))
    worker.on('messageerror', (error: Error) => this.replace(thread, error))
    worker.on('exit', () => this.replace(thread))
    worker.unref()
    return thread
  }

  private receive(thread: Thread, message: FromWorker): void {
    if ('ask' in message) void this.answer(thread, message.ask, message.question)
    else if (message.error) this.done(thread, message.done, task => task.reject(unpackError(message.error!)))
    else this.done(thread, message.done, task => task.resolve(message.value!))
  }

  private done(thread: Thread, number: number, settle: (task: Task) => void): void {
    const task = thread.tasks.get(number)
    if (!task) return
    thread.tasks.delete(number)
    if (thread.tasks.size === 0) thread.worker.unref()
    settle(task)
    this.rest()
    this.dispatch()
  }

  /** Stops looking after threads that have nothing to do. */
  private rest(): void {
    if (this.threads.some(({ tasks }) => tasks.size > 0)) return
    clearInterval(this.watch)
    this.watch = undefined
  }

  private async answer(thread: Thread, number: number, question: Question): Promise<void> {
    try {
      thread.outbox.add({ answer: number, value: detached(await this.options.answer(question)) })
    } catch (error) {
      thread.outbox.add({ answer: number, error: packError(error) })
    }
  }

  /** A thread that has given no sign of life for longer than its documents can explain is given up. */
  private look(): void {
    const now = performance.now()
    // Where this very thread, or the whole machine, stood still meanwhile, that is nobody's fault.
    const lost = Math.max(0, now - this.lookedAt - 2 * watchInterval)
    this.lookedAt = now
    for (const thread of [...this.threads]) {
      const pulse = Atomics.load(thread.pulse, 0)
      if (pulse !== thread.lastPulse || thread.tasks.size === 0) {
        thread.lastPulse = pulse
        thread.aliveAt = now
        continue
      }
      thread.aliveAt += lost
      const guilty = thread.tasks.get(Atomics.load(thread.pulse, 1))
      const bytes = (guilty ? [guilty] : [...thread.tasks.values()]).reduce((sum, task) => sum + task.bytes, 0)
      const allowed = pulse === 0 ? birthPatience : patience + bytes / slowestBytesPerMillisecond
      if (now - thread.aliveAt > allowed) this.replace(thread, undefined, guilty)
    }
  }

  /** @param guilty the task that it was certainly busy with */
  private replace(thread: Thread, cause?: Error, guilty?: Task): void {
    const at = this.threads.indexOf(thread)
    if (at < 0 || this.closed) return
    const born = Atomics.load(thread.pulse, 0) > 0
    this.stillborn = born ? 0 : this.stillborn + 1
    void thread.worker.terminate()
    const tasks = [...thread.tasks.values()]
    thread.tasks.clear()
    if (this.stillborn > this.options.threads + 2) this.threads.splice(at, 1)
    else this.threads[at] = this.start()

    const alone = tasks.length === 1 ? tasks[0] : undefined
    // Before its first sign of life a thread has not seen any task.
    if (!born) this.queue.unshift(...tasks)
    else for (const task of tasks) this.judge(task, task === guilty || task === alone, guilty !== undefined)
    if (this.threads.length === 0) this.giveUp(cause ?? new Error('worker threads do not start'))
    this.rest()
    this.dispatch()
  }

  /** @param found whether it is known which task did it */
  private judge(task: Task, guilty: boolean, found: boolean): void {
    if (guilty && isSingle(task.work)) task.reject(new Refused(sealingProblems['too-much-work']))
    else if (guilty) this.split(task)
    else {
      task.suspect ||= !found
      this.queue.unshift(task)
    }
  }

  private giveUp(cause: Error): void {
    for (const { tasks, worker } of this.threads) {
      for (const task of tasks.values()) task.reject(cause)
      tasks.clear()
      worker.unref()
    }
    for (const task of this.queue.splice(0)) task.reject(cause)
    this.rest()
  }

  /** A batch that killed its thread is done again, document by document. */
  private split({ work, bytes, resolve, reject }: Task): void {
    const runs = singles(work).map(one => this.enqueue(one, bytes, true).catch((error: Error) => error))
    Promise.all(runs)
      .then(results => resolve(togetherAgain(work, results)))
      .catch(reject)
  }
}

const closedError = () => new Error('the sealing engine was closed')
