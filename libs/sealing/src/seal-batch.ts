import { type Clock, type ProblemFacts, type ProblemType, Refused, Unavailable } from '#platform/plain'
import { isAboutDocument } from './about-document.js'
import { type Certificate, readCertificate } from './certificate/read-certificate.js'
import type { Document } from './document.js'
import type { Draft, PrepareOptions } from './draft.js'
import { formatFor, type FormatPolicy, sealedName } from './format-policy.js'
import { familyOf } from './formats.js'
import type { MaterialSource } from './material.js'
import { OwnFirst } from './own-first.js'
import type { PdfSealOptions } from './pades/pdf-seal-options.js'
import { isRaisableByAnyone } from './pades/raise-pades.js'
import { reaches, type SealFormat, type SealLevel } from './seal-format.js'
import { verifySignature } from './seal-algorithm.js'
import { assertFitForSealing, type SealKey } from './seal-key.js'
import { sealingProblems } from './sealing.errors.js'
import type { RandomAccessSource } from './source.js'
import type { Timestamp, TimestampAuthority } from './timestamp/timestamp-authority.js'

/** One seal to be made; `id` comes back with its outcome. Format and level default to those of the batch. */
export interface SealRequest {
  readonly id: string
  /** One document; several under one seal only in ASiC-E and XAdES-detached. */
  readonly documents: readonly Document[]
  readonly format?: SealFormat
  readonly level?: SealLevel
  readonly pdf?: PdfSealOptions
}

/** A file that came out: a JoinedSource over the document as it was and what was added. Read it before the document is closed. */
export interface SealedFile {
  readonly fileName: string
  readonly mediaType: string
  readonly source: RandomAccessSource
}

/** A problem that ends the sealing of one document. */
export interface SealProblem {
  readonly problem: ProblemType
  readonly facts: ProblemFacts
}

/** What became of one request. */
export type SealOutcome =
  | {
      readonly id: string
      readonly ok: true
      readonly format: SealFormat
      /** The level that was reached. */
      readonly level: SealLevel
      /** Present when a higher level was wanted and someone needed for it was away: raise the file later. */
      readonly raiseLater?: SealProblem & { readonly to: SealLevel }
      readonly sealed: SealedFile
      /** The time that the seal claims, whole seconds. */
      readonly signingTime: Date
      /** Proof of time, where one was asked for and came. */
      readonly timestamp?: Timestamp
    }
  | ({ readonly id: string; readonly ok: false } & SealProblem)

/** What a batch is sealed with. */
export interface SealBatchOptions {
  readonly key: SealKey
  readonly level: SealLevel
  readonly clock: Clock
  readonly formats?: FormatPolicy
  /** Needed from B-T up. */
  readonly tsa?: TimestampAuthority
  /** Needed from B-LT up. */
  readonly material?: MaterialSource
  /**
   * When a time-stamp authority or a revocation service is away: `fail` (default) throws and nothing is sealed;
   * `raise-later` seals at the level that can be reached now and says so, unless the seal could only be raised by
   * somebody who has the password of its PDF: then it is as with `fail`.
   */
  readonly whenAway?: 'fail' | 'raise-later'
}

/** One request on its way. */
interface Work {
  readonly request: SealRequest
  readonly format: SealFormat
  readonly level: SealLevel
  draft: Draft
  stamp?: Timestamp
  away?: Unavailable
}

/** Requests to time-stamp and revocation services at the same time: enough to hide latency, few enough to be polite. */
const atOnce = 16

/**
 * Seals documents with one key. Everything is prepared first, then all signatures are asked for in one batch, and each
 * is checked with the certificate before it is used. Outcomes stand in the order of the requests; a document that cannot
 * be sealed has its own problem there and does not stop the others.
 * @throws Unavailable when the key does not answer, or (unless `raise-later`) a time-stamp or revocation service.
 * @throws Refused for what concerns the whole batch: `sealing/certificate-…`, `sealing/key-answer-wrong`, `sealing/timestamp-refused`,
 * `sealing/timestamp-wrong`.
 */
export async function sealBatch(requests: readonly SealRequest[], options: SealBatchOptions): Promise<SealOutcome[]> {
  const { key, clock } = options
  const signingTime = new Date(Math.floor(clock.now().getTime() / 1000) * 1000)
  assertFitForSealing(key, signingTime)
  // a revoked key must not seal; where nobody can say, levels below B-LT go on and higher ones ask again later
  await options.material
    ?.collect([{ certificate: key.certificate, candidates: key.chain, own: true }])
    .catch((error: unknown) => {
      if (!(error instanceof Unavailable)) throw error
    })

  const outcomes = new Map<SealRequest, SealOutcome>()
  let pending: Work[] = []
  for (const request of requests) {
    const attempt = settle(request, () => prepare(request, options, signingTime))
    if ('problem' in attempt) outcomes.set(request, attempt)
    else pending.push(attempt)
  }

  for (let round = 0; pending.length > 0; round++) {
    // Room is measured, so a second round is rare and a third impossible unless tokens grow from one to the next.
    if (round === 4) throw new Error('time-stamp tokens keep growing')
    const current = pending
    pending = []
    const signatures = await signChecked(
      key,
      current.map(({ draft }) => draft.toBeSigned)
    )
    await eachOf(current, (work, i) => stamp(work, signatures[i]!, options))
    const finished: { work: Work; file: RandomAccessSource }[] = []
    current.forEach((work, i) => {
      const result = work.draft.finish(signatures[i]!, work.stamp?.token)
      if ('file' in result) finished.push({ work, file: result.file })
      else pending.push({ ...work, draft: result.again, stamp: undefined, away: undefined })
    })
    await eachOf(finished, async ({ work, file }) => {
      outcomes.set(work.request, await conclude(work, file, signingTime, options))
    })
  }
  return requests.map(request => outcomes.get(request)!)
}

function assertProvided(level: SealLevel, { tsa, material }: SealBatchOptions): void {
  if (reaches(level, 'B-T') && !tsa) throw new Refused(sealingProblems['timestamp-not-configured'])
  if (reaches(level, 'B-LT') && !material) throw new Refused(sealingProblems['revocation-not-configured'])
}

/** Turns what is wrong with one document into its outcome; bugs and whole-batch troubles pass. */
function settle<T>(request: SealRequest, work: () => T): T | (SealOutcome & { ok: false }) {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { id: request.id, ok: false, problem: error.type, facts: error.facts }
  }
}

function prepare(request: SealRequest, options: SealBatchOptions, signingTime: Date): Work {
  const { documents, pdf } = request
  const first = documents[0]
  if (!first) throw new Refused(sealingProblems['nothing-to-seal'])
  const format = request.format ?? formatFor(first, options.formats)
  const level = request.level ?? options.level
  assertProvided(level, options)
  const prepared: PrepareOptions = {
    format,
    signer: options.key,
    signingTime,
    tokenBytes: reaches(level, 'B-T') ? options.tsa!.expectedTokenBytes : 0,
    ...(pdf ? { pdf } : {})
  }
  return { request, format, level, draft: familyOf(format).prepare(documents, prepared) }
}

/**
 * Signs everything in one batch. A device or service that mixes up its answers, or whose key was changed, is caught
 * here, unless the key has seen to that itself: a seal that does not verify would only be noticed by the addressee.
 */
async function signChecked(key: SealKey, toBeSigned: readonly Buffer[]): Promise<Buffer[]> {
  const signatures = await key.signBatch(toBeSigned)
  if (signatures.length !== toBeSigned.length)
    throw new Refused(sealingProblems['key-answer-wrong'], { asked: toBeSigned.length, got: signatures.length })
  if (key.checked) return signatures
  const { publicKey } = readCertificate(key.certificate)
  const wrongAt = toBeSigned.findIndex((bytes, i) => !verifySignature(key.algorithm, publicKey, bytes, signatures[i]!))
  if (wrongAt >= 0) throw new Refused(sealingProblems['key-answer-wrong'], { position: wrongAt })
  return signatures
}

async function stamp(work: Work, signature: Buffer, options: SealBatchOptions): Promise<void> {
  if (!reaches(work.level, 'B-T')) return
  const answer = await unlessAway(options, () => options.tsa!.stamp(work.draft.imprint(signature)))
  if ('away' in answer) {
    work.away = answer.away
    return
  }
  assertWithin(readCertificate(options.key.certificate), answer.got)
  work.stamp = answer.got
}

/** A time stamp from after the certificate's end proves nothing good. */
function assertWithin(signer: Certificate, { genTime }: Timestamp): void {
  if (genTime < signer.notBefore || genTime > signer.notAfter)
    throw new Refused(sealingProblems['certificate-not-valid'], { at: genTime.toISOString() })
}

async function conclude(
  work: Work,
  made: RandomAccessSource,
  signingTime: Date,
  options: SealBatchOptions
): Promise<SealOutcome> {
  const { request, format, level: wanted } = work
  let [source, level, away] = [made, work.stamp ? 'B-T' : 'B-B', work.away] as [
    typeof made,
    SealLevel,
    typeof work.away
  ]
  if (!away && reaches(wanted, 'B-LT')) {
    const { tsa, material, clock } = options
    const needed = new OwnFirst(material!, [options.key.certificate])
    if (work.stamp) needed.note(work.stamp)
    const { documents: originals, pdf } = request
    const tools = { tsa: needed.noting(tsa!), material: needed, clock, originals, pdfPassword: pdf?.password }
    const answer = await unlessAway(options, () => familyOf(format).raise(made, wanted, tools)).catch(strangersFault)
    if ('problem' in answer) return { id: request.id, ok: false, ...answer }
    if ('away' in answer) away = answer.away
    else [source, level] = [answer.got, wanted]
  }
  // a password is not kept: whoever raises it later comes without
  if (away && format === 'PAdES' && !isRaisableByAnyone(source)) throw away
  return {
    id: request.id,
    ok: true,
    format,
    level,
    sealed: { ...sealedName(request.documents[0]!, format), source },
    signingTime,
    ...(work.stamp ? { timestamp: work.stamp } : {}),
    ...(away ? { raiseLater: { problem: away.type, facts: away.facts, to: wanted } } : {})
  }
}

/** What keeps a file with our good seal in it from being raised: signatures that stood in it before. */
function strangersFault(error: unknown): SealProblem {
  // our own certificate was valid when its seal was stamped; one that is not belongs to a signature without a time stamp
  const isOfSignature = error instanceof Refused && error.type === sealingProblems['certificate-not-valid']
  if (!(error instanceof Refused) || !(isOfSignature || isAboutDocument(error))) throw error
  return { problem: error.type, facts: error.facts }
}

async function unlessAway<T>(
  { whenAway }: SealBatchOptions,
  ask: () => Promise<T>
): Promise<{ got: T } | { away: Unavailable }> {
  try {
    return { got: await ask() }
  } catch (error) {
    if (whenAway !== 'raise-later' || !(error instanceof Unavailable)) throw error
    return { away: error }
  }
}

/** Runs `work` on all, some at a time. After the first failure no more are begun. */
async function eachOf<T>(all: readonly T[], work: (one: T, index: number) => Promise<void>): Promise<void> {
  let next = 0
  let stopped = false
  const run = async (): Promise<void> => {
    for (let i = next++; i < all.length && !stopped; i = next++) {
      try {
        await work(all[i]!, i)
      } catch (error) {
        stopped = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, run))
}
