/** Attributes of an element, in the order given; undefined: left out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** What stands in an element: elements already written (`Xml`), text to be escaped, or nothing. */
export type Content = Xml | string | undefined | readonly Content[]

/** Well-formed XML. Only `element` makes it, so that nothing unescaped can get in. */
export class Xml {
  private constructor(readonly text: string) {}

  static element(name: string, attributes: Attributes, content: readonly Content[]): Xml {
    const listed = Object.entries(attributes)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
      .join('')
    const inner = content.map(written).join('')
    return new Xml(inner === '' ? `<${name}${listed}/>` : `<${name}${listed}>${inner}</${name}>`)
  }
}

/** An element with content only. */
export const element = (name: string, ...content: Content[]): Xml => Xml.element(name, {}, content)

/** An element with attributes. */
export const elementWith = (name: string, attributes: Attributes, ...content: Content[]): Xml =>
  Xml.element(name, attributes, content)

/** An element, or nothing where there is nothing to stand in it. */
export const unlessEmpty = (name: string, content: readonly Content[]): Xml | undefined =>
  content.map(written).join('') === '' ? undefined : Xml.element(name, {}, content)

function written(content: Content): string {
  if (content === undefined) return ''
  if (content instanceof Xml) return content.text
  return typeof content === 'string' ? escaped(content) : content.map(written).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // As references they are not normalised away when the file is read.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;'
}

/** Characters that XML 1.0 has no way to write become U+FFFD: names in certificates may hold anything. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"\t\n\r]/g, character => entities[character]!)
}
