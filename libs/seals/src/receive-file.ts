import { createHash, type Hash } from 'node:crypto'
import { archiveProblems } from '#archive'
import { Refused } from '#platform'
import { type LocalCopy, openLocalCopy } from '#sealing'

/** A file that came in; close it when it is no longer read. */
export interface ReceivedFile extends LocalCopy {
  readonly sha256: Buffer
  /** The states it was hashed with, to go on from. */
  readonly hashes: Map<'sha256', Hash>
}

/** Takes in a file that is not kept: into memory when it is small, else into a file without a name. */
export class ReceiveFile {
  constructor(
    /** Largest file taken, in bytes. */
    private readonly maxBytes: number
  ) {}

  /**
   * @param size bytes announced (Content-Length), which HTTP holds the body to
   * @param declaredSha256 SHA-256 announced (Content-Digest, RFC 9530)
   * @throws Refused `archive/too-large`, `archive/digest-mismatch`; what the body throws
   */
  async execute(body: AsyncIterable<Buffer>, size: number, declaredSha256?: Buffer): Promise<ReceivedFile> {
    // judged before the first byte is read
    if (!(size <= this.maxBytes)) throw new Refused(archiveProblems['too-large'], { maxBytes: this.maxBytes })
    const hash = createHash('sha256')
    async function* hashed() {
      for await (const piece of body) {
        hash.update(piece)
        yield piece
      }
    }
    const copy = await openLocalCopy(hashed(), size)
    const sha256 = hash.copy().digest()
    if (!declaredSha256 || sha256.equals(declaredSha256))
      return { ...copy, sha256, hashes: new Map([['sha256', hash]]) }
    await copy.close()
    throw new Refused(archiveProblems['digest-mismatch'])
  }
}
