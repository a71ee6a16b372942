import { decodeStream, type UnpackingBudget } from './pdf-streams.js'
import { readGrowing, readIndirectObject, streamData } from './indirect-object.js'
import { asName, asNatural, broken, type PdfDict } from './pdf-values.js'
import type { RandomAccessSource } from './source.js'

/** Where an object is (ISO 32000-1, 7.5.4 and 7.5.8). Offsets are relative to the header. */
export type XrefEntry =
  | { readonly kind: 'free' }
  | { readonly kind: 'offset'; readonly offset: number; readonly generation: number }
  | { readonly kind: 'in-stream'; readonly stream: number; readonly index: number }

/** One cross-reference section. Entries are looked up where they lie; a table of a million objects costs nothing. */
export interface XrefSection {
  readonly kind: 'table' | 'stream'
  readonly trailer: PdfDict
  /** One more than the highest object number the section speaks of. */
  readonly end: number
  find(number: number): XrefEntry | undefined
}

/** Reads the section at `at` (offset in the file), table or stream. Throws Refused `sealing/pdf-broken` for anything else. */
export function readXrefSection(source: RandomAccessSource, at: number, budget: UnpackingBudget): XrefSection {
  const tableAt = readGrowing(source, at, parser => {
    parser.skipSpace()
    return parser.keyword('xref') ? at + parser.at : undefined
  })
  return tableAt === undefined ? readStreamSection(source, at, budget) : readTableSection(source, tableAt)
}

interface TablePart {
  readonly first: number
  readonly count: number
  readonly at: number
  readonly width: number
}

const entryPattern = /^(\d{10}) (\d{5}) ([nf])( ?[\r\n]{1,2})/

/** More subsections than this only an attack has; they are searched one by one. */
const mostParts = 100_000

function readTableSection(source: RandomAccessSource, start: number): XrefSection {
  const parts: TablePart[] = []
  let at = start
  for (;;) {
    const next = readGrowing(source, at, parser => {
      parser.skipSpace()
      if (parser.keyword('trailer')) return parser.value()
      const first = parser.natural()
      parser.skipSpace()
      const count = parser.natural()
      parser.skipSpace()
      if (first === undefined || count === undefined) throw broken('cross-reference table', at)
      return { first, count, at: at + parser.at }
    })
    if ('kind' in next) {
      if (next.kind !== 'dict') throw broken('trailer', at)
      return tableSection(source, parts, next)
    }
    if (next.count > 0) {
      const part = measure(source, next)
      parts.push(part)
      at = part.at + part.count * part.width
    } else at = next.at
    if (parts.length > mostParts) throw broken('cross-reference table', at)
  }
}

/** Finds out how wide entries are: 20 bytes by the standard, 19 from careless writers. First and last must fit. */
function measure(source: RandomAccessSource, found: { first: number; count: number; at: number }): TablePart {
  const match = entryPattern.exec(source.read(found.at, 20).toString('latin1'))
  if (!match) throw broken('cross-reference entry', found.at)
  const width = match[0].length
  const last = source.read(found.at + (found.count - 1) * width, 18).toString('latin1')
  if (!/^\d{10} \d{5} [nf]/.test(last)) throw broken('cross-reference table', found.at)
  // A well-known slip: the table says it starts at 1 although its first entry is the head of the free list, object 0.
  const first = found.first === 1 && match[2] === '65535' && match[3] === 'f' ? 0 : found.first
  return { ...found, first, width }
}

function tableSection(source: RandomAccessSource, parts: readonly TablePart[], trailer: PdfDict): XrefSection {
  return {
    kind: 'table',
    trailer,
    end: Math.max(0, ...parts.map(({ first, count }) => first + count)),
    find(number) {
      const part = parts.find(({ first, count }) => number >= first && number < first + count)
      if (!part) return undefined
      const at = part.at + (number - part.first) * part.width
      const match = /^(\d{10}) (\d{5}) ([nf])/.exec(source.read(at, 18).toString('latin1'))
      if (!match) throw broken('cross-reference entry', at)
      // Offset 0 is the header itself: writers that mark unused objects so mean "free".
      if (match[3] === 'f' || Number(match[1]) === 0) return { kind: 'free' }
      return { kind: 'offset', offset: Number(match[1]), generation: Number(match[2]) }
    }
  }
}

function readStreamSection(source: RandomAccessSource, at: number, budget: UnpackingBudget): XrefSection {
  const object = readIndirectObject(source, at)
  const trailer = object.value
  // Nothing can be resolved yet, so the standard wants direct values here (ISO 32000-1, 7.5.8.2).
  if (trailer.kind !== 'dict' || asName(trailer.entries.get('Type')) !== 'XRef')
    throw broken('no cross-reference section', at)
  const direct = <T>(value: T) => value
  const bytes = decodeStream(trailer, streamData(source, object, direct), budget, direct)
  const naturals = (key: string) => {
    const array = trailer.entries.get(key)
    return array?.kind === 'array' ? array.items.map(item => asNatural(item) ?? -1) : undefined
  }
  const widths = naturals('W') ?? []
  const size = asNatural(trailer.entries.get('Size'))
  const index = naturals('Index') ?? [0, size ?? -1]
  const [typeWidth, middleWidth, lastWidth] = widths as [number, number, number]
  const width = typeWidth + middleWidth + lastWidth
  if (widths.length !== 3 || widths.some(one => one < 0 || one > 8) || width === 0 || size === undefined)
    throw broken('widths of the cross-reference stream', at)
  if (index.length % 2 || index.some(one => one < 0)) throw broken('index of the cross-reference stream', at)

  const parts: { first: number; count: number; row: number }[] = []
  let rows = 0
  for (let i = 0; i < index.length; i += 2) {
    parts.push({ first: index[i]!, count: index[i + 1]!, row: rows })
    rows += index[i + 1]!
  }
  if (rows * width > bytes.length) throw broken('cross-reference stream too short', at)
  const field = (offset: number, bytesWide: number, otherwise: number) => {
    if (bytesWide === 0) return otherwise
    const value = Number(BigInt(`0x${bytes.toString('hex', offset, offset + bytesWide)}`))
    if (!Number.isSafeInteger(value)) throw broken('cross-reference stream', at)
    return value
  }

  return {
    kind: 'stream',
    trailer,
    end: parts.reduce((end, { first, count }) => Math.max(end, first + count), 0),
    find(number) {
      const part = parts.find(({ first, count }) => number >= first && number < first + count)
      if (!part) return undefined
      const offset = (part.row + number - part.first) * width
      const type = field(offset, typeWidth, 1)
      const middle = field(offset + typeWidth, middleWidth, 0)
      const last = field(offset + typeWidth + middleWidth, lastWidth, 0)
      if (type === 1) return { kind: 'offset', offset: middle, generation: last }
      if (type === 2) return { kind: 'in-stream', stream: middle, index: last }
      // Type 0 is free; unknown types are references to null (ISO 32000-1, table 18).
      return { kind: 'free' }
    }
  }
}
