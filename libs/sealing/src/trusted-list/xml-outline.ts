import { attributeText, fromByteString } from '../xades/c14n/references.js'
import { decodeXml } from '../xades/c14n/decode-xml.js'
import { tooComplex } from '../xades/c14n/xml-problems.js'
import { Token, XmlScanner } from '../xades/c14n/xml-scanner.js'
import type { RandomAccessSource } from '../source.js'

/** An element with its own text put together and trimmed; enough for documents that hold data. */
export interface XmlOutline {
  readonly uri: string
  readonly local: string
  /** Attributes by local name; those with a namespace are left out. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlOutline[]
  readonly text: string
}

const mostElements = 500_000
const none: ReadonlyMap<string, string> = new Map()

/**
 * Reads a whole document into memory as elements, attributes and texts.
 * @throws Refused `sealing/xml-…` when it is not well-formed, has a document type, or goes beyond the limits.
 */
export function readXmlOutline(source: RandomAccessSource): XmlOutline {
  const { bytes, start } = decodeXml(source)
  const scanner = new XmlScanner(bytes, start, bytes.length)
  type Open = { uri: string; local: string; attributes: ReadonlyMap<string, string>; children: Open[]; text: string }
  const open: Open[] = []
  let root: Open | undefined
  let count = 0
  for (let token = scanner.next(); token !== Token.end; token = scanner.next()) {
    if (token === Token.start) {
      if (++count > mostElements) throw tooComplex('elements')
      const element: Open = {
        uri: scanner.name.prefix.uri ?? '',
        local: scanner.name.local,
        attributes: attributesOf(scanner, bytes),
        children: [],
        text: ''
      }
      open.at(-1)?.children.push(element)
      root ??= element
      if (!scanner.selfClosing) open.push(element)
    } else if (token === Token.close) {
      const closed = open.pop()!
      closed.text = closed.text.trim()
    } else if ((token === Token.text || token === Token.cdata) && open.length > 0) {
      open.at(-1)!.text += textOf(scanner, bytes, token === Token.text)
    }
  }
  return root!
}

function textOf({ contentStart, contentEnd, plain }: XmlScanner, bytes: Buffer, references: boolean): string {
  if (plain || !references) return bytes.toString('utf8', contentStart, contentEnd)
  return fromByteString(attributeText(bytes, contentStart, contentEnd))
}

function attributesOf(scanner: XmlScanner, bytes: Buffer): ReadonlyMap<string, string> {
  if (scanner.attributeCount === 0) return none
  const attributes = new Map<string, string>()
  for (let i = 0; i < scanner.attributeCount; i++) {
    const { prefix, local } = scanner.attributeNames[i]!
    if (prefix.text !== '') continue
    const value = attributeText(bytes, scanner.attributeStarts[i]!, scanner.attributeEnds[i]!)
    attributes.set(local, fromByteString(value))
  }
  return attributes
}

/** Children by local name. */
export const childrenNamed = (element: XmlOutline | undefined, local: string): XmlOutline[] =>
  element?.children.filter(child => child.local === local) ?? []

/** The first element at the end of a path of local names. */
export function at(element: XmlOutline | undefined, ...path: readonly string[]): XmlOutline | undefined {
  let found = element
  for (const local of path) found = found?.children.find(child => child.local === local)
  return found
}

/** All elements with this local name, at any depth. */
export function* descendants(element: XmlOutline, local: string): Generator<XmlOutline> {
  for (const child of element.children) {
    if (child.local === local) yield child
    yield* descendants(child, local)
  }
}
