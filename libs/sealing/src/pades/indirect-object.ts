import { NeedMoreBytes, PdfParser } from './pdf-parser.js'
import { asNatural, broken, type PdfValue, tooComplex } from './pdf-values.js'
import type { RandomAccessSource } from './source.js'

/** An object body as it stands in the file: `12 0 obj … endobj`. */
export interface IndirectObject {
  readonly number: number
  readonly generation: number
  readonly value: PdfValue
  /** Where the stream data starts in the file; undefined when it is no stream. */
  readonly streamAt?: number
}

/** An object's dictionary longer than this is an attack; the longest honest ones are arrays of a few megabytes. */
const longestObject = 32 * 1024 * 1024

/** Runs `read` on growing pieces of the file from `at` until it no longer asks for more. */
export function readGrowing<T>(source: RandomAccessSource, at: number, read: (parser: PdfParser) => T): T {
  if (at < 0 || at >= source.size) throw broken('offset outside the file', at)
  for (let length = 4096; ; length *= 8) {
    const bytes = source.read(at, length)
    const complete = at + bytes.length >= source.size
    try {
      return read(new PdfParser(bytes, 0, complete, at))
    } catch (error) {
      if (!(error instanceof NeedMoreBytes)) throw error
      if (length > longestObject) throw tooComplex('object size')
    }
  }
}

/** Reads the object that starts at `at`. Throws Refused `sealing/pdf-broken` when none does. */
export function readIndirectObject(source: RandomAccessSource, at: number): IndirectObject {
  return readGrowing(source, at, parser => {
    parser.skipSpace()
    const number = parser.natural()
    parser.skipSpace()
    const generation = parser.natural()
    parser.skipSpace()
    if (number === undefined || generation === undefined || !parser.keyword('obj')) throw broken('no object', at)
    const value = parser.value()
    parser.skipSpace()
    if (value.kind === 'dict' && parser.keyword('stream')) {
      // The keyword ends with CR LF or LF; a lone CR is wrong but seen (ISO 32000-1, 7.3.8.1).
      if (parser.peek() === 0x0d) parser.at++
      if (parser.peek() === 0x0a) parser.at++
      return { number, generation, value, streamAt: at + parser.at }
    }
    if (!parser.keyword('endobj')) throw broken('object without end', at)
    return { number, generation, value }
  })
}

/** The raw data of a stream, checked to end where its /Length says. */
export function streamData(
  source: RandomAccessSource,
  object: IndirectObject,
  resolve: (value: PdfValue | undefined) => PdfValue | undefined
): Buffer {
  const length = object.value.kind === 'dict' ? asNatural(resolve(object.value.entries.get('Length'))) : undefined
  if (object.streamAt === undefined || length === undefined) throw broken('no stream')
  if (object.streamAt + length > source.size) throw broken('stream without end', object.streamAt)
  const ended = readGrowing(source, object.streamAt + length, parser => {
    parser.skipSpace()
    return parser.keyword('endstream')
  })
  if (!ended) throw broken('stream length', object.streamAt)
  return source.read(object.streamAt, length)
}
