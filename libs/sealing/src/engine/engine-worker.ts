import { AsyncLocalStorage } from 'node:async_hooks'
import { parentPort, workerData } from 'node:worker_threads'
import { Clock, SystemClock } from '#platform/plain'
import { TrustStore } from '../certificate/trust-store.js'
import type { Document } from '../document.js'
import { LocalSealKey } from '../keys/local.seal-key.js'
import type { Leaf, Material, MaterialSource } from '../material.js'
import type { GatheredMaterial, MaterialLookUp } from '../revocation/online-material-source.js'
import type { SealOutcome } from '../seal-batch.js'
import type { SealKey } from '../seal-key.js'
import type { RandomAccessSource } from '../source.js'
import { TrustedList } from '../trusted-list/trusted-list.js'
import type { Timestamp, TimestampAuthority } from '../timestamp/timestamp-authority.js'
import { LocalSealEngine } from './local-engine.js'
import { asBuffer, detached, packError, packSource, unpackError, unpackSource, type WireError } from './wire-format.js'
import type {
  FromWorker,
  Question,
  ToWorker,
  WireDocument,
  WireKey,
  WireOutcome,
  Work,
  WorkerBirth,
  WorkResult
} from './worker-protocol.js'

// A worker thread of WorkerSealEngine: an engine of its own, whose devices and services are the main thread's.

const port = parentPort!
const birth = workerData as WorkerBirth
const post = (message: FromWorker): void => port.postMessage(detached(message))

const pulse = new Int32Array(birth.pulse)

/** Says that this thread is alive, and which task it turns to: what comes next may make it deaf. */
function turnTo(task: number): void {
  Atomics.store(pulse, 1, task)
  Atomics.add(pulse, 0, 1)
}

/** The task on whose behalf something is asked. */
const taskAtHand = new AsyncLocalStorage<number>()

interface Asker {
  readonly task: number
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

const waiting = new Map<number, Asker>()
let lastQuestion = 0

function ask<T>(question: Question): Promise<T> {
  const number = ++lastQuestion
  return new Promise<T>((resolve, reject) => {
    waiting.set(number, { task: taskAtHand.getStore() ?? 0, resolve, reject })
    post({ ask: number, question })
  })
}

function answered(number: number, value: unknown, error: WireError | undefined): void {
  const asker = waiting.get(number)
  waiting.delete(number)
  turnTo(asker?.task ?? 0)
  if (error) asker?.reject(unpackError(error))
  else asker?.resolve(value as never)
}

/** The main thread's clock, as of the latest task: in a sandbox it is not the system's. */
class MainClock extends Clock {
  private readonly system = new SystemClock()
  private ahead = 0

  set(now: number): void {
    this.ahead = now - this.system.now().getTime()
  }

  now(): Date {
    return new Date(this.system.now().getTime() + this.ahead)
  }
}

class MainTsa implements TimestampAuthority {
  expectedTokenBytes = 0

  async stamp(imprint: Buffer): Promise<Timestamp> {
    const stamp = await ask<Timestamp>({ kind: 'stamp', imprint })
    return { ...stamp, token: asBuffer(stamp.token) }
  }
}

/**
 * How long a good answer about a key of ours is kept here, in milliseconds of both clocks: every call asks for it before it
 * seals. The main thread keeps it until its next update, so this adds nothing to the time after which a revocation is seen.
 */
const ownAnswerMs = 1000

interface OwnAnswer {
  readonly material: Promise<Material>
  readonly at: number
  readonly began: number
}

const ownAnswers = new WeakMap<Buffer, OwnAnswer>()

function ownAnswer(leaf: Leaf): Promise<Material> {
  const [at, began] = [clock.now().getTime(), performance.now()]
  const known = ownAnswers.get(leaf.certificate)
  if (known && began - known.began <= ownAnswerMs && Math.abs(at - known.at) <= ownAnswerMs) return known.material
  const material = ask<Material>({ kind: 'collect', leaves: [leaf] }).then(withBuffers)
  ownAnswers.set(leaf.certificate, { material, at, began })
  material.catch(() => ownAnswers.delete(leaf.certificate))
  return material
}

/** Both questions about certificates are the main thread's to answer: it has the network and the cache. */
const mainMaterial: MaterialSource & MaterialLookUp = {
  async collect(leaves) {
    const [leaf, ...others] = leaves
    if (leaf?.own && others.length === 0) return ownAnswer(leaf)
    return withBuffers(await ask<Material>({ kind: 'collect', leaves }))
  },
  async gather(leaves) {
    return withBuffers(await ask<GatheredMaterial>({ kind: 'gather', leaves }))
  }
}

function withBuffers<T extends Material>(found: T): T {
  return {
    ...found,
    certificates: found.certificates.map(asBuffer),
    ocspResponses: found.ocspResponses.map(asBuffer),
    crls: found.crls.map(asBuffer)
  }
}

function keyOf({ name, certificate, chain, algorithm, custody, checked, privateKey }: WireKey): SealKey {
  const parts = { certificate: asBuffer(certificate), chain: chain.map(asBuffer), algorithm }
  if (privateKey) return new LocalSealKey({ ...parts, privateKey })
  return {
    ...parts,
    custody,
    checked,
    signBatch: async toBeSigned => (await ask<Uint8Array[]>({ kind: 'sign', key: name, toBeSigned })).map(asBuffer)
  }
}

const clock = new MainClock()
const tsa = new MainTsa()
const engine = new LocalSealEngine({
  keys: new Map(birth.keys.map(key => [key.name, keyOf(key)])),
  trust: new TrustStore(
    birth.trust.map(({ certificate, purposes }) => ({ certificate: asBuffer(certificate), purposes }))
  ),
  lists: birth.lists.map(({ xml, signers }) => TrustedList.read(asBuffer(xml), signers.map(asBuffer))),
  clock,
  ...(birth.stamps ? { tsa } : {}),
  ...(birth.collects ? { material: mainMaterial } : {})
})

async function perform(work: Work): Promise<WorkResult> {
  if (work.kind === 'seal') {
    const known: RandomAccessSource[] = []
    const orders = work.orders.map(order => ({
      ...order,
      documents: order.documents.map(one => documentOf(one, known))
    }))
    const outcomes = await engine.seal(orders, work.style)
    return outcomes.map(outcome => packOutcome(outcome, known))
  }
  const known: RandomAccessSource[] = [unpackSource(work.file)]
  const context = { ...work.context, originals: work.context.originals.map(one => documentOf(one, known)) }
  if (work.kind === 'validate') return engine.validate(known[0]!, context)
  return packSource(await engine.raise(known[0]!, work.to, context), known)
}

/** Notes the source, so that a result that holds it can name it instead of copying it. */
function documentOf({ fileName, mediaType, source }: WireDocument, known: RandomAccessSource[]): Document {
  const unpacked = unpackSource(source)
  known.push(unpacked)
  return { fileName, mediaType, source: unpacked }
}

function packOutcome(outcome: SealOutcome, known: readonly RandomAccessSource[]): WireOutcome {
  if (!outcome.ok) return { id: outcome.id, ok: false, code: outcome.problem.code, facts: outcome.facts }
  const { sealed, raiseLater, ...rest } = outcome
  const { fileName, mediaType, source } = sealed
  return {
    ...rest,
    sealed: { fileName, mediaType, source: packSource(source, known) },
    ...(raiseLater ? { raiseLater: { code: raiseLater.problem.code, facts: raiseLater.facts, to: raiseLater.to } } : {})
  }
}

/** What cannot be sent is a bug as well, and must be told: somebody waits for it. */
async function work(task: number, what: Work): Promise<void> {
  try {
    post({ done: task, value: await perform(what) })
  } catch (error) {
    post({ done: task, error: packError(error) })
  }
}

function receive(message: ToWorker): void {
  // What follows at once is done for the task; after that, anything may be.
  setImmediate(turnTo, 0)
  if ('answer' in message) return answered(message.answer, message.value, message.error)
  clock.set(message.now)
  tsa.expectedTokenBytes = message.tokenBytes
  turnTo(message.task)
  void taskAtHand.run(message.task, () => work(message.task, message.work))
}

// one by one, each with all that it does at once, so that it is known which one made the thread deaf
port.on('message', (messages: readonly ToWorker[]) => {
  for (const message of messages) setImmediate(receive, message)
})

turnTo(0)
setInterval(turnTo, 50, 0)
