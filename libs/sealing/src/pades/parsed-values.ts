import type { PdfArray, PdfDict, PdfRef, PdfValue } from './pdf-values.js'

/** Turns the bytes of a string as they stand in an encrypted file into what they say. */
export type Decipher = (bytes: Buffer) => Buffer

/** A value as the parser makes it. Its bytes are cut out only when somebody asks: most values are never looked at. */
abstract class Parsed {
  constructor(
    protected readonly source: Buffer,
    protected readonly start: number,
    protected readonly end: number
  ) {}

  get raw(): Buffer {
    return this.source.subarray(this.start, this.end)
  }
}

export class ParsedWord extends Parsed {
  constructor(
    readonly kind: 'null' | 'boolean',
    source: Buffer,
    start: number,
    end: number
  ) {
    super(source, start, end)
  }
}

export class ParsedNumber extends Parsed {
  readonly kind = 'number' as const
  constructor(
    readonly value: number,
    source: Buffer,
    start: number,
    end: number
  ) {
    super(source, start, end)
  }
}

export class ParsedName extends Parsed {
  readonly kind = 'name' as const
  constructor(
    readonly name: string,
    source: Buffer,
    start: number,
    end: number
  ) {
    super(source, start, end)
  }
}

export class ParsedRef extends Parsed implements PdfRef {
  readonly kind = 'ref' as const
  constructor(
    readonly number: number,
    readonly generation: number,
    source: Buffer,
    start: number,
    end: number
  ) {
    super(source, start, end)
  }
}

export class ParsedArray extends Parsed implements PdfArray {
  readonly kind = 'array' as const
  constructor(
    readonly items: readonly PdfValue[],
    source: Buffer,
    start: number,
    end: number
  ) {
    super(source, start, end)
  }
}

export class ParsedDict extends Parsed implements PdfDict {
  readonly kind = 'dict' as const
  constructor(
    readonly entries: ReadonlyMap<string, PdfValue>,
    readonly ambiguous: string | undefined,
    source: Buffer,
    start: number,
    end: number
  ) {
    super(source, start, end)
  }
}

/** A string in either notation (ISO 32000-1, 7.3.4), decoded and deciphered when it is asked for. */
export class ParsedString extends Parsed {
  readonly kind = 'string' as const
  constructor(
    /** Whether escapes or line ends must be resolved; a plain string is a copy of its bytes. */
    private readonly plain: boolean,
    private readonly decipher: Decipher | undefined,
    source: Buffer,
    start: number,
    end: number
  ) {
    super(source, start, end)
  }

  get bytes(): Buffer {
    const decoded = this.decode()
    return this.decipher ? this.decipher(decoded) : decoded
  }

  /** The same string where it is known to be kept in the clear. */
  undeciphered(): ParsedString {
    return this.decipher ? new ParsedString(this.plain, undefined, this.source, this.start, this.end) : this
  }

  private decode(): Buffer {
    if (this.source[this.start] === 0x28) {
      const inner = this.source.subarray(this.start + 1, this.end - 1)
      return this.plain ? inner : resolveEscapes(inner)
    }
    const digits = this.source.toString('latin1', this.start + 1, this.end - 1)
    const hex = this.plain ? digits : digits.replace(/[\0\t\n\f\r ]/g, '')
    return Buffer.from(hex.length % 2 ? `${hex}0` : hex, 'hex')
  }
}

const [lf, cr, backslash] = [0x0a, 0x0d, 0x5c] as const
const escapes: Readonly<Record<number, number>> = { 0x6e: 10, 0x72: 13, 0x74: 9, 0x62: 8, 0x66: 12 }

/** Resolves escape sequences (ISO 32000-1, table 3); any line end counts as a line feed (7.3.4.2). */
function resolveEscapes(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length)
  let length = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === cr) {
      if (bytes[i + 1] === lf) i++
      out[length++] = lf
    } else if (byte !== backslash) out[length++] = byte
    else {
      const next = bytes[++i]
      if (next === undefined) break
      if (next >= 0x30 && next <= 0x37) {
        let value = next - 0x30
        for (let digits = 1; digits < 3 && bytes[i + 1]! >= 0x30 && bytes[i + 1]! <= 0x37; digits++)
          value = value * 8 + bytes[++i]! - 0x30
        out[length++] = value & 0xff
      } else if (next === cr) {
        if (bytes[i + 1] === lf) i++
      } else if (next !== lf) out[length++] = escapes[next] ?? next
    }
  }
  return out.subarray(0, length)
}
