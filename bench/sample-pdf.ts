import { createHash } from 'node:crypto'

/** A PDF of about so many bytes, each one different, with content that does not compress. */
export function pdfOf(bytes: number, text: string): Buffer {
  const noise: string[] = []
  for (let n = 0; noise.length * 64 < bytes - 700; n++)
    noise.push(createHash('sha256').update(`${text} ${n}`).digest('hex'))
  const stream = `BT /F1 12 Tf 72 700 Td (${text}) Tj ET\n%${noise.join('')}`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'
  ]
  let body = '%PDF-1.7\n'
  const offsets = objects.map((object, index) => {
    const at = body.length
    body += `${index + 1} 0 obj\n${object}\nendobj\n`
    return at
  })
  const table = offsets.map(at => `${String(at).padStart(10, '0')} 00000 n \n`).join('')
  return Buffer.from(
    `${body}xref\n0 6\n0000000000 65535 f \n${table}trailer\n` +
      `<< /Size 6 /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`,
    'latin1'
  )
}
