import { type ByteSink, CanonicalOutput } from './canonical-output.js'
import { escapedTextChar, escapedValueChar, escapeValue } from './escape.js'
import { joinBase } from './join-base.js'
import { type Name, type Prefix, XML_NAMESPACE } from './name-table.js'
import { attributeText, readReference, toByteString } from './references.js'
import { type Binding, Token, XmlScanner } from './xml-scanner.js'

/** A canonicalisation method: Canonical XML 1.0 or 1.1 (inclusive), or Exclusive XML Canonicalization 1.0. */
export interface C14nMethod {
  readonly exclusive: boolean
  readonly comments: boolean
  /** Version 1.1 of the inclusive method. */
  readonly eleven?: boolean
  /** InclusiveNamespaces PrefixList of the exclusive method; '' stands for `#default`. */
  readonly prefixes?: readonly string[]
}

/** What is canonicalised: a whole document, or one element with its descendants. */
export interface C14nInput {
  /** UTF-8. */
  readonly bytes: Buffer
  /** First byte after the XML declaration, or of the element; and the byte after the end. */
  readonly start: number
  readonly end: number
  /** For an element: what its ancestors declare. */
  readonly inherited?: readonly Binding[]
  /** For an element by an inclusive method: `xml:` attributes of ancestors that it takes over, name and escaped value. */
  readonly inheritedAttributes?: ReadonlyMap<string, string>
  /** For an element by Canonical XML 1.1: `xml:base` of all ancestors, from the outside in, byte strings. */
  readonly bases?: readonly string[]
  /** Bindings that the output already has around the element: used to compose canonical forms of larger elements. */
  readonly rendered?: readonly Binding[]
  /** The document stands inside a ds:Object: space, comments and instructions beside its root count as they stand there. */
  readonly asContent?: boolean
  /** Names must be such as every XML program can read, not only one that knows the fifth edition: for what is to be sealed. */
  readonly oldNames?: boolean
  /** Elements to leave out with all that is in them, told by their name and first byte. */
  readonly leaveOut?: (uri: string, local: string, start: number) => boolean
}

/** The outermost element as it was met: its tags, to put something before its end. */
export interface RootTags {
  /** Byte string. */
  readonly name: string
  /** First byte of the end tag, or of the `/` of an empty-element tag. */
  readonly closeAt: number
  readonly selfClosing: boolean
}

/** Writes the canonical form of `input` into `sink`. @throws Refused where the XML is not well-formed or out of bounds */
export function canonicalize(input: C14nInput, method: C14nMethod, sink: ByteSink): RootTags {
  return new Canonicalizer(input, method, sink).run()
}

/** The canonical form in memory. */
export function canonicalBytes(input: C14nInput, method: C14nMethod): Buffer {
  const pieces: Buffer[] = []
  canonicalize(input, method, { update: piece => pieces.push(Buffer.from(piece)) })
  return Buffer.concat(pieces)
}

class Canonicalizer {
  private readonly scanner: XmlScanner
  /** Prefixes of the PrefixList. */
  private readonly listed: readonly Prefix[]
  private readonly bytes: Buffer
  private readonly out: CanonicalOutput
  private readonly undoMarks: number[] = []
  private readonly undoPrefixes: Prefix[] = []
  private readonly undoRendered: (string | undefined)[] = []
  private readonly toRender: Prefix[] = []
  private order: number[] = []
  private rootSeen = false
  /** What the outermost element takes over: name and escaped value. */
  private readonly inherited: ReadonlyMap<string, string>
  /** Version 1.1: what its own `xml:base` is relative to. */
  private readonly base: string | undefined
  private root: RootTags = { name: '', closeAt: 0, selfClosing: false }

  constructor(
    private readonly input: C14nInput,
    private readonly method: C14nMethod,
    sink: ByteSink
  ) {
    this.bytes = input.bytes
    this.out = new CanonicalOutput(input.bytes, sink)
    this.scanner = new XmlScanner(input.bytes, input.start, input.end, input.inherited, input.asContent ? 2 : 0)
    this.scanner.names.onlyOld = !!input.oldNames
    this.inherited = inheritedBy(method, input)
    this.base = method.eleven && input.bases?.length ? input.bases.reduce(joinBase) : undefined
    for (const [prefix, uri] of input.rendered ?? []) this.scanner.names.prefix(prefix).rendered = uri
    this.listed = (method.exclusive ? (method.prefixes ?? []) : []).map(text =>
      this.scanner.names.prefix(toByteString(text))
    )
    for (const prefix of this.listed) prefix.inclusive = true
  }

  run(): RootTags {
    const { scanner } = this
    for (;;) {
      switch (scanner.next()) {
        case Token.end:
          this.out.finish()
          return this.root
        case Token.start:
          if (this.input.leaveOut?.(scanner.name.prefix.uri!, scanner.name.local, scanner.tokenStart)) this.skip()
          else this.start()
          break
        case Token.close:
          if (scanner.verbatim) this.out.copy(scanner.tokenStart, scanner.at)
          else this.out.write(`</${scanner.name.text}>`)
          if (scanner.depth === 1)
            this.root = { name: scanner.name.text, closeAt: scanner.tokenStart, selfClosing: false }
          this.leave()
          break
        case Token.text:
          if (scanner.depth > 0 || this.input.asContent) this.text()
          break
        case Token.cdata:
          this.cdata(scanner.contentStart, scanner.contentEnd)
          break
        case Token.comment:
          if (this.method.comments) this.outsideLines(() => this.comment())
          break
        case Token.pi:
          this.outsideLines(() => this.instruction())
      }
    }
  }

  private skip(): void {
    const { scanner } = this
    if (scanner.selfClosing) return
    for (const { depth } = scanner; ;) if (scanner.next() === Token.close && scanner.depth === depth) return
  }

  /** Comments and processing instructions beside the root each have a line of their own (Canonical XML 1.0, 2.3). */
  private outsideLines(put: () => void): void {
    const outside = this.scanner.depth === 0 && !this.input.asContent
    if (outside && this.rootSeen) this.out.write('\n')
    put()
    if (outside && !this.rootSeen) this.out.write('\n')
  }

  private start(): void {
    const { scanner } = this
    const { name, attributeCount: count, attributeNames: names } = scanner
    this.undoMarks.push(this.undoPrefixes.length)
    this.toRender.length = 0
    const apex = !this.rootSeen
    this.rootSeen = true
    if (this.method.exclusive) {
      this.need(name.prefix)
      for (let i = 0; i < count; i++) {
        const { prefix } = names[i]!
        if (prefix !== scanner.names.defaultPrefix) this.need(prefix)
      }
      if (apex) for (const prefix of this.listed) this.need(prefix)
      else for (const prefix of scanner.declared) if (prefix.inclusive) this.need(prefix)
    } else if (apex) for (const prefix of scanner.names.prefixes.values()) this.need(prefix)
    else for (const prefix of scanner.declared) this.need(prefix)

    const inherits = apex && (this.inherited.size > 0 || this.base !== undefined)
    if (scanner.verbatim && this.toRender.length === 0 && !inherits && inOrder(names, count))
      this.out.copy(scanner.tokenStart, scanner.at)
    else this.composeStart(inherits)
    if (scanner.selfClosing) {
      if (apex) this.root = { name: name.text, closeAt: scanner.at - 2, selfClosing: true }
      this.out.write(`</${name.text}>`)
      this.leave()
    }
  }

  private composeStart(inherits: boolean): void {
    const { scanner, toRender, order } = this
    const { name, attributeNames: names, attributeCount: count } = scanner
    this.out.write(`<${name.text}`)
    if (toRender.length > 1) toRender.sort((a, b) => (a.text < b.text ? -1 : 1))
    for (const { text, uri } of toRender) this.out.write(` xmlns${text && ':'}${text}="${escapeValue(uri!)}"`)
    if (inherits) this.attributesWithInherited()
    else {
      order.length = 0
      for (let i = 0; i < count; i++) order.push(i)
      if (count > 1) order.sort((a, b) => compareNames(names[a]!, names[b]!))
      for (const i of order) this.attribute(i)
    }
    this.out.write('>')
  }

  private attribute(i: number): void {
    const { scanner } = this
    const start = scanner.attributeStarts[i]!
    const end = scanner.attributeEnds[i]!
    this.out.write(` ${scanner.attributeNames[i]!.text}="`)
    if (scanner.attributePlain[i]) this.out.copy(start, end)
    else this.value(start, end)
    this.out.write('"')
  }

  /** Canonical XML 1.0 and 1.1, 2.4: the element takes over `xml:` attributes of its ancestors that it does not set itself. */
  private attributesWithInherited(): void {
    const { attributeNames: names, attributeCount: count } = this.scanner
    const all: { uri: string; local: string; put: () => void }[] = []
    const inherited = new Map(this.inherited)
    if (this.base) inherited.set('xml:base', escapeValue(this.base))
    for (let i = 0; i < count; i++) {
      const name = names[i]!
      if (name.text === 'xml:base' && this.base !== undefined) {
        const joined = joinBase(this.base, this.valueOf(i))
        if (joined === '') inherited.delete(name.text)
        else inherited.set(name.text, escapeValue(joined))
      } else {
        inherited.delete(name.text)
        all.push({ uri: attributeNamespace(name), local: name.local, put: () => this.attribute(i) })
      }
    }
    for (const [text, value] of inherited)
      all.push({ uri: XML_NAMESPACE, local: text.slice(4), put: () => this.out.write(` ${text}="${value}"`) })
    all.sort((a, b) => (a.uri === b.uri ? (a.local < b.local ? -1 : 1) : a.uri < b.uri ? -1 : 1))
    for (const { put } of all) put()
  }

  private valueOf(i: number): string {
    return attributeText(this.bytes, this.scanner.attributeStarts[i]!, this.scanner.attributeEnds[i]!)
  }

  /** Has a namespace declared on this element unless the output around it says the same already. */
  private need(prefix: Prefix): void {
    if (prefix.uri === prefix.rendered) return
    this.undoPrefixes.push(prefix)
    this.undoRendered.push(prefix.rendered)
    prefix.rendered = prefix.uri
    this.toRender.push(prefix)
  }

  private leave(): void {
    const mark = this.undoMarks.pop()!
    while (this.undoPrefixes.length > mark) this.undoPrefixes.pop()!.rendered = this.undoRendered.pop()
  }

  private text(): void {
    const { bytes, scanner } = this
    const { contentStart: start, contentEnd: end } = scanner
    if (scanner.plain) {
      this.out.copy(start, end)
      return
    }
    let from = start
    for (let i = start; i < end;) {
      const c = bytes[i]!
      if (c !== 0x26 && c !== 0x3e && c !== 0x0d) {
        i++
        continue
      }
      this.out.copy(from, i)
      if (c === 0x26) {
        const { code, end: next } = readReference(bytes, i, end)
        this.out.write(escapedTextChar(code))
        i = next
      } else {
        if (c === 0x3e) this.out.write('&gt;')
        else if (bytes[i + 1] !== 0x0a || i + 1 >= end) this.out.write('\n')
        i++
      }
      from = i
    }
    this.out.copy(from, end)
  }

  private cdata(start: number, end: number): void {
    this.copyEscaped(start, end, c => (c === 0x26 ? '&amp;' : c === 0x3c ? '&lt;' : c === 0x3e ? '&gt;' : undefined))
  }

  private comment(): void {
    this.out.write('<!--')
    this.copyEscaped(this.scanner.contentStart, this.scanner.contentEnd, () => undefined)
    this.out.write('-->')
  }

  private instruction(): void {
    const { contentStart, contentEnd, name } = this.scanner
    this.out.write(`<?${name.text}${contentStart < contentEnd ? ' ' : ''}`)
    this.copyEscaped(contentStart, contentEnd, () => undefined)
    this.out.write('?>')
  }

  /** Copies with line ends made LF and some bytes replaced. */
  private copyEscaped(start: number, end: number, replace: (byte: number) => string | undefined): void {
    let from = start
    for (let i = start; i < end; i++) {
      const c = this.bytes[i]!
      const instead = c === 0x0d ? (this.bytes[i + 1] === 0x0a && i + 1 < end ? '' : '\n') : replace(c)
      if (instead === undefined) continue
      this.out.copy(from, i)
      this.out.write(instead)
      from = i + 1
    }
    this.out.copy(from, end)
  }

  /** An attribute value: normalised as XML 1.0, 3.3.3 says, then escaped. */
  private value(start: number, end: number): void {
    const { bytes } = this
    let from = start
    for (let i = start; i < end;) {
      const c = bytes[i]!
      if (c !== 0x26 && c !== 0x22 && c !== 0x09 && c !== 0x0a && c !== 0x0d) {
        i++
        continue
      }
      this.out.copy(from, i)
      if (c === 0x26) {
        const { code, end: next } = readReference(bytes, i, end)
        this.out.write(escapedValueChar(code))
        i = next
      } else {
        this.out.write(c === 0x22 ? '&quot;' : ' ')
        i += c === 0x0d && bytes[i + 1] === 0x0a && i + 1 < end ? 2 : 1
      }
      from = i
    }
    this.out.copy(from, end)
  }
}

/** Version 1.0 takes over every `xml:` attribute as it is; 1.1 only language and space, and has `xml:base` joined. */
function inheritedBy(method: C14nMethod, { inheritedAttributes }: C14nInput): ReadonlyMap<string, string> {
  if (method.exclusive || !inheritedAttributes) return new Map()
  if (!method.eleven) return inheritedAttributes
  return new Map([...inheritedAttributes].filter(([name]) => name === 'xml:lang' || name === 'xml:space'))
}

const attributeNamespace = (name: Name): string => (name.prefix.text === '' ? '' : name.prefix.uri!)

/** Canonical order: by namespace name, then by local name; byte strings compare as code points do. */
function compareNames(a: Name, b: Name): number {
  if (a.prefix === b.prefix) return a.local < b.local ? -1 : 1
  const first = attributeNamespace(a)
  const second = attributeNamespace(b)
  return first === second ? (a.local < b.local ? -1 : 1) : first < second ? -1 : 1
}

function inOrder(names: readonly Name[], count: number): boolean {
  for (let i = 1; i < count; i++) if (compareNames(names[i - 1]!, names[i]!) > 0) return false
  return true
}
