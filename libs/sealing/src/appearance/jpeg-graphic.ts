import { rgbSpace } from './content.js'
import { wrongDesign } from './design-problem.js'
import type { Graphic, Parts } from './parts.js'

const path = 'graphic.data'
const mostBytes = 2_000_000
const greys = Buffer.from(Array.from({ length: 3 * 256 }, (_, i) => Math.floor(i / 3)))
const mostPixels = 40_000_000

/** True for what begins like a JPEG. */
export function isJpeg(data: Buffer): boolean {
  return data[0] === 0xff && data[1] === 0xd8 && data[2] === 0xff
}

/**
 * Adds a JPEG (ITU-T T.81; baseline or progressive; grey, RGB or CMYK) as an image XObject. The file's bytes go into the
 * PDF unchanged (DCTDecode, ISO 32000-1, 7.4.8).
 * @param cmyk whether CMYK is taken: its device colours break the PDF/A of most documents
 * @throws Refused `sealing/seal-design-invalid`
 */
export function addJpeg(data: Buffer, cmyk: boolean, parts: Parts): Graphic {
  if (data.length > mostBytes) throw wrongDesign(path, 'picture too large: every sealed document carries it')
  const { width, height, components, adobe } = readHeader(data)
  if (components === 4 && !cmyk)
    throw wrongDesign(path, 'a CMYK picture breaks PDF/A: convert it to RGB, or say transparency: "allowed"')
  // Adobe's programs write CMYK upside down and mark the file; decoders do not turn it back.
  const decode = components === 4 && adobe ? '/Decode [1 0 1 0 1 0 1 0] ' : ''
  const part = parts.add((_, writeString) => {
    // Grey samples are numbers of a palette of greys, so that they are calibrated like all colours here.
    const space =
      components === 1
        ? `[/Indexed ${rgbSpace} 255 ${writeString(greys)}]`
        : components === 3
          ? rgbSpace
          : '/DeviceCMYK'
    return {
      dictionary:
        `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /BitsPerComponent 8 ` +
        `/ColorSpace ${space} ${decode}/Filter /DCTDecode >>`,
      stream: data
    }
  })
  return { part, width, height, own: [1, 1] }
}

interface JpegHeader {
  readonly width: number
  readonly height: number
  readonly components: number
  readonly adobe: boolean
}

/** Walks the marker segments up to the first scan (ITU-T T.81, annex B). */
function readHeader(data: Buffer): JpegHeader {
  let adobe = false
  let frame: Omit<JpegHeader, 'adobe'> | undefined
  for (let at = 2; at + 4 <= data.length;) {
    if (data[at] !== 0xff) throw wrongDesign(path, 'JPEG damaged')
    const marker = data[at + 1]!
    if (marker === 0xff) {
      at++
      continue
    }
    const length = data.readUInt16BE(at + 2)
    const body = data.subarray(at + 4, at + 2 + length)
    if (length < 2 || body.length !== length - 2) break
    if (marker === 0xda) {
      if (!frame || data.lastIndexOf(Buffer.from([0xff, 0xd9])) < at) break
      return { ...frame, adobe }
    }
    if (marker === 0xee && body.subarray(0, 5).toString('latin1') === 'Adobe') adobe = true
    // Start of frame: C0 to CF but for C4 (tables), C8 (reserved) and CC (arithmetic coding).
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      if (frame) throw wrongDesign(path, 'JPEG with several frames')
      frame = readFrame(marker, body)
    }
    at += 2 + length
  }
  throw wrongDesign(path, 'JPEG cut short')
}

function readFrame(marker: number, body: Buffer): Omit<JpegHeader, 'adobe'> {
  if (marker > 0xc2) throw wrongDesign(path, 'only baseline and progressive JPEG can be shown')
  if (body.length < 6) throw wrongDesign(path, 'JPEG damaged')
  const [precision, height, width, components] = [body[0], body.readUInt16BE(1), body.readUInt16BE(3), body[5]!]
  if (precision !== 8 || ![1, 3, 4].includes(components) || body.length !== 6 + 3 * components)
    throw wrongDesign(path, 'JPEG of an unusual kind')
  if (width === 0 || height === 0) throw wrongDesign(path, 'JPEG without pixels')
  if (width * height > mostPixels) throw wrongDesign(path, `more than ${mostPixels} pixels`)
  return { width, height, components }
}
