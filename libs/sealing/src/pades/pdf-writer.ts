import type { PdfReader } from './pdf-reader.js'
import { broken } from './pdf-values.js'

/** An object to be written in the new revision: a new one, or the next state of an old one, whole. */
export interface WrittenObject {
  readonly number: number
  readonly generation: number
  readonly body: Buffer
}

/** A new revision, ready to be appended. */
export interface WrittenRevision {
  readonly bytes: Buffer
  /** Where each object's body begins in `bytes`, by object number. */
  readonly bodies: ReadonlyMap<number, number>
}

/**
 * Writes objects as an incremental update (ISO 32000-1, 7.5.6): the file before stays as it is; a cross-reference section
 * of the same kind as the last one points back to it. Root, Info and ID are carried over.
 */
export function writeRevision(pdf: PdfReader, objects: readonly WrittenObject[]): WrittenRevision {
  const start = pdf.source.size
  const chunks: Buffer[] = []
  let length = 0
  const push = (chunk: Buffer): void => {
    chunks.push(chunk)
    length += chunk.length
  }
  const lastByte = pdf.source.read(start - 1, 1)[0]
  if (lastByte !== 0x0a && lastByte !== 0x0d) push(Buffer.from('\n'))

  const bodies = new Map<number, number>()
  const offsets = new Map<number, { offset: number; generation: number }>()
  for (const { number, generation, body } of objects) {
    offsets.set(number, { offset: start + length - pdf.headerAt, generation })
    push(Buffer.from(`${number} ${generation} obj\n`))
    bodies.set(number, length)
    push(body)
    push(Buffer.from('\nendobj\n'))
  }

  const xrefAt = start + length - pdf.headerAt
  const next = Math.max(pdf.nextNumber, ...objects.map(({ number }) => number + 1))
  if (pdf.xrefKind === 'table') push(writeTable(offsets, trailerEntries(pdf, next)))
  else {
    offsets.set(next, { offset: xrefAt, generation: 0 })
    push(writeStream(next, offsets, trailerEntries(pdf, next + 1)))
  }
  push(Buffer.from(`startxref\n${xrefAt}\n%%EOF\n`))
  return { bytes: Buffer.concat(chunks), bodies }
}

function trailerEntries(pdf: PdfReader, size: number): Buffer {
  const kept = ['Root', 'Info', 'ID'].flatMap(key => {
    const value = pdf.trailer.entries.get(key)
    return value ? [Buffer.from(`/${key} `), value.raw, Buffer.from('\n')] : []
  })
  return Buffer.concat([Buffer.from(`/Size ${size}\n`), ...kept, Buffer.from(`/Prev ${pdf.startXref}\n`)])
}

type Offsets = ReadonlyMap<number, { readonly offset: number; readonly generation: number }>

/** Runs of consecutive object numbers, ascending. */
function runs(offsets: Offsets): number[][] {
  const found: number[][] = []
  for (const number of [...offsets.keys()].sort((a, b) => a - b)) {
    const run = found.at(-1)
    if (run && run.at(-1) === number - 1) run.push(number)
    else found.push([number])
  }
  return found
}

function writeTable(offsets: Offsets, trailer: Buffer): Buffer {
  const lines = runs(offsets).map(run => {
    const entries = run.map(number => {
      const { offset, generation } = offsets.get(number)!
      if (offset > 9_999_999_999) throw broken('file too long for a cross-reference table')
      return `${String(offset).padStart(10, '0')} ${String(generation).padStart(5, '0')} n\r\n`
    })
    return `${run[0]} ${run.length}\n${entries.join('')}`
  })
  return Buffer.concat([Buffer.from(`xref\n${lines.join('')}trailer\n<<\n`), trailer, Buffer.from('>>\n')])
}

function writeStream(number: number, offsets: Offsets, trailer: Buffer): Buffer {
  const parts = runs(offsets)
  const rows = parts.flat().map(one => {
    const { offset, generation } = offsets.get(one)!
    const row = Buffer.alloc(9)
    row[0] = 1
    row.writeUIntBE(offset, 1, 6)
    row.writeUInt16BE(generation, 7)
    return row
  })
  const index = parts.map(run => `${run[0]} ${run.length}`).join(' ')
  return Buffer.concat([
    Buffer.from(`${number} 0 obj\n<<\n/Type /XRef\n/W [1 6 2]\n/Index [${index}]\n/Length ${rows.length * 9}\n`),
    trailer,
    Buffer.from('>>\nstream\n'),
    ...rows,
    Buffer.from('\nendstream\nendobj\n')
  ])
}
