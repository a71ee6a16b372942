import { createHash } from 'node:crypto'
import { setImmediate as othersTurn } from 'node:timers/promises'
import { type Document, pieces, tailAfter, type RandomAccessSource } from '#sealing'

/**
 * SHA-256 of a file that was made from a document. Where the document is its beginning, the hash goes on from the state
 * that the document arrived with. It may be large: other requests have their turn after each megabyte.
 */
export async function digestOf(source: RandomAccessSource, { source: document, hashes }: Document): Promise<Buffer> {
  const arrived = hashes?.get('sha256')
  const tail = arrived && tailAfter(document, source)
  const hash = tail ? arrived.copy() : createHash('sha256')
  let isFirst = true
  for (const piece of pieces(tail ?? source)) {
    if (!isFirst) await othersTurn()
    isFirst = false
    hash.update(piece)
  }
  return hash.digest()
}
