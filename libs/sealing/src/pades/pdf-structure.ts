import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'
import type { RandomAccessSource } from '../source.js'
import type { ReadingBudget } from './pdf-streams.js'
import { asNatural, broken, type PdfValue, tooComplex, unambiguous } from './pdf-values.js'
import { findXrefStart } from './start-xref.js'
import type { XrefEntry, XrefSection } from './xref-entries.js'
import { readXrefSection } from './xref-section.js'

/** A cross-reference section and, in a hybrid file, the stream beside it (ISO 32000-1, 7.5.8.4). */
export type SectionPair = readonly [XrefSection, hidden?: XrefSection]

/** Where the objects of a file are. */
export interface PdfStructure {
  /** What offsets inside the file count from. */
  readonly base: number
  /** Offset of the newest section from `base`; 0 when it was put together by repair. */
  readonly startXref: number
  /** Where the last `startxref` and its number end in the file. */
  readonly endAt: number
  /** Newest first, one at least. */
  readonly sections: readonly SectionPair[]
  readonly repaired: boolean
}

const mostRevisions = 2000

/** Where the header is (ISO 32000-1, 7.5.2): in the first kilobyte, as all readers allow. @throws Refused `sealing/pdf-not-a-pdf` */
export function findHeader(source: RandomAccessSource): number {
  const headerAt = source.read(0, 1024).indexOf('%PDF-')
  if (headerAt < 0) throw new Refused(sealingProblems['pdf-not-a-pdf'])
  return headerAt
}

/** Reads the chain of cross-reference sections from the newest to the oldest. */
export function readStructure(source: RandomAccessSource, headerAt: number, budget: ReadingBudget): PdfStructure {
  const { base, offset: startXref, endAt } = findXrefStart(source, headerAt, budget)
  const sections: SectionPair[] = []
  const seen = new Set<number>()
  for (let at: number | undefined = startXref; at !== undefined;) {
    if (seen.has(at)) throw broken('circle of cross-reference sections', at)
    if (seen.size >= mostRevisions) throw tooComplex('revisions')
    seen.add(at)
    const section = readXrefSection(source, base + at, budget)
    const { entries } = unambiguous(section.trailer)
    const hiddenAt = section.kind === 'table' ? offsetAt(entries.get('XRefStm')) : undefined
    const hidden = hiddenAt === undefined ? undefined : readXrefSection(source, base + hiddenAt, budget)
    if (hidden?.kind === 'table') throw broken('no cross-reference stream', hiddenAt)
    sections.push(hidden ? [section, hidden] : [section])
    at = offsetAt(entries.get('Prev'))
  }
  // A revision that forgets to say so in a file that is encrypted: are its strings enciphered or not?
  const [newest, ...older] = sections
  if (!newest![0].trailer.entries.has('Encrypt') && older.some(([{ trailer }]) => trailer.entries.has('Encrypt')))
    throw broken('encrypted only in earlier revisions')
  return { base, startXref, endAt, sections, repaired: false }
}

/** 0 is the header: writers that give it mean that there is no such section, and everyone takes it so. */
function offsetAt(value: PdfValue | undefined): number | undefined {
  if (!value || value.kind === 'null') return undefined
  const offset = asNatural(value)
  if (offset === undefined) throw broken('offset of a cross-reference section')
  return offset === 0 ? undefined : offset
}

/** The entry that counts for an object: the newest revision that speaks of it. */
export function locate(sections: readonly SectionPair[], number: number, budget: ReadingBudget): XrefEntry | undefined {
  if (sections.length > 8) budget.spendParsed(sections.length)
  for (const [section, hidden] of sections) {
    const entry = section.find(number)
    if (entry && entry.kind !== 'free') return entry
    // In a hybrid file the table calls an object free that the stream beside it knows (ISO 32000-1, 7.5.8.4).
    const other = hidden?.find(number)
    if (other) return other
    if (entry) return entry
  }
  return undefined
}

/** One more than the highest object number that any revision speaks of, by its entries or its /Size. */
export function endOfNumbers(sections: readonly SectionPair[]): number {
  let end = 1
  for (const pair of sections)
    for (const section of pair)
      if (section) end = Math.max(end, section.end, asNatural(section.trailer.entries.get('Size')) ?? 0)
  return end
}
