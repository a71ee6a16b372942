import type { PdfReader } from './pdf-reader.js'
import { broken } from './pdf-values.js'

/** Where an object stands: offset from the header of the file, or a place in an object stream. */
export type ObjectPlace =
  { readonly offset: number; readonly generation: number } | { readonly stream: number; readonly index: number }

type Places = ReadonlyMap<number, ObjectPlace>

/**
 * The end of a revision, from its cross-reference section to %%EOF (ISO 32000-2, 7.5.4, 7.5.5, 7.5.8). The section is
 * of the same kind as the last one and points back to it. In a repaired file nothing behind can be trusted, so it lists
 * every object there is and points nowhere. Root, Info, ID and Encrypt are carried over.
 * @param at where the section will stand, counted from the header
 * @param next the lowest number that no object has
 */
export function crossReference(pdf: PdfReader, written: Places, at: number, next: number): Buffer {
  const places = pdf.repaired ? withLiveObjects(pdf, written) : written
  const packed = pdf.repaired && [...places.values()].some(place => 'stream' in place)
  const section =
    pdf.xrefKind === 'table' && !packed
      ? table(pdf.repaired ? withFree(places, next) : places, trailer(pdf, next))
      : stream(next, new Map([...places, [next, { offset: at, generation: 0 }]]), trailer(pdf, next + 1))
  return Buffer.concat([section, Buffer.from(`startxref\n${at}\n%%EOF\n`)])
}

function withLiveObjects(pdf: PdfReader, written: Places): Places {
  const all = new Map<number, ObjectPlace>()
  for (const one of pdf.liveObjects())
    all.set(
      one.number,
      one.stream === undefined
        ? { offset: one.offset, generation: one.generation }
        : { stream: one.stream, index: one.index }
    )
  for (const [number, place] of written) all.set(number, place)
  return all
}

const free = { offset: 0, generation: 65535, free: true } as const

/** A table that stands alone is one run from object 0, the head of the free list (ISO 32000-2, 7.5.4). */
function withFree(places: Places, next: number): ReadonlyMap<number, ObjectPlace> {
  const all = new Map<number, ObjectPlace>()
  for (let number = 0; number < next; number++) all.set(number, places.get(number) ?? free)
  return all
}

function trailer(pdf: PdfReader, size: number): Buffer {
  const parts: Buffer[] = [Buffer.from(`/Size ${size}\n`)]
  for (const key of ['Root', 'Info', 'ID', 'Encrypt']) {
    const value = pdf.trailer.entries.get(key)
    if (value) parts.push(Buffer.from(`/${key} `), value.raw, Buffer.from('\n'))
  }
  if (!pdf.repaired) parts.push(Buffer.from(`/Prev ${pdf.startXref}\n`))
  return Buffer.concat(parts)
}

/** Runs of consecutive object numbers, ascending. */
function runs(places: Places): number[][] {
  const found: number[][] = []
  for (const number of [...places.keys()].sort((a, b) => a - b)) {
    const run = found.at(-1)
    if (run && run.at(-1) === number - 1) run.push(number)
    else found.push([number])
  }
  return found
}

function table(places: Places, trailerEntries: Buffer): Buffer {
  let lines = ''
  for (const run of runs(places)) {
    lines += `${run[0]} ${run.length}\n`
    for (const number of run) {
      const place = places.get(number)!
      if ('stream' in place || place.offset > 9_999_999_999) throw broken('file too long for a cross-reference table')
      const kind = 'free' in place ? 'f' : 'n'
      lines += `${String(place.offset).padStart(10, '0')} ${String(place.generation).padStart(5, '0')} ${kind}\r\n`
    }
  }
  return Buffer.concat([Buffer.from(`xref\n${lines}trailer\n<<\n`), trailerEntries, Buffer.from('>>\n')])
}

function stream(number: number, places: Places, trailerEntries: Buffer): Buffer {
  const parts = runs(places)
  // Two bytes do, unless somebody counts generations or members of an object stream beyond them.
  const high = [...places.values()].some(place => ('stream' in place ? place.index : place.generation) > 65535)
  const last = high ? 4 : 2
  const rows = Buffer.alloc(places.size * (7 + last))
  let at = 0
  for (const run of parts)
    for (const one of run) {
      const place = places.get(one)!
      if ('stream' in place) {
        rows[at] = 2
        rows.writeUIntBE(place.stream, at + 1, 6)
        rows.writeUIntBE(place.index, at + 7, last)
      } else {
        rows[at] = 1
        rows.writeUIntBE(place.offset, at + 1, 6)
        rows.writeUIntBE(place.generation, at + 7, last)
      }
      at += 7 + last
    }
  const index = parts.map(run => `${run[0]} ${run.length}`).join(' ')
  return Buffer.concat([
    Buffer.from(`${number} 0 obj\n<<\n/Type /XRef\n/W [1 6 ${last}]\n/Index [${index}]\n/Length ${rows.length}\n`),
    trailerEntries,
    Buffer.from('>>\nstream\n'),
    rows,
    Buffer.from('\nendstream\nendobj\n')
  ])
}
