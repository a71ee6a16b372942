import { Refused } from '#platform/plain'
import type { PageGeometry } from '../pades/seal-appearance.js'
import { sealingProblems } from '../sealing.errors.js'
import type { ReadPlacement } from './seal-design.js'

/** `[x0, y0, x1, y1]`. */
export type Corners = readonly [number, number, number, number]

/** Rounding of boxes and units must not push a seal off its page. */
const tolerance = 0.01

/**
 * Where the seal goes: the rectangle in the page's own, unturned space.
 * @param width of the seal as a person sees it, in points (1/72 inch whatever the user unit)
 * @throws Refused `sealing/seal-does-not-fit` with the sizes in points
 */
export function placeOnPage(placement: ReadPlacement, width: number, height: number, page: PageGeometry): Corners {
  const unit = page.userUnit > 0 ? page.userUnit : 1
  const [x0, y0, x1, y1] = page.cropBox
  const turned = page.rotate % 180 === 90
  // The page as a person sees it, in points.
  const seenWidth = (turned ? y1 - y0 : x1 - x0) * unit
  const seenHeight = (turned ? x1 - x0 : y1 - y0) * unit
  let left: number
  let bottom: number
  if ('corner' in placement) {
    const { corner, marginX, marginY } = placement
    left = corner.endsWith('left') ? marginX : seenWidth - marginX - width
    bottom = corner.startsWith('bottom') ? marginY : seenHeight - marginY - height
  } else {
    left = placement.x
    bottom = seenHeight - placement.y - height
  }
  const inside =
    left >= -tolerance &&
    bottom >= -tolerance &&
    left + width <= seenWidth + tolerance &&
    bottom + height <= seenHeight + tolerance
  // Written so that a box of NaN or Infinity does not pass.
  if (!inside || !Number.isFinite(seenWidth + seenHeight))
    throw new Refused(sealingProblems['seal-does-not-fit'], {
      sealWidth: round(width),
      sealHeight: round(height),
      pageWidth: round(seenWidth),
      pageHeight: round(seenHeight)
    })
  return unturned([left / unit, bottom / unit, (left + width) / unit, (bottom + height) / unit], page)
}

/** From what is seen (origin at the lower left corner of the visible page) to the page's own space. */
function unturned([left, bottom, right, top]: Corners, page: PageGeometry): Corners {
  const [x0, y0, x1, y1] = page.cropBox
  switch (page.rotate) {
    case 90:
      return [x1 - top, y0 + left, x1 - bottom, y0 + right]
    case 180:
      return [x1 - right, y1 - top, x1 - left, y1 - bottom]
    case 270:
      return [x0 + bottom, y1 - right, x0 + top, y1 - left]
    default:
      return [x0 + left, y0 + bottom, x0 + right, y0 + top]
  }
}

/** The first four numbers of /Matrix that make a form stand upright on the turned page (ISO 32000-1, 12.5.5). */
export function uprightMatrix(rotate: PageGeometry['rotate']): string {
  return { 0: '1 0 0 1', 90: '0 1 -1 0', 180: '-1 0 0 -1', 270: '0 -1 1 0' }[rotate]
}

function round(points: number): number {
  return Math.round(points * 100) / 100
}
