import { Refused } from '#platform/plain'
import type { RandomAccessSource } from '../source.js'
import { readIndirectObject } from './indirect-object.js'
import { isPdfSpace, PdfParser } from './pdf-parser.js'
import type { ReadingBudget } from './pdf-streams.js'
import { asName, broken } from './pdf-values.js'

/** Where the newest cross-reference section is. */
export interface XrefStart {
  /** What offsets in this file count from: the header, or byte 0. */
  readonly base: number
  /** Offset of the section from `base`, corrected where `startxref` was a few bytes off. */
  readonly offset: number
  /** Where the last `startxref` and its number end in the file. */
  readonly endAt: number
}

/** How many bytes beside the place that `startxref` names a section is looked for. */
const nearby = 32

/** How far before the end of the file the last `startxref` may be. */
const farthestTail = 1024 * 1024

/**
 * Finds the newest cross-reference section (ISO 32000-1, 7.5.5). Offsets count from the header, which may stand after some
 * junk; in files whose junk was put in front of a finished file's offsets, from byte 0: the one that leads to a section
 * is right. If both do, two readers could see two documents.
 */
export function findXrefStart(source: RandomAccessSource, headerAt: number, budget: ReadingBudget): XrefStart {
  const { value, at, endAt } = lastStartXref(source)
  const bases = headerAt === 0 ? [0] : [headerAt, 0]
  for (const spaces of [false, true]) {
    const fitting = bases.filter(base => sectionStarts(source, base + value, spaces))
    if (fitting.length === 2 && !spaces) throw broken('two cross-reference sections fit', at)
    if (fitting[0] !== undefined) return { base: fitting[0], offset: value, endAt }
  }
  for (const base of bases) {
    const found = findNearby(source, base + value, budget)
    if (found !== undefined) return { base, offset: found - base, endAt }
  }
  if (headerAt + value >= source.size) throw broken('offset outside the file', headerAt + value)
  return { base: headerAt, offset: value, endAt }
}

/** The number after the last `startxref`. */
function lastStartXref(source: RandomAccessSource): { value: number; at: number; endAt: number } {
  const keyword = 'startxref'
  for (let length = 4096; ; length *= 16) {
    const tailAt = Math.max(0, source.size - length)
    const tail = source.read(tailAt, length)
    const at = tail.lastIndexOf(keyword)
    if (at >= 0) {
      const parser = new PdfParser(tail, at + keyword.length)
      parser.skipSpace()
      const value = parser.natural()
      if (value === undefined) throw broken('startxref', tailAt + at)
      return { value, at: tailAt + at, endAt: tailAt + parser.at }
    }
    if (tailAt === 0 || length >= farthestTail) throw broken('no startxref')
  }
}

/** Whether an object stands somewhere behind `from`, which is near the end of the file. */
export function hasObjectBehind(source: RandomAccessSource, from: number): boolean {
  return /\d[\0\t\n\f\r ]+\d+[\0\t\n\f\r ]+obj(?![a-z])/.test(source.read(from, farthestTail).toString('latin1'))
}

/** Whether a section may start at `at`: the keyword `xref` or an object; with `spaces`, after white space. */
function sectionStarts(source: RandomAccessSource, at: number, spaces: boolean): boolean {
  if (at <= 0 || at >= source.size) return false
  const bytes = source.read(at, 64)
  let start = 0
  if (spaces) while (start < bytes.length && isPdfSpace(bytes[start]!)) start++
  const text = bytes.toString('latin1', start)
  return /^(xref[\0\t\n\f\r ]|\d{1,10}[\0\t\n\f\r ]+\d{1,5}[\0\t\n\f\r ]+obj)/.test(text)
}

/**
 * A section a few bytes beside `at`, if there is exactly one: writers that miscount line ends are read by everyone. Its
 * own offsets must fit, which the reader checks when it uses them.
 */
function findNearby(source: RandomAccessSource, at: number, budget: ReadingBudget): number | undefined {
  const from = Math.max(1, at - nearby)
  if (from >= source.size) return undefined
  const text = source.read(from, 2 * nearby).toString('latin1')
  const found: number[] = []
  for (const match of text.matchAll(
    /(?<![a-z\d])(xref(?=[\0\t\n\f\r ])|\d{1,10}[\0\t\n\f\r ]+\d{1,5}[\0\t\n\f\r ]+obj)/g
  )) {
    const place = from + match.index
    if (match[0] === 'xref' || isXrefStream(source, place, budget)) found.push(place)
  }
  return found.length === 1 ? found[0] : undefined
}

function isXrefStream(source: RandomAccessSource, at: number, budget: ReadingBudget): boolean {
  try {
    const { value, streamAt } = readIndirectObject(source, at, budget)
    return streamAt !== undefined && value.kind === 'dict' && asName(value.entries.get('Type')) === 'XRef'
  } catch (error) {
    // Whatever stands there, it is no section; the caller says so.
    if (error instanceof Refused) return false
    throw error
  }
}
