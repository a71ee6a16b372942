import { createHash } from 'node:crypto'
import { setImmediate as othersTurn } from 'node:timers/promises'
import { pieces, type RandomAccessSource } from '#sealing'

/** SHA-256 of a file that may be large: other requests have their turn after each megabyte. */
export async function digestOf(source: RandomAccessSource): Promise<Buffer> {
  const hash = createHash('sha256')
  let isFirst = true
  for (const piece of pieces(source)) {
    if (!isFirst) await othersTurn()
    isFirst = false
    hash.update(piece)
  }
  return hash.digest()
}
