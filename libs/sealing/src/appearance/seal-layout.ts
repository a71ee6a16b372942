import { wrongDesign } from './design-problem.js'
import type { ReadDesign } from './seal-design.js'
import type { Box } from './text-block.js'

/** Where the elements of a seal stand in it. */
export interface SealBoxes {
  readonly graphic?: Box
  readonly qr?: Box
  readonly text?: Box
}

/**
 * Divides the seal: graphic first, then the QR code, the text gets the rest. Whatever stands alone gets all of it.
 * @throws Refused `sealing/seal-design-invalid` when an element is left without room
 */
export function divide(design: ReadDesign): SealBoxes {
  const { padding, width, height, graphic, qr, text, border } = design
  const inset = padding + (border?.width ?? 0)
  let rest: Box = { x: inset, y: inset, width: width - 2 * inset, height: height - 2 * inset }
  const boxes: { graphic?: Box; qr?: Box; text?: Box } = {}
  if (graphic) {
    if (graphic.position === 'behind' || (!qr && !text)) boxes.graphic = rest
    else [boxes.graphic, rest] = cut(rest, graphic.position, graphic.share, padding)
  }
  if (qr) {
    if (text) [boxes.qr, rest] = cut(rest, qr.position, Math.min(qr.share, rest.height / rest.width), padding)
    else boxes.qr = rest
  }
  if (text) boxes.text = rest
  for (const [name, box] of Object.entries(boxes) as [string, Box][])
    if (!(box.width >= 1 && box.height >= 1)) throw wrongDesign(name, 'no room for it: the seal is too small')
  return boxes
}

/** A part of the box at one side, and the rest of it with a gap between. */
function cut(box: Box, side: 'left' | 'right' | 'above' | 'below', share: number, gap: number): [Box, Box] {
  const { x, y, width, height } = box
  if (side === 'left' || side === 'right') {
    const taken = width * share
    const left = width - taken - gap
    return side === 'left'
      ? [
          { ...box, width: taken },
          { ...box, x: x + taken + gap, width: left }
        ]
      : [
          { ...box, x: x + left + gap, width: taken },
          { ...box, width: left }
        ]
  }
  const taken = height * share
  const left = height - taken - gap
  return side === 'below'
    ? [
        { ...box, height: taken },
        { ...box, y: y + taken + gap, height: left }
      ]
    : [
        { ...box, y: y + left + gap, height: taken },
        { ...box, height: left }
      ]
}
