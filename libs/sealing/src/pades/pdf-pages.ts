import {
  asName,
  asNatural,
  asNumber,
  broken,
  type PdfDict,
  type PdfRef,
  type PdfValue,
  tooComplex,
  unambiguous
} from './pdf-values.js'
import type { PageGeometry } from './seal-appearance.js'

/** Which page: by its end of the document, or by its number from 1 (negative: from the end). */
export type PageRule = 'first' | 'last' | number

/** A page object (ISO 32000-1, 7.7.3.3) with what it inherits from the page tree. */
export interface PdfPage {
  readonly number: number
  readonly generation: number
  readonly value: PdfDict
  readonly isStream: false
  readonly geometry: PageGeometry
  /** Its resources, its own or inherited; undefined when it has none. */
  readonly resources: PdfDict | undefined
}

/** What the page tree is read from. */
export interface PageSource {
  object(ref: PdfRef): { number: number; generation: number; value: PdfValue; isStream: boolean } | undefined
  resolve(value: PdfValue | undefined): PdfValue | undefined
  /** The root of the page tree, as the catalog names it. */
  readonly pages: PdfValue | undefined
}

/** Page trees with more nodes are not walked. A walk to either end visits few nodes however many there are. */
const mostNodes = 250_000

/** Subtrees are passed over by their /Count only when it saves something. */
const worthSkipping = 32

/** Attributes that page tree nodes hand down (ISO 32000-1, table 30). /UserUnit is not among them. */
const inheritable = ['Resources', 'MediaBox', 'CropBox', 'Rotate'] as const
type Inherited = Partial<Record<(typeof inheritable)[number], PdfValue>>

interface Node {
  readonly value: PdfValue
  readonly inherited: Inherited
}

/**
 * Finds a page. The walk goes from the nearer end and visits each node once. Subtrees are passed over by /Count where
 * they have one; if that leads nowhere, the counts lied and the tree is walked in full.
 * @throws Refused `sealing/pdf-broken` when there is no such page
 */
export function findPage(source: PageSource, rule: PageRule): PdfPage {
  const number = rule === 'first' ? 1 : rule === 'last' ? -1 : rule
  if (!Number.isSafeInteger(number) || number === 0) throw broken('no page')
  const fromEnd = number < 0
  const skipped = Math.abs(number) - 1
  const page =
    (skipped >= worthSkipping ? walk(source, fromEnd, skipped, true) : undefined) ??
    walk(source, fromEnd, skipped, false)
  if (typeof page === 'number') throw broken('no page')
  return page
}

/** How many pages there are, by walking all of the tree. */
export function countPages(source: PageSource): number {
  const counted = walk(source, false, Infinity, false)
  return typeof counted === 'number' ? counted : 0
}

/**
 * Walks the tree depth first until `skip` pages were passed, and gives the next one; or how many there were. With
 * `byCount`, undefined for "not found that way".
 */
function walk(source: PageSource, fromEnd: boolean, skip: number, byCount: false): PdfPage | number
function walk(source: PageSource, fromEnd: boolean, skip: number, byCount: true): PdfPage | undefined
function walk(source: PageSource, fromEnd: boolean, skip: number, byCount: boolean): PdfPage | number | undefined {
  const seen = new Set<number>()
  const pending: Node[] = source.pages ? [{ value: source.pages, inherited: {} }] : []
  let passed = 0
  for (let next = pending.pop(); next; next = pending.pop()) {
    const ref = next.value
    // Viewers show such a page, but it cannot be written again: the seal would come to stand on another one.
    if (ref.kind === 'dict') throw broken('page that is no object')
    if (ref.kind !== 'ref' || seen.has(ref.number)) continue
    seen.add(ref.number)
    if (seen.size > mostNodes) throw tooComplex('page tree')
    const object = source.object(ref)
    if (object?.value.kind !== 'dict' || object.isStream) continue
    const dict = object.value
    const kids = source.resolve(dict.entries.get('Kids'))
    const type = asName(source.resolve(dict.entries.get('Type')))
    if (kids?.kind === 'array') {
      // Some readers go by the type, others by the kids.
      if (type === 'Page') throw broken('page with kids')
      const count = byCount ? asNatural(source.resolve(dict.entries.get('Count'))) : undefined
      if (count !== undefined && count > 0 && count <= skip - passed) {
        passed += count
        continue
      }
      const inherited = inherit(unambiguous(dict), next.inherited)
      const { items } = kids
      if (pending.length + items.length > mostNodes) throw tooComplex('page tree')
      for (let i = 0; i < items.length; i++)
        pending.push({ value: items[fromEnd ? i : items.length - 1 - i]!, inherited })
    } else if (type !== 'Pages') {
      if (passed === skip) return pageOf(source, object.number, object.generation, dict, next.inherited)
      passed++
    }
  }
  return byCount ? undefined : passed
}

function inherit(dict: PdfDict, from: Inherited): Inherited {
  let inherited = from
  for (const key of inheritable) {
    const value = dict.entries.get(key)
    if (value && value.kind !== 'null') inherited = { ...inherited, [key]: value }
  }
  return inherited
}

function pageOf(source: PageSource, number: number, generation: number, dict: PdfDict, from: Inherited): PdfPage {
  const value = unambiguous(dict)
  const all = inherit(value, from)
  const resources = source.resolve(all.Resources)
  return {
    number,
    generation,
    value,
    isStream: false,
    resources: resources?.kind === 'dict' ? resources : undefined,
    geometry: geometryOf(source, value, all)
  }
}

function geometryOf(source: Pick<PageSource, 'resolve'>, page: PdfDict, all: Inherited): PageGeometry {
  const mediaBox = boxOf(source, all.MediaBox) ?? letter
  const cropBox = within(boxOf(source, all.CropBox) ?? mediaBox, mediaBox)
  const unit = asNumber(source.resolve(page.entries.get('UserUnit')))
  return {
    mediaBox,
    cropBox,
    rotate: rotationOf(asNumber(source.resolve(all.Rotate)) ?? 0),
    userUnit: unit !== undefined && unit > 0 ? unit : 1
  }
}

/** Page trees deeper than this are not climbed. */
const deepestTree = 200

/** Geometry of a page that was not reached through the tree: what it inherits is found by climbing /Parent. */
export function geometryByParents(source: Pick<PageSource, 'resolve'>, page: PdfDict): PageGeometry {
  let all: Inherited = {}
  let node: PdfDict | undefined = page
  for (let depth = 0; node; depth++) {
    if (depth === deepestTree) throw broken('page tree in a circle')
    // What is nearer to the page counts.
    all = { ...inherit(node, {}), ...all }
    const parent: PdfValue | undefined = source.resolve(node.entries.get('Parent'))
    node = parent?.kind === 'dict' ? parent : undefined
  }
  return geometryOf(source, page, all)
}

type Box = readonly [number, number, number, number]

/** What viewers take for a page without a usable media box. */
const letter: Box = [0, 0, 612, 792]

/** A rectangle by any two opposite corners (ISO 32000-1, 7.9.5); undefined where it has no area. */
function boxOf(source: Pick<PageSource, 'resolve'>, value: PdfValue | undefined): Box | undefined {
  const array = source.resolve(value)
  if (array?.kind !== 'array' || array.items.length < 4) return undefined
  const [a, b, c, d] = array.items.slice(0, 4).map(item => asNumber(source.resolve(item)))
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined
  const box: Box = [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)]
  return box[2] > box[0] && box[3] > box[1] ? box : undefined
}

/** The crop box is clipped to the media box (ISO 32000-1, 14.11.2); one that lies outside does not count. */
function within(crop: Box, media: Box): Box {
  const box: Box = [
    Math.max(crop[0], media[0]),
    Math.max(crop[1], media[1]),
    Math.min(crop[2], media[2]),
    Math.min(crop[3], media[3])
  ]
  return box[2] > box[0] && box[3] > box[1] ? box : media
}

/** Only quarter turns count; others are passed over, as viewers do. */
function rotationOf(degrees: number): PageGeometry['rotate'] {
  return degrees % 90 === 0 ? ((((degrees % 360) + 360) % 360) as PageGeometry['rotate']) : 0
}
