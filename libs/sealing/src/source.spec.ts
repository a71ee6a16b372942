import { createHash, randomBytes } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BufferSource,
  FileSource,
  hashSource,
  JoinedSource,
  passingPieces,
  pieces,
  readAll,
  SliceSource
} from './source.js'

const dir = mkdtempSync(join(tmpdir(), 'goniec-source-'))
const content = randomBytes(700_003)
const path = join(dir, 'file')
writeFileSync(path, content)
const descriptor = openSync(path, 'r')
afterAll(() => {
  closeSync(descriptor)
  rmSync(dir, { recursive: true })
})

const file = () => new FileSource(descriptor)
const memory = new BufferSource(content)
const inner = new JoinedSource([new SliceSource(file(), 5, 300_000), memory, new BufferSource(Buffer.alloc(0)), file()])
const sources = [
  ['a file', file(), content],
  ['memory', memory, content],
  ['nothing', new BufferSource(Buffer.alloc(0)), Buffer.alloc(0)],
  ['a stretch of a file', new SliceSource(file(), 131_000, 400_000), content.subarray(131_000, 531_000)],
  ['a stretch beyond the end', new SliceSource(file(), 700_000, 400_000), content.subarray(700_000)],
  ['several together', inner, Buffer.concat([content.subarray(5, 300_005), content, content])],
  [
    'a stretch over their borders',
    new SliceSource(inner, 299_990, 800_100),
    Buffer.concat([content.subarray(299_995, 300_005), content, content]).subarray(0, 800_100)
  ]
] as const

describe('reading a source piece by piece', () => {
  it.each(sources)('gives all bytes of %s, in order and once', (_, source, expected) => {
    // copies: a piece is good only until the next
    const got = Buffer.concat([...copies(source)])
    expect(got.equals(expected)).toBe(true)
    expect(Buffer.concat([...pieces(source)]).equals(expected)).toBe(true)
    expect(readAll(source).equals(expected)).toBe(true)
    expect(hashSource(source, 'sha384').digest('hex')).toBe(createHash('sha384').update(expected).digest('hex'))
  })

  it('copies nothing that is in memory, over borders neither', () => {
    const [one, other] = [randomBytes(100), randomBytes(3_000_000)]
    const both = new SliceSource(new JoinedSource([new BufferSource(one), new BufferSource(other)]), 10, 2_500_000)
    const got = [...pieces(both)]
    expect(got.map(({ length }) => length)).toEqual([90, 1_048_576, 1_048_576, 402_758])
    expect(got.every(({ buffer }, i) => buffer === (i === 0 ? one : other).buffer)).toBe(true)
  })

  it('needs no new memory for each piece of a file', () => {
    const memories = new Set([...passingPieces(file())].map(piece => piece.buffer))
    expect(memories.size).toBe(1)
  })
})

function* copies(source: (typeof sources)[number][1]): Generator<Buffer> {
  for (const piece of passingPieces(source)) yield Buffer.from(piece)
}
