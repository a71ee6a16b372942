import { parentPort, workerData } from 'node:worker_threads'
import type { Contestant } from './race.js'
import { alone, engineOf, type KeyName, pdfs, rawSigning, sealing, style, type Subject } from './subjects.js'

// A thread that signs or seals by itself, so that the cost of handing documents to threads can be told from the rest.

/** What it is born with. */
export type SealThreadBirth = Pick<Subject, 'name' | 'pkcs12' | 'privateKey'>

/** What it is told to do, for so many milliseconds; it answers with a Slice. */
export interface SealThreadTask {
  readonly kind: 'raw' | 'sealed'
  readonly ms: number
}

const { name, pkcs12, privateKey } = workerData as SealThreadBirth
const subject = { name: name satisfies KeyName, pkcs12: Buffer.from(pkcs12), privateKey }
const work: Record<SealThreadTask['kind'], Contestant['run']> = {
  raw: rawSigning(subject),
  sealed: sealing(engineOf([subject]), alone(pdfs(64, 100_000)), style(name))
}
parentPort!.on('message', ({ kind, ms }: SealThreadTask) => {
  void work[kind](ms).then(slice => parentPort!.postMessage(slice))
})
