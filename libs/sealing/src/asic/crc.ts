import { crc32 } from 'node:zlib'
import { pieces, type RandomAccessSource } from '../source.js'

/** CRC-32 of a source. */
export function crcOf(source: RandomAccessSource): number {
  let crc = 0
  for (const piece of pieces(source)) crc = crc32(piece, crc)
  return crc
}
