import type { PageGeometry, PlacedAppearance } from '../../pades/seal-appearance.js'

/** How the page of a test document is. */
export interface TestPage extends Partial<PageGeometry> {
  /** Content stream of the page; a frame around the crop box when absent. */
  readonly content?: string
  /** Makes the document claim PDF/A-1b, 2b, 3b or PDF/UA-1 by its metadata. */
  readonly archival?: 1 | 2 | 3 | 'ua'
}

/** The geometry that the page has. */
export function geometryOf(page: TestPage): PageGeometry {
  const mediaBox = page.mediaBox ?? [0, 0, 595, 842]
  return { mediaBox, cropBox: page.cropBox ?? mediaBox, rotate: page.rotate ?? 0, userUnit: page.userUnit ?? 1 }
}

/** A document of one page with an appearance on it, as a signature field without signature. Written by hand, nothing shared. */
export function stampedPdf(placed: PlacedAppearance, page: TestPage = {}): Buffer {
  const { mediaBox, cropBox, rotate, userUnit } = geometryOf(page)
  const [x0, y0, x1, y1] = cropBox
  const content = page.content ?? `0 G ${x0 + 1} ${y0 + 1} ${x1 - x0 - 2} ${y1 - y0 - 2} re S`
  const claim = page.archival
  const numbers = placed.objects.map((_, i) => 10 + i)
  const writeString = (bytes: Buffer) => `<${bytes.toString('hex')}>`
  const metadata = claim ? xmp(claim) : ''
  const alternate = Buffer.from(`\ufeff${placed.alternateText}`, 'utf16le').swap16().toString('hex')
  const objects = new Map<number, string>([
    [
      1,
      `<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R] >> /Lang (pl) ` +
        (claim
          ? `/Metadata 6 0 R /MarkInfo << /Marked true >> /StructTreeRoot 7 0 R /ViewerPreferences << /DisplayDocTitle true >>`
          : '') +
        ' >>'
    ],
    [2, '<< /Type /Pages /Kids [3 0 R] /Count 1 >>'],
    [
      3,
      `<< /Type /Page /Parent 2 0 R /MediaBox [${mediaBox.join(' ')}] /CropBox [${cropBox.join(' ')}] /Rotate ${rotate} ` +
        `${userUnit === 1 ? '' : `/UserUnit ${userUnit} `}/Contents 4 0 R /Annots [5 0 R] /Tabs /S /Resources << >> >>`
    ],
    [4, `<< /Length ${content.length} >>\nstream\n${content}\nendstream`],
    [
      5,
      `<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal) /TU <${alternate}> /F 132 /P 3 0 R ` +
        `/Rect [${placed.rect.join(' ')}] /AP << /N ${numbers[0]} 0 R >> ${claim ? '/StructParent 0' : ''} >>`
    ],
    [6, `<< /Type /Metadata /Subtype /XML /Length ${metadata.length} >>\nstream\n${metadata}\nendstream`],
    [7, '<< /Type /StructTreeRoot /K [8 0 R] /ParentTree << /Nums [0 9 0 R] >> >>'],
    [8, '<< /Type /StructElem /S /Document /P 7 0 R /K [9 0 R] >>'],
    [9, '<< /Type /StructElem /S /Form /P 8 0 R /Pg 3 0 R /K << /Type /OBJR /Obj 5 0 R /Pg 3 0 R >> >>']
  ])
  placed.objects.forEach((object, i) => {
    const { dictionary, stream } = object.body(numbers, writeString)
    const body = stream
      ? `${dictionary.slice(0, -2)}/Length ${stream.length} >>\nstream\n${stream.toString('latin1')}\nendstream`
      : dictionary
    objects.set(numbers[i]!, body)
  })
  let out = '%PDF-1.4\n%\xe2\xe3\xcf\xd3\n'
  const rows = ['0000000000 65535 f \n']
  for (const [number, body] of objects) {
    rows.push(`${String(out.length).padStart(10, '0')} 00000 n \n`)
    out += `${number} 0 obj\n${body}\nendobj\n`
  }
  const start = out.length
  const id = '<00112233445566778899aabbccddeeff>'
  out += `xref\n0 ${rows.length}\n${rows.join('')}trailer\n<< /Size ${rows.length} /Root 1 0 R /ID [${id} ${id}] >>\n`
  return Buffer.from(`${out}startxref\n${start}\n%%EOF\n`, 'latin1')
}

function xmp(claim: 1 | 2 | 3 | 'ua'): string {
  const says =
    claim === 'ua'
      ? '<pdfuaid:part>1</pdfuaid:part>'
      : `<pdfaid:part>${claim}</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>`
  return (
    '<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">' +
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ' +
    'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/" ' +
    `xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">${says}` +
    '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Test</rdf:li></rdf:Alt></dc:title>' +
    '</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
  )
}
