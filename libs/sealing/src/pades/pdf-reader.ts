import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'
import { type RandomAccessSource, SliceSource } from '../source.js'
import { withStringsEncrypted } from './encryption/encrypt-strings.js'
import { openEncryption, type PdfEncryption } from './encryption/pdf-encryption.js'
import { type IndirectObject, readIndirectObject, streamData } from './indirect-object.js'
import { ObjectMemory } from './object-memory.js'
import { ObjectStream } from './object-stream.js'
import { countPages, findPage, geometryByParents, type PageRule, type PdfPage } from './pdf-pages.js'
import { PdfParser } from './pdf-parser.js'
import { listRevisions, type PdfRevision } from './pdf-revisions.js'
import { decodeStream, ReadingBudget } from './pdf-streams.js'
import { findHeader, type PdfStructure, readStructure } from './pdf-structure.js'
import { asName, asNatural, broken, type PdfDict, type PdfRef, type PdfValue, unambiguous } from './pdf-values.js'
import { repairStructure } from './repair-structure.js'
import { soundEnough, soundThroughout } from './repair-check.js'
import type { PageGeometry } from './seal-appearance.js'
import { hasObjectBehind } from './start-xref.js'
import type { XrefEntry } from './xref-entries.js'

/** An object as a reference leads to it. */
export interface PdfObject {
  readonly number: number
  readonly generation: number
  readonly value: PdfValue
  readonly isStream: boolean
  /** Where the data of a stream starts in the file. */
  readonly streamAt?: number
}

/** What names an object; a reference does. */
export type ObjectId = Pick<PdfRef, 'number' | 'generation'> & Partial<PdfRef>

/** How to open a PDF. */
export interface OpenOptions {
  /** The user's or the owner's password of an encrypted file. */
  readonly password?: string
  /**
   * Whether a broken cross-reference may be put together anew from the objects in the file. For who is going to add to it:
   * the file is looked at more closely, and refused when objects stand behind its end.
   */
  readonly repair?: boolean
}

/** An object in use: at an offset, or the `index`-th in the object stream numbered `stream`. */
export type LiveObject =
  | { readonly number: number; readonly generation: number; readonly offset: number; readonly stream?: undefined }
  | { readonly number: number; readonly generation: 0; readonly stream: number; readonly index: number }

const highestObject = 8_388_607

/** Object streams whose lengths stand in object streams whose lengths …: the standard forbids the first (7.5.7). */
const deepestStreams = 4

/**
 * Reads what a seal needs from a PDF (ISO 32000-1, 7.5): cross-reference tables and streams, hybrid and linearised files,
 * object streams, earlier revisions, encryption. Only the places asked for are read. Slips that all readers take the same
 * way are borne; a document whose structure is not certain is refused, because two readers could see two documents under
 * one seal. Repair must be asked for, and is refused where it would be a guess.
 */
export class PdfReader {
  private memory: ObjectMemory
  private streamDepth = 0
  private foundCatalog: (PdfObject & { readonly value: PdfDict }) | undefined
  /** The encryption of the document, opened; undefined when it has none. */
  readonly encryption: PdfEncryption | undefined
  /** Number of the encryption dictionary, whose own strings are in the clear. */
  private readonly encryptNumber: number | undefined

  private constructor(
    readonly source: RandomAccessSource,
    private readonly structure: PdfStructure,
    private readonly budget: ReadingBudget,
    private readonly password: string | undefined,
    later?: PdfReader
  ) {
    this.memory = new ObjectMemory(budget)
    const place = this.trailer.entries.get('Encrypt')
    this.encryptNumber = place?.kind === 'ref' ? place.number : undefined
    if (later && this.isEncryptedLike(later)) {
      this.encryption = later.encryption
      this.memory = later.memory
      return
    }
    this.encryption = place && place.kind !== 'null' ? this.openEncryption(place, password) : undefined
    // What was read so far was taken for clear.
    this.memory = new ObjectMemory(budget)
  }

  /**
   * @throws Refused `sealing/pdf-not-a-pdf`, `sealing/pdf-broken`, `sealing/pdf-encrypted`, `sealing/pdf-password-needed`,
   * `sealing/pdf-too-complex`, `sealing/pdf-unsupported`.
   */
  static open(source: RandomAccessSource, options: OpenOptions = {}): PdfReader {
    const headerAt = findHeader(source)
    const budget = new ReadingBudget()
    const read = (structure: PdfStructure) => new PdfReader(source, structure, budget, options.password)
    if (!options.repair) return read(readStructure(source, headerAt, budget))
    let sound: PdfReader | undefined
    try {
      const reader = read(readStructure(source, headerAt, budget))
      soundEnough(reader)
      sound = reader
    } catch (error) {
      if (!isBroken(error)) throw error
    }
    // Neither the state before nor the one that was cut off is what everyone sees: no repair can tell.
    if (sound?.hasStrayObjects) throw broken('objects behind the end of the last revision')
    if (sound && soundThroughout(sound)) return sound
    try {
      const repaired = repairStructure(source, headerAt, budget, read)
      soundEnough(repaired)
      return repaired
    } catch (error) {
      // What the seal needs was sound, and the rest is as it was: better sealed like that than not at all.
      if (sound && isBroken(error)) return sound
      throw error
    }
  }

  /**
   * The file as it was when it was `end` bytes long: one of its revisions. It is opened with the same password, nothing
   * that was read is read again, and all states together may cost no more than one file.
   * @throws as `open`
   */
  stateAt(end: number): PdfReader {
    const source = new SliceSource(this.source, 0, end)
    const later = this.repaired ? undefined : this.structure.sections
    const structure = readStructure(source, findHeader(source), this.budget, later)
    return new PdfReader(source, structure, this.budget, this.password, this)
  }

  /** What offsets inside the file count from: the header, before which there may be junk, or byte 0. */
  get headerAt(): number {
    return this.structure.base
  }

  /** Offset of the last cross-reference section; 0 after repair, when there is none to point back to. */
  get startXref(): number {
    return this.structure.startXref
  }

  /**
   * Whether the cross-reference was put together by a scan. A new revision must then have a section of its own for all
   * `liveObjects()`, and no /Prev.
   */
  get repaired(): boolean {
    return this.structure.repaired
  }

  /**
   * Whether objects stand behind the end of the newest revision, for example those of a revision that was cut off. Most
   * readers do not see them; those that do not find the end among so much, and scan, do. Such a file must not be sealed.
   */
  get hasStrayObjects(): boolean {
    return hasObjectBehind(this.source, this.structure.endAt)
  }

  /** Trailer dictionary of the newest revision. */
  get trailer(): PdfDict {
    return this.structure.sections.newest.trailer
  }

  /** The kind of the newest cross-reference section: the next one must be of the same. */
  get xrefKind(): 'table' | 'stream' {
    return this.structure.sections.newest.kind
  }

  /** The lowest object number that no revision uses. */
  get nextNumber(): number {
    const next = this.structure.sections.end
    if (next > highestObject - 16) throw broken('object numbers')
    return next
  }

  /** Revisions, oldest first; one only in a repaired file, whose revisions cannot be told apart. */
  revisions(): PdfRevision[] {
    if (this.repaired) return [{ xrefAt: 0, eofAt: this.source.size, end: this.source.size }]
    return listRevisions(
      this.source,
      this.structure.sections.pairs.map(([section]) => section)
    )
  }

  /** All objects in use, by number. Offsets count from `headerAt`. */
  *liveObjects(): Generator<LiveObject> {
    const end = this.nextNumber
    for (let number = 1; number < end; number++) {
      const entry = this.locate(number)
      if (entry?.kind === 'offset') yield { number, generation: entry.generation, offset: entry.offset }
      else if (entry?.kind === 'in-stream') yield { number, generation: 0, stream: entry.stream, index: entry.index }
    }
  }

  /** Generation of an object in use; undefined when no revision has it, or the newest that speaks of it freed it. */
  generationOf(number: number): number | undefined {
    const entry = this.locate(number)
    if (entry?.kind === 'in-stream') return 0
    return entry?.kind === 'offset' ? entry.generation : undefined
  }

  /** Numbers of the objects that do not stand where they stood in an earlier state of the same file. */
  *changedSince(before: PdfReader): Generator<number> {
    const spokenOf = this.structure.sections.numbersSince(before.structure.sections)
    const end = Math.max(this.nextNumber, before.nextNumber)
    for (const number of spokenOf ?? upTo(end))
      if (number > 0 && !samePlace(before.locate(number), this.locate(number))) yield number
  }

  /** The object a reference leads to; undefined where there is none (which means null, ISO 32000-1, 7.3.10). */
  object(ref: ObjectId): PdfObject | undefined {
    const entry = this.locate(ref.number)
    if (entry?.kind === 'offset') {
      if (entry.generation !== ref.generation) return undefined
      const { number, generation, value, streamAt } = this.readAt(entry, ref.number)
      return { number, generation, value, isStream: streamAt !== undefined, streamAt }
    }
    if (entry?.kind !== 'in-stream' || ref.generation !== 0) return undefined
    const { number } = ref
    return { number, generation: 0, value: this.valueInStream(number, entry.stream, entry.index), isStream: false }
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
  get = (dict: PdfDict | undefined, key: string): PdfValue | undefined => this.resolve(dict?.entries.get(key))

  /** The entry as a dictionary, or undefined. */
  getDict(dict: PdfDict | undefined, key: string): PdfDict | undefined {
    const value = this.get(dict, key)
    return value?.kind === 'dict' ? value : undefined
  }

  /** The content of the stream a reference leads to, deciphered, filters undone; undefined when it leads to no stream. */
  stream(ref: ObjectId): Buffer | undefined {
    const object = this.object(ref)
    const data = object && this.streamData(object)
    // Streams can lie over one another, so that all together are far longer than the file.
    if (data) this.budget.spendUnpacked(data.length >> 2)
    return data && decodeStream(object.value as PdfDict, data, this.budget, this.resolve)
  }

  /** The data of a stream, deciphered, its filters not undone; undefined when the object is no stream. */
  streamData(object: PdfObject): Buffer | undefined {
    const { value: dict, number, generation, streamAt } = object
    if (dict.kind !== 'dict' || streamAt === undefined) return undefined
    const stored = streamData(this.source, object, this.resolve, this.budget)
    return this.encryption?.decryptStream(stored, dict, number, generation, this.get) ?? stored
  }

  /** The document catalog (ISO 32000-1, 7.7.2). */
  catalog(): PdfObject & { readonly value: PdfDict } {
    if (this.foundCatalog) return this.foundCatalog
    const root = this.trailer.entries.get('Root')
    const object = root?.kind === 'ref' ? this.object(root) : undefined
    if (!object || object.isStream || object.value.kind !== 'dict') throw broken('no catalog')
    return (this.foundCatalog = { ...object, value: unambiguous(object.value) })
  }

  /** A page with what it inherits. @throws Refused `sealing/pdf-broken` when there is no such page */
  page(rule: PageRule): PdfPage {
    return findPage(this, rule)
  }

  /** Geometry of a page that is at hand, with what its ancestors hand down to it. */
  geometryOf(page: PdfDict): PageGeometry {
    return geometryByParents(this, page)
  }

  /** The first page (ISO 32000-1, 7.7.3). */
  firstPage(): PdfPage {
    return this.page('first')
  }

  /** How many pages there are. Walks all of the page tree. */
  pageCount(): number {
    return countPages(this)
  }

  /** The root of the page tree, as the catalog names it. */
  get pages(): PdfValue | undefined {
    return this.catalog().value.entries.get('Pages')
  }

  /** Numbers of the objects in an object stream, by index. */
  numbersInStream(number: number): readonly number[] {
    return this.objectStream(number).numbers
  }

  private locate(number: number): XrefEntry | undefined {
    return this.structure.sections.locate(number, this.budget)
  }

  private readAt(entry: { readonly offset: number; readonly generation: number }, wanted: number): IndirectObject {
    const at = this.headerAt + entry.offset
    let found = this.memory.recall(at, this.source.size)
    if (!found) {
      found = readIndirectObject(this.source, at, this.budget, this.decipherFor)
      this.memory.remember(at, found, this.source.size)
    }
    if (found.number !== wanted || found.generation !== entry.generation)
      throw broken('another object stands where the cross-reference points', entry.offset)
    return found
  }

  private readonly decipherFor = (number: number, generation: number) => {
    const { encryption } = this
    if (!encryption?.encryptsStrings || number === this.encryptNumber) return undefined
    return (bytes: Buffer) => encryption.decryptString(bytes, number, generation)
  }

  private valueInStream(number: number, streamNumber: number, index: number): PdfValue {
    const stream = this.objectStream(streamNumber)
    stream.assertHolds(number, index)
    const known = this.memory.recallValue(stream, index)
    if (known) return known
    const value = this.asOwnObject(stream.value(index), number)
    this.memory.rememberValue(stream, index, value)
    return value
  }

  /**
   * A value out of an object stream as if it stood by itself: its strings, which are in the clear inside an object stream,
   * are enciphered, so that it can be written again outside.
   */
  private asOwnObject(value: PdfValue, number: number): PdfValue {
    const { encryption } = this
    if (!encryption?.encryptsStrings) return value
    const parser = new PdfParser(withStringsEncrypted(value, bytes => encryption.encryptString(bytes, number, 0)))
    parser.decipher = this.decipherFor(number, 0)
    return parser.value()
  }

  private objectStream(number: number): ObjectStream {
    const entry = this.locate(number)
    if (entry?.kind !== 'offset') throw broken('object stream is not there')
    const known = this.memory.recallStream(number, entry.offset, this.source.size)
    if (known) return known
    // Its length may be an indirect number, but never one kept inside an object stream (ISO 32000-1, 7.5.7).
    if (this.streamDepth >= deepestStreams) throw broken('object stream needs itself')
    this.streamDepth++
    try {
      const object = this.readAt(entry, number)
      const dict = object.value
      const data = this.streamData({ ...object, isStream: true })
      if (dict.kind !== 'dict' || data === undefined) throw broken('object stream is not there')
      if (asName(this.get(dict, 'Type')) !== 'ObjStm') throw broken('not an object stream', entry.offset)
      const bytes = decodeStream(dict, data, this.budget, this.resolve)
      const count = asNatural(this.get(dict, 'N'))
      const first = asNatural(this.get(dict, 'First'))
      if (count === undefined || first === undefined) throw broken('object stream', entry.offset)
      const stream = ObjectStream.read(bytes, count, first, this.budget)
      // Deciphered data is a little shorter than what stands there.
      this.memory.rememberStream(number, entry.offset, stream, object.streamAt! + data.length + 32)
      return stream
    } finally {
      this.streamDepth--
    }
  }

  /** Whether an earlier state of the same file has the encryption that this one has. */
  private isEncryptedLike(later: PdfReader): boolean {
    const places = [this, later].map(({ trailer }) => trailer.entries.get('Encrypt'))
    const [own, other] = places.map(place => (place?.kind === 'null' ? undefined : place))
    if (!own || !other) return own === other
    const [ids, otherIds] = [this, later].map(({ trailer }) => trailer.entries.get('ID')?.raw)
    return (
      own.kind === 'ref' &&
      own.raw.equals(other.raw) &&
      !!ids &&
      !!otherIds?.equals(ids) &&
      samePlace(this.locate(own.number), later.locate(own.number))
    )
  }

  private openEncryption(place: PdfValue, password: string | undefined): PdfEncryption {
    const dict = this.resolve(place)
    if (dict?.kind !== 'dict') throw new Refused(sealingProblems['pdf-encrypted'])
    const id = this.get(this.trailer, 'ID')
    const first = id?.kind === 'array' ? this.resolve(id.items[0]) : undefined
    return openEncryption(dict, first?.kind === 'string' ? first.bytes : Buffer.alloc(0), password, this.get)
  }
}

function samePlace(a: XrefEntry | undefined, b: XrefEntry | undefined): boolean {
  if (a?.kind === 'offset' && b?.kind === 'offset') return a.offset === b.offset && a.generation === b.generation
  if (a?.kind === 'in-stream' && b?.kind === 'in-stream') return a.stream === b.stream && a.index === b.index
  return (a?.kind ?? 'free') === (b?.kind ?? 'free')
}

function* upTo(end: number): Generator<number> {
  for (let number = 1; number < end; number++) yield number
}

function isBroken(error: unknown): boolean {
  return error instanceof Refused && error.type === sealingProblems['pdf-broken']
}
