/** The last body of an object, as text. */
export function bodyOf(pdf: Buffer, number: number): string {
  const text = pdf.toString('latin1')
  const start = text.lastIndexOf(`\n${number} 0 obj\n`)
  if (start < 0) throw new Error(`no object ${number}`)
  const from = text.indexOf('\n', start + 1) + 1
  return text.slice(from, text.indexOf('\nendobj', from))
}

/** The number of the last object whose body has a text in it. */
export function numberOf(pdf: Buffer, inside: string): number {
  const text = pdf.toString('latin1')
  const at = text.lastIndexOf(inside)
  if (at < 0) throw new Error(`no object with ${inside}`)
  return Number(/(\d+) 0 obj\s[^]*?$/.exec(text.slice(text.lastIndexOf(' 0 obj', at) - 9, at))![1])
}

/** A dictionary with one entry more. */
export const withEntry = (body: string, entry: string): string => body.replace(/>>\s*$/, `${entry} >>`)
/** A content stream that shows some words. */
export const text = (shown: string): string => {
  const content = `BT /F1 24 Tf 72 700 Td (${shown}) Tj ET`
  return `<< /Length ${content.length} >>\nstream\n${content}\nendstream`
}
/** A form XObject that paints a rectangle. */
export const form =
  '<< /Type /XObject /Subtype /Form /BBox [0 0 200 50] /Length 29 >>\nstream\n1 0 0 rg 0 0 200 50 re f      \nendstream'

/** Signature wrapping: the signed end of the file moves away, and in its place come another table and other objects. */
export function wrapped(
  pdf: Buffer,
  sealNumber: number,
  { first, second, rest }: Record<'first' | 'second' | 'rest', number>
): Buffer {
  const [original, start] = [...pdf.toString('latin1').matchAll(/startxref\s+(\d+)/g)].map(match => Number(match[1]))
  const make = (moved: number): string => {
    const seal = bodyOf(pdf, sealNumber).replace(/\/ByteRange \[[^\]]*\]/, `/ByteRange [0 ${first} ${moved} ${rest}]`)
    const form = '<< /Fields [90 0 R] /SigFlags 3 >>'
    const objects: [number, string][] = [
      [1, `<< /Type /Catalog /Pages 2 0 R /AcroForm ${form} >>`],
      [4, text('A lie')],
      [90, `<< /Type /Annot /Subtype /Widget /FT /Sig /T (GoniecSeal7) /V 91 0 R /Rect [0 0 0 0] /F 132 >>`],
      [91, seal]
    ]
    const table = (offsets: readonly number[]) =>
      `xref\n${objects.map(([number], i) => `${number} 1\n${String(offsets[i]).padStart(10, '0')} 00000 n\r\n`).join('')}` +
      `trailer\n<< /Size 100 /Root 1 0 R /Prev ${original} >>\n`
    let at = start! + table(objects.map(() => 0)).length
    let bodies = ''
    const offsets = objects.map(([number, body]) => {
      const object = `${number} 0 obj\n${body}\nendobj\n`
      bodies += object
      at += object.length
      return at - object.length
    })
    return table(offsets) + bodies
  }
  // its own length is in it; numbers of five digits stay numbers of five digits
  const evil = make(start! + make(start! + make(10_000).length).length)
  const moved = Buffer.concat([
    pdf.subarray(0, second),
    Buffer.alloc(start! - second, 0x20),
    Buffer.from(evil, 'latin1')
  ])
  return Buffer.concat([moved, pdf.subarray(second, second + rest)])
}
