import type { RandomAccessSource } from '../source.js'
import { PdfParser } from './pdf-parser.js'
import type { ReadingBudget } from './pdf-streams.js'
import type { PdfStructure } from './pdf-structure.js'
import { asName, broken, type PdfDict, type PdfRef, type PdfValue, unambiguous } from './pdf-values.js'
import { type Scan, type ScannedObject, scanFile } from './repair-scan.js'
import { XrefChain } from './xref-chain.js'
import { free, type XrefEntry, type XrefSection } from './xref-entries.js'

/** What repair needs of a reader over the structure found so far. */
interface RepairReader {
  numbersInStream(number: number): readonly number[]
  object(ref: Pick<PdfRef, 'number' | 'generation'>): { readonly value: PdfValue } | undefined
}

/** A place where an object is defined. */
interface Definition {
  readonly number: number
  readonly generation: number
  readonly at: number
  readonly endAt: number
  readonly era: number
  readonly entry: XrefEntry
}

/**
 * Puts a broken cross-reference together anew from the objects in the file: of several definitions of an object, the one
 * of the newest revision counts. It is refused where this would be a guess, because another reader could guess otherwise
 * and see another document under the seal:
 * - the file carries signatures, which may cover a state of it that a scan cannot tell from later ones,
 * - one object is defined twice in one revision with different bytes, or again with a lower generation,
 * - the trailers name different catalogs, or there are several and none is named,
 * - it is not certain whether the file is encrypted,
 * - some object cannot be read, or nothing behind the last one says that the file ends there: a part of it may be lost.
 * @param read opens a reader over a structure
 * @throws Refused `sealing/pdf-broken` with the reason
 */
export function repairStructure<T extends RepairReader>(
  source: RandomAccessSource,
  headerAt: number,
  budget: ReadingBudget,
  read: (structure: PdfStructure) => T
): T {
  const scan = scanFile(source, headerAt, budget)
  if (scan.signed) throw broken('not repaired: the document is signed')
  if (scan.objects.length === 0) throw broken('not repaired: no objects')
  if (!scan.complete) throw broken('not repaired: the file seems to be cut off')
  const end = scan.objects.reduce((highest, { number }) => Math.max(highest, number), 0) + 1
  const kept = mergeTrailers(scan)

  const plain = newest(
    source,
    scan.objects.map(object => definitionOf(object, headerAt))
  )
  const types = new Map(scan.objects.map(({ at, type }) => [at, type]))
  // A cross-reference stream is of no use any more, and nothing refers to it.
  for (const [number, { at }] of plain) if (types.get(at) === 'XRef') plain.delete(number)
  const withStreams = [...plain.values()].filter(({ at }) => types.get(at) === 'ObjStm')
  const first = read(structureOf(source, headerAt, plain, kept, end))
  const packed = withStreams.flatMap(stream => definitionsInside(first, stream))
  const all = newest(source, [...plain.values(), ...packed])
  const highest = packed.reduce((most, { number }) => Math.max(most, number + 1), end)

  const root = findRoot(read(structureOf(source, headerAt, all, kept, highest)), all, kept)
  return read(structureOf(source, headerAt, all, new Map([...kept, ['Root', root]]), highest))
}

function definitionOf({ number, generation, at, endAt, era }: ScannedObject, headerAt: number): Definition {
  return { number, generation, at, endAt, era, entry: { kind: 'offset', offset: at - headerAt, generation } }
}

function definitionsInside(reader: RepairReader, stream: Definition): Definition[] {
  return reader.numbersInStream(stream.number).map((number, index) => ({
    number,
    generation: 0,
    at: stream.at,
    endAt: stream.endAt,
    era: stream.era,
    entry: { kind: 'in-stream', stream: stream.number, index }
  }))
}

/** Of each object the definition that counts. */
function newest(source: RandomAccessSource, definitions: readonly Definition[]): Map<number, Definition> {
  const found = new Map<number, Definition>()
  for (const one of [...definitions].sort((a, b) => a.at - b.at)) {
    const before = found.get(one.number)
    if (one.number === 0) continue
    if (before) {
      if (before.era === one.era && !sameBytes(source, before, one))
        throw broken('not repaired: an object defined twice in one revision', one.at)
      if (one.generation < before.generation)
        throw broken('not repaired: an object defined again with a lower generation', one.at)
    }
    found.set(one.number, one)
  }
  return found
}

function sameBytes(source: RandomAccessSource, a: Definition, b: Definition): boolean {
  if (a.entry.kind !== 'offset' || b.entry.kind !== 'offset') return false
  const length = a.endAt - a.at
  return length === b.endAt - b.at && source.read(a.at, length).equals(source.read(b.at, length))
}

/** What the trailers say, the newest last; about catalog and encryption they must agree. */
function mergeTrailers({ trailers, encrypted }: Scan): Map<string, PdfValue> {
  const kept = new Map<string, PdfValue>()
  for (const trailer of trailers)
    for (const key of ['Root', 'Encrypt', 'Info', 'ID']) {
      const value = unambiguous(trailer).entries.get(key)
      if (!value || value.kind === 'null') continue
      const before = kept.get(key)
      if (before && (key === 'Root' || key === 'Encrypt') && !sameValue(before, value))
        throw broken(key === 'Root' ? 'not repaired: two catalogs' : 'not repaired: two encryptions')
      kept.set(key, value)
    }
  const root = kept.get('Root')
  if (root && root.kind !== 'ref') throw broken('no catalog')
  const certain = kept.has('Encrypt')
    ? trailers.every(({ entries }) => !entries.has('Root') || entries.has('Encrypt'))
    : !encrypted
  if (!certain) throw broken('not repaired: encrypted or not')
  return kept
}

function sameValue(a: PdfValue, b: PdfValue): boolean {
  if (a.kind === 'ref' && b.kind === 'ref') return a.number === b.number && a.generation === b.generation
  return a.raw.equals(b.raw)
}

/** The catalog that the trailers name, or else the only one there is. */
function findRoot(
  reader: RepairReader,
  all: ReadonlyMap<number, Definition>,
  kept: ReadonlyMap<string, PdfValue>
): PdfValue {
  const catalogs = [...all.values()].filter(({ number, generation }) => {
    const value = reader.object({ number, generation })?.value
    return value?.kind === 'dict' && asName(value.entries.get('Type')) === 'Catalog'
  })
  // Readers that scan do not all prefer the one that is named.
  if (catalogs.length > 1) throw broken('not repaired: two catalogs')
  const named = kept.get('Root')
  if (named) return named
  if (!catalogs[0]) throw broken('no catalog')
  return new PdfParser(Buffer.from(`${catalogs[0].number} ${catalogs[0].generation} R`)).value()
}

function structureOf(
  source: RandomAccessSource,
  base: number,
  definitions: ReadonlyMap<number, Definition>,
  kept: ReadonlyMap<string, PdfValue>,
  end: number
): PdfStructure {
  const parts = [...kept].map(([key, value]) => Buffer.concat([Buffer.from(`/${key} `), value.raw, Buffer.from('\n')]))
  const text = Buffer.concat([Buffer.from(`<<\n/Size ${end}\n`), ...parts, Buffer.from('>>')])
  // Only a stream can say that an object is inside another.
  const kind = [...definitions.values()].some(({ entry }) => entry.kind === 'in-stream') ? 'stream' : 'table'
  const section: XrefSection = {
    kind,
    trailer: new PdfParser(text).value() as PdfDict,
    end,
    at: 0,
    endAt: 0,
    parts: [{ first: 0, count: end }],
    find: number => definitions.get(number)?.entry ?? (number < end ? free : undefined)
  }
  return { base, startXref: 0, endAt: source.size, sections: new XrefChain([[section]]), repaired: true }
}
