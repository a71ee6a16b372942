import { randomBytes } from 'node:crypto'
import { BufferSource, JoinedSource, readAll, SliceSource } from '../source.js'
import { SharedTrays } from './shared-trays.js'
import { detached, packSource, unpackSource } from './wire-format.js'

const megabyte = 1024 * 1024

describe('documents in shared memory', () => {
  it('stand there as they are, small and large ones side by side', () => {
    const tray = new SharedTrays().tray()
    const contents = [0, 1, 700_000, 400_000, megabyte, megabyte + 1, 5].map(size => randomBytes(size))
    const laid = contents.map(bytes => tray.lay(new BufferSource(bytes)))
    laid.forEach((bytes, i) => {
      expect(Buffer.from(bytes).equals(contents[i]!)).toBe(true)
      expect(bytes.buffer).toBeInstanceOf(SharedArrayBuffer)
    })
  })

  it('share memory with what comes later only after the tray is cleared', () => {
    const trays = new SharedTrays()
    const [first, second] = [trays.tray(), trays.tray()]
    const one = first.lay(new BufferSource(Buffer.alloc(1000, 1)))
    const other = second.lay(new BufferSource(Buffer.alloc(1000, 2)))
    expect(other.buffer).not.toBe(one.buffer)
    first.clear()
    const third = trays.tray()
    const next = third.lay(new BufferSource(Buffer.alloc(1000, 3)))
    expect(next.buffer).toBe(one.buffer)
    expect(other.every(byte => byte === 2)).toBe(true)
    // a tray that was cleared takes new memory, and clearing it again gives nothing back twice
    first.clear()
    expect(first.lay(new BufferSource(Buffer.alloc(1000, 4))).buffer).not.toBe(next.buffer)
    expect(next.every(byte => byte === 3)).toBe(true)
  })

  it('are read like any other document, stretches and joined ones too', () => {
    const tray = new SharedTrays().tray()
    const [a, b] = [randomBytes(5000), randomBytes(3000)]
    const source = new JoinedSource([new SliceSource(new BufferSource(a), 10, 4000), new BufferSource(b)])
    const unpacked = unpackSource(packSource(source, [], part => tray.lay(part)))
    expect(readAll(unpacked).equals(Buffer.concat([a.subarray(10, 4010), b]))).toBe(true)
  })
})

describe('what goes back in a message', () => {
  it('has bytes in memory of their own and of their size, whatever they were part of', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(64), 8, 16).fill(7)
    const part = Buffer.alloc(megabyte, 5).subarray(100, 200)
    const at = new Date(0)
    const sent = detached({ list: [shared, { part }], text: 'a', at, nothing: undefined, none: null })
    expect(sent).toEqual({
      list: [new Uint8Array(16).fill(7), { part: new Uint8Array(100).fill(5) }],
      text: 'a',
      at,
      nothing: undefined,
      none: null
    })
    const [first, second] = sent.list as [Uint8Array, { part: Uint8Array }]
    shared.fill(9)
    expect(first).toEqual(new Uint8Array(16).fill(7))
    expect([first, second.part].map(({ buffer }) => buffer)).toEqual([expect.any(ArrayBuffer), expect.any(ArrayBuffer)])
    expect([first, second.part].map(({ buffer }) => buffer.byteLength)).toEqual([16, 100])
  })

  it('is not copied where it stands by itself', () => {
    const own = new Uint8Array(5000)
    expect(detached(own)).toBe(own)
  })
})
