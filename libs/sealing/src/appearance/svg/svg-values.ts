import { wrongDesign } from '../design-problem.js'
import { coordinate } from './draw-path.js'

const path = 'graphic.data'

/** Pixels of CSS in each unit. */
const pixels: Readonly<Record<string, number>> = {
  '': 1,
  px: 1,
  pt: 4 / 3,
  pc: 16,
  mm: 96 / 25.4,
  cm: 96 / 2.54,
  in: 96
}

/** A length in user units. */
export function lengthFrom(text: string, name: string): number {
  const parts = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)(px|pt|pc|mm|cm|in|)\s*$/.exec(text)
  if (!parts) throw wrongDesign(path, `SVG: ${name}`)
  return coordinate(parts[1]!) * pixels[parts[2]!]!
}

/** A list of numbers. */
export function numbersIn(text: string): number[] {
  const parts = text.trim().split(/[\s,]+/)
  if (parts[0] === '') return []
  if (parts.length > 100_000) throw wrongDesign(path, 'SVG: too many numbers')
  return parts.map(part => lengthFrom(part, 'number'))
}

/** The functions of a transform attribute, in their order, as matrices for `cm`. */
export function transform(text: string): string {
  const out: string[] = []
  const call = /[\s,]*(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^()]*)\)/y
  while (call.lastIndex < text.trimEnd().length) {
    const found = call.exec(text)
    if (!found) throw wrongDesign(path, 'SVG: transform')
    out.push(...matrices(found[1]!, numbersIn(found[2]!)).map(matrix => `${preciseDecimals(matrix)} cm`))
    if (out.length > 100) throw wrongDesign(path, 'SVG: transform')
  }
  return out.join(' ')
}

function matrices(name: string, v: readonly number[]): (readonly number[])[] {
  const radians = ((v[0] ?? 0) * Math.PI) / 180
  if (name === 'matrix' && v.length === 6) return [v]
  if (name === 'translate' && (v.length === 1 || v.length === 2)) return [[1, 0, 0, 1, v[0]!, v[1] ?? 0]]
  if (name === 'scale' && (v.length === 1 || v.length === 2)) return [[v[0]!, 0, 0, v[1] ?? v[0]!, 0, 0]]
  if (name === 'rotate' && (v.length === 1 || v.length === 3)) {
    const [cos, sin] = [Math.cos(radians), Math.sin(radians)]
    const [cx, cy] = [v[1] ?? 0, v[2] ?? 0]
    return [[cos, sin, -sin, cos, cx - cos * cx + sin * cy, cy - sin * cx - cos * cy]]
  }
  if (name === 'skewX' && v.length === 1) return [[1, 0, Math.tan(radians), 1, 0, 0]]
  if (name === 'skewY' && v.length === 1) return [[1, Math.tan(radians), 0, 1, 0, 0]]
  throw wrongDesign(path, `SVG: transform ${name}`)
}

/** Factors of a matrix want more decimals than lengths. */
function preciseDecimals(matrix: readonly number[]): string {
  if (!matrix.every(value => Math.abs(value) <= 1e6)) throw wrongDesign(path, 'SVG: transform out of range')
  return matrix.map(value => (Number.isInteger(value) ? String(value) : value.toFixed(8))).join(' ')
}
