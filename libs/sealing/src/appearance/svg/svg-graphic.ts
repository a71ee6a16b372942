import { deflateSync } from 'node:zlib'
import { colourResources, decimal, decimals, fillColour, strokeColour } from '../content.js'
import { wrongDesign } from '../design-problem.js'
import type { Graphic, Parts } from '../parts.js'
import { drawEllipse, drawPath } from './draw-path.js'
import { readSvgElements, type SvgElement } from './read-svg-elements.js'
import { initialStyle, type SvgStyle, styleOf } from './svg-style.js'
import { lengthFrom, numbersIn, transform } from './svg-values.js'

const path = 'graphic.data'
const mostContentBytes = 2_000_000

/** True for what may be an SVG: markup, after a byte order mark and white space. */
export function isSvg(data: Buffer): boolean {
  return /^(?:\ufeff)?\s*</.test(data.subarray(0, 256).toString('utf8'))
}

/** Elements that carry nothing to be seen. */
const silent = new Set(['title', 'desc', 'metadata'])

/**
 * Adds an SVG as a form XObject: `svg`, `g`, `path`, `rect`, `circle`, `ellipse`, `line`, `polyline` and `polygon` with
 * fill, stroke, transform and viewBox. Whatever else would be seen (text, gradients, images, links, scripts, style sheets,
 * transparency) is refused by name, never left out in silence.
 * @throws Refused `sealing/seal-design-invalid`
 */
export function addSvg(data: Buffer, parts: Parts): Graphic {
  const root = readSvgElements(data)
  if (root.name !== 'svg') throw wrongDesign(path, 'SVG: the root is not svg')
  const [x, y, width, height] = viewBox(root)
  // SVG counts downwards, PDF upwards.
  const content = [`1 0 0 -1 ${decimals(-x, y + height)} cm`]
  drawElement(root, initialStyle, content)
  const text = content.join('\n')
  if (text.length > mostContentBytes) throw wrongDesign(path, 'SVG too complex: every sealed document carries it')
  const part = parts.addPlain(
    `<< /Type /XObject /Subtype /Form /BBox [0 0 ${decimals(width, height)}] /Resources << ${colourResources} >> ` +
      '/Filter /FlateDecode >>',
    deflateSync(Buffer.from(text, 'latin1'), { level: 9 })
  )
  return { part, width, height, own: [width, height] }
}

function viewBox(root: SvgElement): readonly [x: number, y: number, width: number, height: number] {
  const given = root.attributes.get('viewBox')
  const numbers = given === undefined ? [] : numbersIn(given)
  if (given !== undefined && numbers.length !== 4) throw wrongDesign(path, 'SVG: viewBox')
  const [x, y, width, height] =
    given === undefined
      ? [0, 0, lengthOf(root, 'width', 0), lengthOf(root, 'height', 0)]
      : (numbers as [number, number, number, number])
  if (!(width > 0.001 && height > 0.001 && width / height < 1000 && height / width < 1000))
    throw wrongDesign(path, 'SVG: neither a usable viewBox nor width and height')
  return [x, y, width, height]
}

function drawElement(element: SvgElement, inherited: SvgStyle, out: string[]): void {
  if (silent.has(element.name)) return
  if (element.name === 'defs') return refuseStyleSheets(element)
  const style = styleOf(element, inherited)
  if (!style) return
  const matrix = element.attributes.get('transform')
  if (matrix !== undefined) out.push('q', transform(matrix))
  if (element.name === 'g' || (element.name === 'svg' && inherited === initialStyle))
    for (const child of element.children) {
      // Elements of drawing programs, in namespaces of their own, carry nothing to be seen.
      if (!child.name.includes(':') || child.name.startsWith('svg:')) drawElement(child, style, out)
    }
  else paint(outline(element), style, element.name === 'line', out)
  if (matrix !== undefined) out.push('Q')
}

/** What is defined is not seen unless something refers to it, and references are refused; only style sheets act by themselves. */
function refuseStyleSheets(definitions: SvgElement): void {
  for (const child of definitions.children) {
    if (child.name === 'style' || child.name === 'script')
      throw wrongDesign(path, `SVG: element ${child.name} is not supported`)
    refuseStyleSheets(child)
  }
}

function outline(element: SvgElement): string {
  const number = (name: string) => lengthOf(element, name, 0)
  switch (element.name) {
    case 'path':
      return drawPath(element.attributes.get('d') ?? '')
    case 'rect':
      return rectangle(element)
    case 'circle':
      return number('r') > 0 ? drawEllipse(number('cx'), number('cy'), number('r'), number('r')) : ''
    case 'ellipse':
      return number('rx') > 0 && number('ry') > 0
        ? drawEllipse(number('cx'), number('cy'), number('rx'), number('ry'))
        : ''
    case 'line':
      return `${decimals(number('x1'), number('y1'))} m ${decimals(number('x2'), number('y2'))} l`
    case 'polyline':
    case 'polygon':
      return polygon(numbersIn(element.attributes.get('points') ?? ''), element.name === 'polygon')
    default:
      throw wrongDesign(path, `SVG: element ${element.name.slice(0, 40)} is not supported`)
  }
}

function rectangle(element: SvgElement): string {
  const [x, y] = [lengthOf(element, 'x', 0), lengthOf(element, 'y', 0)]
  const [width, height] = [lengthOf(element, 'width', 0), lengthOf(element, 'height', 0)]
  if (width <= 0 || height <= 0) return ''
  const given = { rx: lengthOf(element, 'rx', NaN), ry: lengthOf(element, 'ry', NaN) }
  // One radius alone counts for both (SVG 2, 10.2).
  const rx = Math.min(width / 2, Math.max(0, (given.rx >= 0 ? given.rx : given.ry) || 0))
  const ry = Math.min(height / 2, Math.max(0, (given.ry >= 0 ? given.ry : given.rx) || 0))
  if (rx === 0 || ry === 0) return `${decimals(x, y, width, height)} re`
  const turn = `a ${rx} ${ry} 0 0 1`
  return drawPath(
    `M ${x + rx} ${y} h ${width - 2 * rx} ${turn} ${rx} ${ry} v ${height - 2 * ry} ${turn} ${-rx} ${ry} ` +
      `h ${2 * rx - width} ${turn} ${-rx} ${-ry} v ${2 * ry - height} ${turn} ${rx} ${-ry} z`
  )
}

function polygon(points: readonly number[], closed: boolean): string {
  if (points.length % 2 !== 0) throw wrongDesign(path, 'SVG: points')
  if (points.length === 0) return ''
  const out: string[] = []
  for (let i = 0; i < points.length; i += 2) out.push(`${decimals(points[i]!, points[i + 1]!)} ${i === 0 ? 'm' : 'l'}`)
  return out.join('\n') + (closed ? '\nh' : '')
}

function paint(outline: string, style: SvgStyle, line: boolean, out: string[]): void {
  const fill = line ? undefined : style.fill
  const stroke = style.strokeWidth > 0 ? style.stroke : undefined
  if (!outline || !style.visible || (!fill && !stroke)) return
  if (fill) out.push(fillColour(fill))
  if (stroke) {
    out.push(
      strokeColour(stroke),
      `${decimal(style.strokeWidth)} w ${style.cap} J ${style.join} j ${decimal(style.miterLimit)} M`
    )
    out.push(`[${style.dashes.map(decimal).join(' ')}] ${decimal(style.dashOffset)} d`)
  }
  out.push(outline, stroke ? (fill ? (style.evenOdd ? 'B*' : 'B') : 'S') : style.evenOdd ? 'f*' : 'f')
}

function lengthOf(element: SvgElement, name: string, otherwise: number): number {
  const text = element.attributes.get(name)
  return text === undefined || text === 'auto' ? otherwise : lengthFrom(text, name)
}
