/**
 * Character data as Canonical XML writes it (Canonical XML 1.0, clause 2.3 "Text Nodes"): &, <, > and CR are replaced.
 * Characters that XML 1.0 forbids are dropped, so that no input can make a document that is not well-formed.
 */
export function text(value: string): string {
  return value.replace(FORBIDDEN, '').replace(/[&<>\r]/g, character => TEXT_ESCAPES[character] ?? character)
}

/** An attribute value as Canonical XML writes it (clause 2.3 "Attribute Nodes"): &, <, ", TAB, LF and CR are replaced. */
export function attribute(value: string): string {
  return value.replace(FORBIDDEN, '').replace(/[&<"\t\n\r]/g, character => ATTRIBUTE_ESCAPES[character] ?? character)
}

/** `<name>value</name>`, or the empty string when there is no value. */
export function element(name: string, value: string | undefined): string {
  return value === undefined ? '' : `<${name}>${text(value)}</${name.split(' ', 1)[0]}>`
}

// Exactly the characters outside the production Char of XML 1.0.
const FORBIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

const TEXT_ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' }

const ATTRIBUTE_ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;'
}
