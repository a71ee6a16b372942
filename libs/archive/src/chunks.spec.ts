import fc from 'fast-check'
import { openChunk, sealChunk } from './chunk-cipher.js'
import { type Chunk, chunksOf } from './chunks.js'

async function cut(pieces: Uint8Array[], size: number): Promise<Chunk[]> {
  async function* stream() {
    yield* pieces
  }
  const chunks: Chunk[] = []
  for await (const chunk of chunksOf(stream(), size)) chunks.push(chunk)
  return chunks
}

test('however a stream is split, its chunks are whole but the last, numbered, and together the stream', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 40 })),
      fc.integer({ min: 1, max: 16 }),
      async (pieces, size) => {
        const chunks = await cut(pieces, size)
        const all = Buffer.concat(pieces)
        expect(Buffer.concat(chunks.map(chunk => chunk.bytes))).toEqual(all)
        expect(chunks.length).toBe(Math.ceil(all.length / size))
        chunks.forEach(({ seq, bytes, last }, index) => {
          expect(seq).toBe(index)
          expect(last).toBe(index === chunks.length - 1)
          expect(bytes.length).toBe(last ? all.length - size * index : size)
        })
      }
    )
  )
})

test('a chunk opens in its own place with its own key, and nowhere else', () => {
  const key = Buffer.alloc(32, 1)
  const place = { blobId: '0190c3a0-0000-7000-8000-000000000001', seq: 3, last: false }
  const sealed = sealChunk(key, place, Buffer.from('treść'))
  expect(openChunk(key, place, sealed)).toEqual(Buffer.from('treść'))
  expect(openChunk(key, { ...place, seq: 4 }, sealed)).toBeUndefined()
  expect(openChunk(key, { ...place, last: true }, sealed)).toBeUndefined()
  expect(openChunk(key, { ...place, blobId: place.blobId.replace(/1$/, '2') }, sealed)).toBeUndefined()
  expect(openChunk(Buffer.alloc(32, 2), place, sealed)).toBeUndefined()
  for (let length = 0; length < sealed.length; length++) {
    expect(openChunk(key, place, sealed.subarray(0, length))).toBeUndefined()
  }
})
