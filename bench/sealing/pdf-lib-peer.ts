import { PDFDocument, PDFHexString, PDFName, PDFNumber, PDFString, StandardFonts } from '@cantoo/pdf-lib'
import { BufferSource, type Document, type LocalSealEngine } from '#sealing/plain'
import { repeating } from './race.js'
import { type KeyName, style } from './subjects.js'

/** Room for the CMS signature, in bytes. */
const room = 8192

/**
 * Seals PDFs with the best npm library that can append to a PDF: it opens the document, draws the visible seal, makes the
 * signature field and appends a revision; the CMS signature, which it cannot make, is ours.
 */
export function pdfLibSealing(engine: LocalSealEngine, key: KeyName, documents: readonly Document[]) {
  let next = 0
  return repeating(async () => {
    const { source } = documents[next++ % documents.length]!
    const prepared = await withEmptySignature(source.read(0, source.size))
    await fill(prepared, engine, key)
    return 1
  })
}

/** The PDF with a visible seal and a signature that is not there yet. */
export async function withEmptySignature(bytes: Buffer): Promise<Buffer> {
  const pdf = await PDFDocument.load(bytes, { forIncrementalUpdate: true })
  const page = pdf.getPage(0)
  const font = await pdf.embedFont(StandardFonts.Helvetica)
  const lines = ['Pieczec elektroniczna', 'Gmina Testowa', 'Potwierdzenie pochodzenia pisma', '22.11.2026 12:00']
  const [x, y, width, height] = [340, 43, 212, 74]
  page.drawRectangle({ x, y, width, height, borderWidth: 0.8 })
  lines.forEach((line, i) => page.drawText(line, { x: x + 55, y: y + 56 - 14 * i, size: 9, font }))
  const { context } = pdf
  const signature = context.obj({
    Type: 'Sig',
    Filter: 'Adobe.PPKLite',
    SubFilter: 'ETSI.CAdES.detached',
    ByteRange: [0, 1_000_000_000, 1_000_000_000, 1_000_000_000].map(number => PDFNumber.of(number)),
    Contents: PDFHexString.of('0'.repeat(2 * room)),
    M: PDFString.fromDate(new Date())
  })
  const field = context.register(
    context.obj({
      Type: 'Annot',
      Subtype: 'Widget',
      FT: 'Sig',
      Rect: [0, 0, 0, 0],
      F: 132,
      T: PDFString.of('Seal'),
      V: context.register(signature),
      P: page.ref
    })
  )
  page.node.addAnnot(field)
  pdf.catalog.set(PDFName.of('AcroForm'), context.obj({ SigFlags: 3, Fields: [field] }))
  // opened for an incremental update, it saves the bytes it was given and a revision behind them
  return Buffer.from(await pdf.save({ useObjectStreams: false }))
}

/** Puts the byte range and a CMS signature over it into the room for them. */
export async function fill(pdf: Buffer, engine: LocalSealEngine, key: KeyName): Promise<Buffer> {
  const from = pdf.lastIndexOf(`<${'0'.repeat(64)}`)
  const to = from + 2 * room + 2
  const rangeAt = pdf.lastIndexOf('/ByteRange [')
  const rangeEnd = pdf.indexOf(']', rangeAt)
  const range = `/ByteRange [0 ${from} ${to} ${pdf.length - to}`
  pdf.write(range.padEnd(rangeEnd - rangeAt, ' '), rangeAt, 'latin1')
  const signed = new BufferSource(Buffer.concat([pdf.subarray(0, from), pdf.subarray(to)]))
  const document = { fileName: 'pdf', mediaType: 'application/octet-stream', source: signed }
  const [outcome] = await engine.seal([{ id: '1', documents: [document], format: 'CAdES-detached' }], style(key))
  if (!outcome?.ok) throw new Error('not signed')
  const cms = outcome.sealed.source
  pdf.write(cms.read(0, cms.size).toString('hex'), from + 1, 'latin1')
  return pdf
}
