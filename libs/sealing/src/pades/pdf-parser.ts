import { broken, type PdfValue, tooComplex } from './pdf-values.js'

/** The bytes at hand end before the value does; read more and try again. Stays inside the PDF reader. */
export class NeedMoreBytes extends Error {}

/** Arrays and dictionaries nested deeper than this are an attack on the stack. */
const deepest = 100

const isSpace = new Uint8Array(256)
for (const byte of [0, 9, 10, 12, 13, 32]) isSpace[byte] = 1
const isDelimiter = new Uint8Array(256)
for (const character of '()<>[]{}/%') isDelimiter[character.charCodeAt(0)] = 1

const [lf, cr, percent, openRound, closeRound, slash, less, greater, openSquare, closeSquare, backslash] = [
  0x0a, 0x0d, 0x25, 0x28, 0x29, 0x2f, 0x3c, 0x3e, 0x5b, 0x5d, 0x5c
] as const

const escapes: Record<number, number> = { 0x6e: 10, 0x72: 13, 0x74: 9, 0x62: 8, 0x66: 12 }

/** Reads PDF values (ISO 32000-1, 7.2 and 7.3) from a piece of a file. */
export class PdfParser {
  /**
   * @param bytes the piece
   * @param at where to start in it
   * @param complete whether the file ends with the piece; otherwise reaching its end throws NeedMoreBytes
   * @param base offset of the piece in the file, for messages
   */
  constructor(
    readonly bytes: Buffer,
    public at = 0,
    private readonly complete = true,
    private readonly base = 0
  ) {}

  /** Byte at the cursor; -1 at the end of the file. */
  peek(ahead = 0): number {
    const byte = this.bytes[this.at + ahead]
    if (byte !== undefined) return byte
    if (!this.complete) throw new NeedMoreBytes()
    return -1
  }

  /** Skips white space and comments. */
  skipSpace(): void {
    for (;;) {
      const byte = this.peek()
      if (byte === percent) while (this.peek() !== lf && this.peek() !== cr && this.peek() !== -1) this.at++
      else if (byte >= 0 && isSpace[byte]) this.at++
      else return
    }
  }

  /** Consumes the keyword if it stands here, whole. */
  keyword(word: string): boolean {
    for (let i = 0; i < word.length; i++) if (this.peek(i) !== word.charCodeAt(i)) return false
    if (this.isRegular(this.peek(word.length))) return false
    this.at += word.length
    return true
  }

  /** Consumes a run of digits as a number; undefined, and nothing consumed, when there is none. */
  natural(): number | undefined {
    let end = this.at
    while (isDigit(this.peek(end - this.at))) end++
    if (end === this.at || end - this.at > 15) return undefined
    const value = Number(this.bytes.toString('latin1', this.at, end))
    this.at = end
    return value
  }

  /** Reads one value. Throws Refused `sealing/pdf-broken` where none stands. */
  value(depth = 0): PdfValue {
    if (depth > deepest) throw tooComplex('nesting')
    this.skipSpace()
    const start = this.at
    const byte = this.peek()
    if (byte === slash) {
      const name = this.name()
      return { kind: 'name', name, raw: this.from(start) }
    }
    if (byte === less) return this.peek(1) === less ? this.dict(depth) : this.hexString()
    if (byte === openSquare) return this.array(depth)
    if (byte === openRound) return this.literalString()
    if (isDigit(byte) || byte === 0x2b || byte === 0x2d || byte === 0x2e) return this.numberOrRef()
    if (this.keyword('null')) return { kind: 'null', raw: this.from(start) }
    if (this.keyword('true') || this.keyword('false')) return { kind: 'boolean', raw: this.from(start) }
    throw this.wrong('no value')
  }

  private dict(depth: number): PdfValue {
    const start = this.at
    this.at += 2
    const entries = new Map<string, PdfValue>()
    for (;;) {
      this.skipSpace()
      if (this.peek() === greater && this.peek(1) === greater) {
        this.at += 2
        return { kind: 'dict', entries, raw: this.from(start) }
      }
      if (this.peek() !== slash) throw this.wrong('dictionary key')
      const key = this.name()
      entries.set(key, this.value(depth + 1))
    }
  }

  private array(depth: number): PdfValue {
    const start = this.at++
    const items: PdfValue[] = []
    for (;;) {
      this.skipSpace()
      if (this.peek() === closeSquare) {
        this.at++
        return { kind: 'array', items, raw: this.from(start) }
      }
      items.push(this.value(depth + 1))
    }
  }

  private name(): string {
    const start = ++this.at
    while (this.isRegular(this.peek())) this.at++
    const text = this.bytes.toString('latin1', start, this.at)
    return text.includes('#')
      ? text.replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
      : text
  }

  private numberOrRef(): PdfValue {
    const start = this.at
    while (this.isRegular(this.peek())) this.at++
    const end = this.at
    const value = Number(this.bytes.toString('latin1', start, end))
    if (Number.isNaN(value)) throw this.wrong('number')
    if (isDigit(this.bytes[start]!) && Number.isSafeInteger(value)) {
      // "12 0 R" is a reference, "12 0" two numbers: look ahead, and go back if it is not one.
      this.skipSpace()
      const generation = this.natural()
      if (generation !== undefined) {
        this.skipSpace()
        if (this.keyword('R')) return { kind: 'ref', number: value, generation, raw: this.from(start) }
      }
      this.at = end
    }
    return { kind: 'number', value, raw: this.from(start) }
  }

  private hexString(): PdfValue {
    const start = this.at++
    while (this.peek() !== greater) {
      if (this.peek() === -1) throw this.wrong('string without end')
      this.at++
    }
    const digits = this.bytes.toString('latin1', start + 1, this.at++).replace(/[\0\t\n\f\r ]/g, '')
    if (/[^0-9a-fA-F]/.test(digits)) throw this.wrong('hexadecimal string')
    return {
      kind: 'string',
      bytes: Buffer.from(digits.length % 2 ? `${digits}0` : digits, 'hex'),
      raw: this.from(start)
    }
  }

  private literalString(): PdfValue {
    const start = this.at++
    const out: number[] = []
    for (let open = 1; ; this.at++) {
      const byte = this.peek()
      if (byte === -1) throw this.wrong('string without end')
      if (byte === backslash) this.escape(out)
      else if (byte === closeRound && --open === 0) break
      else {
        if (byte === openRound) open++
        out.push(byte)
      }
    }
    this.at++
    return { kind: 'string', bytes: Buffer.from(out), raw: this.from(start) }
  }

  /** An escape sequence (ISO 32000-1, table 3); leaves the cursor on its last byte. */
  private escape(out: number[]): void {
    const next = this.peek(1)
    if (next >= 0x30 && next <= 0x37) {
      let value = 0
      let digits = 0
      for (; digits < 3 && this.peek(1) >= 0x30 && this.peek(1) <= 0x37; digits++, this.at++)
        value = value * 8 + this.peek(1) - 0x30
      out.push(value & 0xff)
      return
    }
    this.at++
    if (next === cr) {
      if (this.peek(1) === lf) this.at++
    } else if (next !== lf && next !== -1) out.push(escapes[next] ?? next)
  }

  private isRegular(byte: number): boolean {
    return byte >= 0 && !isSpace[byte] && !isDelimiter[byte]
  }

  private from(start: number): Buffer {
    return this.bytes.subarray(start, this.at)
  }

  private wrong(why: string) {
    return broken(why, this.base + this.at)
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
