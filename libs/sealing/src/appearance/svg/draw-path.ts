import { decimals } from '../content.js'
import { wrongDesign } from '../design-problem.js'

const where = 'graphic.data'
const mostSegments = 200_000

/** Numbers that each command takes (SVG 2, 9.3). */
const arity: Readonly<Record<string, number>> = { M: 2, L: 2, H: 1, V: 1, C: 6, S: 4, Q: 4, T: 2, A: 7, Z: 0 }

type Point = readonly [x: number, y: number]

/**
 * Path data (SVG 2, 9.3) as path construction operators. Quadratic curves and arcs become cubic ones, the only ones that
 * PDF has.
 * @throws Refused `sealing/seal-design-invalid` for anything outside the grammar
 */
export function drawPath(data: string): string {
  const out: string[] = []
  let at: Point = [0, 0]
  let start: Point = [0, 0]
  // The control point that S and T mirror; only right after a curve of their own kind.
  let cubic: Point | undefined
  let quadratic: Point | undefined
  const line = (to: Point): void => {
    out.push(`${decimals(...to)} l`)
    at = to
  }
  const curve = (a: Point, b: Point, to: Point): void => {
    out.push(`${decimals(...a, ...b, ...to)} c`)
    at = to
  }
  for (const { command, values: v } of segments(data)) {
    if (out.length > mostSegments) throw wrongDesign(where, 'SVG path too long')
    const upper = command.toUpperCase()
    const [ox, oy] = command === upper ? [0, 0] : at
    const point = (i: number): Point => [v[i]! + ox, v[i + 1]! + oy]
    const [wasCubic, wasQuadratic]: (Point | undefined)[] = [cubic, quadratic]
    cubic = quadratic = undefined
    if (upper === 'M') {
      at = start = point(0)
      out.push(`${decimals(...at)} m`)
    } else if (upper === 'L') line(point(0))
    else if (upper === 'H') line([v[0]! + ox, at[1]])
    else if (upper === 'V') line([at[0], v[0]! + oy])
    else if (upper === 'Z') {
      out.push('h')
      at = start
    } else if (upper === 'C' || upper === 'S') {
      const i = upper === 'C' ? 2 : 0
      const first = upper === 'C' ? point(0) : mirrored(wasCubic, at)
      cubic = point(i)
      curve(first, cubic, point(i + 2))
    } else if (upper === 'Q' || upper === 'T') {
      quadratic = upper === 'Q' ? point(0) : mirrored(wasQuadratic, at)
      const to = point(upper === 'Q' ? 2 : 0)
      curve(between(at, quadratic, 2 / 3), between(to, quadratic, 2 / 3), to)
    } else {
      const to = point(5)
      const curves = arc(at, [Math.abs(v[0]!), Math.abs(v[1]!)], v[2]!, v[3] === 1, v[4] === 1, to)
      if (!curves) line(to)
      else for (const [a, b, end] of curves) curve(a, b, end)
    }
  }
  return out.join('\n')
}

/** An ellipse from four curves. */
export function drawEllipse(cx: number, cy: number, rx: number, ry: number): string {
  return drawPath(`M ${cx + rx} ${cy} A ${rx} ${ry} 0 0 1 ${cx - rx} ${cy} A ${rx} ${ry} 0 0 1 ${cx + rx} ${cy} Z`)
}

function* segments(data: string): Generator<{ readonly command: string; readonly values: readonly number[] }> {
  const token = /[\s,]*(?:([MmLlHhVvCcSsQqTtAaZz])|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?))/y
  const flag = /[\s,]*([01])/y
  let command = ''
  for (let at = 0; at < data.length;) {
    token.lastIndex = at
    const found = token.exec(data)
    if (!found) {
      if (data.slice(at).trim()) throw wrongDesign(where, 'SVG: path data')
      return
    }
    if (found[1]) {
      command = found[1]
      at = token.lastIndex
    } else if (!command || command === 'Z' || command === 'z') throw wrongDesign(where, 'SVG: path data')
    const values: number[] = []
    const wanted = arity[command.toUpperCase()]!
    while (values.length < wanted) {
      // The flags of an arc may stand without anything between them: "a1 1 0 01.5.5".
      const isFlag = wanted === 7 && (values.length === 3 || values.length === 4)
      const pattern = isFlag ? flag : token
      pattern.lastIndex = at
      const number = pattern.exec(data)?.[isFlag ? 1 : 2]
      if (number === undefined) throw wrongDesign(where, 'SVG: path data')
      values.push(coordinate(number))
      at = pattern.lastIndex
    }
    yield { command, values }
    // Further pairs after a move are lines.
    if (command === 'M') command = 'L'
    else if (command === 'm') command = 'l'
  }
}

/** A number that PDF can hold too. */
export function coordinate(text: string): number {
  const value = Number(text)
  if (!(Math.abs(value) <= 1e6)) throw wrongDesign(where, 'SVG: number out of range')
  return value
}

function mirrored(control: Point | undefined, at: Point): Point {
  return control ? [2 * at[0] - control[0], 2 * at[1] - control[1]] : at
}

function between(from: Point, to: Point, part: number): Point {
  return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part]
}

/** An elliptical arc as cubic curves of at most a quarter turn each (SVG 2, B.2); undefined where it is a straight line. */
function arc(
  from: Point,
  radii: Point,
  degrees: number,
  large: boolean,
  clockwise: boolean,
  to: Point
): [Point, Point, Point][] | undefined {
  let [rx, ry] = radii
  if (rx === 0 || ry === 0) return undefined
  if (from[0] === to[0] && from[1] === to[1]) return []
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
  // The middle of the chord is the origin, the axes of the ellipse are the axes.
  const [dx, dy] = [(from[0] - to[0]) / 2, (from[1] - to[1]) / 2]
  const [x, y] = [cos * dx + sin * dy, cos * dy - sin * dx]
  const reach = (x / rx) ** 2 + (y / ry) ** 2
  if (reach > 1) {
    rx *= Math.sqrt(reach)
    ry *= Math.sqrt(reach)
  }
  const rest = Math.max(0, ((rx * ry) ** 2 - (rx * y) ** 2 - (ry * x) ** 2) / ((rx * y) ** 2 + (ry * x) ** 2))
  const factor = (large === clockwise ? -1 : 1) * Math.sqrt(rest)
  const [cx, cy] = [(factor * rx * y) / ry, (-factor * ry * x) / rx]
  const begin = Math.atan2((y - cy) / ry, (x - cx) / rx)
  let turn = Math.atan2((-y - cy) / ry, (-x - cx) / rx) - begin
  if (clockwise && turn < 0) turn += 2 * Math.PI
  if (!clockwise && turn > 0) turn -= 2 * Math.PI
  const centre: Point = [cos * cx - sin * cy + (from[0] + to[0]) / 2, sin * cx + cos * cy + (from[1] + to[1]) / 2]
  const count = Math.max(1, Math.ceil(Math.abs(turn) / (Math.PI / 2) - 1e-9))
  const step = turn / count
  const handle = (4 / 3) * Math.tan(step / 4)
  // A point of the ellipse, moved along its tangent.
  const place = (angle: number, along: number): Point => {
    const ex = rx * (Math.cos(angle) - along * Math.sin(angle))
    const ey = ry * (Math.sin(angle) + along * Math.cos(angle))
    return [centre[0] + cos * ex - sin * ey, centre[1] + sin * ex + cos * ey]
  }
  return Array.from({ length: count }, (_, i) => {
    const [a, b] = [begin + i * step, begin + (i + 1) * step]
    return [place(a, handle), place(b, -handle), i === count - 1 ? to : place(b, 0)]
  })
}
