import type { RandomAccessSource } from '../source.js'
import { broken, unsupported } from './zip-problems.js'

/** Where the directory is. */
export interface End {
  readonly count: number
  readonly directorySize: number
  readonly directoryAt: number
  /** Where the end records begin. */
  readonly at: number
  readonly comment: string
}

/** Finds the end of an archive, of which there must be one (4.3.14 to 4.3.16). @throws Refused */
export function findEnd(source: RandomAccessSource): End {
  const tailAt = Math.max(0, source.size - 22 - 0xffff)
  const tail = source.read(tailAt, source.size - tailAt)
  const candidates: number[] = []
  for (let i = tail.length - 22; i >= 0; i--)
    if (tail.readUInt32LE(i) === 0x06054b50 && i + 22 + tail.readUInt16LE(i + 20) === tail.length) candidates.push(i)
  const at = candidates[0]
  if (at === undefined) throw broken('no end of archive')
  // One inside the comment of another: programs differ in which they believe.
  if (candidates.length > 1) throw broken('two ends of archive')
  const record = tail.subarray(at, at + 22)
  if (record.readUInt16LE(4) !== 0 || record.readUInt16LE(6) !== 0) throw unsupported('split archive')
  if (record.readUInt16LE(8) !== record.readUInt16LE(10)) throw unsupported('split archive')
  const end: End = {
    count: record.readUInt16LE(10),
    directorySize: record.readUInt32LE(12),
    directoryAt: record.readUInt32LE(16),
    at: tailAt + at,
    comment: tail.toString('utf8', at + 22)
  }
  return readEnd64(source, end) ?? end
}

/** The ZIP64 end records, where there are any before the ordinary one (4.3.14, 4.3.15). */
function readEnd64(source: RandomAccessSource, end: End): End | undefined {
  const locator = source.read(end.at - 20, 20)
  if (end.at < 20 || locator.length < 20 || locator.readUInt32LE(0) !== 0x07064b50) {
    if (end.count === 0xffff || end.directorySize === 0xffffffff || end.directoryAt === 0xffffffff)
      throw broken('no ZIP64 end of archive')
    return undefined
  }
  const at = exact(locator, 8)
  const record = source.read(at, 56)
  if (record.length < 56 || record.readUInt32LE(0) !== 0x06064b50) throw broken('no ZIP64 end of archive')
  if (at + 12 + exact(record, 4) !== end.at - 20) throw broken('ZIP64 end of archive of another length')
  const large: End = {
    count: exact(record, 32),
    directorySize: exact(record, 40),
    directoryAt: exact(record, 48),
    at,
    comment: end.comment
  }
  const agrees = (small: number, most: number, number: number) => small === most || small === number
  if (
    exact(record, 24) !== large.count ||
    !agrees(end.count, 0xffff, large.count) ||
    !agrees(end.directorySize, 0xffffffff, large.directorySize) ||
    !agrees(end.directoryAt, 0xffffffff, large.directoryAt)
  )
    throw broken('the two ends of archive differ')
  return large
}

/** A 64-bit number that is exact in JavaScript. */
export function exact(bytes: Buffer, at: number): number {
  const number = bytes.readBigUInt64LE(at)
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw broken('number too great')
  return Number(number)
}
