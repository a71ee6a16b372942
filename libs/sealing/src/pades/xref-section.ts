import type { RandomAccessSource } from '../source.js'
import { type IndirectObject, readGrowing, readIndirectObject, streamData } from './indirect-object.js'
import { decodeStream, type ReadingBudget } from './pdf-streams.js'
import { asName, asNatural, broken, type PdfDict, type PdfValue } from './pdf-values.js'
import {
  endOf,
  free,
  sortSubsections,
  type Subsection,
  subsectionOf,
  type XrefEntry,
  type XrefSection
} from './xref-entries.js'
import { readTableSection } from './xref-table.js'

/** Reads the section at `at` (offset in the file), table or stream. Throws Refused `sealing/pdf-broken` for anything else. */
export function readXrefSection(source: RandomAccessSource, at: number, budget: ReadingBudget): XrefSection {
  const tableAt = readGrowing(source, at, budget, parser => {
    parser.skipSpace()
    return parser.keyword('xref') ? at + parser.at : undefined
  })
  return tableAt === undefined ? readStreamSection(source, at, budget) : readTableSection(source, at, tableAt, budget)
}

const largestInteger = Number.MAX_SAFE_INTEGER

/** Nothing can be resolved yet, so the standard wants direct values here (ISO 32000-1, 7.5.8.2). */
const direct = (value: PdfValue | undefined): PdfValue | undefined => value

function readStreamSection(source: RandomAccessSource, at: number, budget: ReadingBudget): XrefSection {
  const object = readIndirectObject(source, at, budget)
  const trailer = object.value
  if (trailer.kind !== 'dict' || asName(trailer.entries.get('Type')) !== 'XRef')
    throw broken('no cross-reference section', at)
  const bytes = decodeStream(trailer, streamData(source, object, direct, budget), budget, direct)
  const rows = readWidths(trailer, bytes, at)
  const { sorted, count } = readIndex(trailer, at, budget)
  if (count * rows.width > bytes.length) throw broken('cross-reference stream too short', at)
  return {
    kind: 'stream',
    trailer,
    end: endOf(sorted),
    at,
    endAt: streamSectionEnd(object),
    parts: sorted,
    find(number) {
      const part = subsectionOf(sorted, number)
      return part && rows.entry(part.row + number - part.first)
    }
  }
}

function streamSectionEnd(object: IndirectObject): number {
  return object.streamAt! + (object.value.kind === 'dict' ? (asNatural(object.value.entries.get('Length')) ?? 0) : 0)
}

function readIndex(trailer: PdfDict, at: number, budget: ReadingBudget) {
  const size = asNatural(trailer.entries.get('Size'))
  if (size === undefined) throw broken('size of the cross-reference stream', at)
  const index = naturals(trailer, 'Index') ?? [0, size]
  if (index.length % 2 || index.some(one => one < 0)) throw broken('index of the cross-reference stream', at)
  budget.spendParsed(8 * index.length)
  const parts: Subsection[] = []
  let count = 0
  for (let i = 0; i < index.length; i += 2) {
    if (index[i + 1]! > 0) parts.push({ first: index[i]!, count: index[i + 1]!, row: count })
    count += index[i + 1]!
  }
  return { sorted: sortSubsections(parts, at), count }
}

function naturals(trailer: PdfDict, key: string): number[] | undefined {
  const array = trailer.entries.get(key)
  return array?.kind === 'array' ? array.items.map(item => asNatural(item) ?? -1) : undefined
}

/** The rows of a cross-reference stream (ISO 32000-1, tables 17 and 18). */
function readWidths(trailer: PdfDict, bytes: Buffer, at: number) {
  const widths = naturals(trailer, 'W') ?? []
  const [typeWidth, middleWidth, lastWidth] = widths as [number, number, number]
  const width = typeWidth + middleWidth + lastWidth
  if (widths.length !== 3 || widths.some(one => one < 0 || one > 8) || width === 0)
    throw broken('widths of the cross-reference stream', at)
  const field = (offset: number, bytesWide: number): number => {
    let value = 0
    for (let i = offset; i < offset + bytesWide; i++) value = value * 256 + bytes[i]!
    if (value > largestInteger) throw broken('cross-reference stream', at)
    return value
  }
  const entry = (row: number): XrefEntry => {
    const offset = row * width
    const type = typeWidth === 0 ? 1 : field(offset, typeWidth)
    // Type 0 is free; unknown types are references to null.
    if (type !== 1 && type !== 2) return free
    const middle = field(offset + typeWidth, middleWidth)
    const last = field(offset + typeWidth + middleWidth, lastWidth)
    if (type === 2) return { kind: 'in-stream', stream: middle, index: last }
    // Offset 0 is the header itself: writers that mark unused objects so mean "free".
    return middle === 0 ? free : { kind: 'offset', offset: middle, generation: last }
  }
  return { width, entry }
}
