import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { openLocalCopy } from './local-copy.js'

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1_000_000) yield bytes.subarray(at, at + 1_000_000)
}

it.each([
  ['small, in memory', 1000],
  ['large, in a file', 5 * 1024 * 1024]
])('a copy (%s) gives the same bytes at any place, and leaves no file behind', async (_, size) => {
  const bytes = randomBytes(size)
  const { source, close } = await openLocalCopy(pieces(bytes), size)
  expect(source.size).toBe(size)
  expect(source.read(size - 10, 10).equals(bytes.subarray(-10))).toBe(true)
  expect(source.read(100, 500).equals(bytes.subarray(100, 600))).toBe(true)
  expect(readdirSync(tmpdir()).filter(name => /^goniec-[0-9a-f]{24}$/.test(name))).toEqual([])
  await close()
})

it('lets the error of a stream that breaks through', async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(10)
    throw new Error('broken off')
  }
  await expect(openLocalCopy(broken(), 6 * 1024 * 1024)).rejects.toThrow('broken off')
})
