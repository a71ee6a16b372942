import type { RandomAccessSource } from '../source.js'

/** Another source as base64 in one line (RFC 4648, 4), encoded where it is read. */
export class Base64Source implements RandomAccessSource {
  readonly size: number

  constructor(private readonly plain: RandomAccessSource) {
    this.size = 4 * Math.ceil(plain.size / 3)
  }

  read(at: number, length: number): Buffer {
    const end = Math.min(this.size, at + length)
    if (at >= end) return Buffer.alloc(0)
    const first = Math.floor(at / 4)
    const groups = Math.ceil(end / 4) - first
    const text = this.plain.read(first * 3, groups * 3).toString('base64')
    return Buffer.from(text.slice(at - first * 4, end - first * 4), 'latin1')
  }
}
