import { createHash } from 'node:crypto'
import type { SealedPart } from '../../provider.js'

/** What came out of the archive is not what was sealed. */
export class PartChanged extends Error {
  constructor() {
    super('a part does not match its size or digest')
    this.name = 'PartChanged'
  }
}

/**
 * The bytes of a part, checked on the way against its size and SHA3-512. The last piece is held back until the check
 * is done, so that a changed part never goes out whole.
 * @throws PartChanged
 */
export async function* checkedContent(part: SealedPart): AsyncIterable<Buffer> {
  const hash = createHash('sha3-512')
  let size = 0
  let held: Buffer | undefined
  for await (const piece of part.open()) {
    if (piece.length === 0) continue
    hash.update(piece)
    size += piece.length
    if (size > part.size) throw new PartChanged()
    if (held) yield held
    held = piece
  }
  if (size !== part.size || hash.digest('hex') !== part.sha3_512.toLowerCase()) throw new PartChanged()
  if (held) yield held
}

/** All bytes of a part, checked. For parts that fit in memory. */
export async function wholeContent(part: SealedPart): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of checkedContent(part)) pieces.push(piece)
  return Buffer.concat(pieces)
}
