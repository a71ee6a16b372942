/** Bytes that are not the DER they should be. Readers turn it into a verdict or a coded problem; it never leaves the lib. */
export class DerError extends Error {}

/** Universal and context tags that seals meet, as whole tag bytes. */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  context1: 0xa1,
  context3: 0xa3
} as const

/** One DER element: a view into the bytes it was read from. Nothing is copied. */
export class DerNode {
  constructor(
    readonly tag: number,
    /** Tag, length and content. */
    readonly raw: Buffer,
    readonly content: Buffer
  ) {}

  /** The elements inside, which must fill the content exactly. */
  children(): DerNode[] {
    const found: DerNode[] = []
    for (let at = 0; at < this.content.length;) {
      const child = readElement(this.content, at)
      found.push(child)
      at += child.raw.length
    }
    return found
  }

  /** This node, when it carries the tag; otherwise a DerError. */
  expect(tag: number): DerNode {
    if (this.tag !== tag) throw new DerError(`tag ${this.tag} where ${tag} should be`)
    return this
  }

  /** OBJECT IDENTIFIER as dotted text. */
  oid(): string {
    this.expect(Tag.oid)
    const arcs: number[] = []
    let arc = 0
    for (const byte of this.content) {
      arc = arc * 128 + (byte & 0x7f)
      if (arc > Number.MAX_SAFE_INTEGER) throw new DerError('object identifier too long')
      if (byte & 0x80) continue
      if (arcs.length === 0) {
        const first = Math.min(2, Math.floor(arc / 40))
        arcs.push(first, arc - first * 40)
      } else arcs.push(arc)
      arc = 0
    }
    if (arcs.length === 0) throw new DerError('empty object identifier')
    return arcs.join('.')
  }

  /** INTEGER as upper-case hexadecimal magnitude (serial numbers, nonces). Negative numbers are a DerError. */
  hex(): string {
    this.expect(Tag.integer)
    if (this.content.length === 0 || this.content[0]! & 0x80) throw new DerError('not a natural number')
    return this.content
      .toString('hex')
      .toUpperCase()
      .replace(/^(00)+(?=..)/, '')
  }

  /** INTEGER that fits in a JavaScript number. */
  number(): number {
    const hex = this.hex()
    if (hex.length > 12) throw new DerError('number too long')
    return parseInt(hex, 16)
  }

  /** UTCTime or GeneralizedTime in UTC, fractions of a second down to the millisecond. */
  time(): Date {
    const text = this.content.toString('latin1')
    const match =
      this.tag === Tag.utcTime
        ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)
        : this.tag === Tag.generalizedTime
          ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d+))?Z$/.exec(text)
          : null
    if (!match) throw new DerError('not a time in UTC')
    let year = match[1]!
    if (year.length === 2) year = (Number(year) < 50 ? '20' : '19') + year
    const fraction = (match[7] ?? '').padEnd(3, '0').slice(0, 3)
    const date = new Date(`${year}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}.${fraction}Z`)
    if (Number.isNaN(date.getTime())) throw new DerError('not a time')
    return date
  }

  /** BIT STRING: its bytes without the count of unused bits. */
  bits(): Buffer {
    this.expect(Tag.bitString)
    if (this.content.length === 0) throw new DerError('empty bit string')
    return this.content.subarray(1)
  }
}

function readElement(bytes: Buffer, at: number): DerNode {
  if (at + 2 > bytes.length) throw new DerError('cut off')
  const tag = bytes[at]!
  if ((tag & 0x1f) === 0x1f) throw new DerError('long tag')
  let length = bytes[at + 1]!
  let contentAt = at + 2
  if (length >= 0x80) {
    const count = length & 0x7f
    if (count === 0 || count > 4 || contentAt + count > bytes.length) throw new DerError('bad length')
    length = bytes.readUIntBE(contentAt, count)
    if (length < 0x80 || (count > 1 && length < 2 ** (8 * (count - 1)))) throw new DerError('length not shortest')
    contentAt += count
  }
  const end = contentAt + length
  if (end > bytes.length) throw new DerError('cut off')
  return new DerNode(tag, bytes.subarray(at, end), bytes.subarray(contentAt, end))
}

/** The single DER element that fills `bytes`. Throws DerError for anything else, trailing bytes included. */
export function readDer(bytes: Buffer): DerNode {
  const node = readElement(bytes, 0)
  if (node.raw.length !== bytes.length) throw new DerError('bytes after the end')
  return node
}
