import type { RandomAccessSource } from '../source.js'
import { isPdfSpace } from './pdf-parser.js'
import type { PdfPage, PageRule } from './pdf-pages.js'
import type { PdfDict, PdfValue } from './pdf-values.js'

/** What the checks need of a reader. */
interface CheckedReader {
  readonly source: RandomAccessSource
  readonly headerAt: number
  catalog(): { readonly value: PdfDict }
  page(rule: PageRule): PdfPage
  get(dict: PdfDict | undefined, key: string): PdfValue | undefined
  getDict(dict: PdfDict | undefined, key: string): PdfDict | undefined
  liveObjects(): Iterable<{ readonly number: number; readonly generation: number; readonly offset?: number }>
}

/** Files with more objects are not checked throughout: what the seal needs is, as it is read. */
const mostChecked = 5000

/** Objects stand close to each other: a piece of this size holds the beginnings of several. */
const window = 4096

/** The longest beginning of an object that is looked for, white space included. */
const longestHead = 64

/** Reads what every seal needs. @throws Refused with what is wrong with it */
export function soundEnough(reader: CheckedReader): void {
  const catalog = reader.catalog().value
  reader.page('first')
  reader.page('last')
  reader.get(reader.getDict(catalog, 'AcroForm'), 'Fields')
}

/** Whether each entry of the cross-reference leads to its object. */
export function soundThroughout(reader: CheckedReader): boolean {
  const { source, headerAt } = reader
  let piece: Buffer = Buffer.alloc(0)
  let pieceAt = 0
  let checked = 0
  for (const { number, generation, offset } of reader.liveObjects()) {
    if (++checked > mostChecked) return true
    if (offset === undefined) continue
    const at = headerAt + offset
    if (at < pieceAt || at + longestHead > pieceAt + piece.length) {
      piece = source.read(at, window)
      pieceAt = at
    }
    if (!startsObject(piece, at - pieceAt, number, generation)) return false
  }
  return true
}

/** Whether `number generation obj` stands at `at`, perhaps after white space. A comment in between is for the repair to judge. */
function startsObject(bytes: Buffer, at: number, number: number, generation: number): boolean {
  let place = at
  for (const wanted of [number, generation]) {
    while (isPdfSpace(bytes[place] ?? -1)) place++
    let value = 0
    const start = place
    for (; bytes[place]! >= 0x30 && bytes[place]! <= 0x39; place++) value = value * 10 + bytes[place]! - 0x30
    if (place === start || value !== wanted) return false
  }
  while (isPdfSpace(bytes[place] ?? -1)) place++
  return bytes[place] === 0x6f && bytes[place + 1] === 0x62 && bytes[place + 2] === 0x6a
}
