import { wrongDesign } from '../design-problem.js'

/** An element with its attributes; text between elements is of no interest to drawings. */
export interface SvgElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly SvgElement[]
}

const path = 'graphic.data'
const longest = 1_000_000
const mostElements = 20_000
const deepest = 64

const references: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** An end tag, or a start tag with its attributes. */
const tag =
  /<\/([A-Za-z_][\w:.-]*)\s*>|<([A-Za-z_][\w:.-]*)((?:\s+[A-Za-z_][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y
const attribute = /([A-Za-z_][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/**
 * Reads the markup of an SVG: elements and attributes, the five predefined references and numeric ones. Stricter than XML
 * on purpose: no document type (so no entities), no CDATA; whatever does not parse is refused.
 * @throws Refused `sealing/seal-design-invalid`
 */
export function readSvgElements(data: Buffer): SvgElement {
  if (data.length > longest) throw wrongDesign(path, `SVG of more than ${longest} bytes`)
  const text = data.toString('utf8').replace(/^\ufeff/, '')
  const root: SvgElement & { children: SvgElement[] } = { name: '', attributes: new Map(), children: [] }
  const open = [root]
  let count = 0
  for (let at = 0; ;) {
    const next = text.indexOf('<', at)
    if (next < 0) break
    if (open.length === 1 && text.slice(at, next).trim()) throw wrongDesign(path, 'SVG with text outside its root')
    const skipped = text.startsWith('<!--', next) ? '-->' : text.startsWith('<?', next) ? '?>' : undefined
    if (skipped) {
      const end = text.indexOf(skipped, next + 2)
      if (end < 0) throw wrongDesign(path, 'SVG cut short')
      at = end + skipped.length
      continue
    }
    tag.lastIndex = next
    const found = tag.exec(text)
    if (!found) throw wrongDesign(path, `SVG: no well-formed tag at character ${next}`)
    at = tag.lastIndex
    const [, ended, started, attributes, empty] = found
    if (ended !== undefined) {
      if (open.length === 1 || open.pop()!.name !== ended)
        throw wrongDesign(path, `SVG: wrong end tag ${ended.slice(0, 40)}`)
    } else if (started !== undefined) {
      if (++count > mostElements) throw wrongDesign(path, `SVG of more than ${mostElements} elements`)
      const element = { name: started, attributes: readAttributes(attributes!), children: [] }
      open.at(-1)!.children.push(element)
      if (!empty) open.push(element)
      if (open.length > deepest) throw wrongDesign(path, 'SVG nested too deep')
    }
  }
  if (open.length !== 1 || root.children.length !== 1) throw wrongDesign(path, 'SVG without one complete root element')
  return root.children[0]!
}

function readAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name, double, single] of text.matchAll(attribute)) {
    if (attributes.has(name!)) throw wrongDesign(path, 'SVG: attribute given twice')
    attributes.set(name!, unescaped(double ?? single!))
  }
  return attributes
}

function unescaped(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w{1,8}));|&/g,
    (whole, hex?: string, number?: string, name?: string) => {
      const code = hex ? parseInt(hex, 16) : number ? parseInt(number, 10) : undefined
      const read =
        code === undefined ? name && references[name] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined
      if (read === undefined || whole === '&') throw wrongDesign(path, 'SVG: unknown reference')
      return read
    }
  )
}
