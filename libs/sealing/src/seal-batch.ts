import { type Clock, type ProblemFacts, type ProblemType, Refused } from '#platform'
import { type Certificate, readCertificate } from './certificate/read-certificate.js'
import { CadesTemplate, longestContentInfo } from './cms/cades-template.js'
import { digestOfPlan, fillContents, hashPrefix, type IncrementPlan, planIncrement } from './pades/plan-increment.js'
import { PdfReader } from './pades/pdf-reader.js'
import type { RandomAccessSource } from './pades/source.js'
import { hashOf, verifySignature } from './seal-algorithm.js'
import { assertFitForSealing, type SealKey } from './seal-key.js'
import { sealingProblems } from './sealing.errors.js'
import type { Timestamp, TimestampAuthority } from './timestamp/timestamp-authority.js'

/** AdES baseline levels that are made: B-B a seal, B-T a seal with a signature time stamp. */
export type SealLevel = 'B-B' | 'B-T'

/** A document to seal; `id` comes back with its result. Only small parts of a PDF are ever held in memory. */
export interface DocumentToSeal {
  readonly id: string
  readonly fileName: string
  readonly mediaType: string
  readonly source: RandomAccessSource
}

/** A file that goes on: the document as it was, if `withOriginal`, followed by `appended` (which may be empty). */
export interface SealedFile {
  readonly fileName: string
  readonly mediaType: string
  readonly withOriginal: boolean
  readonly appended: Buffer
}

/** What became of one document. */
export type SealOutcome =
  | {
      readonly id: string
      readonly ok: true
      readonly format: 'PAdES' | 'CAdES-detached'
      readonly level: SealLevel
      /** The file that carries the seal: the PDF itself, or the detached signature `<name>.CAdES`. */
      readonly sealed: SealedFile
      /** All files that go on: the sealed PDF, or the unchanged original followed by its signature. */
      readonly files: readonly SealedFile[]
      /** The time that the seal claims, whole seconds. */
      readonly signingTime: Date
      /** Proof of time; at level B-T always there. */
      readonly timestamp?: Timestamp
    }
  | { readonly id: string; readonly ok: false; readonly problem: ProblemType; readonly facts: ProblemFacts }

/** What a batch is sealed with. */
export interface SealBatchOptions {
  readonly key: SealKey
  readonly level: SealLevel
  readonly clock: Clock
  /** Needed for level B-T. */
  readonly tsa?: TimestampAuthority
}

/** One document on its way: what is signed depends on the room kept for the signature, so it may be prepared twice. */
interface Draft {
  readonly document: DocumentToSeal
  readonly format: 'PAdES' | 'CAdES-detached'
  toBeSigned: Buffer
  /** Prepares again with room for `bytes` of CMS. */
  prepare(bytes: number): void
  /** The files with the signature in place; undefined when there is not enough room for it. */
  finish(cms: Buffer): SealedFile[] | undefined
}

/** Requests to the time-stamp authority at the same time: enough to hide its latency, few enough to be polite. */
const stampsAtOnce = 8

/**
 * Seals documents with one key: PDF as PAdES (ETSI EN 319 142-1) in an incremental update, anything else with a detached
 * CAdES signature (EN 319 122-1) in a second file. All of them go to the key in one batch, and each signature is checked
 * with the certificate before it is used. Results stand in the order of the documents; a document that cannot be sealed
 * has its own problem there and does not stop the others.
 * @throws Unavailable when the key or the time-stamp authority does not answer (nothing is sealed; try the batch again).
 * @throws Refused for what concerns the whole batch: `sealing/certificate-…`, `sealing/key-answer-wrong`, `sealing/timestamp-…`.
 */
export async function sealBatch(
  documents: readonly DocumentToSeal[],
  { key, level, clock, tsa }: SealBatchOptions
): Promise<SealOutcome[]> {
  const signingTime = new Date(Math.floor(clock.now().getTime() / 1000) * 1000)
  assertFitForSealing(key, signingTime)
  const authority = level === 'B-T' ? tsa : undefined
  if (level === 'B-T' && !authority) throw new Refused(sealingProblems['timestamp-not-configured'])

  const signer = readCertificate(key.certificate)
  const template = new CadesTemplate(key)
  const room = longestContentInfo(template, key, authority?.expectedTokenBytes ?? 0)
  const outcomes = new Map<number, SealOutcome>()
  let drafts = new Map<number, Draft>()
  documents.forEach((document, index) => {
    try {
      drafts.set(index, draft(document, template, key, signingTime, room))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      outcomes.set(index, { id: document.id, ok: false, problem: error.type, facts: error.facts })
    }
  })

  for (let round = 0; drafts.size > 0; round++) {
    // Room is measured, so a second round is rare and a third impossible unless tokens grow from one to the next.
    if (round === 4) throw new Error('time-stamp tokens keep growing')
    const current = [...drafts]
    const signatures = await signChecked(
      key,
      signer,
      current.map(([, { toBeSigned }]) => toBeSigned)
    )
    const stamps = authority ? await stampAll(authority, signatures, signer) : []
    drafts = new Map()
    current.forEach(([index, one], i) => {
      const cms = template.contentInfo(one.toBeSigned, signatures[i]!, stamps[i]?.token)
      const files = one.finish(cms)
      if (!files) {
        one.prepare(cms.length + 256)
        drafts.set(index, one)
        return
      }
      const { document, format } = one
      const sealed = files.at(-1)!
      outcomes.set(index, {
        id: document.id,
        ok: true,
        format,
        level,
        sealed,
        files,
        signingTime,
        timestamp: stamps[i]
      })
    })
  }
  return documents.map((_, index) => outcomes.get(index)!)
}

function draft(
  document: DocumentToSeal,
  template: CadesTemplate,
  key: SealKey,
  signingTime: Date,
  room: number
): Draft {
  return isPdf(document)
    ? draftPdf(document, template, key, signingTime, room)
    : draftDetached(document, template, key, signingTime)
}

function draftPdf(
  document: DocumentToSeal,
  template: CadesTemplate,
  key: SealKey,
  signingTime: Date,
  room: number
): Draft {
  const { fileName, mediaType, source } = document
  const pdf = PdfReader.open(source)
  const prefix = hashPrefix(source, hashOf(key.algorithm))
  let plan: IncrementPlan
  const made: Draft = {
    document,
    format: 'PAdES',
    toBeSigned: Buffer.alloc(0),
    prepare(contentsBytes) {
      plan = planIncrement(pdf, { contentsBytes, signingTime })
      made.toBeSigned = template.signedAttributes(digestOfPlan(plan, prefix))
    },
    finish(cms) {
      if (!fillContents(plan, cms)) return undefined
      return [{ fileName, mediaType, withOriginal: true, appended: plan.increment }]
    }
  }
  made.prepare(room)
  return made
}

function draftDetached(document: DocumentToSeal, template: CadesTemplate, key: SealKey, signingTime: Date): Draft {
  const { fileName, mediaType, source } = document
  const digest = hashPrefix(source, hashOf(key.algorithm)).digest()
  return {
    document,
    format: 'CAdES-detached',
    toBeSigned: template.signedAttributes(digest, signingTime),
    prepare: () => undefined,
    finish: cms => [
      { fileName, mediaType, withOriginal: true, appended: Buffer.alloc(0) },
      { fileName: `${fileName}.CAdES`, mediaType: 'application/pkcs7-signature', withOriginal: false, appended: cms }
    ]
  }
}

/** Whether it is declared to be a PDF; where nothing is declared, whether it looks like one. */
function isPdf({ mediaType, source }: DocumentToSeal): boolean {
  const type = mediaType.split(';')[0]!.trim().toLowerCase()
  if (type === 'application/pdf') return true
  return (type === '' || type === 'application/octet-stream') && source.read(0, 5).toString('latin1') === '%PDF-'
}

/**
 * Signs everything in one batch. A device or service that mixes up its answers, or whose key was changed, is caught
 * here: a seal that does not verify would only be noticed by the addressee.
 */
async function signChecked(key: SealKey, signer: Certificate, toBeSigned: readonly Buffer[]): Promise<Buffer[]> {
  const signatures = await key.signBatch(toBeSigned)
  if (signatures.length !== toBeSigned.length)
    throw new Refused(sealingProblems['key-answer-wrong'], { asked: toBeSigned.length, got: signatures.length })
  const { publicKey } = signer.x509
  const wrongAt = toBeSigned.findIndex((bytes, i) => !verifySignature(key.algorithm, publicKey, bytes, signatures[i]!))
  if (wrongAt >= 0) throw new Refused(sealingProblems['key-answer-wrong'], { position: wrongAt })
  return signatures
}

/** Stamps each signature value, some at a time. After the first failure no more requests go out. */
async function stampAll(
  authority: TimestampAuthority,
  signatures: readonly Buffer[],
  signer: Certificate
): Promise<Timestamp[]> {
  const stamps: Timestamp[] = []
  let next = 0
  let stopped = false
  const work = async (): Promise<void> => {
    for (let i = next++; i < signatures.length && !stopped; i = next++) {
      try {
        const stamp = await authority.stamp(signatures[i]!)
        if (stamp.genTime < signer.notBefore || stamp.genTime > signer.notAfter)
          throw new Refused(sealingProblems['certificate-not-valid'], { at: stamp.genTime.toISOString() })
        stamps[i] = stamp
      } catch (error) {
        stopped = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(stampsAtOnce, signatures.length) }, work))
  return stamps
}
