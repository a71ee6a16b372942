import type { RandomAccessSource } from '../source.js'
import { endsStream, findStreamEnd, type IndirectObject, readGrowing, readIndirectObject } from './indirect-object.js'
import { isPdfSpace, type PdfParser } from './pdf-parser.js'
import type { ReadingBudget } from './pdf-streams.js'
import { asName, asNatural, broken, type PdfDict, tooComplex } from './pdf-values.js'

/** An object as the scan met it. */
export interface ScannedObject {
  readonly number: number
  readonly generation: number
  /** Where it starts and ends in the file. */
  readonly at: number
  readonly endAt: number
  /** How many ends of revisions stand before it: of two definitions in different ones, the later counts. */
  readonly era: number
  readonly type: string | undefined
}

/** What a scan over the whole file found, in the order of the file. */
export interface Scan {
  readonly objects: readonly ScannedObject[]
  /** Trailer dictionaries and dictionaries of cross-reference streams. */
  readonly trailers: readonly PdfDict[]
  /** Whether some object is a signature dictionary, or has its most telling entry. */
  readonly signed: boolean
  /** Whether something behind the last object says that the file ends there. */
  readonly complete: boolean
  /** Whether some object looks like an encryption dictionary. */
  readonly encrypted: boolean
}

const longestFile = 256 * 1024 * 1024
const mostObjects = 1_000_000

/**
 * Goes through the file object by object, streams passed over whole: what stands inside a stream, such as an attached
 * PDF, is none of ours. An object that cannot be read ends it: a part of the document would be lost unseen.
 */
export function scanFile(source: RandomAccessSource, headerAt: number, budget: ReadingBudget): Scan {
  if (source.size > longestFile) throw tooComplex('file too long to be repaired')
  const objects: ScannedObject[] = []
  const trailers: PdfDict[] = []
  const lengths = new StreamLengths(source, budget)
  let era = 0
  let complete = false
  let signed = false
  let encrypted = false
  for (let at = headerAt; at < source.size;) {
    const start = at
    const found = readGrowing(source, start, budget, parser => nextThing(parser))
    at = start + found.end
    if (found.kind === 'trailer') trailers.push(found.dict)
    if (found.kind === 'trailer' || found.kind === 'end') {
      era++
      complete = true
    }
    if (found.kind !== 'object') continue
    if (objects.length >= mostObjects) throw tooComplex('objects')
    const object = readIndirectObject(source, start + found.start, budget)
    const endAt = object.streamAt === undefined ? object.endAt : lengths.endOf(object)
    const dict = object.value.kind === 'dict' ? object.value : undefined
    const type = asName(dict?.entries.get('Type'))
    const { number, generation } = object
    objects.push({ number, generation, at: start + found.start, endAt, era, type })
    signed ||= dict?.entries.has('ByteRange') ?? false
    encrypted ||= asName(dict?.entries.get('Filter')) === 'Standard' && dict!.entries.has('O')
    complete = type === 'XRef'
    if (type === 'XRef' && dict) {
      trailers.push(dict)
      era++
    }
    at = endAt
  }
  return { objects, trailers, complete, signed: signed || contains(source, '/ByteRange'), encrypted }
}

type Thing =
  | { readonly kind: 'object'; readonly start: number; readonly end: number }
  | { readonly kind: 'trailer'; readonly dict: PdfDict; readonly end: number }
  | { readonly kind: 'end' | 'nothing'; readonly end: number }

/** The next thing that matters between objects; "nothing" after a while, so that long junk is taken in bites. */
function nextThing(parser: PdfParser): Thing {
  while (parser.at < 2048) {
    const byte = parser.peek()
    if (byte === -1) break
    const start = parser.at
    if (isPdfSpace(byte)) parser.at++
    else if (byte === 0x25) {
      const end = parser.bytes.toString('latin1', start, start + 5) === '%%EOF'
      parser.skipSpace()
      if (end) return { kind: 'end', end: parser.at }
    } else if (isDigit(byte)) {
      if (objectStarts(parser)) return { kind: 'object', start, end: parser.at }
      parser.at = start
      skipWord(parser)
    } else if (parser.keyword('trailer')) {
      const dict = parser.value()
      if (dict.kind !== 'dict') throw broken('trailer')
      return { kind: 'trailer', dict, end: parser.at }
    } else if (parser.keyword('startxref')) return { kind: 'end', end: parser.at }
    else skipWord(parser)
  }
  return { kind: 'nothing', end: parser.at }
}

function objectStarts(parser: PdfParser): boolean {
  for (let i = 0; i < 2; i++) {
    if (parser.natural() === undefined || !isPdfSpace(parser.peek())) return false
    parser.skipSpace()
  }
  for (const [i, character] of ['o', 'b', 'j'].entries()) if (parser.peek(i) !== character.charCodeAt(0)) return false
  return true
}

/** Over letters and digits, or over one other byte. */
function skipWord(parser: PdfParser): void {
  const start = parser.at
  while (parser.at - start < 2048 && isWord(parser.peek())) parser.at++
  if (parser.at === start) parser.at++
}

function isWord(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/**
 * Where streams end. Lengths given by reference cannot be looked up while the objects are being found, so all numbers
 * that stand as objects anywhere in the file are tried; the one whose place `endstream` confirms is right.
 */
class StreamLengths {
  private numbers: Map<string, Set<number>> | undefined

  constructor(
    private readonly source: RandomAccessSource,
    private readonly budget: ReadingBudget
  ) {}

  endOf(object: IndirectObject): number {
    const start = object.streamAt!
    const length = object.value.kind === 'dict' ? object.value.entries.get('Length') : undefined
    const given = asNatural(length)
    if (given !== undefined && endsStream(this.source, start + given)) return start + given
    if (length?.kind === 'ref') {
      this.numbers ??= numberObjects(this.source)
      const fitting = [...(this.numbers.get(`${length.number} ${length.generation}`) ?? [])].filter(value =>
        endsStream(this.source, start + value)
      )
      if (fitting.length > 1) throw broken('not repaired: a stream with two lengths', start)
      if (fitting[0] !== undefined) return start + fitting[0]
    }
    const end = findStreamEnd(this.source, start, this.budget)
    if (end === undefined) throw broken('not repaired: a stream without end', start)
    return end
  }
}

const piece = 1024 * 1024
const overlap = 64

/** Values of all objects in the file that are just a natural number, by "number generation". */
function numberObjects(source: RandomAccessSource): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>()
  for (let from = 0; from < source.size; from += piece) {
    const bytes = source.read(from, piece + 2 * overlap)
    for (let at = bytes.indexOf('obj'); at >= 0; at = bytes.indexOf('obj', at + 3)) {
      const text = bytes.toString('latin1', Math.max(0, at - 24), at + 48)
      const match =
        /(\d{1,10})[\0\t\n\f\r ]+(\d{1,5})[\0\t\n\f\r ]+obj[\0\t\n\f\r ]*(\d{1,15})[\0\t\n\f\r ]+endobj/.exec(text)
      if (!match) continue
      const key = `${Number(match[1])} ${Number(match[2])}`
      const values = found.get(key) ?? new Set()
      found.set(key, values.add(Number(match[3])))
      if (values.size > 64 || found.size > mostObjects) throw tooComplex('objects')
    }
  }
  return found
}

/** Whether the text stands anywhere in the file. */
function contains(source: RandomAccessSource, text: string): boolean {
  for (let from = 0; from < source.size; from += piece)
    if (source.read(from, piece + overlap).includes(text, 0, 'latin1')) return true
  return false
}
