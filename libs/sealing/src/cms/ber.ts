import { tlv } from '../der.js'
import { DerError, type DerNode, readDer } from '../der-reader.js'

/** Nesting that no honest signature reaches; time stamps inside attributes inside signatures come to about 30. */
const deepest = 64

/** Length stated as "until the end-of-contents octets" (X.690, 8.1.3.6). */
const indefinite = -1

/** Where an element's content starts and how long it says it is. */
interface Head {
  readonly tag: number
  readonly contentAt: number
  /** `indefinite`, or bytes. */
  readonly length: number
}

/**
 * One BER element (ITU-T X.690, 8) as others write it: lengths may be indefinite or longer than needed, strings may be
 * cut into pieces. A view into the bytes it was read from; `der()` gives what hashing needs.
 */
export class BerNode {
  private encoded: Buffer | undefined
  private known: boolean | undefined

  private constructor(
    readonly tag: number,
    /** Everything, from the tag to the end-of-contents octets if there are any. */
    readonly raw: Buffer,
    private readonly content: Buffer
  ) {}

  /** The element at the start of `bytes`. Throws DerError when there is none. */
  static first(bytes: Buffer): BerNode {
    return BerNode.at(bytes, 0)
  }

  /** Elements one after another that fill `bytes` exactly. */
  static all(bytes: Buffer): BerNode[] {
    const found: BerNode[] = []
    for (let at = 0; at < bytes.length;) {
      const node = BerNode.at(bytes, at)
      found.push(node)
      at += node.raw.length
    }
    return found
  }

  private static at(bytes: Buffer, at: number): BerNode {
    const { tag, contentAt, length } = readBerHead(bytes, at)
    const end = length === indefinite ? endOfContents(bytes, contentAt) : contentAt + length
    const contentEnd = length === indefinite ? end - 2 : end
    if (end > bytes.length) throw new DerError('cut off')
    return new BerNode(tag, bytes.subarray(at, end), bytes.subarray(contentAt, contentEnd))
  }

  /** The elements inside. */
  children(): BerNode[] {
    return BerNode.all(this.content)
  }

  /** This element in DER as far as that can be told without a schema: SET OF is not put in order. Unchanged when it was. */
  der(): Buffer {
    return (this.encoded ??= this.definite ? this.raw : toDer(this.raw))
  }

  /** Whether it is in that form already. */
  get definite(): boolean {
    return (this.known ??= isDefinite(this.raw))
  }

  /** The same, to be read further. */
  node(): DerNode {
    return readDer(this.der())
  }
}

/** Tag and length at `at`. Throws DerError for long tags, reserved lengths and lengths above 2^48. */
export function readBerHead(bytes: Buffer, at: number): Head {
  if (at + 2 > bytes.length) throw new DerError('cut off')
  const tag = bytes[at]!
  if ((tag & 0x1f) === 0x1f) throw new DerError('long tag')
  const first = bytes[at + 1]!
  if (first < 0x80) return { tag, contentAt: at + 2, length: first }
  if (first === 0x80) {
    if (!(tag & 0x20)) throw new DerError('primitive without a length')
    return { tag, contentAt: at + 2, length: indefinite }
  }
  const count = first & 0x7f
  const contentAt = at + 2 + count
  if (contentAt > bytes.length) throw new DerError('cut off')
  let length = 0
  for (let i = at + 2; i < contentAt; i++) {
    length = length * 256 + bytes[i]!
    if (length >= 2 ** 48) throw new DerError('length too great')
  }
  return { tag, contentAt, length }
}

/** The place after the end-of-contents octets that belong to the content at `at`. */
function endOfContents(bytes: Buffer, at: number): number {
  for (let open = 1; ;) {
    if (bytes[at] === 0 && bytes[at + 1] === 0) {
      at += 2
      if (--open === 0) return at
      continue
    }
    const { contentAt, length } = readBerHead(bytes, at)
    if (length === indefinite) {
      if (++open > deepest) throw new DerError('nested too deeply')
      at = contentAt
    } else at = contentAt + length
  }
}

/** Strings that BER may cut into pieces (X.690, 8.7.3, 8.23.6), by their constructed tag. Bit strings never occur so. */
const cutStrings = new Set([0x24, 0x2c, 0x33, 0x36, 0x3a, 0x3c, 0x3e])

/**
 * Whether all lengths are definite and shortest and no string is cut, as far as one pass over the heads can tell (a CRL may have
 * millions). Bytes that are no BER at all may pass: whoever reads them finds out.
 */
function isDefinite(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at]!
    const first = bytes[at + 1]!
    if (tag === 0 || first === 0x80 || cutStrings.has(tag)) return false
    let next = at + 2
    let length = first
    if (first > 0x80) {
      const end = next + (first & 0x7f)
      length = 0
      if (bytes[next] === 0 || end - next > 6) return false
      while (next < end) length = length * 256 + (bytes[next++] ?? 0)
      if (length < 0x80) return false
    }
    at = tag & 0x20 ? next : next + length
  }
  return true
}

/**
 * The one BER element that fills `bytes`, with shortest definite lengths and strings in one piece. What is in that form
 * already is returned as it is.
 */
export function toDer(bytes: Buffer): Buffer {
  const { der, end } = convert(bytes, 0, bytes.length, 0, { left: mostConverted })
  if (end !== bytes.length) throw new DerError('bytes after the end')
  return der
}

/** Elements that are written anew in one go. What is large (CRLs, certificates) is DER by its own standard and is not. */
const mostConverted = 200_000

/** An element converted, where it ended, and whether converting it changed anything. */
interface Converted {
  readonly der: Buffer
  readonly end: number
  readonly changed: boolean
}

function convert(bytes: Buffer, at: number, limit: number, depth: number, budget: { left: number }): Converted {
  if (depth > deepest || --budget.left < 0) throw new DerError('nested too deeply')
  const { tag, contentAt, length } = readBerHead(bytes, at)
  const contentEnd = length === indefinite ? limit : contentAt + length
  if (contentEnd > limit) throw new DerError('cut off')
  const shortest = length !== indefinite && contentAt - at === headBytes(length)
  if (!(tag & 0x20)) {
    const der = shortest ? bytes.subarray(at, contentEnd) : tlv(tag, bytes.subarray(contentAt, contentEnd))
    return { der, end: contentEnd, changed: !shortest }
  }
  const parts: Buffer[] = []
  let changed = !shortest
  let next = contentAt
  while (length === indefinite ? !(bytes[next] === 0 && bytes[next + 1] === 0) : next < contentEnd) {
    const part = convert(bytes, next, contentEnd, depth + 1, budget)
    changed ||= part.changed
    parts.push(part.der)
    next = part.end
  }
  const end = length === indefinite ? next + 2 : contentEnd
  if (end > limit) throw new DerError('cut off')
  if (cutStrings.has(tag)) return { der: tlv(tag & ~0x20, ...parts.map(stringContent)), end, changed: true }
  return { der: changed ? tlv(tag, ...parts) : bytes.subarray(at, end), end, changed }
}

/** Bytes of tag and shortest length. */
const headBytes = (length: number): number =>
  length < 0x80 ? 2 : length < 0x100 ? 3 : length < 0x10000 ? 4 : length < 0x1000000 ? 5 : length < 0x100000000 ? 6 : 8

function stringContent(piece: Buffer): Buffer {
  if (piece[0]! & 0x20) throw new DerError('a piece that is not a string')
  return piece.subarray(readBerHead(piece, 0).contentAt)
}
