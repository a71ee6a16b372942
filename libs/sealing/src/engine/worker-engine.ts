import { availableParallelism } from 'node:os'
import type { ProblemFacts } from '#platform/plain'
import type { TrustAnchor } from '../certificate/trust-store.js'
import type { Document, FileContext } from '../document.js'
import { LocalSealKey } from '../keys/local.seal-key.js'
import type { SealLevel } from '../seal-format.js'
import type { SealOutcome } from '../seal-batch.js'
import { describeSealKey, type SealKey } from '../seal-key.js'
import type { RandomAccessSource } from '../source.js'
import type { ValidationReport } from '../validation/report.js'
import type { EngineParts } from './local-engine.js'
import { SealEngine, type SealOrder, type SealStyle } from './seal-engine.js'
import { SharedTrays, type Tray } from './shared-trays.js'
import { ThreadPool } from './thread-pool.js'
import { asBuffer, packSource, problemOf, unpackSource, type WireSource } from './wire-format.js'
import type { Question, WireContext, WireDocument, WireOutcome, WorkerBirth } from './worker-protocol.js'

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

/**
 * The engine on worker threads. Documents go to whichever thread is free; keys in memory sign there, and every other key,
 * time stamp and revocation answer is fetched by the main thread, where requests of all threads meet. A thread that a
 * document makes deaf or that runs out of memory is replaced, its innocent tasks are done again, and the guilty document
 * ends in `sealing/too-much-work`.
 */
export class WorkerSealEngine extends SealEngine {
  private readonly trays = new SharedTrays()
  private readonly pool: ThreadPool

  constructor(private readonly options: WorkerEngineOptions) {
    super()
    const { workerFile, threads = availableParallelism(), clock, tsa } = options
    this.pool = new ThreadPool({
      workerFile,
      threads,
      birth: () => this.birth(),
      circumstances: () => ({ now: clock.now().getTime(), tokenBytes: tsa?.expectedTokenBytes ?? 0 }),
      answer: question => this.answer(question)
    })
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
      const outcomes = (await this.pool.run({ kind: 'seal', orders: wired, style }, bytes)) as readonly WireOutcome[]
      return outcomes.map(outcome => unpackOutcome(outcome, known))
    } finally {
      // A thread that was given up may still look at it until it is dead, but nobody listens to it any more.
      tray.clear()
    }
  }

  async raise(file: RandomAccessSource, to: SealLevel, context: FileContext = {}): Promise<RandomAccessSource> {
    const known: RandomAccessSource[] = [file]
    const wired = wireContext(context, known)
    const result = await this.pool.run({ kind: 'raise', file: packSource(file), to, context: wired }, file.size)
    return unpackSource(result as WireSource, known)
  }

  async validate(file: RandomAccessSource, context: FileContext = {}): Promise<ValidationReport> {
    const wired = wireContext(context, [])
    const result = await this.pool.run({ kind: 'validate', file: packSource(file), context: wired }, file.size)
    return result as ValidationReport
  }

  keys() {
    return new Map([...this.options.keys].map(([name, key]) => [name, describeSealKey(key)]))
  }

  async close(): Promise<void> {
    await this.pool.close()
    for (const key of this.options.keys.values()) await key.close?.()
  }

  private birth(): Omit<WorkerBirth, 'pulse'> {
    const { keys, tsa, material, trust, lists = [] } = this.options
    return {
      keys: [...keys].map(([name, key]) => wireKey(name, key)),
      stamps: tsa !== undefined,
      collects: material !== undefined,
      trust,
      lists
    }
  }

  /** Devices and services are the main thread's. */
  private answer(question: Question): Promise<unknown> {
    const { keys, tsa, material } = this.options
    if (question.kind === 'sign') return keys.get(question.key)!.signBatch(question.toBeSigned.map(asBuffer))
    if (question.kind === 'stamp') return tsa!.stamp(asBuffer(question.imprint))
    const leaves = question.leaves.map(({ certificate, candidates }) => ({
      certificate: asBuffer(certificate),
      candidates: candidates.map(asBuffer)
    }))
    return question.kind === 'collect' ? material!.collect(leaves) : material!.gather(leaves)
  }
}

function wireKey(name: string, key: SealKey) {
  const { certificate, chain, algorithm, custody } = key
  const privateKey = key instanceof LocalSealKey ? key.privateKey : undefined
  return { name, certificate, chain, algorithm, custody, checked: key.checked, ...(privateKey ? { privateKey } : {}) }
}

function wireDocument(
  { fileName, mediaType, source }: Document,
  known: RandomAccessSource[],
  tray?: Tray
): WireDocument {
  known.push(source)
  return { fileName, mediaType, source: packSource(source, [], tray && (part => tray.lay(part))) }
}

const wireContext = ({ originals = [], pdfPassword }: FileContext, known: RandomAccessSource[]): WireContext => ({
  originals: originals.map(one => wireDocument(one, known)),
  pdfPassword
})

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
