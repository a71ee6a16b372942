import fc from 'fast-check'
import { boundaryOf, MalformedMultipart, readMultipart } from './multipart.js'

const boundary = 'a-boundary'

async function* chunksOf(bytes: Buffer, sizes: number[]): AsyncGenerator<Buffer> {
  let at = 0
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function read(body: Buffer, sizes = [body.length]): Promise<Map<string, Buffer>> {
  const parts = new Map<string, Buffer>()
  let name = ''
  for await (const event of readMultipart(chunksOf(body, sizes), boundary)) {
    if (event.kind === 'part') parts.set((name = event.name), Buffer.alloc(0))
    if (event.kind === 'bytes') parts.set(name, Buffer.concat([parts.get(name) ?? Buffer.alloc(0), event.bytes]))
  }
  return parts
}

function written(parts: [name: string, bytes: Uint8Array][]): Buffer {
  const written = parts.map(([name, bytes]) =>
    Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="x"\r\n\r\n`),
      bytes,
      Buffer.from('\r\n')
    ])
  )
  return Buffer.concat([...written, Buffer.from(`--${boundary}--\r\n`)])
}

describe('the reader of uploads', () => {
  it('gives back every part, however the body is cut into chunks', async () => {
    // Bytes that look like a boundary without being one are the hard case.
    const hard = fc
      .constantFrom('\r\n--', '\r\n--a-bound', '--a-boundary', '\r', '\n', '-')
      .map(text => Buffer.from(text))
    const content = fc
      .array(fc.oneof(hard, fc.uint8Array({ maxLength: 20 })), { maxLength: 6 })
      .map(pieces => Buffer.concat(pieces))
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.constantFrom('a', 'b', 'file')),
        fc.array(content),
        sizes,
        async (names, contents, cut) => {
          const parts = names.map((name): [string, Buffer] => [name, contents[names.indexOf(name)] ?? Buffer.alloc(0)])
          const safe = parts.filter(([, bytes]) => !`\r\n${bytes.toString('latin1')}`.includes(`\r\n--${boundary}`))
          fc.pre(safe.length > 0)
          const found = await read(written(safe), cut)
          expect([...found].map(([name, bytes]) => [name, bytes.toString('hex')])).toEqual(
            safe.map(([name, bytes]) => [name, bytes.toString('hex')])
          )
        }
      )
    )
  })

  it('refuses a body that breaks off at any place', async () => {
    const body = written([['file', Buffer.from('content')]])
    for (let length = 0; length < body.length - '--\r\n'.length; length += 1) {
      await expect(read(body.subarray(0, length))).rejects.toThrow(MalformedMultipart)
    }
  })

  it('finds the boundary with and without quotes', () => {
    expect(boundaryOf('multipart/form-data; boundary=abc')).toBe('abc')
    expect(boundaryOf('multipart/form-data; charset=utf-8; boundary="a b"')).toBe('a b')
    expect(boundaryOf('application/json')).toBeUndefined()
  })
})
