import { deflateSync } from 'node:zlib'

/** A PDF as odd programs write it. Everything is put together as text here: none of the code under test is used. */
export interface OddPdf {
  readonly header?: string
  /** Bodies by object number; 1 to 5 make a one-page document unless given otherwise, null leaves one out. */
  readonly objects?: Readonly<Record<number, string | null>>
  readonly generations?: Readonly<Record<number, number>>
  readonly catalog?: string
  readonly page?: string
  readonly trailer?: string
  /** Replaces /Size, /Root and /ID together. */
  readonly wholeTrailer?: string
  readonly eol?: string
  /** What stands between an object's value and the next object. */
  readonly endobj?: string
  readonly between?: string
  readonly entryEnd?: string
  /** Changes an object's offset on its way into the table. */
  readonly shift?: (number: number, offset: number) => number
  /** Changes the text of the table. */
  readonly table?: (table: string) => string
  readonly xref?: 'table' | 'stream'
  /** Widths of the fields of a cross-reference stream. */
  readonly widths?: readonly [number, number, number]
  readonly xrefEntries?: string
  /** Numbers of objects to be kept in an object stream. */
  readonly packed?: readonly number[]
  readonly packedEntries?: string
  readonly startxref?: (offset: number) => number | string
  readonly tail?: string
}

const content = 'BT /F1 24 Tf 72 700 Td (A letter) Tj ET'

const common = '/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]'

export const stream = (data: string, entries = '', eol = '\n'): string =>
  `<< /Length ${data.length} ${entries} >>${eol}stream${eol}${data}${eol}endstream`

/** Writes the file. */
export function writeOdd(odd: OddPdf = {}): Buffer {
  const eol = odd.eol ?? '\n'
  const bodies: Record<number, string | null> = {
    1: `<< /Type /Catalog /Pages 2 0 R ${odd.catalog ?? ''} >>`,
    2: '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    3: `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> ${odd.page ?? ''} >>`,
    4: stream(content, '', eol),
    5: '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...odd.objects
  }
  const numbers = Object.keys(bodies)
    .map(Number)
    .filter(number => bodies[number] !== null)
  const packed = odd.packed ?? []
  let out = odd.header ?? `%PDF-1.7${eol}%\xe2\xe3\xcf\xd3${eol}`
  const generation = (number: number) => odd.generations?.[number] ?? 0
  const offsets = new Map<number, number>()
  const put = (number: number, body: string): void => {
    offsets.set(number, out.length)
    out += `${number} ${generation(number)} obj${eol}${body}${odd.endobj ?? `${eol}endobj${eol}`}${odd.between ?? ''}`
  }
  for (const number of numbers) if (!packed.includes(number)) put(number, bodies[number]!)
  const place = (number: number) => odd.shift?.(number, offsets.get(number)!) ?? offsets.get(number)!
  const highest = Math.max(...numbers)
  const trailer = (size: number) =>
    odd.wholeTrailer ?? `/Size ${size} /Root 1 ${generation(1)} R ${common} ${odd.trailer ?? ''}`
  let start: number
  if (odd.xref === 'stream' || packed.length > 0) {
    const [holder, own] = [highest + 1, highest + 2]
    if (packed.length > 0) {
      let at = 0
      const pairs = packed.map(number => {
        const pair = `${number} ${at}`
        at += bodies[number]!.length + 1
        return pair
      })
      const head = `${pairs.join(' ')} `
      const data = head + packed.map(number => `${bodies[number]!} `).join('')
      put(holder, stream(data, odd.packedEntries ?? `/Type /ObjStm /N ${packed.length} /First ${head.length}`))
    }
    start = out.length
    const widths = odd.widths ?? [1, 4, 2]
    const rows = [...numbers, ...(packed.length > 0 ? [holder] : []), own].map(number => {
      const index = packed.indexOf(number)
      const fields =
        index >= 0
          ? [2, holder, index]
          : [1, number === own ? start : place(number), number === own ? 0 : generation(number)]
      return Buffer.concat(fields.map((value, i) => bigEndian(value, widths[i]!)))
    })
    const index = [...numbers, ...(packed.length > 0 ? [holder] : []), own].map(number => `${number} 1`).join(' ')
    const data = deflateSync(Buffer.concat(rows)).toString('latin1')
    const entries = odd.xrefEntries ?? `/Type /XRef /W [${widths.join(' ')}] /Index [${index}]`
    out += `${own} 0 obj\n${stream(data, `${entries} /Filter /FlateDecode ${trailer(own + 1)}`)}\nendobj\n`
  } else {
    start = out.length
    let table = `xref${eol}0 1${eol}0000000000 65535 f${odd.entryEnd ?? ' \n'}`
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!
      let run = 1
      while (numbers[i + run] === number + run) run++
      if (i === 0 || numbers[i - 1] !== number - 1) table += `${number} ${run}${eol}`
      table += `${String(place(number)).padStart(10, '0')} ${String(generation(number)).padStart(5, '0')} n${odd.entryEnd ?? ' \n'}`
    }
    table += `trailer${eol}<< ${trailer(highest + 1)} >>${eol}`
    out += odd.table?.(table) ?? table
  }
  out += `startxref${eol}${odd.startxref?.(start) ?? start}${eol}%%EOF${eol}${odd.tail ?? ''}`
  return Buffer.from(out, 'latin1')
}

function bigEndian(value: number, width: number): Buffer {
  const bytes = Buffer.alloc(width)
  for (let i = width - 1, left = value; i >= 0; i--, left = Math.floor(left / 256)) bytes[i] = left % 256
  return bytes
}
