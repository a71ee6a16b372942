import { broken } from './pdf-values.js'

/** Takes what a decoder has made from the budget, before it is kept. @throws Refused when there is too much */
export type Spend = (bytes: number) => void

/** Output that grows as a decoder writes, each block paid for from the budget. */
class Output {
  private bytes = Buffer.allocUnsafe(4096)
  length = 0

  constructor(private readonly spend: Spend) {}

  push(byte: number): void {
    if (this.length === this.bytes.length) this.grow(1)
    this.bytes[this.length++] = byte
  }

  append(piece: Uint8Array): void {
    if (this.length + piece.length > this.bytes.length) this.grow(piece.length)
    this.bytes.set(piece, this.length)
    this.length += piece.length
  }

  done(): Buffer {
    return this.bytes.subarray(0, this.length)
  }

  private grow(least: number): void {
    const size = Math.max(2 * this.bytes.length, this.length + least)
    this.spend(size - this.bytes.length)
    const larger = Buffer.allocUnsafe(size)
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }
}

const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13 && byte !== 11) || byte === 0

/** ASCIIHexDecode (ISO 32000-1, 7.4.2). */
export function decodeAsciiHex(data: Buffer): Buffer {
  const end = data.indexOf(0x3e)
  const digits = data.toString('latin1', 0, end < 0 ? data.length : end).replace(/[\0\t\n\f\r ]/g, '')
  if (/[^0-9a-fA-F]/.test(digits)) throw broken('hexadecimal stream')
  return Buffer.from(digits.length % 2 ? `${digits}0` : digits, 'hex')
}

/** ASCII85Decode (ISO 32000-1, 7.4.3). */
export function decodeAscii85(data: Buffer, spend: Spend): Buffer {
  const out = new Output(spend)
  let group = 0
  let count = 0
  for (const byte of data) {
    if (byte === 0x7e) break
    if (isSpace(byte)) continue
    if (byte === 0x7a && count === 0) {
      for (let i = 0; i < 4; i++) out.push(0)
      continue
    }
    if (byte < 0x21 || byte > 0x75) throw broken('ASCII85 stream')
    group = group * 85 + byte - 0x21
    if (++count < 5) continue
    if (group > 0xffffffff) throw broken('ASCII85 stream')
    for (let shift = 24; shift >= 0; shift -= 8) out.push((group / 2 ** shift) & 0xff)
    group = count = 0
  }
  if (count === 1) throw broken('ASCII85 stream')
  if (count > 1) {
    for (let i = count; i < 5; i++) group = group * 85 + 84
    for (let i = 0; i < count - 1; i++) out.push((group / 2 ** (24 - 8 * i)) & 0xff)
  }
  return out.done()
}

/** RunLengthDecode (ISO 32000-1, 7.4.5). */
export function decodeRunLength(data: Buffer, spend: Spend): Buffer {
  const out = new Output(spend)
  for (let at = 0; at < data.length;) {
    const length = data[at++]!
    if (length === 128) break
    if (length < 128) {
      out.append(data.subarray(at, at + length + 1))
      at += length + 1
    } else {
      const byte = data[at++] ?? 0
      for (let i = 257 - length; i > 0; i--) out.push(byte)
    }
  }
  return out.done()
}

const [clearTable, endOfData, firstFree, lastCode] = [256, 257, 258, 4095] as const

/**
 * LZWDecode (ISO 32000-1, 7.4.4).
 * @param early 1 when codes grow longer one code early, which is the default of /EarlyChange; else 0
 */
export function decodeLzw(data: Buffer, early: 0 | 1, spend: Spend): Buffer {
  const out = new Output(spend)
  // Each code is a stretch of what was written before, so the table is offsets and lengths into the output.
  const starts = new Uint32Array(lastCode + 2)
  const lengths = new Uint32Array(lastCode + 2)
  let next: number = firstFree
  let width = 9
  let previousStart = -1
  let previousLength = 0
  let bits = 0
  let have = 0
  for (let at = 0; ;) {
    while (have < width) {
      if (at === data.length) return out.done()
      bits = ((bits << 8) | data[at++]!) & 0xffffff
      have += 8
    }
    const code = (bits >> (have - width)) & ((1 << width) - 1)
    have -= width
    if (code === endOfData) return out.done()
    if (code === clearTable) {
      next = firstFree
      width = 9
      previousStart = -1
      continue
    }
    const start = out.length
    const known = code < 256 || code < next
    if (!known && (code !== next || previousStart < 0)) throw broken('LZW stream')
    if (code < 256) out.push(code)
    // What the code stands for: the previous stretch and its first byte when it is just being defined.
    else {
      const from = known ? starts[code]! : previousStart
      const length = known ? lengths[code]! : previousLength + 1
      const sofar = out.done()
      for (let i = 0; i < length; i++) out.push(from + i < start ? sofar[from + i]! : sofar[previousStart]!)
    }
    if (previousStart >= 0 && next <= lastCode) {
      // The stretch before and one byte more, which now stands right behind it.
      starts[next] = previousStart
      lengths[next] = previousLength + 1
      next++
    }
    previousStart = start
    previousLength = out.length - start
    if (next + early > 2047) width = 12
    else if (next + early > 1023) width = 11
    else if (next + early > 511) width = 10
    else width = 9
  }
}

/** TIFF prediction on rows of 8-bit samples (ISO 32000-1, 7.4.4.4): each sample is the difference from its left neighbour. */
export function undoTiff(data: Buffer, row: number, colors: number): Buffer {
  const out = Buffer.from(data)
  for (let start = 0; start < out.length; start += row) {
    const end = Math.min(out.length, start + row)
    for (let i = start + colors; i < end; i++) out[i] = out[i]! + out[i - colors]!
  }
  return out
}

/** PNG prediction (PNG specification, 9): each row has a byte that names its filter. */
export function undoPng(data: Buffer, row: number, pixel: number): Buffer {
  const rows = Math.floor(data.length / (row + 1))
  const out = Buffer.alloc(rows * row)
  for (let r = 0; r < rows; r++) {
    const filter = data[r * (row + 1)]!
    const from = r * (row + 1) + 1
    const to = r * row
    if (filter === 0) data.copy(out, to, from, from + row)
    else if (filter === 2 && r > 0) for (let i = 0; i < row; i++) out[to + i] = data[from + i]! + out[to + i - row]!
    else undoRow(data, from, out, to, row, pixel, filter, r === 0)
  }
  return out
}

function undoRow(
  data: Buffer,
  from: number,
  out: Buffer,
  to: number,
  row: number,
  pixel: number,
  filter: number,
  top: boolean
): void {
  for (let i = 0; i < row; i++) {
    const left = i >= pixel ? out[to + i - pixel]! : 0
    const up = top ? 0 : out[to + i - row]!
    const upLeft = !top && i >= pixel ? out[to + i - row - pixel]! : 0
    out[to + i] = data[from + i]! + predicted(filter, left, up, upLeft)
  }
}

function predicted(filter: number, left: number, up: number, upLeft: number): number {
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  if (filter !== 4) throw broken('predictor')
  const guess = left + up - upLeft
  const [toLeft, toUp, toUpLeft] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - upLeft)]
  return toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft
}
