/** A piece of a stream; all but the last are exactly as long as asked. */
export interface Chunk {
  readonly seq: number
  readonly bytes: Buffer
  readonly last: boolean
}

/**
 * Cuts a stream into chunks of `size` bytes. A chunk is given out only when it is known whether another follows, so
 * about two of them are held at once. An empty stream has no chunks.
 */
export async function* chunksOf(stream: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Chunk> {
  let waiting: Buffer[] = []
  let length = 0
  let seq = 0
  for await (const piece of stream) {
    if (piece.length === 0) continue
    waiting.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))
    length += piece.length
    if (length <= size) continue
    // A document that comes in one piece is cut where it lies, not copied.
    const all = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting)
    let taken = 0
    for (; length - taken > size; taken += size)
      yield { seq: seq++, bytes: all.subarray(taken, taken + size), last: false }
    waiting = [all.subarray(taken)]
    length -= taken
  }
  if (length > 0) yield { seq, bytes: Buffer.concat(waiting), last: true }
}
