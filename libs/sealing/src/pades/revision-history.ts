import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'
import type { RandomAccessSource } from '../source.js'
import type { LaterChange } from '../validation/read-signature.js'
import { changeRule } from './change-permission.js'
import { differences } from './object-differences.js'
import type { PdfReader } from './pdf-reader.js'
import { tooComplex } from './pdf-values.js'
import { ReferenceIndex } from './reference-index.js'
import { changesBetween, judgeChanges, type RevisionChange } from './revision-changes.js'
import type { SignedField } from './signed-field.js'

/** A state of the file: what a reader would have seen when it ended at `end`. */
interface State {
  readonly end: number
  /** Undefined when the file was no PDF then. */
  readonly pdf?: PdfReader
}

/** States that are compared one by one; where a file has more, only those that someone signed. */
const mostStates = 300

/** Object numbers looked at in all comparisons together: a thousand revisions of a form, or one of a very long file. */
const mostWork = 10_000_000

/** What became of a file after each of its signatures. Each pair of neighbouring states is compared at most once. */
export class RevisionHistory {
  private readonly ends: readonly number[]
  private readonly states: State[] = []
  /** Changes that led to each state but the first. */
  private readonly steps: (readonly RevisionChange[])[] = []
  private indexed: { readonly pdf: PdfReader; readonly index: ReferenceIndex | undefined } | undefined
  private work = 0

  constructor(
    private readonly pdf: PdfReader,
    fields: readonly SignedField[]
  ) {
    const signed = new Map(fields.flatMap(({ range, revision }) => (range && revision ? [[range.end, revision]] : [])))
    this.ends = this.boundaries([...signed.keys()])
    const first = Math.min(...signed.keys())
    const compared = this.ends.filter(end => end >= first)
    const kept =
      compared.length > mostStates ? compared.filter(end => signed.has(end) || end === pdf.source.size) : compared
    for (const end of kept) this.states.push({ end, pdf: signed.get(end) ?? this.open(end) })
  }

  /** The number of the revision that ends at `end`, counted from 1. */
  numberOf(end: number): number {
    return this.ends.indexOf(end) + 1
  }

  /** What came after a signature that covers a whole revision, judged by what it permits. */
  changesAfter({ range, revision, dict, fieldThen }: SignedField): LaterChange[] {
    const start = this.states.findIndex(({ end }) => end === range?.end)
    if (start < 0 || !revision) return []
    const rule = changeRule(revision, dict, fieldThen?.dict)
    const found: LaterChange[] = []
    for (let i = start + 1; i < this.states.length; i++)
      found.push(...judgeChanges(this.numberOf(this.states[i]!.end), this.step(i), rule))
    return found
  }

  /** What the state `i` changed in the one before. States are compared in their order, because the index goes along. */
  private step(i: number): readonly RevisionChange[] {
    while (this.steps.length < i) {
      const next = this.steps.length + 1
      this.steps.push(this.compare(this.states[next - 1]!.pdf, this.states[next]!.pdf))
    }
    return this.steps[i - 1]!
  }

  private compare(before: PdfReader | undefined, after: PdfReader | undefined): readonly RevisionChange[] {
    // Bytes that are no revision: programs that repair files would read what others do not see.
    const strange: RevisionChange[] = [{ kind: 'other', objects: [] }]
    if (!before || !after) {
      this.indexed = undefined
      return strange
    }
    const junk = after === this.pdf && endsInJunk(this.pdf.source) ? strange : []
    if (before === after) return junk
    this.work += Math.max(before.nextNumber, after.nextNumber)
    if (this.work > mostWork) throw tooComplex('revisions')
    try {
      if (this.indexed?.pdf !== before) this.indexed = { pdf: before, index: ReferenceIndex.of(before) }
      const diff = differences(before, after)
      const { index } = this.indexed
      const changes = changesBetween(before, after, diff, index)
      index?.advance(after, diff.moved)
      this.indexed = { pdf: after, index }
      return [...changes, ...junk]
    } catch (error) {
      if (!(error instanceof Refused) || error.type === sealingProblems['pdf-too-complex']) throw error
      this.indexed = undefined
      return strange
    }
  }

  private open(end: number): PdfReader | undefined {
    if (end === this.pdf.source.size) return this.pdf
    try {
      return this.pdf.stateAt(end)
    } catch (error) {
      if (!(error instanceof Refused) || error.type === sealingProblems['pdf-too-complex']) throw error
      return undefined
    }
  }

  /** Ends of revisions, ascending: what was signed, what the cross-references say, and the end of the file. */
  private boundaries(signed: readonly number[]): number[] {
    const { source } = this.pdf
    const all = [...new Set([...signed, ...this.pdf.revisions().map(({ end }) => end), source.size])].sort(
      (a, b) => a - b
    )
    // A line end after %%EOF may count or not: ends with nothing but white space between them are one, and where one of
    // them was signed, it is that.
    const ends: number[] = []
    for (const end of all) {
      const last = ends.at(-1)
      const same =
        last !== undefined && end - last <= 64 && /^[\s\0]*$/.test(source.read(last, end - last).toString('latin1'))
      if (!same || (signed.includes(last) && signed.includes(end))) ends.push(end)
      else if (!signed.includes(last)) ends[ends.length - 1] = end
    }
    return ends
  }
}

/** Whether something other than white space stands behind the last %%EOF. */
function endsInJunk(source: RandomAccessSource): boolean {
  return !/%%EOF[\s\0]*$/.test(source.read(Math.max(0, source.size - 1024), 1024).toString('latin1'))
}
