import { XML_NAMESPACE } from './c14n/name-table.js'
import { type Binding, Token, XmlScanner } from './c14n/xml-scanner.js'
import { attributeText, fromByteString } from './c14n/references.js'
import type { C14nInput } from './c14n/canonicalize.js'
import { escapeValue } from './c14n/escape.js'
import type { DecodedXml } from './c14n/decode-xml.js'
import { readReference, utf8Char } from './c14n/references.js'
import { tooComplex } from './c14n/xml-problems.js'
import { DS } from './names.js'

/** What elements declare for those inside them, from the outside in. */
interface Frame {
  readonly outer?: Frame
  readonly bindings: readonly Binding[]
  /** `xml:` attributes: name and value, byte strings. */
  readonly xmlAttributes: readonly (readonly [string, string])[]
}

/** One attribute; namespace '' for none. Texts are real text. */
export interface XmlAttribute {
  readonly uri: string
  readonly local: string
  readonly value: string
}

/** An element of a signed document: places in its bytes, and inside signatures also its attributes and children. */
export interface XmlElement {
  readonly uri: string
  readonly local: string
  readonly parent?: XmlElement
  /** First byte of the start tag. */
  readonly start: number
  /** Content: between the tags. Equal to each other for an empty-element tag. */
  readonly contentStart: number
  contentEnd: number
  /** First byte after the end tag. */
  end: number
  readonly attributes: readonly XmlAttribute[]
  readonly children: XmlElement[]
  /** Whether children and attributes were kept: they are inside signatures, but not of what a signature envelops. */
  readonly kept: boolean
  readonly frame?: Frame
}

/** A document with signatures in it. */
export interface XmlTree {
  readonly xml: DecodedXml
  readonly root: XmlElement
  /** Elements by the value of their `Id`, `ID`, `id`, `xml:id` or prefixed `Id` attribute; several where it is not unique. */
  readonly ids: ReadonlyMap<string, readonly XmlElement[]>
  /** Every ds:Signature, in document order. */
  readonly signatures: readonly XmlElement[]
}

const MOST_IDS = 500_000
const MOST_KEPT = 200_000
const MOST_SIGNATURES = 500

/**
 * Reads a document: checks that all of it is well-formed, finds signatures and everything with an id, and keeps the
 * elements of signatures. What signatures sign is left as bytes, however large.
 * @throws Refused `sealing/xml-not-well-formed`, `sealing/xml-doctype`, `sealing/xml-too-complex`
 */
export function readXmlTree(xml: DecodedXml): XmlTree {
  const { bytes } = xml
  const scanner = new XmlScanner(bytes, xml.start, bytes.length)
  const ids = new Map<string, XmlElement[]>()
  const signatures: XmlElement[] = []
  let root: XmlElement | undefined
  let open: XmlElement | undefined
  // what elements inside the open one inherit
  const frames: (Frame | undefined)[] = [undefined]
  let kept = 0

  for (;;) {
    const token = scanner.next()
    if (token === Token.end) return { xml, root: root!, ids, signatures }
    if (token === Token.start) {
      const element = enter(open, frames.at(-1))
      root ??= element
      if (!scanner.selfClosing) {
        open = element
        frames.push(frameInside(frames.at(-1)))
      }
    } else if (token === Token.close) {
      open!.contentEnd = scanner.tokenStart
      open!.end = scanner.at
      open = open!.parent
      frames.pop()
    }
  }

  function enter(parent: XmlElement | undefined, frame: Frame | undefined): XmlElement {
    const { name } = scanner
    const uri = text(name.prefix.uri!)
    const isSignature = name.local === 'Signature' && uri === DS
    const inKept = !!parent?.kept
    const keep = isSignature || (inKept && !isPayload(parent, name.local))
    const element: XmlElement = {
      uri,
      local: text(name.local),
      parent,
      start: scanner.tokenStart,
      contentStart: scanner.at,
      contentEnd: scanner.at,
      end: scanner.at,
      attributes: keep || inKept ? attributes() : [],
      children: [],
      kept: keep,
      frame
    }
    if (inKept) {
      if (++kept > MOST_KEPT) throw tooComplex('signature')
      parent.children.push(element)
    }
    if (isSignature && signatures.push(element) > MOST_SIGNATURES) throw tooComplex('signatures')
    if (scanner.attributeCount > 0) enterIds(element)
    return element
  }

  function attributes(): XmlAttribute[] {
    const found: XmlAttribute[] = []
    for (let i = 0; i < scanner.attributeCount; i++) {
      const { prefix, local } = scanner.attributeNames[i]!
      found.push({ uri: prefix.text === '' ? '' : text(prefix.uri!), local: text(local), value: value(i) })
    }
    return found
  }

  function enterIds(element: XmlElement): void {
    for (let i = 0; i < scanner.attributeCount; i++) {
      const { text: name, local } = scanner.attributeNames[i]!
      // with a prefix: only as web services do it (WS-Security, 4.2); `r:id` of office documents is a reference
      if (name !== 'Id' && name !== 'ID' && name !== 'id' && name !== 'xml:id' && local !== 'Id') continue
      const id = value(i)
      const others = ids.get(id)
      if (!others?.includes(element)) ids.set(id, others ? [...others.slice(0, 1), element] : [element])
      if (ids.size > MOST_IDS) throw tooComplex('ids')
    }
  }

  function frameInside(outer: Frame | undefined): Frame | undefined {
    const xmlAttributes: [string, string][] = []
    for (let i = 0; i < scanner.attributeCount; i++) {
      const { text: name, prefix } = scanner.attributeNames[i]!
      if (prefix.uri === XML_NAMESPACE && prefix.text === 'xml')
        xmlAttributes.push([name, attributeText(bytes, scanner.attributeStarts[i]!, scanner.attributeEnds[i]!)])
    }
    if (scanner.declared.length === 0 && xmlAttributes.length === 0) return outer
    return { outer, bindings: scanner.declared.map(({ text: prefix, uri }) => [prefix, uri!]), xmlAttributes }
  }

  function value(i: number): string {
    return text(attributeText(bytes, scanner.attributeStarts[i]!, scanner.attributeEnds[i]!))
  }
}

const text = fromByteString

/** What an enveloping signature envelops; only its place matters. */
const isPayload = (parent: XmlElement, local: string): boolean =>
  parent.local === 'Object' && parent.uri === DS && local !== 'QualifyingProperties'

/** The input for canonicalising one element where it stands. */
export function elementInput({ xml }: XmlTree, { start, end, frame }: XmlElement): C14nInput {
  const inherited = inheritedBindings(frame)
  return {
    bytes: xml.bytes,
    start,
    end,
    inherited,
    inheritedAttributes: inheritedXml(frame),
    bases: basesAround(frame)
  }
}

/** The input for canonicalising the whole document. */
export const documentInput = ({ xml }: XmlTree): C14nInput => ({
  bytes: xml.bytes,
  start: xml.start,
  end: xml.bytes.length
})

/** What prefixes mean around an element. */
export function inheritedBindings(frame: Frame | undefined): Binding[] {
  const bindings = new Map<string, string>()
  for (let one = frame; one; one = one.outer)
    for (const [prefix, uri] of one.bindings) if (!bindings.has(prefix)) bindings.set(prefix, uri)
  return [...bindings]
}

function inheritedXml(frame: Frame | undefined): Map<string, string> {
  const attributes = new Map<string, string>()
  for (let one = frame; one; one = one.outer)
    for (const [name, value] of one.xmlAttributes) if (!attributes.has(name)) attributes.set(name, escapeValue(value))
  return attributes
}

function basesAround(frame: Frame | undefined): string[] {
  const bases: string[] = []
  for (let one = frame; one; one = one.outer)
    for (const [name, value] of one.xmlAttributes) if (name === 'xml:base') bases.unshift(value)
  return bases
}

/** Text inside an element, that of elements inside it only where `deep`. Comments do not cut it. A byte string. */
export function rawText(tree: XmlTree, element: XmlElement, deep = false): string {
  const { bytes } = tree.xml
  const content = bytes.subarray(element.contentStart, element.contentEnd)
  if (content.indexOf(0x3c) < 0 && content.indexOf(0x26) < 0 && content.indexOf(0x0d) < 0)
    return content.toString('latin1')
  const scanner = new XmlScanner(bytes, element.start, element.end, inheritedBindings(element.frame))
  const pieces: string[] = []
  for (let token = scanner.next(); token !== Token.end; token = scanner.next()) {
    if ((token !== Token.text && token !== Token.cdata) || (!deep && scanner.depth !== 1)) continue
    pieces.push(unescaped(bytes, scanner.contentStart, scanner.contentEnd, token === Token.text))
  }
  return pieces.join('')
}

function unescaped(bytes: Buffer, start: number, end: number, references: boolean): string {
  const pieces: string[] = []
  let from = start
  for (let at = references ? bytes.indexOf(0x26, start) : -1; at >= 0 && at < end; at = bytes.indexOf(0x26, from)) {
    const { code, end: next } = readReference(bytes, at, end)
    pieces.push(lines(bytes.toString('latin1', from, at)), utf8Char(code))
    from = next
  }
  pieces.push(lines(bytes.toString('latin1', from, end)))
  return pieces.join('')
}

const lines = (raw: string): string => (raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw)

/** Text of an element without the space around it. */
export const textOf = (tree: XmlTree, element: XmlElement): string => fromByteString(rawText(tree, element)).trim()

/** An attribute without a namespace. */
export const attributeOf = (element: XmlElement, local: string): string | undefined =>
  element.attributes.find(attribute => attribute.uri === '' && attribute.local === local)?.value

/** Children with this name. */
export const childrenOf = (element: XmlElement | undefined, uri: string, local: string): XmlElement[] =>
  element?.children.filter(child => child.local === local && child.uri === uri) ?? []

/** The first child with this name. */
export const childOf = (element: XmlElement | undefined, uri: string, local: string): XmlElement | undefined =>
  childrenOf(element, uri, local)[0]

/** Whether `inner` stands inside `outer` or is it. */
export const contains = (outer: XmlElement, inner: XmlElement): boolean =>
  outer.start <= inner.start && inner.end <= outer.end

/** Base64 with white space in it; undefined for anything else (RFC 4648, padding required). */
export function base64Bytes(text: string): Buffer | undefined {
  const packed = text.replace(/[\t\n\r ]+/g, '')
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) return undefined
  return Buffer.from(packed, 'base64')
}
