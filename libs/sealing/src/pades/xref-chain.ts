import type { ReadingBudget } from './pdf-streams.js'
import { asNatural, broken } from './pdf-values.js'
import type { XrefEntry, XrefSection } from './xref-entries.js'

/** A cross-reference section and, in a hybrid file, the stream beside it (ISO 32000-1, 7.5.8.4). */
export type SectionPair = readonly [XrefSection, hidden?: XrefSection]

/** Chains of no more sections than this are searched one by one. */
const fewSections = 8

/** Sections that speak of more objects than this are asked, not listed. */
const wideSection = 256

/**
 * The cross-reference sections of a file, newest first, as each points to the one before. An earlier state of the file is
 * the end of the same chain, so that a file of hundreds of revisions is read once and not once for each of them.
 */
export class XrefChain {
  private places: Places | undefined
  private highest: number | undefined

  /**
   * @param all one at least
   * @param from the sections before this one came later and are not seen
   */
  constructor(
    private readonly all: readonly SectionPair[],
    private readonly from = 0,
    private readonly whole?: XrefChain
  ) {
    const [newest, ...older] = this.pairs
    // A revision that forgets to say so in a file that is encrypted: are its strings enciphered or not?
    if (!newest![0].trailer.entries.has('Encrypt') && older.some(([{ trailer }]) => trailer.entries.has('Encrypt')))
      throw broken('encrypted only in earlier revisions')
  }

  get newest(): XrefSection {
    return this.all[this.from]![0]
  }

  /** The sections of this state, newest first. */
  get pairs(): readonly SectionPair[] {
    return this.from === 0 ? this.all : this.all.slice(this.from)
  }

  /** The chain that starts with the section at `at`, when it lies wholly in the first `size` bytes of the file. */
  since(at: number, size: number): XrefChain | undefined {
    const from = this.all.findIndex(([section]) => section.at === at)
    if (from < this.from) return undefined
    const inside = this.all.slice(from).every(pair => pair.every(section => !section || section.endAt < size))
    return inside ? new XrefChain(this.all, from, this.whole ?? this) : undefined
  }

  /** The entry that counts for an object: the newest revision that speaks of it. */
  locate(number: number, budget: ReadingBudget): XrefEntry | undefined {
    const { all, from } = this
    if (all.length > fewSections) return this.index(budget).locate(number, from)
    for (let i = from; i < all.length; i++) {
      const entry = entryIn(all[i]!, number)
      if (entry) return entry
    }
    return undefined
  }

  /** Objects that this state's newer sections speak of; undefined when that cannot be told so quickly. */
  numbersSince(before: XrefChain): Set<number> | undefined {
    if (before.all !== this.all || before.from < this.from) return undefined
    const parts = this.all.slice(this.from, before.from).flatMap(pair => pair.flatMap(section => section?.parts ?? []))
    // Sections that speak of everything are no shorter way.
    if (parts.reduce((sum, { count }) => sum + count, 0) > this.end) return undefined
    const numbers = new Set<number>()
    for (const { first, count } of parts) for (let number = first; number < first + count; number++) numbers.add(number)
    return numbers
  }

  /** One more than the highest object number that any section speaks of, by its entries or its /Size. */
  get end(): number {
    if (this.highest !== undefined) return this.highest
    let end = 1
    for (const pair of this.pairs)
      for (const section of pair)
        if (section) end = Math.max(end, section.end, asNatural(section.trailer.entries.get('Size')) ?? 0)
    return (this.highest = end)
  }

  private index(budget: ReadingBudget): Places {
    if (this.whole) return this.whole.index(budget)
    return (this.places ??= new Places(this.all, budget))
  }
}

/** In a hybrid file the table calls an object free that the stream beside it knows (ISO 32000-1, 7.5.8.4). */
function entryIn([section, hidden]: SectionPair, number: number): XrefEntry | undefined {
  const entry = section.find(number)
  return entry && entry.kind !== 'free' ? entry : (hidden?.find(number) ?? entry)
}

/** Which sections speak of an object, for chains of many: without it, each look-up would go through all of them. */
class Places {
  private readonly narrow = new Map<number, number[]>()
  private readonly wide: number[] = []

  constructor(
    private readonly all: readonly SectionPair[],
    private readonly budget: ReadingBudget
  ) {
    all.forEach((pair, i) => {
      const parts = pair.flatMap(section => section?.parts ?? [])
      const count = parts.reduce((sum, part) => sum + part.count, 0)
      if (count > wideSection) this.wide.push(i)
      else for (const { first, count } of parts) for (let n = first; n < first + count; n++) this.note(n, i)
    })
  }

  private note(number: number, section: number): void {
    const sections = this.narrow.get(number)
    if (!sections) this.narrow.set(number, [section])
    else if (sections.at(-1) !== section) sections.push(section)
  }

  locate(number: number, from: number): XrefEntry | undefined {
    const listed = firstFrom(this.narrow.get(number) ?? [], from)
    for (const section of this.wide) {
      if (section > listed) break
      if (section < from) continue
      this.budget.spendParsed(1)
      const entry = entryIn(this.all[section]!, number)
      if (entry) return entry
    }
    return listed === Infinity ? undefined : entryIn(this.all[listed]!, number)
  }
}

/** The first of ascending numbers that is not below `from`; Infinity when all are. */
function firstFrom(ascending: readonly number[], from: number): number {
  let low = 0
  for (let high = ascending.length; low < high;) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < from) low = middle + 1
    else high = middle
  }
  return ascending[low] ?? Infinity
}
