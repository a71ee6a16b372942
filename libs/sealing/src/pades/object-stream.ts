import { PdfParser } from './pdf-parser.js'
import type { ReadingBudget } from './pdf-streams.js'
import { broken, type PdfValue } from './pdf-values.js'

/** An unpacked object stream (ISO 32000-1, 7.5.7). */
export class ObjectStream {
  private constructor(
    private readonly bytes: Buffer,
    /** Object number and offset in `bytes`, by index. */
    private readonly contents: readonly (readonly [number: number, at: number])[],
    private readonly budget: ReadingBudget
  ) {}

  /** @param count /N @param first /First, where the first object is */
  static read(bytes: Buffer, count: number, first: number, budget: ReadingBudget): ObjectStream {
    if (first > bytes.length || count > first) throw broken('object stream')
    budget.spendParsed(first)
    const contents: [number, number][] = []
    const parser = new PdfParser(bytes.subarray(0, first))
    for (let i = 0; i < count; i++) {
      parser.skipSpace()
      const number = parser.natural()
      parser.skipSpace()
      const at = parser.natural()
      if (number === undefined || at === undefined || first + at > bytes.length) throw broken('object stream')
      contents.push([number, first + at])
    }
    return new ObjectStream(bytes, contents, budget)
  }

  /** Numbers of the objects, by index. */
  get numbers(): readonly number[] {
    return this.contents.map(([number]) => number)
  }

  /**
   * The object at the index must be the one wanted: readers do not agree on what counts where the index in the
   * cross-reference and the number here contradict each other. An /Extends leads to streams whose objects have entries
   * of their own in the cross-reference, so there is no need to follow it.
   */
  assertHolds(number: number, index: number): void {
    if (this.contents[index]?.[0] !== number) throw broken('object stream does not hold the object')
  }

  /** The object at an index that there is. */
  value(index: number): PdfValue {
    const at = this.contents[index]![1]
    const parser = new PdfParser(this.bytes, at)
    const value = parser.value()
    this.budget.spendParsed(parser.at - at)
    return value
  }
}
