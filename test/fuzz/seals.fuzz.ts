import fc from 'fast-check'
import { Refused, Unavailable } from '#platform/plain'
import { TrustStore } from '../../libs/sealing/src/certificate/trust-store.js'
import type { Document } from '../../libs/sealing/src/document.js'
import { LocalSealEngine } from '../../libs/sealing/src/engine/local-engine.js'
import { defaultFormatPolicy } from '../../libs/sealing/src/format-policy.js'
import { LocalSealKey } from '../../libs/sealing/src/keys/local.seal-key.js'
import { PdfReader } from '../../libs/sealing/src/pades/pdf-reader.js'
import { readPadesSignatures } from '../../libs/sealing/src/pades/read-pades.js'
import type { SealFormat } from '../../libs/sealing/src/seal-format.js'
import { BufferSource, readAll } from '../../libs/sealing/src/source.js'
import { makePdf } from '../../libs/sealing/test/test-pdfs.js'
import { documentOf, SealingWorld } from '../../libs/sealing/test/test-sealing-world.js'
import { derDamage } from './der.fuzz.js'
import { pdfDamage } from './pdf.fuzz.js'
import { xmlDamage } from './xml.fuzz.js'
import { zipDamage } from './zip.fuzz.js'

/** What came of the cases of a run. */
export interface SealsFuzzing {
  /** How often each verdict, refusal, seal and raised seal was seen. */
  readonly outcomes: ReadonlyMap<string, number>
  /** The longest that one step of a case took, in milliseconds. */
  readonly slowest: number
}

/** A step may take this long, in milliseconds. */
const patience = 2000

const formats: readonly SealFormat[] = [
  ...(['PAdES', 'PAdES', 'PAdES', 'CAdES-attached', 'CAdES-detached', 'XAdES-enveloped', 'XAdES-detached'] as const),
  ...(['ASiC-E-XAdES', 'ASiC-E-CAdES'] as const)
]

/** A sealed file before it is damaged. */
interface Original {
  readonly format: SealFormat
  readonly bytes: Buffer
  readonly documents: readonly Document[]
}

/**
 * Damages sealed files of all formats and takes them through everything that is done with files: they are validated,
 * raised and, PDFs, sealed once more. Each step ends in time in a result or a Refused. Further:
 * - a PDF signature that is found good covers what was signed, byte for byte;
 * - a new seal on a PDF leaves all bytes, all pages and all earlier signatures as they were, is good, and covers the file;
 * - a raised PDF begins with the file that was raised.
 * @throws with the case, made as small as possible, when it is otherwise
 */
export async function fuzzSeals(cases: number, seed: number): Promise<SealsFuzzing> {
  const world = await SealingWorld.make()
  const engine = engineOf(world)
  const originals = await makeOriginals(engine)
  const outcomes = new Map<string, number>()
  let slowest = 0
  const note = (word: string) => void outcomes.set(word, (outcomes.get(word) ?? 0) + 1)
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
    const started = performance.now()
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Unavailable)) throw error
      note(`${name}: ${error.type.code}`)
      return undefined
    } finally {
      const took = performance.now() - started
      slowest = Math.max(slowest, took)
      if (took > patience) throw new Error(`${name} took ${Math.round(took)} ms`)
    }
  }
  const damage = fc.tuple(pdfDamage, derDamage, xmlDamage, zipDamage)
  const index = fc.nat(originals.length - 1)
  await fc.assert(
    fc.asyncProperty(index, index, damage, async (which, another, damages) => {
      const original = originals[which]!
      const { format, documents } = original
      const bytes = damaged(original, originals[another]!, damages)
      const source = new BufferSource(bytes)
      const report = await step('validate', () => engine.validate(source, { originals: documents }))
      for (const { indication } of report?.signatures ?? []) note(`${format} ${indication}`)
      const raised = await step('raise', () => engine.raise(source, 'B-T', { originals: documents }))
      if (raised) note('raised')
      if (format !== 'PAdES') return
      if (raised && !readAll(raised).subarray(0, bytes.length).equals(bytes))
        throw new Error('raised, but not appended')
      assertSignedAsBefore(original, bytes)
      const sealed = await step('seal', () => sealAgain(engine, bytes))
      if (!sealed) return
      note('sealed')
      assertSoundSeal(bytes, sealed)
    }),
    { numRuns: cases, seed }
  )
  return { outcomes, slowest }
}

function engineOf(world: SealingWorld): LocalSealEngine {
  const { certificate, key } = world.institution
  const chain = [world.issuer.certificate]
  const sealKey = new LocalSealKey({ certificate, chain, algorithm: 'ECDSA-SHA256', privateKey: key })
  const { material, tsa, clock } = world
  return new LocalSealEngine({
    keys: new Map([['key', sealKey]]),
    tsa,
    clock,
    material: {
      collect: leaves => material.collect(leaves),
      gather: async leaves => ({ ...(await material.collect(leaves)), fromCache: new Set(), missing: new Map() })
    },
    trust: new TrustStore([world.root, world.authorityRoot].map(one => ({ certificate: one.certificate })))
  })
}

async function makeOriginals(engine: LocalSealEngine): Promise<Original[]> {
  const pdfs = [
    makePdf({ trailer: '/Info 10 0 R', objects: { 10: '<< /Title (t) >>' } }),
    makePdf({ xref: 'stream', objectStream: true }),
    makePdf({
      xref: 'hybrid',
      objectStream: true,
      catalog: '/AcroForm << /Fields [10 0 R] >>',
      objects: { 10: '<< /FT /Tx /T (a) >>' }
    })
  ]
  const found: Original[] = []
  for (const [i, format] of formats.entries())
    for (const level of ['B-B', 'B-LTA'] as const) {
      const document =
        format === 'PAdES'
          ? documentOf('a.pdf', pdfs[i % pdfs.length]!, 'application/pdf')
          : documentOf('a.xml', '<a xmlns="urn:a"><b Id="i">ą &amp; c</b></a>', 'application/xml')
      const style = { key: 'key', level, formats: defaultFormatPolicy, whenAway: 'fail' } as const
      const [outcome] = await engine.seal([{ id: 'a', documents: [document], format }], style)
      if (!outcome?.ok) throw new Error(`not sealed: ${outcome?.problem.code}`)
      const documents = format.endsWith('-detached') ? [document] : []
      found.push({ format, bytes: Buffer.from(readAll(outcome.sealed.source)), documents })
    }
  return found
}

type Damages = readonly [
  pdf: (bytes: Buffer, other: Buffer) => Buffer,
  der: (bytes: Buffer) => Buffer,
  xml: (bytes: Buffer) => Buffer,
  zip: (bytes: Buffer) => Buffer
]

/** PDFs also have the signature inside them damaged, in its place: of two cases, one. */
function damaged({ format, bytes }: Original, other: Original, [pdf, der, xml, zip]: Damages): Buffer {
  if (format === 'PAdES') return other.format === 'PAdES' ? pdf(bytes, other.bytes) : withContents(bytes, der)
  if (format.startsWith('ASiC')) return zip(bytes)
  return format.startsWith('XAdES') ? xml(bytes) : der(bytes)
}

function withContents(bytes: Buffer, inflict: (cms: Buffer) => Buffer): Buffer {
  const start = bytes.indexOf('/Contents <') + '/Contents <'.length
  const end = bytes.indexOf('>', start)
  const old = Buffer.from(bytes.toString('latin1', start, end), 'hex')
  const cms = inflict(old.subarray(0, 4 + old.readUInt16BE(2)))
  const out = Buffer.from(bytes)
  out.fill('0', start, end)
  out.write(cms.toString('hex').slice(0, end - start), start, 'latin1')
  return out
}

/** What of the original is signed: everything but the bracketed Contents, which are all the same length here. */
function assertSignedAsBefore({ bytes: original }: Original, bytes: Buffer): void {
  const good = signaturesIn(bytes).filter(({ integrity }) => integrity.indication === 'PASSED')
  if (good.length === 0) return
  const range = /\/ByteRange \[0 (\d+) (\d+) (\d+)/.exec(original.toString('latin1'))!.slice(1).map(Number)
  const [gapStart, gapEnd, rest] = range as [number, number, number]
  const end = gapEnd + rest
  const same =
    bytes.subarray(0, gapStart).equals(original.subarray(0, gapStart)) &&
    bytes.subarray(gapEnd, end).equals(original.subarray(gapEnd, end))
  if (!same) throw new Error('a signature over other bytes passes')
}

function signaturesIn(bytes: Buffer) {
  try {
    return readPadesSignatures(new BufferSource(bytes)).signatures
  } catch (error) {
    if (error instanceof Refused) return []
    throw error
  }
}

async function sealAgain(engine: LocalSealEngine, bytes: Buffer): Promise<Buffer> {
  const style = { key: 'key', level: 'B-B', formats: defaultFormatPolicy, whenAway: 'fail' } as const
  const document = documentOf('a.pdf', bytes, 'application/pdf')
  const [outcome] = await engine.seal([{ id: 'a', documents: [document], format: 'PAdES' }], style)
  if (!outcome?.ok) throw new Refused(outcome!.problem, outcome!.facts)
  return readAll(outcome.sealed.source)
}

function assertSoundSeal(before: Buffer, sealed: Buffer): void {
  if (!sealed.subarray(0, before.length).equals(before)) throw new Error('sealed, but not appended')
  const now = signaturesIn(sealed)
  const whole = now.filter(
    ({ scopes, integrity }) => integrity.indication === 'PASSED' && scopes[0]!.kind === 'whole-file'
  )
  if (whole.length !== 1)
    throw new Error(`sealed, but read as ${JSON.stringify(now.map(({ integrity }) => integrity))}`)
  for (const { id, integrity } of signaturesIn(before)) {
    const after = now.find(one => one.id === id)
    if (integrity.indication === 'PASSED' && after?.integrity.indication !== 'PASSED')
      throw new Error('an earlier signature holds no more')
  }
  const pages = (bytes: Buffer) => PdfReader.open(new BufferSource(bytes), { repair: true }).pageCount()
  if (pages(sealed) !== pages(before)) throw new Error('pages were lost or found')
}
