import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'
import type { RandomAccessSource } from '../source.js'
import type { ReadingBudget } from './pdf-streams.js'
import { asNatural, broken, type PdfValue, tooComplex, unambiguous } from './pdf-values.js'
import { findXrefStart } from './start-xref.js'
import { type SectionPair, XrefChain } from './xref-chain.js'
import { readXrefSection } from './xref-section.js'

/** Where the objects of a file are. */
export interface PdfStructure {
  /** What offsets inside the file count from. */
  readonly base: number
  /** Offset of the newest section from `base`; 0 when it was put together by repair. */
  readonly startXref: number
  /** Where the last `startxref` and its number end in the file. */
  readonly endAt: number
  readonly sections: XrefChain
  readonly repaired: boolean
}

const mostRevisions = 2000

/** Where the header is (ISO 32000-1, 7.5.2): in the first kilobyte, as all readers allow. @throws Refused `sealing/pdf-not-a-pdf` */
export function findHeader(source: RandomAccessSource): number {
  const headerAt = source.read(0, 1024).indexOf('%PDF-')
  if (headerAt < 0) throw new Refused(sealingProblems['pdf-not-a-pdf'])
  return headerAt
}

/**
 * The header with its version must be the very first thing (ISO 32000-2, 7.5.2). Viewers bear junk in front of it, but
 * validators (EU DSS, pyHanko) do not take such a file for a PDF: a seal on it could not be validated.
 * @throws Refused `sealing/pdf-broken`
 */
export function assertBeginsWithHeader(source: RandomAccessSource): void {
  if (!/^%PDF-\d\.\d/.test(source.read(0, 8).toString('latin1')))
    throw broken('the file does not begin with its header', 0)
}

/**
 * Reads the chain of cross-reference sections from the newest to the oldest.
 * @param later that of the same file when it was longer, of which this one may be the end
 */
export function readStructure(
  source: RandomAccessSource,
  headerAt: number,
  budget: ReadingBudget,
  later?: XrefChain
): PdfStructure {
  const { base, offset: startXref, endAt } = findXrefStart(source, headerAt, budget)
  const known = later?.since(base + startXref, source.size)
  if (known) return { base, startXref, endAt, sections: known, repaired: false }
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
  return { base, startXref, endAt, sections: new XrefChain(sections), repaired: false }
}

/** 0 is the header: writers that give it mean that there is no such section, and everyone takes it so. */
function offsetAt(value: PdfValue | undefined): number | undefined {
  if (!value || value.kind === 'null') return undefined
  const offset = asNatural(value)
  if (offset === undefined) throw broken('offset of a cross-reference section')
  return offset === 0 ? undefined : offset
}
