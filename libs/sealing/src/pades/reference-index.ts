import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'
import type { PdfReader } from './pdf-reader.js'
import type { PdfValue } from './pdf-values.js'

/** A place where an object is referred to. */
export interface Use {
  /** Number of the object that refers; 0 for the trailer. */
  readonly holder: number
  /** Keys on the way inside it, joined by slashes; members of arrays add nothing. */
  readonly path: string
}

/** Files with more objects than this are not searched for references: it would take seconds. */
const mostObjects = 200_000

/**
 * Where each object is referred to, in one state of a file after another. This is how shadow attacks are seen through: an
 * object that changes, or appears, under a harmless heading may also be used where pages are made of it. Each object is
 * read once, however many states follow.
 */
export class ReferenceIndex {
  /** By the object referred to, then by the object that refers. */
  private readonly uses = new Map<number, Map<number, string[]>>()
  /** What each object refers to. */
  private readonly targets = new Map<number, Set<number>>()

  private constructor() {}

  /** Searches all objects of a state; undefined when there are too many of them to search. */
  static of(pdf: PdfReader): ReferenceIndex | undefined {
    const index = new ReferenceIndex()
    let count = 0
    for (const { number } of pdf.liveObjects()) {
      if (++count > mostObjects) return undefined
      index.read(pdf, number)
    }
    index.readTrailer(pdf)
    return index
  }

  /** Goes on to a later state, in which the objects `moved` stand elsewhere than before. */
  advance(pdf: PdfReader, moved: Iterable<number>): void {
    for (const number of moved) this.read(pdf, number)
    this.readTrailer(pdf)
  }

  /** All places; none for an object that nothing refers to. */
  usesOf(number: number): Use[] {
    return [...(this.uses.get(number) ?? [])].flatMap(([holder, paths]) => paths.map(path => ({ holder, path })))
  }

  private read(pdf: PdfReader, number: number): void {
    this.forget(number)
    try {
      const generation = pdf.generationOf(number)
      const found = generation === undefined ? undefined : pdf.object({ number, generation })
      if (found) this.collect(found.value, number, '')
    } catch (error) {
      // An object that nobody can read holds no reference that anybody follows.
      if (!(error instanceof Refused) || error.type === sealingProblems['pdf-too-complex']) throw error
    }
  }

  private readTrailer(pdf: PdfReader): void {
    this.forget(0)
    for (const [key, value] of pdf.trailer.entries) this.collect(value, 0, key)
  }

  private forget(holder: number): void {
    for (const target of this.targets.get(holder) ?? []) this.uses.get(target)?.delete(holder)
    this.targets.delete(holder)
  }

  private collect(value: PdfValue, holder: number, path: string): void {
    if (value.kind === 'ref') this.add(holder, value.number, path)
    else if (value.kind === 'array') for (const item of value.items) this.collect(item, holder, path)
    else if (value.kind === 'dict')
      for (const [key, entry] of value.entries) {
        const { kind } = entry
        if (kind === 'ref' || kind === 'array' || kind === 'dict')
          this.collect(entry, holder, path === '' ? key : `${path}/${key}`)
      }
  }

  private add(holder: number, target: number, path: string): void {
    let holders = this.uses.get(target)
    if (!holders) this.uses.set(target, (holders = new Map()))
    const paths = holders.get(holder)
    if (!paths) holders.set(holder, [path])
    else if (!paths.includes(path) && paths.length < 64) paths.push(path)
    let targets = this.targets.get(holder)
    if (!targets) this.targets.set(holder, (targets = new Set()))
    targets.add(target)
  }
}
