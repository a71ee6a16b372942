import { Refused } from '#platform'
import { sealingProblems } from '../sealing.errors.js'
import { type IndirectObject, readIndirectObject, streamData } from './indirect-object.js'
import { PdfParser } from './pdf-parser.js'
import { decodeStream, UnpackingBudget } from './pdf-streams.js'
import { asName, asNatural, broken, type PdfDict, type PdfRef, type PdfValue, tooComplex } from './pdf-values.js'
import type { RandomAccessSource } from './source.js'
import { readXrefSection, type XrefEntry, type XrefSection } from './xref-section.js'

/** An object as a reference leads to it. */
export interface PdfObject {
  readonly number: number
  readonly generation: number
  readonly value: PdfValue
  readonly isStream: boolean
}

interface ObjectStream {
  readonly bytes: Buffer
  /** Object number and offset in `bytes`, by index. */
  readonly contents: readonly (readonly [number: number, at: number])[]
}

const mostRevisions = 2000
const mostPageNodes = 2000
const highestObject = 8_388_607

/**
 * Reads what a seal needs from a PDF (ISO 32000-1, 7.5): cross-reference tables and streams, hybrid files, object
 * streams, earlier revisions. Only the places asked for are read. Nothing is repaired: a document whose structure
 * is not certain is refused, because two readers could see two documents under one seal.
 */
export class PdfReader {
  private readonly objectStreams = new Map<number, ObjectStream | 'being read'>()

  private constructor(
    readonly source: RandomAccessSource,
    /** Bytes before the header; offsets inside the file count from the header. */
    readonly headerAt: number,
    /** Offset of the last cross-reference section, as `startxref` gives it. */
    readonly startXref: number,
    /** Newest first. */
    private readonly sections: readonly (readonly [XrefSection, hidden?: XrefSection])[],
    private readonly budget: UnpackingBudget
  ) {}

  /**
   * @throws Refused `sealing/pdf-not-a-pdf`, `sealing/pdf-broken`, `sealing/pdf-encrypted`, `sealing/pdf-too-complex`,
   * `sealing/pdf-unsupported`.
   */
  static open(source: RandomAccessSource): PdfReader {
    const headerAt = source.read(0, 1024).indexOf('%PDF-')
    if (headerAt < 0) throw new Refused(sealingProblems['pdf-not-a-pdf'])
    const startXref = findStartXref(source)
    const budget = new UnpackingBudget()
    const sections: [XrefSection, XrefSection?][] = []
    const seen = new Set<number>()
    for (let at: number | undefined = startXref; at !== undefined;) {
      if (seen.has(at)) throw broken('circle of cross-reference sections', at)
      if (seen.size >= mostRevisions) throw tooComplex('revisions')
      seen.add(at)
      const section = readXrefSection(source, headerAt + at, budget)
      const { entries } = section.trailer
      if (entries.has('Encrypt')) throw new Refused(sealingProblems['pdf-encrypted'])
      const hiddenAt = section.kind === 'table' ? offsetAt(entries.get('XRefStm')) : undefined
      sections.push([
        section,
        hiddenAt === undefined ? undefined : readXrefSection(source, headerAt + hiddenAt, budget)
      ])
      at = offsetAt(entries.get('Prev'))
    }
    return new PdfReader(source, headerAt, startXref, sections, budget)
  }

  /** Trailer dictionary of the newest revision. */
  get trailer(): PdfDict {
    return this.sections[0]![0].trailer
  }

  /** The kind of the newest cross-reference section: the next one must be of the same. */
  get xrefKind(): 'table' | 'stream' {
    return this.sections[0]![0].kind
  }

  /** The lowest object number that no revision uses. */
  get nextNumber(): number {
    const ends = this.sections.flatMap(pair =>
      pair.flatMap(section => (section ? [section.end, asNatural(section.trailer.entries.get('Size')) ?? 0] : []))
    )
    const next = ends.reduce((a, b) => Math.max(a, b), 1)
    if (next > highestObject - 16) throw broken('object numbers')
    return next
  }

  /** The object a reference leads to; undefined where there is none (which means null, ISO 32000-1, 7.3.10). */
  object(ref: PdfRef): PdfObject | undefined {
    const entry = this.locate(ref.number)
    if (entry?.kind === 'offset') {
      if (entry.generation !== ref.generation) return undefined
      const found = this.readAt(entry.offset)
      if (found.number !== ref.number || found.generation !== ref.generation)
        throw broken('another object stands where the cross-reference points', entry.offset)
      return { ...found, isStream: found.streamAt !== undefined }
    }
    if (entry?.kind !== 'in-stream' || ref.generation !== 0) return undefined
    const { bytes, contents } = this.objectStream(entry.stream)
    const [number, at] = contents[entry.index] ?? []
    if (number !== ref.number || at === undefined) throw broken('object stream does not hold the object')
    return { number, generation: 0, value: new PdfParser(bytes, at).value(), isStream: false }
  }

  /** The value itself, references followed; undefined for null and for what leads nowhere. */
  resolve = (value: PdfValue | undefined): PdfValue | undefined => {
    for (let steps = 0; value?.kind === 'ref'; steps++) {
      if (steps === 16) throw broken('circle of references')
      value = this.object(value)?.value
    }
    return value?.kind === 'null' ? undefined : value
  }

  /** The entry of a dictionary, references followed. */
  get(dict: PdfDict | undefined, key: string): PdfValue | undefined {
    return this.resolve(dict?.entries.get(key))
  }

  /** The entry as a dictionary, or undefined. */
  getDict(dict: PdfDict | undefined, key: string): PdfDict | undefined {
    const value = this.get(dict, key)
    return value?.kind === 'dict' ? value : undefined
  }

  /** The document catalog (ISO 32000-1, 7.7.2). */
  catalog(): PdfObject & { readonly value: PdfDict } {
    const root = this.trailer.entries.get('Root')
    const object = root?.kind === 'ref' ? this.object(root) : undefined
    if (!object || object.isStream || object.value.kind !== 'dict') throw broken('no catalog')
    return { ...object, value: object.value }
  }

  /** The first page (ISO 32000-1, 7.7.3): depth first, each node once. */
  firstPage(): PdfObject & { readonly value: PdfDict } {
    const seen = new Set<number>()
    const pending: PdfValue[] = [this.catalog().value.entries.get('Pages') ?? { kind: 'null', raw: Buffer.alloc(0) }]
    for (let ref = pending.pop(); ref; ref = pending.pop()) {
      if (ref.kind !== 'ref' || seen.has(ref.number)) continue
      seen.add(ref.number)
      if (seen.size > mostPageNodes) throw tooComplex('page tree')
      const node = this.object(ref)
      if (node?.value.kind !== 'dict') continue
      const kids = this.get(node.value, 'Kids')
      if (kids?.kind === 'array') for (let i = kids.items.length - 1; i >= 0; i--) pending.push(kids.items[i]!)
      else if (asName(this.get(node.value, 'Type')) !== 'Pages') return { ...node, value: node.value }
    }
    throw broken('no page')
  }

  private locate(number: number): XrefEntry | undefined {
    for (const [section, hidden] of this.sections) {
      const entry = section.find(number)
      if (entry && entry.kind !== 'free') return entry
      // In a hybrid file the table calls an object free that the stream beside it knows (ISO 32000-1, 7.5.8.4).
      const other = hidden?.find(number)
      if (other) return other
      if (entry) return entry
    }
    return undefined
  }

  private readAt(offset: number): IndirectObject {
    return readIndirectObject(this.source, this.headerAt + offset)
  }

  private objectStream(number: number): ObjectStream {
    const known = this.objectStreams.get(number)
    // Its length may be an indirect number, but never one kept inside an object stream (ISO 32000-1, 7.5.7).
    if (known === 'being read') throw broken('object stream needs itself')
    if (known) return known
    this.objectStreams.set(number, 'being read')
    const entry = this.locate(number)
    if (entry?.kind !== 'offset') throw broken('object stream is not there')
    const object = this.readAt(entry.offset)
    if (object.number !== number || object.value.kind !== 'dict') throw broken('object stream is not there')
    if (asName(this.get(object.value, 'Type')) !== 'ObjStm') throw broken('not an object stream', entry.offset)
    const bytes = decodeStream(object.value, streamData(this.source, object, this.resolve), this.budget, this.resolve)
    const count = asNatural(this.get(object.value, 'N'))
    const first = asNatural(this.get(object.value, 'First'))
    if (count === undefined || first === undefined || first > bytes.length) throw broken('object stream', entry.offset)
    const stream = { bytes, contents: readContents(bytes, count, first) }
    this.objectStreams.set(number, stream)
    return stream
  }
}

function readContents(bytes: Buffer, count: number, first: number): [number, number][] {
  const contents: [number, number][] = []
  const parser = new PdfParser(bytes.subarray(0, first))
  for (let i = 0; i < count; i++) {
    parser.skipSpace()
    const number = parser.natural()
    parser.skipSpace()
    const at = parser.natural()
    if (number === undefined || at === undefined || first + at > bytes.length) throw broken('object stream')
    contents.push([number, first + at])
  }
  return contents
}

function offsetAt(value: PdfValue | undefined): number | undefined {
  if (!value) return undefined
  const offset = asNatural(value)
  if (!offset) throw broken('offset of a cross-reference section')
  return offset
}

/** The number after the last `startxref`, which must stand near the end (ISO 32000-1, 7.5.5). */
function findStartXref(source: RandomAccessSource): number {
  const tailAt = Math.max(0, source.size - 4096)
  const tail = source.read(tailAt, 4096)
  const at = tail.lastIndexOf('startxref')
  if (at < 0) throw broken('no startxref')
  const parser = new PdfParser(tail, at + 'startxref'.length)
  parser.skipSpace()
  const offset = parser.natural()
  if (offset === undefined) throw broken('startxref', tailAt + at)
  return offset
}
