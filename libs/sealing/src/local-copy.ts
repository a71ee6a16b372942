import { randomBytes } from 'node:crypto'
import { open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BufferSource, FileSource, type RandomAccessSource } from './source.js'

/** Up to this size, in bytes, a document is worked on in memory; beyond, in a file without a name. */
export const IN_MEMORY = 4 * 1024 * 1024

/** A stream that can now be read at any place, until it is closed. */
export interface LocalCopy {
  readonly source: RandomAccessSource
  readonly close: () => Promise<void>
}

/** What is in memory is its own copy; there is nothing to close. */
export const copyInMemory = (bytes: Buffer): LocalCopy => ({
  source: new BufferSource(bytes),
  close: async () => undefined
})

/**
 * Makes a stream readable at any place, as PDF needs it. Small content stays in memory; large content goes to a
 * temporary file that only this user can open and that has no name any more while it is used, so that nothing of it
 * remains, however the process ends.
 * @param size of the content, in bytes
 */
export async function openLocalCopy(bytes: AsyncIterable<Buffer>, size: number): Promise<LocalCopy> {
  if (size <= IN_MEMORY) {
    const pieces: Buffer[] = []
    for await (const piece of bytes) pieces.push(piece)
    return copyInMemory(Buffer.concat(pieces))
  }
  const name = join(tmpdir(), `goniec-${randomBytes(12).toString('hex')}`)
  const file = await open(name, 'wx+', 0o600)
  try {
    await unlink(name)
    // a plain write may stop half-way through a piece
    for await (const piece of bytes) await file.appendFile(piece)
    return { source: new FileSource(file.fd), close: () => file.close() }
  } catch (error) {
    await file.close()
    throw error
  }
}
