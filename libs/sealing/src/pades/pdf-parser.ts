import {
  type Decipher,
  ParsedArray,
  ParsedDict,
  ParsedName,
  ParsedNumber,
  ParsedRef,
  ParsedString,
  ParsedWord
} from './parsed-values.js'
import { broken, type PdfValue, tooComplex } from './pdf-values.js'

/** The bytes at hand end before the value does; read more and try again. Stays inside the PDF reader. */
export class NeedMoreBytes extends Error {}

/** One for all: it is thrown often, says nothing, and a stack trace costs more than reading a small object. */
const needMoreBytes = new NeedMoreBytes()

/** Arrays and dictionaries nested deeper than this are an attack on the stack. */
const deepest = 100

/** A single object with more values than this is an attack on memory. */
const mostValues = 400_000

const largestInteger = Number.MAX_SAFE_INTEGER

const isSpace = new Uint8Array(256)
for (const byte of [0, 9, 10, 12, 13, 32]) isSpace[byte] = 1
const isRegularByte = new Uint8Array(256).fill(1)
for (const byte of [0, 9, 10, 12, 13, 32]) isRegularByte[byte] = 0
for (const character of '()<>[]{}/%') isRegularByte[character.charCodeAt(0)] = 0

const [lf, cr, percent, openRound, closeRound, slash, less, greater, openSquare, closeSquare, backslash] = [
  0x0a, 0x0d, 0x25, 0x28, 0x29, 0x2f, 0x3c, 0x3e, 0x5b, 0x5d, 0x5c
] as const

/** White space in the sense of PDF (ISO 32000-1, table 1). */
export function isPdfSpace(byte: number): boolean {
  return isSpace[byte] === 1
}

/** Reads PDF values (ISO 32000-1, 7.2 and 7.3) from a piece of a file. */
export class PdfParser {
  /** How strings read from now on are deciphered; undefined where they stand in the clear. */
  decipher: Decipher | undefined = undefined

  private values = 0

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
    const at = this.at + ahead
    if (at < this.bytes.length) return this.bytes[at]!
    if (!this.complete) throw needMoreBytes
    return -1
  }

  /** Skips white space and comments. */
  skipSpace(): void {
    const { bytes } = this
    const { length } = bytes
    let at = this.at
    for (; at < length; at++) {
      const byte = bytes[at]!
      if (byte === percent) {
        for (at++; at < length && bytes[at] !== lf && bytes[at] !== cr;) at++
      } else if (!isSpace[byte]) break
    }
    this.at = at < length ? at : length
    if (at >= length && !this.complete) throw needMoreBytes
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
    const { bytes } = this
    let value = 0
    let end = this.at
    for (; end < bytes.length && isDigit(bytes[end]!); end++)
      if (end - this.at < 16) value = value * 10 + bytes[end]! - 0x30
    if (end === bytes.length && !this.complete) throw needMoreBytes
    if (end === this.at || end - this.at > 15) return undefined
    this.at = end
    return value
  }

  /** Reads one value. Throws Refused `sealing/pdf-broken` where none stands. */
  value(depth = 0): PdfValue {
    if (depth > deepest) throw tooComplex('nesting')
    if (++this.values > mostValues) throw tooComplex('values in one object')
    this.skipSpace()
    const start = this.at
    const byte = this.peek()
    if (byte === slash) {
      const name = this.name()
      return new ParsedName(name, this.bytes, start, this.at)
    }
    if (isDigit(byte) || byte === 0x2b || byte === 0x2d || byte === 0x2e) return this.numberOrRef()
    if (byte === less) return this.peek(1) === less ? this.dict(depth) : this.hexString()
    if (byte === openSquare) return this.array(depth)
    if (byte === openRound) return this.literalString()
    if (this.keyword('null')) return new ParsedWord('null', this.bytes, start, this.at)
    if (this.keyword('true') || this.keyword('false')) return new ParsedWord('boolean', this.bytes, start, this.at)
    throw this.wrong('no value')
  }

  private dict(depth: number): PdfValue {
    const start = this.at
    this.at += 2
    const entries = new Map<string, PdfValue>()
    let ambiguous: string | undefined
    for (;;) {
      this.skipSpace()
      const byte = this.peek()
      if (byte === greater && this.peek(1) === greater) {
        this.at += 2
        if (this.decipher) exemptSignature(entries)
        return new ParsedDict(entries, ambiguous, this.bytes, start, this.at)
      }
      if (byte !== slash) throw this.wrong('dictionary key')
      const key = this.name()
      const value = this.value(depth + 1)
      const other = entries.get(key)
      if (other !== undefined && !other.raw.equals(value.raw)) ambiguous = key
      entries.set(key, value)
    }
  }

  private array(depth: number): PdfValue {
    const start = this.at++
    const items: PdfValue[] = []
    for (;;) {
      this.skipSpace()
      if (this.peek() === closeSquare) {
        this.at++
        return new ParsedArray(items, this.bytes, start, this.at)
      }
      items.push(this.value(depth + 1))
    }
  }

  private name(): string {
    const start = ++this.at
    this.skipRegular()
    const text = this.bytes.toString('latin1', start, this.at)
    return text.includes('#')
      ? text.replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
      : text
  }

  private numberOrRef(): PdfValue {
    const { bytes } = this
    const start = this.at
    this.skipRegular()
    const end = this.at
    let value = 0
    let at = start
    for (; at < end && isDigit(bytes[at]!); at++) value = value * 10 + bytes[at]! - 0x30
    if (at < end) value = realOf(bytes, start, end)
    else if (value <= largestInteger) {
      // "12 0 R" is a reference, "12 0" two numbers: look ahead, and go back if it is not one.
      this.skipSpace()
      if (isDigit(this.peek())) {
        const generation = this.natural()
        if (generation !== undefined) {
          this.skipSpace()
          if (this.keyword('R')) return new ParsedRef(value, generation, bytes, start, this.at)
        }
      }
      this.at = end
    }
    return new ParsedNumber(value, bytes, start, end)
  }

  private hexString(): PdfValue {
    const { bytes } = this
    const start = this.at
    const end = bytes.indexOf(greater, start)
    if (end < 0) throw this.unended()
    // Signatures are strings of many kilobytes: looked through at once, and decoded by whoever wants them.
    const digits = bytes.toString('latin1', start + 1, end)
    const plain = /^[0-9a-fA-F]*$/.test(digits)
    if (!plain && !/^[0-9a-fA-F\0\t\n\f\r ]*$/.test(digits)) throw broken('hexadecimal string', this.base + start)
    this.at = end + 1
    return new ParsedString(plain, this.decipher, bytes, start, this.at)
  }

  private literalString(): PdfValue {
    const { bytes } = this
    const start = this.at
    let plain = true
    let open = 1
    for (let at = start + 1; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (byte === backslash) {
        plain = false
        at++
      } else if (byte === openRound) open++
      else if (byte === cr) plain = false
      else if (byte === closeRound && --open === 0) {
        this.at = at + 1
        return new ParsedString(plain, this.decipher, bytes, start, this.at)
      }
    }
    throw this.unended()
  }

  private skipRegular(): void {
    const { bytes } = this
    let at = this.at
    while (at < bytes.length && isRegularByte[bytes[at]!]) at++
    this.at = at
    if (at === bytes.length && !this.complete) throw needMoreBytes
  }

  private isRegular(byte: number): boolean {
    return byte >= 0 && isRegularByte[byte] === 1
  }

  private unended() {
    return this.complete ? broken('string without end', this.base + this.at) : needMoreBytes
  }

  private wrong(why: string) {
    return broken(why, this.base + this.at)
  }
}

/** The value of a signature is never encrypted, though it is a string in an object (ISO 32000-1, 7.6.1). */
function exemptSignature(entries: Map<string, PdfValue>): void {
  const contents = entries.get('Contents')
  if (contents instanceof ParsedString && entries.has('ByteRange')) entries.set('Contents', contents.undeciphered())
}

/** Digits with a sign and a point at most (ISO 32000-1, 7.3.3); NaN for what only some readers make sense of. */
function realOf(bytes: Buffer, start: number, end: number): number {
  const signed = bytes[start] === 0x2b || bytes[start] === 0x2d
  let value = 0
  let digits = 0
  let point = -1
  for (let at = signed ? start + 1 : start; at < end; at++) {
    const byte = bytes[at]!
    if (isDigit(byte)) {
      value = value * 10 + byte - 0x30
      digits++
    } else if (byte === 0x2e && point < 0) point = at
    else return NaN
  }
  if (digits === 0) return NaN
  const scaled = point < 0 ? value : value / 10 ** (end - point - 1)
  return bytes[start] === 0x2d ? -scaled : scaled
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
