import { Refused } from '#platform/plain'
import { PdfReader } from '../../pades/pdf-reader.js'
import type { PdfDict } from '../../pades/pdf-values.js'
import type { PageGeometry } from '../../pades/seal-appearance.js'
import { BufferSource } from '../../source.js'
import { decimals } from '../content.js'
import { wrongDesign } from '../design-problem.js'
import type { Graphic, Parts } from '../parts.js'
import { assemble, ObjectCopier } from './copy-objects.js'

const path = 'graphic.data'
const mostBytes = 8_000_000
const mostContents = 200

/** True for what has a PDF header near its beginning. */
export function isPdf(data: Buffer): boolean {
  return data.subarray(0, 1024).includes('%PDF-')
}

/**
 * Adds the first page of a PDF as a form XObject: what is inside its crop box, turned as viewers turn it, without its
 * annotations.
 * @param strict refuses what would break PDF/A and calibrates colours
 * @throws Refused `sealing/seal-design-invalid`
 */
export function addPdfPage(data: Buffer, strict: boolean, parts: Parts): Graphic {
  if (data.length > mostBytes) throw wrongDesign(path, `PDF of more than ${mostBytes} bytes`)
  try {
    return addFirstPage(data, strict, parts)
  } catch (error) {
    if (!(error instanceof Refused) || error.type.code === 'sealing/seal-design-invalid') throw error
    // What the reader says of documents holds for this one too, but the one at fault is the design.
    throw wrongDesign(path, `PDF cannot be read: ${error.type.code}`, error)
  }
}

function addFirstPage(data: Buffer, strict: boolean, parts: Parts): Graphic {
  const pdf = PdfReader.open(new BufferSource(data))
  if (pdf.trailer.entries.has('Encrypt')) throw wrongDesign(path, 'PDF is encrypted')
  const { value: page, resources, geometry } = pdf.firstPage()
  const { cropBox: box, rotate } = geometry
  const [width, height] = [box[2] - box[0], box[3] - box[1]]
  // Written so that NaN does not pass.
  if (!(width >= 1 && height >= 1 && box.every(value => Math.abs(value) < 1e5)))
    throw wrongDesign(path, 'PDF page without a usable size')
  const copier = new ObjectCopier(pdf, parts, strict)
  const stream = copier.packedContent(contentOf(pdf, page, copier))
  const pieces = copier.resources(resources)
  const head =
    `<< /Type /XObject /Subtype /Form /BBox [${decimals(...box)}] /Matrix [${uprightMatrix(box, rotate)}] ` +
    '/Filter /FlateDecode /Resources '
  const part = parts.add((numbers, writeString) => ({
    dictionary: `${head}${assemble(pieces, numbers, writeString)}>>`,
    stream
  }))
  const own: [number, number] = rotate % 180 === 90 ? [height, width] : [width, height]
  return { part, width: own[0], height: own[1], own }
}

/** All content streams as one (ISO 32000-1, 7.8.2: white space between). */
function contentOf(pdf: PdfReader, page: PdfDict, copier: ObjectCopier): Buffer {
  const place = page.entries.get('Contents')
  const value = pdf.resolve(place)
  const refs = value?.kind === 'array' ? value.items : place ? [place] : []
  if (refs.length > mostContents) throw wrongDesign(path, 'PDF page too complex')
  const streams: Buffer[] = []
  for (const ref of refs) {
    const object = ref.kind === 'ref' ? pdf.object(ref) : undefined
    if (object) streams.push(copier.unpacked(object), Buffer.from('\n'))
  }
  return Buffer.concat(streams)
}

/** Turns the box clockwise as viewers do and puts its lower left corner at the origin. */
function uprightMatrix([x0, y0, x1, y1]: PageGeometry['cropBox'], degrees: PageGeometry['rotate']): string {
  if (degrees === 90) return decimals(0, -1, 1, 0, -y0, x1)
  if (degrees === 180) return decimals(-1, 0, 0, -1, x1, y1)
  if (degrees === 270) return decimals(0, 1, -1, 0, y1, -x0)
  return decimals(1, 0, 0, 1, -x0, -y0)
}
