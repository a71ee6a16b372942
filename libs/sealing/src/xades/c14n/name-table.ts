import { isQName, nameByte } from './byte-classes.js'
import { isOldName } from './old-names.js'
import { notWellFormed, tooComplex, unsupportedXml } from './xml-problems.js'

export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'

const MOST_PREFIXES = 2000
const MOST_NAMES = 50_000
const LONGEST_NAME = 1000
const MOST_PROBES = 256

/** A namespace prefix of one document, and what it is bound to where the scanner stands. */
export class Prefix {
  /** Namespace name as a byte string; '' is no namespace; undefined where the prefix is not declared. */
  uri: string | undefined
  /** For canonicalisers: what the output declares it as, and whether it is always treated inclusively. */
  rendered: string | undefined
  inclusive = false

  constructor(readonly text: string) {
    this.uri = this.rendered = text === '' ? '' : text === 'xml' ? XML_NAMESPACE : undefined
  }
}

/** A name of one document. All places where the same characters stand share one. */
export class Name {
  /** Number of the last start tag that had it as an attribute: finds doubles. */
  lastTag = -1

  constructor(
    /** Byte string. */
    readonly text: string,
    readonly prefix: Prefix,
    readonly local: string,
    readonly hash: number
  ) {}
}

/** The names and prefixes of one document, each kept once, found by the bytes that they are written with. */
export class NameTable {
  /** The byte after the name that was read last. */
  end = 0
  readonly prefixes = new Map<string, Prefix>()
  readonly defaultPrefix: Prefix
  /** Set where names must be such as every XML program can read. */
  onlyOld = false
  private table: (Name | undefined)[] = new Array<Name | undefined>(128)
  private count = 0

  constructor(private readonly bytes: Buffer) {
    this.defaultPrefix = this.prefix('')
    this.prefix('xml')
  }

  /** The prefix with this text, a byte string. */
  prefix(text: string): Prefix {
    let prefix = this.prefixes.get(text)
    if (!prefix) {
      if (this.prefixes.size >= MOST_PREFIXES) throw tooComplex('namespaces')
      this.prefixes.set(text, (prefix = new Prefix(text)))
    }
    return prefix
  }

  /** Reads the name at `from`; `end` is the byte after it. */
  read(from: number): Name {
    const { bytes, table } = this
    let hash = 0x811c9dc5
    let i = from
    for (let c = bytes[i]!; nameByte[c]; c = bytes[++i]!) hash = Math.imul(hash ^ c, 0x01000193)
    hash ^= hash >>> 15
    const length = i - from
    if (length === 0) throw notWellFormed('name', from)
    this.end = i
    const mask = table.length - 1
    let slot = hash & mask
    for (let probes = 0; ; probes++, slot = (slot + 1) & mask) {
      const known = table[slot]
      if (known === undefined) return this.newName(from, i, hash, slot)
      if (known.hash === hash && known.text.length === length && same(bytes, from, known.text)) return known
      // names chosen so that their hashes meet
      if (probes > MOST_PROBES) throw tooComplex('names')
    }
  }

  private newName(from: number, to: number, hash: number, slot: number): Name {
    if (to - from > LONGEST_NAME || ++this.count > MOST_NAMES) throw tooComplex('names')
    const text = this.bytes.toString('latin1', from, to)
    const real = this.bytes.toString('utf8', from, to)
    if (!isQName(real)) throw notWellFormed('name', from)
    if (this.onlyOld && real.length < text.length && !isOldName(real)) throw unsupportedXml('characters of a name')
    const colon = text.indexOf(':')
    const prefix = colon < 0 ? this.defaultPrefix : this.prefix(text.slice(0, colon))
    const name = new Name(text, prefix, text.slice(colon + 1), hash)
    this.table[slot] = name
    if (this.count * 2 > this.table.length) this.grow()
    return name
  }

  private grow(): void {
    const old = this.table
    const mask = old.length * 4 - 1
    this.table = new Array<Name | undefined>(mask + 1)
    for (const name of old) {
      if (!name) continue
      let slot = name.hash & mask
      while (this.table[slot]) slot = (slot + 1) & mask
      this.table[slot] = name
    }
  }
}

function same(bytes: Buffer, from: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false
  return true
}
