import type { RandomAccessSource } from '../source.js'
import type { Decipher } from './parsed-values.js'
import { isPdfSpace, NeedMoreBytes, PdfParser } from './pdf-parser.js'
import { ReadingBudget } from './pdf-streams.js'
import { asNatural, broken, type PdfValue, tooComplex } from './pdf-values.js'

/** An object body as it stands in the file: `12 0 obj … endobj`. */
export interface IndirectObject {
  readonly number: number
  readonly generation: number
  readonly value: PdfValue
  /** Where the stream data starts in the file; undefined when it is no stream. */
  readonly streamAt?: number
  /** Where the object ends, or its dictionary when it is a stream. */
  readonly endAt: number
}

/** An object's dictionary longer than this is an attack; the longest honest ones are arrays of a few megabytes. */
const longestObject = 32 * 1024 * 1024

/** How far a stream's end is searched when its /Length is wrong. Cross-reference and object streams are far smaller. */
const longestSearch = 16 * 1024 * 1024

/** Runs `read` on growing pieces of the file from `at` until it no longer asks for more. */
export function readGrowing<T>(
  source: RandomAccessSource,
  at: number,
  budget: ReadingBudget,
  read: (parser: PdfParser) => T
): T {
  if (at < 0 || at >= source.size) throw broken('offset outside the file', at)
  for (let length = 4096; ; length *= 8) {
    const bytes = source.read(at, length)
    const complete = at + bytes.length >= source.size
    const parser = new PdfParser(bytes, 0, complete, at)
    try {
      const result = read(parser)
      budget.spendParsed(parser.at)
      return result
    } catch (error) {
      if (!(error instanceof NeedMoreBytes)) throw error
      budget.spendParsed(bytes.length)
      if (length > longestObject) throw tooComplex('object size')
    }
  }
}

const nothing = Buffer.alloc(0)

/**
 * Reads the object that starts at `at`.
 * @param decipherFor how the strings of an object are deciphered, in an encrypted file
 * @throws Refused `sealing/pdf-broken` when none does
 */
export function readIndirectObject(
  source: RandomAccessSource,
  at: number,
  budget: ReadingBudget,
  decipherFor?: (number: number, generation: number) => Decipher | undefined
): IndirectObject {
  return readGrowing(source, at, budget, parser => {
    parser.skipSpace()
    const number = parser.natural()
    parser.skipSpace()
    const generation = parser.natural()
    parser.skipSpace()
    if (number === undefined || generation === undefined || !parser.keyword('obj')) throw broken('no object', at)
    parser.decipher = decipherFor?.(number, generation)
    parser.skipSpace()
    // "5 0 obj endobj" is what some writers make of null, and everyone reads it so.
    const value: PdfValue = parser.peek() === 0x65 ? { kind: 'null', raw: nothing } : parser.value()
    parser.skipSpace()
    if (value.kind === 'dict' && parser.keyword('stream')) {
      skipToStreamData(parser)
      return { number, generation, value, streamAt: at + parser.at, endAt: at + parser.at }
    }
    if (!objectEnds(parser)) throw broken('object without end', at)
    return { number, generation, value, endAt: at + parser.at }
  })
}

/** The keyword ends with CR LF or LF; a lone CR, or spaces before, are wrong but seen (ISO 32000-1, 7.3.8.1). */
function skipToStreamData(parser: PdfParser): void {
  const start = parser.at
  while (parser.peek() === 0x20) parser.at++
  const byte = parser.peek()
  if (byte !== 0x0d && byte !== 0x0a) parser.at = start
  if (parser.peek() === 0x0d) parser.at++
  if (parser.peek() === 0x0a) parser.at++
}

/**
 * Whether the object is over here. All readers do without a forgotten `endobj` when what follows can be nothing but the
 * next thing in a file: another object, a cross-reference section, or the end.
 */
function objectEnds(parser: PdfParser): boolean {
  if (parser.keyword('endobj')) return true
  const start = parser.at
  if (parser.peek() === 0x65) {
    // "endobj5 0 obj"
    for (const character of 'endobj') if (parser.peek() === character.charCodeAt(0)) parser.at++
    return parser.at === start + 6 && isDigit(parser.peek())
  }
  const over =
    parser.peek() === -1 ||
    parser.keyword('xref') ||
    parser.keyword('trailer') ||
    parser.keyword('startxref') ||
    startsObject(parser)
  parser.at = start
  return over
}

function startsObject(parser: PdfParser): boolean {
  for (let i = 0; i < 2; i++) {
    if (parser.natural() === undefined) return false
    parser.skipSpace()
  }
  return parser.keyword('obj')
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/**
 * The raw data of a stream. Where the keyword `endstream` does not stand where /Length says, it is searched, as all
 * readers do; the result may then have a line end too many, which no filter minds.
 */
export function streamData(
  source: RandomAccessSource,
  object: Pick<IndirectObject, 'value' | 'streamAt'>,
  resolve: (value: PdfValue | undefined) => PdfValue | undefined,
  budget = new ReadingBudget()
): Buffer {
  if (object.streamAt === undefined || object.value.kind !== 'dict') throw broken('no stream')
  const length = asNatural(resolve(object.value.entries.get('Length')))
  const end =
    length !== undefined && endsStream(source, object.streamAt + length)
      ? object.streamAt + length
      : findStreamEnd(source, object.streamAt, budget)
  if (end === undefined) throw broken('stream without end', object.streamAt)
  return source.read(object.streamAt, end - object.streamAt)
}

/** Whether `endstream` stands at `at`, or after white space there. */
export function endsStream(source: RandomAccessSource, at: number): boolean {
  if (at >= source.size) return false
  const bytes = source.read(at, 32)
  let start = 0
  while (start < 16 && isPdfSpace(bytes[start] ?? -1)) start++
  return bytes.toString('latin1', start, start + 9) === 'endstream'
}

/** The first `endstream` from `at` on that an `endobj` follows, or undefined. */
export function findStreamEnd(source: RandomAccessSource, at: number, budget: ReadingBudget): number | undefined {
  const piece = 64 * 1024
  const overlap = 64
  for (let from = at; from < source.size && from - at < longestSearch; from += piece - overlap) {
    const bytes = source.read(from, piece)
    budget.spendParsed(bytes.length >> 3)
    for (let found = bytes.indexOf('endstream'); found >= 0; found = bytes.indexOf('endstream', found + 9)) {
      const rest = source.read(from + found + 9, 32).toString('latin1')
      if (/^[\0\t\n\f\r ]*endobj/.test(rest)) return from + found
    }
  }
  return undefined
}
