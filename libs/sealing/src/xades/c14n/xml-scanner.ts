import { attributeText, readReference } from './references.js'
import { forbidden, spaceByte, textStop, valueStop } from './byte-classes.js'
import { type Name, NameTable, type Prefix, XML_NAMESPACE } from './name-table.js'
import { notWellFormed, tooComplex, unsupportedXml } from './xml-problems.js'
import { sealingProblems } from '../../sealing.errors.js'
import { Refused } from '#platform/plain'

const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/'

/** Limits. Real documents stay far below; libxml2 stops at a depth of 256. */
const MOST_DEEP = 200
const MOST_ATTRIBUTES = 1000
const MOST_ELEMENTS = 4_000_000
const MOST_OPEN_DECLARATIONS = 20_000
const MOST_DECLARATIONS = 2_000_000
const LONGEST_NAMESPACE = 1000

/** Kinds of tokens. An empty-element tag is a start with `selfClosing`; no end follows it. */
export const Token = { end: 0, start: 1, close: 2, text: 3, cdata: 4, comment: 5, pi: 6 } as const

/** A prefix and the namespace name that it stands for, byte strings. */
export type Binding = readonly [prefix: string, uri: string]

/**
 * Goes through an XML document (XML 1.0, Namespaces 1.0) token by token, over its own bytes in UTF-8: nothing is copied,
 * tokens are places. Checks that it is well-formed; document type declarations are refused. Bytes must be valid UTF-8
 * without U+FFFE and U+FFFF (`decodeXml` sees to it).
 */
export class XmlScanner {
  tokenStart = 0
  /** Content of text, CDATA and comments; data of processing instructions. */
  contentStart = 0
  contentEnd = 0
  /** Whether text can be copied as it is into a canonical form. */
  plain = true
  /** Of start tags, end tags and processing instructions. */
  name!: Name
  selfClosing = false
  /** Start tags: whether nothing but attribute order and namespaces keeps the tag from being canonical as it stands. */
  verbatim = true
  attributeCount = 0
  readonly attributeNames: Name[] = []
  /** Between the quotes. */
  readonly attributeStarts: number[] = []
  readonly attributeEnds: number[] = []
  /** Whether the value can be copied as it is. */
  readonly attributePlain: boolean[] = []
  /** Prefixes that this start tag declares. */
  readonly declared: Prefix[] = []
  /** Elements that are open; a start tag counts itself. */
  depth = 0
  /** The byte after the token. */
  at: number

  readonly names: NameTable
  private readonly defaultPrefix: Prefix
  private tags = 0
  private rootSeen = false
  private leaving = false
  private declaredTotal = 0
  private readonly open: Name[] = []
  private readonly undoMarks: number[] = []
  private readonly undoPrefixes: Prefix[] = []
  private readonly undoUris: (string | undefined)[] = []

  /** Scans `[start, end)`: a document after its XML declaration, or one element with what its ancestors declare. */
  constructor(
    readonly bytes: Buffer,
    start: number,
    private readonly end: number,
    inherited: readonly Binding[] = [],
    /** Elements that will stand around. */
    private readonly around = 0
  ) {
    this.at = start
    this.names = new NameTable(bytes)
    this.defaultPrefix = this.names.defaultPrefix
    for (const [prefix, uri] of inherited) this.names.prefix(prefix).uri = uri
  }

  /** Goes to the next token. */
  next(): number {
    if (this.leaving) this.leave()
    const { bytes, at } = this
    this.tokenStart = at
    if (at >= this.end) {
      if (this.depth > 0 || !this.rootSeen) throw notWellFormed('document ends early', at)
      return Token.end
    }
    if (bytes[at] !== 0x3c) return this.text()
    const c = bytes[at + 1]
    if (c === 0x2f) return this.closeTag()
    if (c === 0x21) return this.declaration()
    if (c === 0x3f) return this.instruction()
    return this.startTag()
  }

  private text(): number {
    const { bytes, end } = this
    let plain = true
    let i = this.at
    for (; i < end; i++) {
      const c = bytes[i]!
      if (textStop[c] === 0) continue
      if (c === 0x3c) break
      plain = false
      if (c === 0x26) i = readReference(bytes, i, end).end - 1
      else if (forbidden[c]) throw notWellFormed('control character', i)
      else if (c === 0x3e && i - this.at >= 2 && bytes[i - 1] === 0x5d && bytes[i - 2] === 0x5d)
        throw notWellFormed(']]> in text', i)
    }
    if (this.depth === 0)
      for (let j = this.at; j < i; j++) if (!spaceByte[bytes[j]!]) throw notWellFormed('text outside the root', j)
    this.contentStart = this.at
    this.contentEnd = this.at = i
    this.plain = plain
    return Token.text
  }

  private startTag(): number {
    const { bytes } = this
    if (this.depth === 0) {
      if (this.rootSeen) throw notWellFormed('second root', this.at)
      this.rootSeen = true
    }
    if (++this.depth + this.around > MOST_DEEP) throw tooComplex('depth')
    // the cheapest element costs four bytes and half a microsecond
    if (++this.tags > MOST_ELEMENTS) throw tooComplex('elements')
    this.attributeCount = 0
    this.declared.length = 0
    this.verbatim = true
    this.undoMarks.push(this.undoPrefixes.length)
    const name = (this.name = this.names.read(this.at + 1))
    let i = this.names.end
    for (;;) {
      let c = bytes[i]!
      if (c === 0x3e) {
        this.selfClosing = false
        break
      }
      if (c === 0x2f) {
        if (bytes[++i] !== 0x3e) throw notWellFormed('tag', i)
        this.selfClosing = true
        this.verbatim = false
        break
      }
      if (!spaceByte[c]) throw notWellFormed('tag', i)
      const blank = i
      do c = bytes[++i]!
      while (spaceByte[c])
      if (c === 0x3e || c === 0x2f) this.verbatim = false
      else {
        if (i - blank > 1 || bytes[blank] !== 0x20) this.verbatim = false
        i = this.attribute(i)
      }
    }
    this.at = i + 1
    if (this.at > this.end) throw notWellFormed('document ends early', i)
    if (name.prefix.text === 'xmlns') throw notWellFormed('prefix xmlns', this.tokenStart)
    if (name.prefix.uri === undefined) throw notWellFormed('undeclared prefix', this.tokenStart)
    if (this.attributeCount > 0) this.checkAttributes()
    if (this.selfClosing) this.leaving = true
    else this.open.push(name)
    return Token.start
  }

  /** Reads one attribute at `from`; returns the place after it. */
  private attribute(from: number): number {
    const { bytes } = this
    const name = this.names.read(from)
    let i = this.names.end
    if (bytes[i] !== 0x3d) {
      while (spaceByte[bytes[i]!]) i++
      if (bytes[i] !== 0x3d) throw notWellFormed('attribute without value', from)
      this.verbatim = false
    }
    let quote = bytes[++i]!
    if (quote !== 0x22) {
      this.verbatim = false
      while (spaceByte[quote]) quote = bytes[++i]!
      if (quote !== 0x22 && quote !== 0x27) throw notWellFormed('attribute without quotes', from)
    }
    const start = ++i
    let plain = true
    for (; ; i++) {
      const c = bytes[i]
      if (c === undefined) throw notWellFormed('document ends early', from)
      if (valueStop[c] === 0) continue
      if (c === quote) break
      if (c === 0x27) continue
      plain = false
      if (c === 0x3c || forbidden[c]) throw notWellFormed('attribute value', i)
      if (c === 0x26) i = readReference(bytes, i, this.end).end - 1
    }
    if (name.lastTag === this.tags) throw notWellFormed('attribute given twice', from)
    name.lastTag = this.tags
    if (name.prefix.text === 'xmlns' || name.text === 'xmlns') this.declare(name, start, i)
    else {
      const n = this.attributeCount++
      if (n >= MOST_ATTRIBUTES) throw tooComplex('attributes')
      this.attributeNames[n] = name
      this.attributeStarts[n] = start
      this.attributeEnds[n] = i
      this.attributePlain[n] = plain
      if (!plain) this.verbatim = false
    }
    return i + 1
  }

  private declare(name: Name, start: number, end: number): void {
    const prefix = name.text === 'xmlns' ? this.defaultPrefix : this.names.prefix(name.local)
    const uri = attributeText(this.bytes, start, end)
    const reserved = uri === XMLNS_NAMESPACE || (uri === XML_NAMESPACE) !== (prefix.text === 'xml')
    if (reserved || prefix.text === 'xmlns' || (uri === '' && prefix.text !== ''))
      throw notWellFormed('namespace declaration', start)
    // Canonical XML 1.0, 1.3: documents with relative namespace names have no canonical form.
    if (uri !== '' && uri.indexOf(':') <= 0) throw unsupportedXml('relative namespace name')
    if (uri.length > LONGEST_NAMESPACE) throw tooComplex('namespaces')
    if (this.undoPrefixes.length >= MOST_OPEN_DECLARATIONS || ++this.declaredTotal > MOST_DECLARATIONS)
      throw tooComplex('namespaces')
    this.undoPrefixes.push(prefix)
    this.undoUris.push(prefix.uri)
    prefix.uri = uri
    this.declared.push(prefix)
    if (this.declared.length > MOST_ATTRIBUTES) throw tooComplex('namespaces')
    this.verbatim = false
  }

  /** Prefixes are declared, and no two attributes have the same expanded name. */
  private checkAttributes(): void {
    let prefixed = 0
    for (let i = 0; i < this.attributeCount; i++) {
      const name = this.attributeNames[i]!
      if (name.prefix === this.defaultPrefix) continue
      if (name.prefix.uri === undefined) throw notWellFormed('undeclared prefix', this.tokenStart)
      prefixed++
    }
    if (prefixed < 2) return
    const seen = new Set<string>()
    for (let i = 0; i < this.attributeCount; i++) {
      const name = this.attributeNames[i]!
      if (name.prefix === this.defaultPrefix) continue
      const expanded = `${name.prefix.uri} ${name.local}`
      if (seen.has(expanded)) throw notWellFormed('attribute given twice', this.tokenStart)
      seen.add(expanded)
    }
  }

  private closeTag(): number {
    const { bytes } = this
    const name = this.open.pop()
    let i = this.at + 2
    const text = name?.text ?? ''
    for (let j = 0; j < text.length; j++, i++)
      if (bytes[i] !== text.charCodeAt(j)) throw notWellFormed('end tag without start', this.at)
    if (!name) throw notWellFormed('end tag without start', this.at)
    while (spaceByte[bytes[i]!]) i++
    if (bytes[i] !== 0x3e || i >= this.end) throw notWellFormed('end tag without start', this.at)
    this.verbatim = i === this.tokenStart + 2 + text.length
    this.name = name
    this.at = i + 1
    this.leaving = true
    return Token.close
  }

  /** Forgets what the element declared that has just ended. */
  private leave(): void {
    this.leaving = false
    this.depth--
    const mark = this.undoMarks.pop()!
    while (this.undoPrefixes.length > mark) this.undoPrefixes.pop()!.uri = this.undoUris.pop()
  }

  /** Comments and CDATA sections; everything else that begins with `<!` belongs to a document type. */
  private declaration(): number {
    const { bytes, at } = this
    const start = bytes.toString('latin1', at, at + 9)
    if (start.startsWith('<!--')) {
      const end = this.find('--', at + 4)
      if (bytes[end + 2] !== 0x3e) throw notWellFormed('-- in comment', end)
      this.content(at + 4, end, end + 3)
      return Token.comment
    }
    if (start !== '<![CDATA[')
      throw start === '<!DOCTYPE' ? new Refused(sealingProblems['xml-doctype']) : notWellFormed('markup', at)
    if (this.depth === 0) throw notWellFormed('CDATA outside the root', at)
    const end = this.find(']]>', at + 9)
    this.content(at + 9, end, end + 3)
    return Token.cdata
  }

  private instruction(): number {
    const { bytes } = this
    const name = this.names.read(this.at + 2)
    if (name.prefix !== this.defaultPrefix || /^xml$/i.test(name.text))
      throw notWellFormed('target of processing instruction', this.tokenStart)
    let start = this.names.end
    const end = this.find('?>', start)
    if (start < end && !spaceByte[bytes[start]!]) throw notWellFormed('processing instruction', start)
    while (start < end && spaceByte[bytes[start]!]) start++
    this.name = name
    this.content(start, end, end + 2)
    return Token.pi
  }

  private find(text: string, from: number): number {
    const found = this.bytes.indexOf(text, from, 'latin1')
    if (found < 0 || found + text.length > this.end) throw notWellFormed('document ends early', from)
    return found
  }

  private content(start: number, end: number, after: number): void {
    for (let i = start; i < end; i++) if (forbidden[this.bytes[i]!]) throw notWellFormed('control character', i)
    this.contentStart = start
    this.contentEnd = end
    this.at = after
  }
}
