import { readColour, type Rgb } from '../content.js'
import { wrongDesign } from '../design-problem.js'
import type { SvgElement } from './read-svg-elements.js'
import { lengthFrom, numbersIn } from './svg-values.js'

const path = 'graphic.data'

/** Presentation attributes as they are inherited. */
export interface SvgStyle {
  readonly fill: Rgb | undefined
  readonly stroke: Rgb | undefined
  readonly strokeWidth: number
  readonly evenOdd: boolean
  readonly cap: number
  readonly join: number
  readonly miterLimit: number
  readonly dashes: readonly number[]
  readonly dashOffset: number
  readonly color: Rgb
  readonly visible: boolean
}

/** What holds for the root. */
export const initialStyle: SvgStyle = {
  fill: [0, 0, 0],
  stroke: undefined,
  strokeWidth: 1,
  evenOdd: false,
  cap: 0,
  join: 0,
  miterLimit: 4,
  dashes: [],
  dashOffset: 0,
  color: [0, 0, 0],
  visible: true
}

/** Presentation attributes that change what is seen in ways that are not drawn here: any other value is refused. */
const onlyValues: Readonly<Record<string, readonly string[]>> = {
  opacity: ['1', '1.0', '100%'],
  'fill-opacity': ['1', '1.0', '100%'],
  'stroke-opacity': ['1', '1.0', '100%'],
  'clip-path': ['none'],
  mask: ['none'],
  filter: ['none'],
  'mix-blend-mode': ['normal'],
  'vector-effect': ['none'],
  'paint-order': ['normal'],
  'marker-start': ['none'],
  'marker-mid': ['none'],
  'marker-end': ['none'],
  'transform-origin': []
}

/** Attributes that style sheets may set too; here they may not. The root's size is given by its view box. */
const notInStyle = new Set(['transform', 'd', 'x', 'y', 'cx', 'cy', 'r', 'rx', 'ry', 'width', 'height', 'all'])

/**
 * The element's style; undefined where it and all in it is not displayed.
 * @throws Refused `sealing/seal-design-invalid` for what would be seen otherwise than it can be drawn
 */
export function styleOf(element: SvgElement, inherited: SvgStyle): SvgStyle | undefined {
  const given = new Map(element.attributes)
  for (const declaration of (element.attributes.get('style') ?? '').split(';')) {
    const at = declaration.indexOf(':')
    const name = declaration.slice(0, Math.max(at, 0)).trim()
    if (notInStyle.has(name) && element.name !== 'svg') throw wrongDesign(path, `SVG: ${name} in a style attribute`)
    if (at > 0) given.set(name, declaration.slice(at + 1).trim())
    else if (declaration.trim()) throw wrongDesign(path, 'SVG: style attribute')
  }
  if (given.has('class')) throw wrongDesign(path, 'SVG: style sheets are not supported, give the colours in attributes')
  for (const [name, values] of Object.entries(onlyValues)) {
    const value = given.get(name)
    if (value !== undefined && !values.includes(value)) throw wrongDesign(path, `SVG: ${name} is not supported`)
  }
  for (const name of given.keys())
    if (/^on|href$/i.test(name)) throw wrongDesign(path, 'SVG: scripts and links are not supported')
  if (given.get('display') === 'none') return undefined
  const value = (name: string) => (given.get(name) === 'inherit' ? undefined : given.get(name))
  const choice = (name: string, choices: readonly string[], otherwise: number) => {
    const text = value(name)
    if (text === undefined) return otherwise
    const found = choices.indexOf(text)
    if (found < 0) throw wrongDesign(path, `SVG: ${name}`)
    return found
  }
  const number = (name: string, otherwise: number) => {
    const text = value(name)
    return text === undefined ? otherwise : lengthFrom(text, name)
  }
  const dashes = value('stroke-dasharray')
  const color = paintFrom(value('color'), inherited.color, 'color', inherited.color) ?? inherited.color
  return {
    color,
    fill: paintFrom(value('fill'), inherited.fill, 'fill', color),
    stroke: paintFrom(value('stroke'), inherited.stroke, 'stroke', color),
    strokeWidth: number('stroke-width', inherited.strokeWidth),
    evenOdd: choice('fill-rule', ['nonzero', 'evenodd'], Number(inherited.evenOdd)) === 1,
    cap: choice('stroke-linecap', ['butt', 'round', 'square'], inherited.cap),
    join: choice('stroke-linejoin', ['miter', 'round', 'bevel'], inherited.join),
    miterLimit: Math.max(1, number('stroke-miterlimit', inherited.miterLimit)),
    dashes: dashes === undefined ? inherited.dashes : dashes === 'none' ? [] : dashPattern(dashes),
    dashOffset: number('stroke-dashoffset', inherited.dashOffset),
    visible: value('visibility') === undefined ? inherited.visible : value('visibility') === 'visible'
  }
}

/** A pattern without length would be an error in PDF and means a solid line in SVG. */
function dashPattern(text: string): readonly number[] {
  const numbers = numbersIn(text.replace(/px/g, ''))
  if (numbers.length > 100 || numbers.some(number => number < 0)) throw wrongDesign(path, 'SVG: stroke-dasharray')
  return numbers.every(number => number === 0) ? [] : numbers
}

function paintFrom(text: string | undefined, inherited: Rgb | undefined, name: string, current: Rgb): Rgb | undefined {
  if (text === undefined) return inherited
  if (text === 'none' || text === 'transparent') return undefined
  if (text.toLowerCase() === 'currentcolor') return current
  const colour = readColour(text)
  if (!colour) throw wrongDesign(path, `SVG: ${name} is not a colour that is supported`)
  return colour
}
