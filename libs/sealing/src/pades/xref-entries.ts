import { broken, type PdfDict } from './pdf-values.js'

/** Where an object is (ISO 32000-1, 7.5.4 and 7.5.8). Offsets are as the file gives them. */
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
  /** Where the section starts, and where its trailer dictionary (or stream data) is over; offsets in the file. */
  readonly at: number
  readonly endAt: number
  /** The numbers it speaks of. */
  readonly parts: readonly Pick<Subsection, 'first' | 'count'>[]
  find(number: number): XrefEntry | undefined
}

/** Numbers from `first` on, `count` of them, whose rows start with row `row`. */
export interface Subsection {
  readonly first: number
  readonly count: number
  readonly row: number
}

export const free: XrefEntry = { kind: 'free' }

/**
 * Subsections in the order of their numbers, for search by halves. Two that speak of the same object are refused:
 * readers differ in which one counts (ISO 32000-1, 7.5.4 forbids them).
 */
export function sortSubsections<T extends Subsection>(parts: readonly T[], at: number): readonly T[] {
  if (parts.length < 2) return parts
  const sorted = [...parts].sort((a, b) => a.first - b.first)
  for (let i = 1; i < sorted.length; i++)
    if (sorted[i - 1]!.first + sorted[i - 1]!.count > sorted[i]!.first)
      throw broken('an object twice in one cross-reference section', at)
  return sorted
}

/** The subsection that speaks of `number`, among sorted ones. */
export function subsectionOf<T extends Subsection>(sorted: readonly T[], number: number): T | undefined {
  let low = 0
  for (let high = sorted.length; high - low > 1;) {
    const middle = (low + high) >> 1
    if (sorted[middle]!.first <= number) low = middle
    else high = middle
  }
  const part = sorted[low]
  return part && number >= part.first && number < part.first + part.count ? part : undefined
}

/** The highest number plus one. */
export function endOf(sorted: readonly Subsection[]): number {
  const last = sorted.at(-1)
  return last ? last.first + last.count : 0
}
