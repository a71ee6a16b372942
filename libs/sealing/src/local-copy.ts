import { randomBytes } from 'node:crypto'
import { open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BufferSource, FileSource, type RandomAccessSource } from './pades/source.js'

/** Up to this size a document is worked on in memory; beyond, in a file without a name. */
const IN_MEMORY = 4 * 1024 * 1024

/**
 * Lets `work` read a stream at any place, as PDF needs it. Small content stays in memory; large content goes to a
 * temporary file that only this user can open and that has no name any more while it is used, so that nothing of it
 * remains, however the process ends.
 */
export async function withLocalCopy<T>(
  bytes: AsyncIterable<Buffer>,
  size: number,
  work: (source: RandomAccessSource) => T | Promise<T>
): Promise<T> {
  if (size <= IN_MEMORY) {
    const pieces: Buffer[] = []
    for await (const piece of bytes) pieces.push(piece)
    return work(new BufferSource(Buffer.concat(pieces)))
  }
  const name = join(tmpdir(), `goniec-${randomBytes(12).toString('hex')}`)
  const file = await open(name, 'wx+', 0o600)
  try {
    await unlink(name)
    for await (const piece of bytes) await file.write(piece)
    return await work(new FileSource(file.fd))
  } finally {
    await file.close()
  }
}
