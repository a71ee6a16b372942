import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import * as yazl from 'yazl'
import { Refused } from '#platform/plain'
import { itWith } from '../../../../test/interop/sealing/tools.js'
import { makeZip, type ZipWish } from '../../test/test-zip.js'
import { BufferSource, type RandomAccessSource, readAll, SliceSource } from '../source.js'
import { isSafePath, readZip } from './zip-reader.js'
import { writeZip } from './zip-writer.js'
import { threadTime } from '../../test/thread-time.js'

const at = new Date('2026-11-22T12:34:56Z')
const open = (bytes: Buffer) => readZip(new BufferSource(bytes))
const source = (text: string | Buffer) => new BufferSource(Buffer.from(text))

function refused(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof Refused) return `${error.type.code.replace('sealing/', '')}: ${String(error.facts.why)}`
    throw error
  }
  return 'accepted'
}

describe('the ZIP writer', () => {
  const items = [
    { name: 'mimetype', source: source('application/vnd.etsi.asic-e+zip') },
    { name: 'Załącznik 1.txt', source: source('żółć') },
    { name: 'a/b.bin', source: source(Buffer.alloc(100_000, 'x')) },
    { name: 'empty', source: source('') }
  ]

  it('writes what another library reads, mimetype first and bare', () => {
    const zip = Buffer.from(readAll(writeZip(items, at)))
    const read = unzipSync(zip)
    expect(Object.keys(read)).toEqual(items.map(({ name }) => name))
    for (const { name, source } of items) expect(Buffer.from(read[name]!)).toEqual(readAll(source))
    expect(zip.toString('latin1', 30, 69)).toBe('mimetypeapplication/vnd.etsi.asic-e+zip')
    // flags, method, and no extra field
    expect([zip.readUInt16LE(6), zip.readUInt16LE(8), zip.readUInt16LE(28)]).toEqual([0, 0, 0])
    // names beyond ASCII carry the UTF-8 flag
    expect(zip.readUInt16LE(69 + 6)).toBe(0x0800)
  })

  itWith(['unzip', '-v'])(
    'writes names that Info-ZIP shows and unpacks as they are, and files that can be read',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'goniec-zip-'))
      try {
        writeFileSync(join(folder, 'a.zip'), readAll(writeZip(items, at)))
        const env = { ...process.env, LC_ALL: 'C.UTF-8' }
        const listed = spawnSync('unzip', ['-l', 'a.zip'], { cwd: folder, env })
        expect([listed.status, listed.stdout.toString()]).toEqual([0, expect.stringContaining('   Załącznik 1.txt\n')])
        expect(spawnSync('unzip', ['-q', 'a.zip'], { cwd: folder, env }).status).toBe(0)
        expect(readFileSync(join(folder, 'Załącznik 1.txt'), 'utf8')).toBe('żółć')
        expect(statSync(join(folder, 'a/b.bin')).mode & 0o777).toBe(0o644)
      } finally {
        rmSync(folder, { recursive: true })
      }
    }
  )

  it('writes the same bytes at the same time, and that time', () => {
    const [one, two] = [writeZip(items, at), writeZip(items, at)].map(readAll)
    expect(one).toEqual(two)
    expect(one!.readUInt16LE(10)).toBe((12 << 11) | (34 << 5) | 28)
    expect(one!.readUInt16LE(12)).toBe(((2026 - 1980) << 9) | (11 << 5) | 22)
  })

  it('keeps entries of another archive byte for byte, packed ones and their descriptors too', () => {
    const text = 'long text '.repeat(500)
    const other = makeZip([
      { name: 'gone', content: 'x' },
      { name: 'packed', content: text, deflate: true, descriptor: 'signed' },
      { name: 'plain', content: 'y', extra: Buffer.from('feca0000', 'hex') }
    ])
    const kept = open(other).entries.filter(({ name }) => name !== 'gone')
    const zip = Buffer.from(readAll(writeZip([...kept.map(entry => ({ kept: entry })), items[1]!], at, 'a comment')))
    const read = open(zip)
    expect(read.comment).toBe('a comment')
    expect(read.entries.map(({ name }) => name)).toEqual(['packed', 'plain', 'Załącznik 1.txt'])
    for (const entry of kept) expect(zip.includes(readAll(entry.record))).toBe(true)
    expect(Buffer.from(unzipSync(zip)['packed']!).toString()).toBe(text)
  })

  it('goes to ZIP64 where numbers do not fit, and never holds the content', () => {
    const size = 2 ** 32 + 10
    let read = 0
    const zeros = Buffer.alloc(1024 * 1024)
    const huge: RandomAccessSource = {
      size,
      read: (from, length) => {
        read += length
        return zeros.subarray(0, Math.min(length, size - from))
      }
    }
    const archive = writeZip([{ name: 'huge', source: new SliceSource(huge, 0, size) }, items[1]!], at)
    const once = read
    expect(once).toBe(size)
    const { entries } = readZip(archive)
    expect(entries.map(entry => entry.size)).toEqual([size, items[1]!.source.size])
    expect(readAll(entries[1]!.content()).toString()).toBe('żółć')
    // The second entry moved beyond four gigabytes and can be taken over again.
    const again = readZip(writeZip([{ kept: entries[1]! }], at))
    expect(readAll(again.entries[0]!.content()).toString()).toBe('żółć')
    // No more than the ends of archives.
    expect(read - once).toBeLessThan(300_000)
  }, 30_000)

  it('writes more files than the old count can say', () => {
    const many = Array.from({ length: 65_536 }, (_, i) => ({ name: `f${i}`, source: source('') }))
    const zip = Buffer.from(readAll(writeZip(many, at)))
    expect(zip.subarray(-42, -38).toString('latin1')).toBe('PK\x06\x07')
    expect(refused(() => open(zip))).toBe('zip-too-large: entries')
  })
})

describe('the ZIP reader', () => {
  it('reads what another library writes, streamed and with ZIP64 forced', async () => {
    for (const forceZip64Format of [false, true]) {
      const zip = new yazl.ZipFile()
      const text = 'some text '.repeat(1000)
      zip.addBuffer(Buffer.from(text), 'packed.txt', { compress: true })
      zip.addBuffer(Buffer.from('stored'), 'a/ż.txt', { compress: false })
      zip.end({ forceZip64Format, comment: '' })
      const chunks: Buffer[] = []
      for await (const chunk of zip.outputStream as unknown as AsyncIterable<Buffer>) chunks.push(chunk)
      const { entries } = open(Buffer.concat(chunks))
      expect(entries.map(entry => [entry.name, entry.stored, readAll(entry.content()).toString()])).toEqual([
        ['packed.txt', false, text],
        ['a/ż.txt', true, 'stored']
      ])
    }
  })

  const ok: ZipWish = { name: 'a.txt', content: 'content' }
  const text = 'text '.repeat(100)

  it.each<[string, () => Buffer, string]>([
    ['an empty archive', () => makeZip([]), 'accepted'],
    ['folders', () => makeZip([{ name: 'a/' }, ok]), 'accepted'],
    ['a bare descriptor', () => makeZip([{ ...ok, deflate: true, descriptor: 'bare' }, { name: 'b' }]), 'accepted'],
    ['nothing', () => Buffer.alloc(0), 'zip-broken: no end of archive'],
    ['bytes before', () => makeZip([ok], { before: Buffer.from('MZ') }), 'zip-broken: bytes between entries'],
    ['bytes after', () => makeZip([ok], { after: Buffer.from('x') }), 'zip-broken: no end of archive'],
    ['an end in the comment', () => makeZip([ok], { comment: makeZip([]) }), 'zip-broken: two ends of archive'],
    [
      'a gap',
      () => makeZip([ok, { name: 'b', gapBefore: Buffer.from('hidden') }]),
      'zip-broken: bytes between entries'
    ],
    [
      'a gap of the size of a descriptor',
      () => makeZip([ok, { name: 'b', gapBefore: Buffer.alloc(16) }]),
      'zip-broken: bytes between entries'
    ],
    [
      'bytes after the directory',
      () => makeZip([ok], { betweenDirectoryAndEnd: Buffer.alloc(4) }),
      'zip-broken: directory is not where it should be'
    ],
    ['an overlap', () => makeZip([ok, { name: 'a.txt ', overlap: true }]), 'zip-broken: entries overlap'],
    ['a name twice', () => makeZip([ok, ok]), 'zip-broken: name given twice'],
    ['two names', () => makeZip([{ ...ok, localName: 'b.txt' }]), 'zip-broken: headers differ in name'],
    [
      'a Unicode path of another name',
      () => makeZip([{ ...ok, extra: Buffer.from('757008000100000000622e74', 'hex') }]),
      'zip-broken: two names'
    ],
    ['a climbing name', () => makeZip([{ name: '../a' }]), 'zip-broken: name leads elsewhere'],
    ['an absolute name', () => makeZip([{ name: '/etc/passwd' }]), 'zip-broken: name leads elsewhere'],
    ['a name with a NUL', () => makeZip([{ name: 'a.txt\0.exe' }]), 'zip-broken: name leads elsewhere'],
    ['a link', () => makeZip([{ ...ok, unixMode: 0xa1ff }]), 'zip-unsupported: link'],
    ['encryption', () => makeZip([{ ...ok, flags: 1 }]), 'zip-unsupported: encrypted'],
    ['another method', () => makeZip([{ ...ok, method: 12 }]), 'zip-unsupported: compression method'],
    ['a folder with content', () => makeZip([{ name: 'a/', content: 'x' }]), 'zip-broken: a folder with content'],
    [
      'more entries than stated',
      () => makeZip([ok, { name: 'b' }], { count: 1 }),
      'zip-broken: more entries than stated'
    ],
    ['fewer entries than stated', () => makeZip([ok], { count: 2 }), 'zip-broken: fewer entries than stated'],
    [
      'an extra field cut off',
      () => makeZip([{ ...ok, extra: Buffer.from('cafe0800', 'hex') }]),
      'zip-broken: extra field cut off'
    ],
    [
      'ten thousand and one files',
      () => makeZip(Array.from({ length: 10_001 }, (_, i) => ({ name: `f${i}` }))),
      'zip-too-large: entries'
    ],
    [
      'a bomb',
      () => makeZip([{ name: 'bomb', content: Buffer.alloc(8 * 1024 * 1024), deflate: true }]),
      'zip-too-large: packed too tightly'
    ]
  ])('given %s', (_, make, verdict) => {
    const bytes = make()
    const started = threadTime()
    expect(refused(() => open(bytes))).toBe(verdict)
    expect(threadTime() - started).toBeLessThan(2000)
  })

  it.each<[string, ZipWish]>([
    ['a wrong checksum', { ...ok, crc: 1 }],
    ['a wrong checksum of packed content', { name: 'a', content: text, deflate: true, crc: 1 }],
    ['a size above the real one', { name: 'a', content: text, deflate: true, statedSize: 600 }],
    ['a size below the real one', { name: 'a', content: text, deflate: true, statedSize: 400 }],
    ['no packed content', { name: 'a', content: 'not deflate at all', method: 8 }]
  ])('finds %s when the content is asked for', (_, wish) => {
    const [entry] = open(makeZip([wish])).entries
    expect(refused(() => entry!.content())).toMatch(/^zip-broken: (checksum|packed content)$/)
  })

  it('knows names that stay where they are', () => {
    for (const name of ['a', 'a/b.c', 'ą ż.txt', '..a', 'a..b']) expect([name, isSafePath(name)]).toEqual([name, true])
    for (const name of ['', '.', '..', 'a/..', './a', 'a//b', '/a', 'C:\\a', 'c:a', 'a\\b', 'a\n'])
      expect([name, isSafePath(name)]).toEqual([name, false])
  })
})
