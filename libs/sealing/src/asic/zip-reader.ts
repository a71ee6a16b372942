import { crc32, inflateRawSync } from 'node:zlib'
import { BufferSource, type RandomAccessSource, SliceSource } from '../source.js'
import { crcOf } from './crc.js'
import { exact, findEnd } from './zip-end.js'
import { broken, tooLarge, unsupported } from './zip-problems.js'

/** One file of an archive. */
export interface ZipEntry {
  /** Path with `/`, relative, without `.` and `..`. */
  readonly name: string
  readonly size: number
  readonly stored: boolean
  /** Whether it stands in the archive without extra fields, data descriptor and encryption, as ASiC asks of `mimetype`. */
  readonly plain: boolean
  /** Local header, content as it is in the archive, data descriptor. */
  readonly record: RandomAccessSource
  readonly central: Buffer
  /** Where in `central` a 64-bit offset stands, if one does. */
  readonly farOffsetAt?: number
  /** What the file contains, unpacked, checked against its CRC. @throws Refused `sealing/zip-broken` */
  content(): RandomAccessSource
}

/** An archive read. */
export interface ZipArchive {
  /** In the order in which they stand in the file; folders are left out. */
  readonly entries: readonly ZipEntry[]
  readonly comment: string
}

const mostEntries = 10_000
const largestDirectory = 16 * 1024 * 1024
/** Packed files are unpacked in memory, so they are bounded one by one and together. */
const largestPacked = 256 * 1024 * 1024
const largestPackedTogether = 512 * 1024 * 1024
/** Text packs about ten to one, and nothing honest of that size a thousand to one. */
const highestRatio = 250
const ratioMattersFrom = 4 * 1024 * 1024

/**
 * Reads the directory of a ZIP archive (PKWARE APPNOTE.TXT 6.3.10) strictly, so that no two programs can see two different
 * archives in it: records fill the file without gaps, overlaps or bytes before and after them; both headers of an entry
 * agree; names are unique and lead nowhere else.
 * @throws Refused `sealing/zip-broken`, `sealing/zip-unsupported`, `sealing/zip-too-large`
 */
export function readZip(source: RandomAccessSource): ZipArchive {
  const end = findEnd(source)
  if (end.count > mostEntries) throw tooLarge('entries')
  if (end.directorySize > largestDirectory) throw tooLarge('directory')
  if (end.directoryAt + end.directorySize !== end.at) throw broken('directory is not where it should be')
  const directory = source.read(end.directoryAt, end.directorySize)
  const found: Found[] = []
  for (let at = 0; at < directory.length;) {
    if (found.length === end.count) throw broken('more entries than stated')
    const one = readCentral(directory, at)
    found.push(one)
    at += one.central.length
  }
  if (found.length !== end.count) throw broken('fewer entries than stated')
  const inOrder = [...found].sort((a, b) => a.at - b.at)
  let packed = 0
  let next = 0
  const names = new Set<string>()
  const entries = inOrder.map((one, i) => {
    if (one.at !== next) throw broken(one.at < next ? 'entries overlap' : 'bytes between entries')
    next = inOrder[i + 1]?.at ?? end.directoryAt
    if (names.has(one.name)) throw broken('name given twice')
    names.add(one.name)
    if (!one.stored) packed += one.size
    if (packed > largestPackedTogether) throw tooLarge('content')
    return readLocal(source, one, next)
  })
  if (found.length === 0 && end.directoryAt !== 0) throw broken('bytes before the directory')
  return { entries: entries.filter(entry => !entry.name.endsWith('/')), comment: end.comment }
}

/** An entry as the directory tells it. */
interface Found {
  readonly name: string
  readonly rawName: Buffer
  readonly flags: number
  readonly method: number
  readonly stored: boolean
  readonly crc: number
  readonly packedSize: number
  readonly size: number
  readonly at: number
  readonly central: Buffer
  readonly extras: boolean
  readonly farOffsetAt?: number
}

function readCentral(directory: Buffer, start: number): Found {
  const head = directory.subarray(start, start + 46)
  if (head.length < 46 || head.readUInt32LE(0) !== 0x02014b50) throw broken('no directory entry')
  const nameEnd = 46 + head.readUInt16LE(28)
  const extraEnd = nameEnd + head.readUInt16LE(30)
  const length = extraEnd + head.readUInt16LE(32)
  const central = directory.subarray(start, start + length)
  if (central.length < length) throw broken('directory entry cut off')
  const flags = head.readUInt16LE(8)
  const method = head.readUInt16LE(10)
  if (flags & 0x2041) throw unsupported('encrypted')
  if (method !== 0 && method !== 8) throw unsupported('compression method')
  // A symbolic link (made on Unix): what it stands for is somewhere else.
  if (head[5] === 3 && head.readUInt16LE(40) >> 12 === 0xa) throw unsupported('link')
  const disk = head.readUInt16LE(34)
  if (disk !== 0 && disk !== 0xffff) throw unsupported('split archive')
  const rawName = central.subarray(46, nameEnd)
  const name = readName(rawName, flags)
  const wide = [head.readUInt32LE(24), head.readUInt32LE(20), head.readUInt32LE(42)]
  const extra = readExtras(central.subarray(nameEnd, extraEnd), rawName)
  let wideAt = extra.zip64At
  const numbers = wide.map(number => {
    if (number !== 0xffffffff) return { number }
    if (wideAt === undefined || wideAt + 8 > extra.zip64End) throw broken('ZIP64 number missing')
    const at = nameEnd + wideAt
    wideAt += 8
    return { number: exact(central, at), at }
  })
  const [size, packedSize, at] = numbers.map(({ number }) => number) as [number, number, number]
  if (method === 0 && size !== packedSize) throw broken('stored with two sizes')
  if (method === 8) {
    if (size > largestPacked) throw tooLarge('packed file')
    if (size > ratioMattersFrom && size > packedSize * highestRatio) throw tooLarge('packed too tightly')
  }
  const crc = head.readUInt32LE(16)
  const farOffsetAt = numbers[2]!.at
  const extras = extraEnd > nameEnd
  return { name, rawName, flags, method, stored: method === 0, crc, packedSize, size, at, central, extras, farOffsetAt }
}

/** Extra fields (4.5), which must fill their room. */
function readExtras(extra: Buffer, rawName: Buffer): { zip64At?: number; zip64End: number } {
  let found: { zip64At?: number; zip64End: number } = { zip64End: 0 }
  for (let at = 0; at < extra.length;) {
    if (at + 4 > extra.length) {
      // Alignment tools leave up to three zero bytes.
      if (extra.subarray(at).every(byte => byte === 0)) break
      throw broken('extra field cut off')
    }
    const id = extra.readUInt16LE(at)
    const end = at + 4 + extra.readUInt16LE(at + 2)
    if (end > extra.length) throw broken('extra field cut off')
    if (id === 1) {
      if (found.zip64At !== undefined) throw broken('ZIP64 field given twice')
      found = { zip64At: at + 4, zip64End: end }
    }
    // Info-ZIP Unicode path: some programs go by it and others do not.
    if (id === 0x7075 && !extra.subarray(at + 9, end).equals(rawName)) throw broken('two names')
    at = end
  }
  return found
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function readName(raw: Buffer, flags: number): string {
  let name: string
  try {
    name = utf8.decode(raw)
  } catch (cause) {
    if (flags & 0x0800) throw broken('name is not UTF-8', cause)
    name = raw.toString('latin1')
  }
  if (!isSafePath(name.endsWith('/') ? name.slice(0, -1) : name)) throw broken('name leads elsewhere')
  return name
}

/** Whether a name is a relative path that stays below its start on every system. */
export function isSafePath(name: string): boolean {
  if (name === '' || /[\\\u0000-\u001f\u007f]/.test(name) || /^[A-Za-z]:/.test(name)) return false
  return name.split('/').every(part => part !== '' && part !== '.' && part !== '..')
}

function readLocal(source: RandomAccessSource, found: Found, next: number): ZipEntry {
  const { at, rawName, flags, packedSize, size } = found
  const head = source.read(at, 30)
  if (head.length < 30 || head.readUInt32LE(0) !== 0x04034b50) throw broken('no local header')
  const contentAt = at + 30 + head.readUInt16LE(26) + head.readUInt16LE(28)
  const extra = source.read(at + 30 + head.readUInt16LE(26), head.readUInt16LE(28))
  if (!source.read(at + 30, head.readUInt16LE(26)).equals(rawName)) throw broken('headers differ in name')
  // Bits that say how to read the content; others are hints of packers.
  const differing = (head.readUInt16LE(6) ^ flags) & 0x2849
  if (differing !== 0 || head.readUInt16LE(8) !== found.method) throw broken('headers differ in method')
  const later = (flags & 0x08) !== 0
  const { zip64At, zip64End } = readExtras(extra, rawName)
  let wideAt = zip64At
  const stated = [head.readUInt32LE(22), head.readUInt32LE(18)].map(number => {
    if (number !== 0xffffffff || wideAt === undefined || wideAt + 8 > zip64End) return number
    wideAt += 8
    return exact(extra, wideAt - 8)
  })
  const same = (number: number, wanted: number) => number === wanted || (later && number === 0)
  if (!same(head.readUInt32LE(14), found.crc)) throw broken('headers differ in checksum')
  if (!same(stated[0]!, size) || !same(stated[1]!, packedSize)) throw broken('headers differ in size')
  const contentEnd = contentAt + packedSize
  if (contentEnd > next) throw broken('entries overlap')
  if (later) checkDescriptor(source.read(contentEnd, next - contentEnd), found)
  else if (contentEnd !== next) throw broken('bytes between entries')
  if (found.name.endsWith('/') && size !== 0) throw broken('a folder with content')
  const packed = new SliceSource(source, contentAt, packedSize)
  let content: RandomAccessSource | undefined
  return {
    name: found.name,
    size,
    stored: found.stored,
    plain: found.stored && !found.extras && extra.length === 0 && !later,
    record: new SliceSource(source, at, next - at),
    central: found.central,
    farOffsetAt: found.farOffsetAt,
    content: () => (content ??= found.stored ? checkedStored(packed, found) : unpacked(packed, found))
  }
}

/** The data descriptor (4.3.9): with or without its signature, with sizes of four or eight bytes. */
function checkDescriptor(descriptor: Buffer, { crc, packedSize, size }: Found): void {
  const { length } = descriptor
  if (length !== 12 && length !== 16 && length !== 20 && length !== 24) throw broken('bytes between entries')
  const signed = length === 16 || length === 24
  const wide = length >= 20
  const at = signed ? 4 : 0
  const sizes = wide
    ? [exact(descriptor, at + 4), exact(descriptor, at + 12)]
    : [descriptor.readUInt32LE(at + 4), descriptor.readUInt32LE(at + 8)]
  const right = descriptor.readUInt32LE(at) === crc && sizes[0] === packedSize && sizes[1] === size
  if (!right || (signed && descriptor.readUInt32LE(0) !== 0x08074b50)) throw broken('data descriptor differs')
}

function checkedStored(content: RandomAccessSource, { crc }: Found): RandomAccessSource {
  if (crcOf(content) !== crc) throw broken('checksum')
  return content
}

function unpacked(packed: RandomAccessSource, { crc, size, packedSize }: Found): RandomAccessSource {
  let bytes: Buffer
  try {
    const { buffer, engine } = inflateRawSync(packed.read(0, packedSize), {
      maxOutputLength: Math.max(size, 1),
      info: true
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } }
    if (engine.bytesWritten !== packedSize) throw new Error('bytes after the packed content')
    bytes = buffer
  } catch (cause) {
    throw broken('packed content', cause)
  }
  if (bytes.length !== size || crc32(bytes) !== crc) throw broken('checksum')
  return new BufferSource(bytes)
}
