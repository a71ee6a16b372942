import { deflateSync } from 'node:zlib'

/** How a test PDF is to be built. */
export interface PdfWish {
  readonly xref?: 'table' | 'stream' | 'hybrid'
  /** Keep catalog and pages in an object stream (needs `stream` or `hybrid`). */
  readonly objectStream?: boolean
  /** PNG predictor on the cross-reference stream. */
  readonly predictor?: boolean
  /** Width of the offset column of the cross-reference stream, in bytes; 3 when not said. */
  readonly offsetBytes?: number
  /** How cross-reference and object streams are packed; FlateDecode when not said. */
  readonly pack?: Packing
  readonly junkBefore?: string
  /** Offsets count from the first byte and not from the header. */
  readonly offsetsFromStart?: boolean
  /** End of each entry of a table, the standard's CR LF when not said. */
  readonly entryEnd?: string
  readonly lineEnd?: string
  /** Bytes after %%EOF. */
  readonly after?: string
  /** Entries added to the catalog, to the page, to the trailer; objects from number 10 on may be referred to. */
  readonly catalog?: string
  readonly page?: string
  readonly trailer?: string
  readonly objects?: Readonly<Record<number, string>>
  readonly pages?: string
}

/** A filter and how its data is made; `parameters` go into /DecodeParms. */
export interface Packing {
  readonly filter: string
  readonly parameters?: string
  readonly encode: (plain: Buffer) => Buffer
}

const flate: Packing = { filter: '/FlateDecode', encode: plain => deflateSync(plain) }

const content = 'BT /F1 24 Tf 72 700 Td (A letter) Tj ET'

/** A one-page PDF: 1 catalog, 2 pages, 3 page, 4 content, 5 font, and those of `objects`. */
export function makePdf(wish: PdfWish = {}): Buffer {
  const bodies: Record<number, string> = {
    1: `<< /Type /Catalog /Pages 2 0 R ${wish.catalog ?? ''} >>`,
    2: wish.pages ?? '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    3: `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> ${wish.page ?? ''} >>`,
    4: `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    5: '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...wish.objects
  }
  const kind = wish.xref ?? 'table'
  const end = wish.lineEnd ?? '\n'
  let out = `${wish.junkBefore ?? ''}%PDF-1.7${end}%\xe2\xe3\xcf\xd3${end}`
  const junk = (wish.junkBefore ?? '').length
  const position = () => out.length - (wish.offsetsFromStart ? 0 : junk)
  const pack = wish.pack ?? flate
  const offsets = new Map<number, number>()
  const numbers = Object.keys(bodies).map(Number)
  const others = numbers.filter(number => number >= 10)
  // In a hybrid file only what old readers can do without may hide (ISO 32000-1, 7.5.8.4).
  const hidden = !wish.objectStream
    ? []
    : kind === 'stream'
      ? [1, 2, 3, 5, ...others]
      : kind === 'hybrid'
        ? [5, ...others]
        : []
  for (const number of numbers) {
    if (hidden.includes(number)) continue
    offsets.set(number, position())
    out += `${number} 0 obj${end}${bodies[number]}${end}endobj${end}`
  }
  const highest = Math.max(...numbers)
  const streamNumber = highest + 1
  const xrefNumber = highest + 2
  if (hidden.length > 0) {
    let at = 0
    const head = hidden.map(number => {
      const pair = `${number} ${at}`
      at += bodies[number]!.length + 1
      return pair
    })
    const first = `${head.join(' ')} `
    const packed = pack.encode(Buffer.from(first + hidden.map(number => `${bodies[number]} `).join(''), 'latin1'))
    const parms = pack.parameters ? `/DecodeParms ${pack.parameters}` : ''
    offsets.set(streamNumber, position())
    out += `${streamNumber} 0 obj\n<< /Type /ObjStm /N ${hidden.length} /First ${first.length} /Filter ${pack.filter} ${parms} /Length ${packed.length} >>\nstream\n${packed.toString('latin1')}\nendstream\nendobj\n`
  }
  const common = `/Root 1 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] ${wish.trailer ?? ''}`
  const xrefStream = (only?: readonly number[]): number => {
    const at = position()
    offsets.set(xrefNumber, at)
    const wide = wish.offsetBytes ?? 3
    const wanted = only ?? [0, ...numbers, ...(hidden.length ? [streamNumber] : []), xrefNumber]
    const rows = wanted.map(number => {
      const row = Buffer.alloc(wide + 3)
      if (number === 0) row.writeUInt16BE(65535, wide + 1)
      else if (hidden.includes(number)) {
        row[0] = 2
        row.writeUIntBE(streamNumber, wide - 2, 3)
        row.writeUInt16BE(hidden.indexOf(number), wide + 1)
      } else {
        row[0] = 1
        row.writeUIntBE(offsets.get(number)!, wide - 2, 3)
      }
      return row
    })
    const plain = wish.predictor ? predictUp(rows) : Buffer.concat(rows)
    const packed = pack.encode(plain)
    const predicted = wish.predictor ? `<< /Predictor 12 /Columns ${wide + 3} >>` : pack.parameters
    const parms = predicted ? `/DecodeParms ${predicted}` : ''
    const index = wanted.map(number => `${number} 1`).join(' ')
    out += `${xrefNumber} 0 obj\n<< /Type /XRef /Size ${xrefNumber + 1} /W [1 ${wide} 2] /Index [${index}] /Filter ${pack.filter} ${parms} /Length ${packed.length} ${common} >>\nstream\n${packed.toString('latin1')}\nendstream\nendobj\n`
    return at
  }
  let start: number
  if (kind === 'stream') start = xrefStream()
  else {
    const hiddenAt =
      kind === 'hybrid'
        ? xrefStream([...hidden, streamNumber].filter(n => hidden.includes(n) || offsets.has(n)))
        : undefined
    start = position()
    const size = kind === 'hybrid' ? xrefNumber + 1 : highest + 1
    out += `xref\n0 ${size}\n`
    for (let number = 0; number < size; number++) {
      const at = offsets.get(number)
      const free = number === 0 || at === undefined
      out += `${String(free ? 0 : at).padStart(10, '0')} ${number === 0 ? '65535' : '00000'} ${free ? 'f' : 'n'}${wish.entryEnd ?? '\r\n'}`
    }
    out += `trailer\n<< /Size ${size} ${common} ${hiddenAt === undefined ? '' : `/XRefStm ${hiddenAt}`} >>\n`
  }
  out += `startxref\n${start}\n%%EOF${wish.after ?? '\n'}`
  return Buffer.from(out, 'latin1')
}

/** PNG filter "up" on each row. */
function predictUp(rows: readonly Buffer[]): Buffer {
  return Buffer.concat(
    rows.map((row, r) => Buffer.from([2, ...row.map((byte, i) => (byte - (rows[r - 1]?.[i] ?? 0)) & 0xff)]))
  )
}
