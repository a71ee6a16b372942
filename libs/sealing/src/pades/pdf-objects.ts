import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'
import type { RandomAccessSource } from '../source.js'
import { withStringsEncrypted } from './encryption/encrypt-strings.js'
import { openEncryption, type PdfEncryption } from './encryption/pdf-encryption.js'
import { type IndirectObject, readIndirectObject, streamData } from './indirect-object.js'
import { ObjectMemory } from './object-memory.js'
import { ObjectStream } from './object-stream.js'
import { PdfParser } from './pdf-parser.js'
import { decodeStream, type ReadingBudget } from './pdf-streams.js'
import type { PdfStructure } from './pdf-structure.js'
import { asName, asNatural, broken, type PdfDict, type PdfRef, type PdfValue } from './pdf-values.js'
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

/** Object streams whose lengths stand in object streams whose lengths …: the standard forbids the first (7.5.7). */
const deepestStreams = 4

/**
 * The objects of a PDF in one of its states (ISO 32000-1, 7.3 and 7.5.7): found by the cross-reference, in the file or in an object
 * stream, deciphered, and remembered. What they mean for the document is for `PdfReader` to say.
 */
export class PdfObjects {
  private memory: ObjectMemory
  private streamDepth = 0
  /** The encryption of the document, opened; undefined when it has none. */
  readonly encryption: PdfEncryption | undefined
  /** Number of the encryption dictionary, whose own strings are in the clear. */
  private readonly encryptNumber: number | undefined

  protected constructor(
    readonly source: RandomAccessSource,
    protected readonly structure: PdfStructure,
    protected readonly budget: ReadingBudget,
    password: string | undefined,
    later?: PdfObjects
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

  /** What offsets inside the file count from: the header, before which there may be junk, or byte 0. */
  get headerAt(): number {
    return this.structure.base
  }

  /** Trailer dictionary of the newest revision. */
  get trailer(): PdfDict {
    return this.structure.sections.newest.trailer
  }

  /** Generation of an object in use; undefined when no revision has it, or the newest that speaks of it freed it. */
  generationOf(number: number): number | undefined {
    const entry = this.locate(number)
    if (entry?.kind === 'in-stream') return 0
    return entry?.kind === 'offset' ? entry.generation : undefined
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

  /** Numbers of the objects in an object stream, by index. */
  numbersInStream(number: number): readonly number[] {
    return this.objectStream(number).numbers
  }

  /** Where the newest revision that speaks of an object says that it stands. */
  protected locate(number: number): XrefEntry | undefined {
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
  private isEncryptedLike(later: PdfObjects): boolean {
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

/** Whether two entries of a cross-reference say the same place. */
export function samePlace(a: XrefEntry | undefined, b: XrefEntry | undefined): boolean {
  if (a?.kind === 'offset' && b?.kind === 'offset') return a.offset === b.offset && a.generation === b.generation
  if (a?.kind === 'in-stream' && b?.kind === 'in-stream') return a.stream === b.stream && a.index === b.index
  return (a?.kind ?? 'free') === (b?.kind ?? 'free')
}
