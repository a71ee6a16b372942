import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'
import { type RandomAccessSource, SliceSource } from '../source.js'
import { type PdfObject, PdfObjects, samePlace } from './pdf-objects.js'
import { countPages, findPage, geometryByParents, type PageRule, type PdfPage } from './pdf-pages.js'
import { listRevisions, type PdfRevision } from './pdf-revisions.js'
import { ReadingBudget } from './pdf-streams.js'
import { findHeader, type PdfStructure, readStructure } from './pdf-structure.js'
import { broken, type PdfDict, type PdfValue, unambiguous } from './pdf-values.js'
import { repairStructure } from './repair-structure.js'
import { soundEnough, soundThroughout } from './repair-check.js'
import type { PageGeometry } from './seal-appearance.js'
import { hasObjectBehind } from './start-xref.js'

/** How to open a PDF. */
export interface OpenOptions {
  /** The user's or the owner's password of an encrypted file. */
  readonly password?: string
  /**
   * Whether a broken cross-reference may be put together anew from the objects in the file. For who is going to add to it:
   * the file is looked at more closely, and refused when objects stand behind its end.
   */
  readonly repair?: boolean
}

/** An object in use: at an offset, or the `index`-th in the object stream numbered `stream`. */
export type LiveObject =
  | { readonly number: number; readonly generation: number; readonly offset: number; readonly stream?: undefined }
  | { readonly number: number; readonly generation: 0; readonly stream: number; readonly index: number }

const highestObject = 8_388_607

/**
 * Reads what a seal needs from a PDF (ISO 32000-1, 7.5): cross-reference tables and streams, hybrid and linearised files,
 * object streams, earlier revisions, encryption. Only the places asked for are read. Slips that all readers take the same
 * way are borne; a document whose structure is not certain is refused, because two readers could see two documents under
 * one seal. Repair must be asked for, and is refused where it would be a guess.
 */
export class PdfReader extends PdfObjects {
  private foundCatalog: (PdfObject & { readonly value: PdfDict }) | undefined

  private constructor(
    source: RandomAccessSource,
    structure: PdfStructure,
    budget: ReadingBudget,
    private readonly password: string | undefined,
    later?: PdfReader
  ) {
    super(source, structure, budget, password, later)
  }

  /**
   * @throws Refused `sealing/pdf-not-a-pdf`, `sealing/pdf-broken`, `sealing/pdf-encrypted`, `sealing/pdf-password-needed`,
   * `sealing/pdf-too-complex`, `sealing/pdf-unsupported`.
   */
  static open(source: RandomAccessSource, options: OpenOptions = {}): PdfReader {
    const headerAt = findHeader(source)
    const budget = new ReadingBudget()
    const read = (structure: PdfStructure) => new PdfReader(source, structure, budget, options.password)
    if (!options.repair) return read(readStructure(source, headerAt, budget))
    let sound: PdfReader | undefined
    try {
      const reader = read(readStructure(source, headerAt, budget))
      soundEnough(reader)
      sound = reader
    } catch (error) {
      if (!isBroken(error)) throw error
    }
    // Neither the state before nor the one that was cut off is what everyone sees: no repair can tell.
    if (sound?.hasStrayObjects) throw broken('objects behind the end of the last revision')
    if (sound && soundThroughout(sound)) return sound
    try {
      const repaired = repairStructure(source, headerAt, budget, read)
      soundEnough(repaired)
      return repaired
    } catch (error) {
      // What the seal needs was sound, and the rest is as it was: better sealed like that than not at all.
      if (sound && isBroken(error)) return sound
      throw error
    }
  }

  /**
   * The file as it was when it was `end` bytes long: one of its revisions. It is opened with the same password, nothing
   * that was read is read again, and all states together may cost no more than one file.
   * @throws as `open`
   */
  stateAt(end: number): PdfReader {
    const source = new SliceSource(this.source, 0, end)
    const later = this.repaired ? undefined : this.structure.sections
    const structure = readStructure(source, findHeader(source), this.budget, later)
    return new PdfReader(source, structure, this.budget, this.password, this)
  }

  /** Offset of the last cross-reference section; 0 after repair, when there is none to point back to. */
  get startXref(): number {
    return this.structure.startXref
  }

  /**
   * Whether the cross-reference was put together by a scan. A new revision must then have a section of its own for all
   * `liveObjects()`, and no /Prev.
   */
  get repaired(): boolean {
    return this.structure.repaired
  }

  /**
   * Whether objects stand behind the end of the newest revision, for example those of a revision that was cut off. Most
   * readers do not see them; those that do not find the end among so much, and scan, do. Such a file must not be sealed.
   */
  get hasStrayObjects(): boolean {
    return hasObjectBehind(this.source, this.structure.endAt)
  }

  /** The kind of the newest cross-reference section: the next one must be of the same. */
  get xrefKind(): 'table' | 'stream' {
    return this.structure.sections.newest.kind
  }

  /** The lowest object number that no revision uses. */
  get nextNumber(): number {
    const next = this.structure.sections.end
    if (next > highestObject - 16) throw broken('object numbers')
    return next
  }

  /** Revisions, oldest first; one only in a repaired file, whose revisions cannot be told apart. */
  revisions(): PdfRevision[] {
    if (this.repaired) return [{ xrefAt: 0, eofAt: this.source.size, end: this.source.size }]
    return listRevisions(
      this.source,
      this.structure.sections.pairs.map(([section]) => section)
    )
  }

  /** All objects in use, by number. Offsets count from `headerAt`. */
  *liveObjects(): Generator<LiveObject> {
    const end = this.nextNumber
    for (let number = 1; number < end; number++) {
      const entry = this.locate(number)
      if (entry?.kind === 'offset') yield { number, generation: entry.generation, offset: entry.offset }
      else if (entry?.kind === 'in-stream') yield { number, generation: 0, stream: entry.stream, index: entry.index }
    }
  }

  /** Numbers of the objects that do not stand where they stood in an earlier state of the same file. */
  *changedSince(before: PdfReader): Generator<number> {
    const spokenOf = this.structure.sections.numbersSince(before.structure.sections)
    const end = Math.max(this.nextNumber, before.nextNumber)
    for (const number of spokenOf ?? upTo(end))
      if (number > 0 && !samePlace(before.locate(number), this.locate(number))) yield number
  }

  /** The document catalog (ISO 32000-1, 7.7.2). */
  catalog(): PdfObject & { readonly value: PdfDict } {
    if (this.foundCatalog) return this.foundCatalog
    const root = this.trailer.entries.get('Root')
    const object = root?.kind === 'ref' ? this.object(root) : undefined
    if (!object || object.isStream || object.value.kind !== 'dict') throw broken('no catalog')
    return (this.foundCatalog = { ...object, value: unambiguous(object.value) })
  }

  /** A page with what it inherits. @throws Refused `sealing/pdf-broken` when there is no such page */
  page(rule: PageRule): PdfPage {
    return findPage(this, rule)
  }

  /** Geometry of a page that is at hand, with what its ancestors hand down to it. */
  geometryOf(page: PdfDict): PageGeometry {
    return geometryByParents(this, page)
  }

  /** The first page (ISO 32000-1, 7.7.3). */
  firstPage(): PdfPage {
    return this.page('first')
  }

  /** How many pages there are. Walks all of the page tree. */
  pageCount(): number {
    return countPages(this)
  }

  /** The root of the page tree, as the catalog names it. */
  get pages(): PdfValue | undefined {
    return this.catalog().value.entries.get('Pages')
  }
}

function* upTo(end: number): Generator<number> {
  for (let number = 1; number < end; number++) yield number
}

function isBroken(error: unknown): boolean {
  return error instanceof Refused && error.type === sealingProblems['pdf-broken']
}
