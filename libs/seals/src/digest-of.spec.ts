import { createHash } from 'node:crypto'
import { BufferSource, JoinedSource, type RandomAccessSource } from '#sealing'
import { digestOf } from './digest-of.js'

const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest()

describe('the digest of a sealed file', () => {
  const [document, added] = [Buffer.alloc(3_000_000, 'pismo'), Buffer.from('pieczęć')]
  const source = new BufferSource(document)
  const arrived = () => ({
    fileName: 'a.pdf',
    mediaType: 'application/pdf',
    source,
    hashes: new Map([['sha256' as const, createHash('sha256').update(document)]])
  })

  it('goes on from the one that the document arrived with', async () => {
    const reads: number[] = []
    const watched: RandomAccessSource = {
      size: document.length,
      read: (at, length) => (reads.push(at), document.subarray(at, at + length))
    }
    const sealed = new JoinedSource([watched, new BufferSource(added)])
    const of = { ...arrived(), source: watched }
    expect(await digestOf(sealed, of)).toEqual(sha256(document, added))
    expect(reads).toEqual([])
    // the state stays as it was, for the next file that begins so
    expect(await digestOf(sealed, of)).toEqual(sha256(document, added))
  })

  it('is taken whole where the file begins otherwise, or nothing was hashed on arrival', async () => {
    const other = new BufferSource(Buffer.from(document))
    expect(await digestOf(new JoinedSource([other, source]), arrived())).toEqual(sha256(document, document))
    expect(await digestOf(new BufferSource(added), arrived())).toEqual(sha256(added))
    const { hashes: _, ...unhashed } = arrived()
    expect(await digestOf(new JoinedSource([source, new BufferSource(added)]), unhashed)).toEqual(
      sha256(document, added)
    )
  })
})
