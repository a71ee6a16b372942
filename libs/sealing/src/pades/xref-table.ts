import type { RandomAccessSource } from '../source.js'
import { readGrowing } from './indirect-object.js'
import type { ReadingBudget } from './pdf-streams.js'
import { broken, type PdfDict } from './pdf-values.js'
import {
  endOf,
  free,
  sortSubsections,
  type Subsection,
  subsectionOf,
  type XrefEntry,
  type XrefSection
} from './xref-entries.js'

interface TablePart extends Subsection {
  entry(index: number): XrefEntry
  /** Offset of what follows the entries. */
  readonly endAt: number
}

/** A table cannot speak of more objects than a file may have, with room for free ones. */
const mostEntries = 8_388_608

/** More subsections than this only an attack has. */
const mostParts = 100_000

/** Reads a table (ISO 32000-1, 7.5.4) whose keyword `xref` ends at `start`. */
export function readTableSection(
  source: RandomAccessSource,
  sectionAt: number,
  start: number,
  budget: ReadingBudget
): XrefSection {
  const parts: TablePart[] = []
  for (let at = start; ;) {
    const next = readGrowing(source, at, budget, parser => {
      parser.skipSpace()
      if (parser.keyword('trailer')) return { kind: 'trailer' as const, trailer: parser.value(), endAt: at + parser.at }
      const first = parser.natural()
      parser.skipSpace()
      const count = parser.natural()
      parser.skipSpace()
      if (first === undefined || count === undefined || count > mostEntries) throw broken('cross-reference table', at)
      return { kind: 'subsection' as const, first, count, at: at + parser.at }
    })
    if (next.kind === 'trailer') {
      if (next.trailer.kind !== 'dict') throw broken('trailer', at)
      return tableSection(sectionAt, parts, next.trailer, next.endAt)
    }
    if (next.count === 0) at = next.at
    else {
      const part = readEntries(source, next, budget)
      parts.push(part)
      at = part.endAt
    }
    if (parts.length > mostParts) throw broken('cross-reference table', at)
  }
}

function tableSection(at: number, parts: readonly TablePart[], trailer: PdfDict, endAt: number): XrefSection {
  const sorted = sortSubsections(parts, at)
  return {
    kind: 'table',
    trailer,
    end: endOf(sorted),
    at,
    endAt,
    parts: sorted,
    find(number) {
      const part = subsectionOf(sorted, number)
      return part?.entry(number - part.first)
    }
  }
}

interface Found {
  readonly first: number
  readonly count: number
  readonly at: number
}

/**
 * Entries of equal width are read where they lie: 20 bytes by the standard, 19 or 21 from careless writers. First and last
 * must fit; anything else is read piece by piece.
 */
function readEntries(source: RandomAccessSource, found: Found, budget: ReadingBudget): TablePart {
  const width = widthOf(source.read(found.at, 21))
  const size = width * found.count
  if (width === 0 || !isEntry(source.read(found.at + size - width, 18))) return readOddEntries(source, found, budget)
  // A short table is fetched at once, a long one row by row.
  const kept = size <= 1024 * 1024 ? source.read(found.at, size) : undefined
  const head = source.read(found.at, 18)
  return {
    first: firstNumber(found, head[17] === 0x66 && head.toString('latin1', 11, 16) === '65535'),
    count: found.count,
    row: 0,
    endAt: found.at + size,
    entry(index) {
      const bytes = kept ?? source.read(found.at + index * width, 18)
      const row = kept ? index * width : 0
      if (!isEntry(bytes, row)) throw broken('cross-reference entry', found.at + index * width)
      return entryOf(digits(bytes, row, 10), digits(bytes, row + 11, 5), bytes[row + 17]!)
    }
  }
}

/** A well-known slip: the table says it starts at 1 although its first entry is the head of the free list, object 0. */
function firstNumber(found: Found, startsWithHead: boolean): number {
  return found.first === 1 && startsWithHead ? 0 : found.first
}

function entryOf(offset: number, generation: number, type: number): XrefEntry {
  // Offset 0 is the header itself: writers that mark unused objects so mean "free".
  return type === 0x66 || offset === 0 ? free : { kind: 'offset', offset, generation }
}

/** Width of the first entry with its line end; 0 when it is not one. */
function widthOf(bytes: Buffer): number {
  if (!isEntry(bytes)) return 0
  let at = 18
  while (at < 20 && bytes[at] === 0x20) at++
  const eol = bytes[at]
  if (eol !== 0x0d && eol !== 0x0a) return 0
  at++
  if (eol === 0x0d && bytes[at] === 0x0a) at++
  return at > 21 ? 0 : at
}

/** Ten digits, a space, five digits, a space, `n` or `f`. */
function isEntry(bytes: Buffer, row = 0): boolean {
  const type = bytes[row + 17]
  if (bytes[row + 10] !== 0x20 || bytes[row + 16] !== 0x20 || (type !== 0x6e && type !== 0x66)) return false
  for (let i = 0; i < 16; i++) if (i !== 10 && !isDigit(bytes[row + i]!)) return false
  return true
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function digits(bytes: Buffer, from: number, count: number): number {
  let value = 0
  for (let i = from; i < from + count; i++) value = value * 10 + bytes[i]! - 0x30
  return value
}

/** Entries of unequal width: other spacing, other numbers of digits. What they say is beyond doubt all the same. */
function readOddEntries(source: RandomAccessSource, found: Found, budget: ReadingBudget): TablePart {
  // The shortest thinkable entry is "0 0 f" and a line end.
  if (found.count * 6 > source.size - found.at + 6) throw broken('cross-reference table', found.at)
  return readGrowing(source, found.at, budget, parser => {
    const entries: XrefEntry[] = []
    let startsWithHead = false
    for (let i = 0; i < found.count; i++) {
      parser.skipSpace()
      const offset = parser.natural()
      parser.skipSpace()
      const generation = parser.natural()
      parser.skipSpace()
      const used = parser.keyword('n')
      if (offset === undefined || generation === undefined || (!used && !parser.keyword('f')))
        throw broken('cross-reference table', found.at)
      if (i === 0) startsWithHead = !used && generation === 65535
      entries.push(entryOf(offset, generation, used ? 0x6e : 0x66))
    }
    return {
      first: firstNumber(found, startsWithHead),
      count: found.count,
      row: 0,
      endAt: found.at + parser.at,
      entry: index => entries[index]!
    }
  })
}
