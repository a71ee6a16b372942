import qrcode from 'qrcode-generator'
import { decimal } from './content.js'
import { wrongDesign } from './design-problem.js'
import type { Box } from './text-block.js'

/** Free space around a QR code, in modules (ISO/IEC 18004, 5.3.8). */
const quietZone = 4

/**
 * Operators that paint a QR code (ISO/IEC 18004) black on white into the largest square in the box's middle: one path, a
 * rectangle for each run of dark modules.
 * @param content UTF-8 in byte mode
 * @throws Refused `sealing/seal-design-invalid` when the content is longer than a QR code holds
 */
export function drawQr(content: string, errorCorrection: 'L' | 'M' | 'Q' | 'H', box: Box): string {
  const code = qrcode(0, errorCorrection)
  // Bytes one by one as characters: the library's own idea of text stops at Latin-1.
  code.addData(Buffer.from(content, 'utf8').toString('latin1'), 'Byte')
  try {
    code.make()
  } catch (error) {
    throw wrongDesign('qr.content', 'longer than a QR code holds', error)
  }
  const count = code.getModuleCount()
  const side = Math.min(box.width, box.height)
  const module = side / (count + 2 * quietZone)
  const x = decimal(box.x + (box.width - side) / 2)
  const y = decimal(box.y + (box.height - side) / 2)
  let path = ''
  for (let row = 0; row < count; row++)
    for (let from = 0; from < count; from++) {
      if (!code.isDark(row, from)) continue
      let to = from + 1
      while (to < count && code.isDark(row, to)) to++
      path += `${from + quietZone} ${count + quietZone - 1 - row} ${to - from} 1 re\n`
      from = to
    }
  const whole = count + 2 * quietZone
  return `q 1 0 0 1 ${x} ${y} cm ${module.toFixed(6)} 0 0 ${module.toFixed(6)} 0 0 cm\n/C cs 1 1 1 sc 0 0 ${whole} ${whole} re f\n0 0 0 sc\n${path}f Q\n`
}
