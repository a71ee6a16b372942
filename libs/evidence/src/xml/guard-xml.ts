import { DOMParser, type Document } from '@xmldom/xmldom'

/** How much XML is let through before any parser sees it. All are counts, except `bytes`. */
export interface XmlLimits {
  bytes: number
  depth: number
  elements: number
  attributes: number
  attributesPerElement: number
  namespaceDeclarations: number
  /** `&…;`, character references included. */
  references: number
}

/** Ample for real evidence (a proof of receipt is about 115 KB and 20 levels deep), small for a bomb. */
export const defaultXmlLimits: XmlLimits = {
  bytes: 5_000_000,
  depth: 100,
  elements: 50_000,
  attributes: 50_000,
  attributesPerElement: 100,
  namespaceDeclarations: 2_000,
  references: 20_000
}

/** Why a document was turned away; also the tail of a problem code `evidence/…`. */
export type XmlFault =
  | 'xml-too-large'
  | 'xml-encoding'
  | 'xml-doctype-forbidden'
  | 'xml-instruction-forbidden'
  | 'xml-too-complex'
  | 'xml-not-well-formed'

/** A document that got through, or the reason why it did not. `detail` never quotes the document. */
export type GuardedXml = { ok: true; text: string; document: Document } | { ok: false; fault: XmlFault; detail: string }

type Refusal = Extract<GuardedXml, { ok: false }>

const refuse = (fault: XmlFault, detail: string): Refusal => ({ ok: false, fault, detail })

// Characters that XML 1.0 (production 2, Char) does not know.
const NOT_XML_CHAR = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

const XML_DECLARATION =
  /^<\?xml\s+version\s*=\s*(['"])1\.0\1(?:\s+encoding\s*=\s*(['"])utf-8\2)?(?:\s+standalone\s*=\s*(['"])(?:yes|no)\3)?\s*\?>/i

/**
 * Reads hostile bytes as XML: first counts and forbids on the raw text in one linear pass (nothing has been built yet,
 * so nothing can be blown up), then parses strictly: any warning of the parser ends it.
 *
 * Document type declarations are forbidden outright: without them there are no entities, no default attributes and no
 * ids by declaration, so the parser, the signature check and a second opinion all see one and the same document.
 * Processing instructions are forbidden because canonicalisers disagree about them.
 */
export function guardXml(raw: Uint8Array, limits: XmlLimits = defaultXmlLimits): GuardedXml {
  if (raw.byteLength > limits.bytes) return refuse('xml-too-large', `${raw.byteLength} bytes, at most ${limits.bytes}`)
  const text = decodeUtf8(raw)
  if (typeof text !== 'string') return text
  const refusal = scan(text, limits)
  if (refusal) return refusal
  try {
    return { ok: true, text, document: parseStrictly(text) }
  } catch (error) {
    return refuse('xml-not-well-formed', error instanceof Error ? error.name : 'not parsed')
  }
}

/**
 * Parses text that has already been guarded or that we canonicalised ourselves.
 * @throws ParseError on anything a lenient parser would repair
 */
export function parseStrictly(text: string): Document {
  const parser = new DOMParser({
    locator: false,
    // the library's own normaliser follows XML 1.1 and would turn U+0085 and U+2028 into line feeds
    normalizeLineEndings: source => source.replace(/\r\n?/g, '\n'),
    onError: (_level, message) => {
      throw new Error(message)
    }
  })
  const document = parser.parseFromString(text, 'text/xml')
  const roots = Array.from(document.childNodes).filter(node => node.nodeType === document.ELEMENT_NODE)
  if (roots.length !== 1) throw new Error('not exactly one root element')
  return document
}

function decodeUtf8(raw: Uint8Array): string | Refusal {
  try {
    // the decoder takes a UTF-8 byte order mark away by itself; UTF-16 and UTF-32 are not well-formed UTF-8 or hold NULs
    const text = new TextDecoder('utf-8', { fatal: true }).decode(raw)
    return NOT_XML_CHAR.test(text) ? refuse('xml-encoding', 'a character that XML does not allow') : text
  } catch {
    return refuse('xml-encoding', 'not UTF-8')
  }
}

/** One pass over the markup. It may count more than a parser would, never less. */
function scan(text: string, limits: XmlLimits): Refusal | undefined {
  const counts = { elements: 0, attributes: 0, namespaces: 0, references: 0 }
  let depth = 0
  let at = 0
  if (text.startsWith('<?xml')) {
    const declaration = XML_DECLARATION.exec(text.slice(0, 200))
    if (!declaration) return refuse('xml-encoding', 'XML declaration other than version 1.0 in UTF-8')
    at = declaration[0].length
  }
  for (let amp = text.indexOf('&'); amp >= 0; amp = text.indexOf('&', amp + 1)) {
    if (++counts.references > limits.references) return refuse('xml-too-complex', 'references')
    if (isForbiddenReference(text, amp)) return refuse('xml-encoding', 'a character that XML does not allow')
  }
  for (;;) {
    at = text.indexOf('<', at)
    if (at < 0) return depth === 0 ? undefined : refuse('xml-not-well-formed', 'unclosed element')
    const next = text[at + 1]
    if (next === '?') return refuse('xml-instruction-forbidden', 'processing instruction')
    if (next === '!') {
      const end = skipCommentOrCdata(text, at)
      if (typeof end !== 'number') return end
      at = end
      continue
    }
    if (next === '/') {
      depth--
      at += 2
      continue
    }
    const tag = scanTag(text, at, limits.attributesPerElement)
    if (!tag) return refuse('xml-not-well-formed', 'unclosed tag')
    counts.elements++
    counts.attributes += tag.attributes
    counts.namespaces += tag.namespaces
    if (!tag.empty) depth++
    if (depth > limits.depth) return refuse('xml-too-complex', 'depth')
    if (tag.attributes > limits.attributesPerElement) return refuse('xml-too-complex', 'attributes of one element')
    if (counts.elements > limits.elements) return refuse('xml-too-complex', 'elements')
    if (counts.attributes > limits.attributes) return refuse('xml-too-complex', 'attributes')
    if (counts.namespaces > limits.namespaceDeclarations) return refuse('xml-too-complex', 'namespace declarations')
    at = tag.end
  }
}

/** The parser resolves `&#1;` and its like without complaint. */
function isForbiddenReference(text: string, amp: number): boolean {
  const reference = /^&#(?:x([0-9a-f]+)|([0-9]+));/i.exec(text.slice(amp, amp + 20))
  if (!reference) return text.startsWith('&#', amp) && !text.slice(amp, amp + 20).includes(';')
  const code = reference[1] ? parseInt(reference[1], 16) : Number(reference[2])
  const surrogate = code >= 0xd800 && code <= 0xdfff
  return surrogate || code > 0x10ffff || NOT_XML_CHAR.test(String.fromCodePoint(code))
}

function skipCommentOrCdata(text: string, at: number): number | Refusal {
  const [opening, closing] = text.startsWith('<!--', at)
    ? ['<!--', '-->']
    : text.startsWith('<![CDATA[', at)
      ? ['<![CDATA[', ']]>']
      : []
  if (!opening || !closing) return refuse('xml-doctype-forbidden', 'document type declaration or entity')
  const end = text.indexOf(closing, at + opening.length)
  return end < 0 ? refuse('xml-not-well-formed', 'unclosed comment or CDATA') : end + closing.length
}

/** A start tag from its `<`: where it ends and how many attributes it carries. Stops early when there are too many. */
function scanTag(
  text: string,
  start: number,
  most: number
): { end: number; empty: boolean; attributes: number; namespaces: number } | undefined {
  let attributes = 0
  let namespaces = 0
  let wordStart = start + 1
  for (let i = start + 1; i < text.length; i++) {
    const c = text[i]
    if (c === '>') return { end: i + 1, empty: text[i - 1] === '/', attributes, namespaces }
    if (c === '<') return undefined
    if (c === '"' || c === "'") {
      i = text.indexOf(c, i + 1)
      if (i < 0) return undefined
    } else if (c === '=') {
      attributes++
      if (text.startsWith('xmlns', wordStart)) namespaces++
      if (attributes > most) return { end: i, empty: false, attributes, namespaces }
    } else if (c === ' ' || c === '\n' || c === '\t' || c === '\r') {
      const after = text[i + 1]
      if (after !== '=' && after !== ' ' && after !== '\n' && after !== '\t' && after !== '\r') wordStart = i + 1
    }
  }
  return undefined
}
