import type { Document, Element, Node } from '@xmldom/xmldom'

/** Namespace of XML Signature. */
export const DS = 'http://www.w3.org/2000/09/xmldsig#'
/** Namespace of XAdES (EN 319 132-1, schema 1.3.2). */
export const XADES = 'http://uri.etsi.org/01903/v1.3.2#'

const ELEMENT = 1
const COMMENT = 8

/** Child elements, in order. */
export function childElements(parent: Node): Element[] {
  return Array.from(parent.childNodes).filter((node): node is Element => node.nodeType === ELEMENT)
}

/** Child elements of one name. */
export function childrenNamed(parent: Node, namespace: string, localName: string): Element[] {
  return childElements(parent).filter(e => e.namespaceURI === namespace && e.localName === localName)
}

/** The only child of that name; `undefined` when there is none or more than one. */
export function onlyChild(parent: Node | undefined, namespace: string, localName: string): Element | undefined {
  const found = parent ? childrenNamed(parent, namespace, localName) : []
  return found.length === 1 ? found[0] : undefined
}

/** Follows a path of only children in one namespace. */
export function onlyDescendant(parent: Node | undefined, namespace: string, ...path: string[]): Element | undefined {
  let at: Node | undefined = parent
  for (const name of path) at = onlyChild(at, namespace, name)
  return at as Element | undefined
}

/** Every element of the document in document order. Iterative: the depth of the input is not the depth of our stack. */
export function allElements(document: Document): Element[] {
  const found: Element[] = []
  const waiting: Element[] = document.documentElement ? [document.documentElement] : []
  for (let element = waiting.pop(); element; element = waiting.pop()) {
    found.push(element)
    waiting.push(...childElements(element).reverse())
  }
  return found
}

/** Whether a comment stands anywhere inside. */
export function hasComment(root: Node): boolean {
  const waiting: Node[] = [root]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.nodeType === COMMENT) return true
    waiting.push(...Array.from(node.childNodes ?? []))
  }
  return false
}

/** Text inside an element, trimmed; `undefined` for no element or no text. */
export function textOf(element: Element | undefined): string | undefined {
  return element?.textContent?.trim() || undefined
}

/** Base64 text of an element as bytes; `undefined` unless it is plain base64. */
export function base64Of(element: Element | undefined): Buffer | undefined {
  const text = element?.textContent?.replace(/[ \t\r\n]/g, '')
  if (!text || !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return undefined
  return Buffer.from(text, 'base64')
}
