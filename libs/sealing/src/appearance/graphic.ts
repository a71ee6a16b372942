import { wrongDesign } from './design-problem.js'
import { addJpeg, isJpeg } from './jpeg-graphic.js'
import type { Graphic, Parts } from './parts.js'
import { addPdfPage, isPdf } from './pdf-page/pdf-page-graphic.js'
import { addPng, isPng } from './png-graphic.js'
import type { ReadDesign } from './seal-design.js'
import { addSvg, isSvg } from './svg/svg-graphic.js'

/**
 * Adds the design's picture, whatever its format.
 * @throws Refused `sealing/seal-design-invalid`
 */
export function addGraphic(design: ReadDesign, parts: Parts): Graphic {
  const { data } = design.graphic!
  const strict = design.transparency === 'none'
  if (isPng(data)) return addPng(data, strict ? (design.background ?? [1, 1, 1]) : undefined, parts)
  if (isJpeg(data)) return addJpeg(data, !strict, parts)
  if (isPdf(data)) return addPdfPage(data, strict, parts)
  if (isSvg(data)) return addSvg(data, parts)
  throw wrongDesign('graphic.data', 'neither PNG nor JPEG nor SVG nor PDF')
}
