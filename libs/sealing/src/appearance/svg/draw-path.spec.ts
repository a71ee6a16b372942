import { refusal } from '../test/refusal.js'
import { drawEllipse, drawPath } from './draw-path.js'

/** Points along all curves of some path operators. */
function pointsOf(operators: string): [number, number][] {
  const points: [number, number][] = []
  let at: [number, number] = [0, 0]
  for (const line of operators.split('\n')) {
    const numbers = line.split(' ').slice(0, -1).map(Number)
    if (line.endsWith('c')) {
      const [ax, ay, bx, by, x, y] = numbers as [number, number, number, number, number, number]
      for (let t = 0; t <= 1; t += 0.125) {
        const mix = (p: number, a: number, b: number, q: number) =>
          p * (1 - t) ** 3 + 3 * a * t * (1 - t) ** 2 + 3 * b * t * t * (1 - t) + q * t ** 3
        points.push([mix(at[0], ax, bx, x), mix(at[1], ay, by, y)])
      }
    }
    if (numbers.length > 0) at = numbers.slice(-2) as [number, number]
  }
  return points
}

describe('SVG path data', () => {
  const same: [string, string, string][] = [
    ['relative and absolute commands', 'm1 2 l3 4 h5 v6 z', '1 2 m\n4 6 l\n9 6 l\n9 12 l\nh'],
    ['lines after a move', 'M0 0 10 0 10 10', '0 0 m\n10 0 l\n10 10 l'],
    ['relative lines after a relative move', 'm1 1 1 0 0 1', '1 1 m\n2 1 l\n2 2 l'],
    ['numbers without separators', 'M.5.5-1-1L1e1,1E+1', '0.5 0.5 m\n-1 -1 l\n10 10 l'],
    ['a curve and its mirror', 'M0 0C1 1 2 1 3 0S5-1 6 0', '0 0 m\n1 1 2 1 3 0 c\n4 -1 5 -1 6 0 c'],
    ['a mirror of nothing', 'M1 1S5 5 6 6', '1 1 m\n1 1 5 5 6 6 c'],
    ['quadratic curves', 'M0 0Q3 3 6 0T12 0', '0 0 m\n2 2 4 2 6 0 c\n8 -2 10 -2 12 0 c'],
    ['a close that goes back', 'm2 2h4zm1 1h1', '2 2 m\n6 2 l\nh\n3 3 m\n4 3 l'],
    ['an arc without radius', 'M0 0A0 5 0 0 1 9 9', '0 0 m\n9 9 l'],
    ['nothing', '', '']
  ]
  it.each(same)('draws %s', (_, data, operators) => {
    expect(drawPath(data)).toBe(operators)
  })

  it('draws arcs on their ellipse', () => {
    for (const [large, sweep, centre] of [
      [0, 1, [0, 0]],
      [1, 0, [0, 0]],
      [0, 0, [10, 5]],
      [1, 1, [10, 5]]
    ] as const) {
      // From the left end to the lower end of an ellipse, or the other ellipse through both.
      const points = pointsOf(drawPath(`M${0} ${5}A10 5 0 ${large} ${sweep} 10 0`))
      const [cx, cy] = [10 - centre[0], 5 - centre[1]]
      expect(points.length).toBeGreaterThan(5)
      for (const [x, y] of points) expect(((x - cx) / 10) ** 2 + ((y - cy) / 5) ** 2).toBeCloseTo(1, 2)
      expect(points.at(-1)).toEqual([10, 0])
    }
  })

  it('turns and widens arcs', () => {
    const turned = pointsOf(drawPath('M0 0a4 2 90 0 1 0 8'))
    for (const [x, y] of turned) expect((x / 2) ** 2 + ((y - 4) / 4) ** 2).toBeCloseTo(1, 2)
    const widened = pointsOf(drawPath('M0 0a1 1 0 01 10 0'))
    for (const [x, y] of widened) expect(Math.hypot(x - 5, y)).toBeCloseTo(5, 1)
  })

  it('draws ellipses whole', () => {
    const points = pointsOf(drawEllipse(3, 4, 2, 1))
    for (const [x, y] of points) expect(((x - 3) / 2) ** 2 + (y - 4) ** 2).toBeCloseTo(1, 2)
    expect(Math.min(...points.map(([x]) => x))).toBeCloseTo(1)
    expect(Math.max(...points.map(([, y]) => y))).toBeCloseTo(5)
  })

  it.each([
    '1 2',
    'M1',
    'M1 2 3',
    'M1 2 K3',
    'M1 2 L',
    'M1e999 2',
    'M0 0 Z 5 5',
    'M0 0 A1 1 0 2 0 5 5',
    'M0 0 L1 --2',
    'M9999999 0'
  ])('is refused when it is %s', async data => {
    expect(await refusal(() => drawPath(data))).toMatchObject({
      code: 'sealing/seal-design-invalid',
      path: 'graphic.data'
    })
  })
})
