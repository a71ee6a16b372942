import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'
import { BufferSource, JoinedSource, type RandomAccessSource } from '../source.js'
import { crcOf } from './crc.js'
import type { ZipEntry } from './zip-reader.js'

/** A file for an archive: new content, which is stored as it is, or an entry of another archive, taken over byte for byte. */
export type ZipItem = { readonly name: string; readonly source: RandomAccessSource } | { readonly kept: ZipEntry }

/**
 * Where entries come from (4.4.2) and what they are (4.4.15): plain files of a Unix. Of an MS-DOS, as 0 would say, Info-ZIP believes
 * that names are in a code page of its own, whatever the UTF-8 flag says.
 */
const unix = 3 << 8
const plainFile = 0o100644 * 0x10000

const most32 = 0xffffffff
const most16 = 0xffff

/** Fields of the two headers of an entry that are the same in both (APPNOTE.TXT 4.3.7, 4.3.12). */
interface Facts {
  readonly name: Buffer
  readonly flags: number
  readonly crc: number
  readonly size: number
  readonly at: number
}

/**
 * A ZIP archive (PKWARE APPNOTE.TXT 6.3.10) with the items in order. Contents are not copied: the archive reads them where
 * they are. New entries are stored without extra fields, data descriptors or comments (what ASiC asks of `mimetype`), names
 * in UTF-8, all with the time `modified` (UTC, two seconds); ZIP64 is used where a number does not fit otherwise.
 * @throws Refused `sealing/zip-too-large` when a kept entry would need a larger header than it has.
 */
export function writeZip(items: readonly ZipItem[], modified: Date, comment = ''): RandomAccessSource {
  const parts: RandomAccessSource[] = []
  const directory: Buffer[] = []
  const time = dosTime(modified)
  let at = 0
  for (const item of items) {
    if ('kept' in item) {
      parts.push(item.kept.record)
      directory.push(movedHeader(item.kept, at))
      at += item.kept.record.size
      continue
    }
    const name = Buffer.from(item.name, 'utf8')
    const ascii = name.length === item.name.length
    const facts = { name, flags: ascii ? 0 : 0x0800, crc: crcOf(item.source), size: item.source.size, at }
    const local = localHeader(facts, time)
    parts.push(new BufferSource(local), item.source)
    directory.push(centralHeader(facts, time))
    at += local.length + facts.size
  }
  parts.push(new BufferSource(endOfArchive(directory, at, Buffer.from(comment))))
  return new JoinedSource(parts)
}

/** MS-DOS time and date as one 32-bit number, low half first; years before 1980 are not to be said in it. */
function dosTime(at: Date): number {
  const year = Math.min(Math.max(at.getUTCFullYear(), 1980), 2107)
  const date = ((year - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1)
  return date * 0x10000 + time
}

function localHeader({ name, flags, crc, size }: Facts, time: number): Buffer {
  const large = size >= most32
  const header = Buffer.alloc(30 + name.length + (large ? 20 : 0))
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(large ? 45 : 20, 4)
  header.writeUInt16LE(flags, 6)
  header.writeUInt32LE(time, 10)
  header.writeUInt32LE(crc, 14)
  header.writeUInt32LE(large ? most32 : size, 18)
  header.writeUInt32LE(large ? most32 : size, 22)
  header.writeUInt16LE(name.length, 26)
  header.writeUInt16LE(large ? 20 : 0, 28)
  name.copy(header, 30)
  if (large) zip64Extra([size, size]).copy(header, 30 + name.length)
  return header
}

function centralHeader({ name, flags, crc, size, at }: Facts, time: number): Buffer {
  const large = size >= most32
  const far = at >= most32
  const extra = large || far ? zip64Extra([...(large ? [size, size] : []), ...(far ? [at] : [])]) : Buffer.alloc(0)
  const header = Buffer.alloc(46 + name.length + extra.length)
  const version = extra.length > 0 ? 45 : 20
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(unix | version, 4)
  header.writeUInt16LE(version, 6)
  header.writeUInt16LE(flags, 8)
  header.writeUInt32LE(time, 12)
  header.writeUInt32LE(crc, 16)
  header.writeUInt32LE(large ? most32 : size, 20)
  header.writeUInt32LE(large ? most32 : size, 24)
  header.writeUInt16LE(name.length, 28)
  header.writeUInt16LE(extra.length, 30)
  header.writeUInt32LE(plainFile, 38)
  header.writeUInt32LE(far ? most32 : at, 42)
  name.copy(header, 46)
  extra.copy(header, 46 + name.length)
  return header
}

/** ZIP64 extended information (4.5.3). */
function zip64Extra(numbers: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * numbers.length)
  extra.writeUInt16LE(1, 0)
  extra.writeUInt16LE(8 * numbers.length, 2)
  numbers.forEach((number, i) => extra.writeBigUInt64LE(BigInt(number), 4 + 8 * i))
  return extra
}

/** The central header of an entry whose local header now stands at `at`. */
function movedHeader({ central, farOffsetAt }: ZipEntry, at: number): Buffer {
  const header = Buffer.from(central)
  if (farOffsetAt !== undefined) header.writeBigUInt64LE(BigInt(at), farOffsetAt)
  else if (at < most32) header.writeUInt32LE(at, 42)
  else throw new Refused(sealingProblems['zip-too-large'], { why: 'an entry would have to move too far' })
  return header
}

function endOfArchive(directory: readonly Buffer[], at: number, comment: Buffer): Buffer {
  const size = directory.reduce((sum, header) => sum + header.length, 0)
  const count = directory.length
  const large = count >= most16 || size >= most32 || at >= most32
  const end = Buffer.alloc(22 + comment.length)
  comment.copy(end, 22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(count, most16), 8)
  end.writeUInt16LE(Math.min(count, most16), 10)
  end.writeUInt32LE(Math.min(size, most32), 12)
  end.writeUInt32LE(Math.min(at, most32), 16)
  end.writeUInt16LE(comment.length, 20)
  if (!large) return Buffer.concat([...directory, end])
  const record = Buffer.alloc(56 + 20)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(44n, 4)
  record.writeUInt16LE(45, 12)
  record.writeUInt16LE(45, 14)
  record.writeBigUInt64LE(BigInt(count), 24)
  record.writeBigUInt64LE(BigInt(count), 32)
  record.writeBigUInt64LE(BigInt(size), 40)
  record.writeBigUInt64LE(BigInt(at), 48)
  record.writeUInt32LE(0x07064b50, 56)
  record.writeBigUInt64LE(BigInt(at + size), 64)
  record.writeUInt32LE(1, 72)
  return Buffer.concat([...directory, record, end])
}
