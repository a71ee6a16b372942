import type { PageGeometry } from '../pades/seal-appearance.js'
import { placeOnPage } from './page-placement.js'
import { readPlacement } from './seal-design.js'
import { geometryOf } from './test/stamped-pdf.js'
import { refusal } from './test/refusal.js'

const corners = ['top-left', 'top-right', 'bottom-left', 'bottom-right'] as const

/** Where a point of the page is seen, from the upper left corner of the visible page, in points: turned step by step. */
function seen(x: number, y: number, page: PageGeometry): [number, number] {
  const [x0, y0, x1, y1] = page.cropBox
  let [left, top, width, height] = [x - x0, y1 - y, x1 - x0, y1 - y0]
  for (let turned = 0; turned < page.rotate; turned += 90) {
    ;[left, top] = [height - top, left]
    ;[width, height] = [height, width]
  }
  return [left * page.userUnit, top * page.userUnit]
}

describe('the place of a visible seal', () => {
  const pages: PageGeometry[] = ([0, 90, 180, 270] as const).flatMap(rotate => [
    geometryOf({ rotate }),
    geometryOf({ rotate, mediaBox: [-100, -50, 700, 900], cropBox: [20, 30, 520, 630] }),
    geometryOf({ rotate, userUnit: 2.5 })
  ])

  it.each(pages)('is at its corner and margins as seen on %j', page => {
    const [width, height] = page.rotate % 180 === 90 ? [1, 0] : [0, 1]
    const size = [page.cropBox[2] - page.cropBox[0], page.cropBox[3] - page.cropBox[1]].map(
      side => side * page.userUnit
    )
    const [seenWidth, seenHeight] = [size[width]!, size[height]!]
    for (const corner of corners) {
      const placement = readPlacement({ corner, marginX: '30pt', marginY: '20pt' })
      const [x0, y0, x1, y1] = placeOnPage(placement, 200, 100, page)
      expect(x1).toBeGreaterThan(x0)
      expect(y1).toBeGreaterThan(y0)
      const [a, b] = [seen(x0, y0, page), seen(x1, y1, page)]
      const [left, right] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])]
      const [top, bottom] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])]
      expect(right - left).toBeCloseTo(200)
      expect(bottom - top).toBeCloseTo(100)
      expect(corner.endsWith('left') ? left : seenWidth - right).toBeCloseTo(30)
      expect(corner.startsWith('top') ? top : seenHeight - bottom).toBeCloseTo(20)
    }
  })

  it.each(pages)('is at its coordinates from the upper left corner as seen on %j', page => {
    const [x0, y0, x1, y1] = placeOnPage(readPlacement({ x: '40pt', y: '10mm' }), 100, 50, page)
    const [a, b] = [seen(x0, y0, page), seen(x1, y1, page)]
    expect(Math.min(a[0], b[0])).toBeCloseTo(40)
    expect(Math.min(a[1], b[1])).toBeCloseTo((10 * 72) / 25.4)
  })

  const outside: [why: string, placement: object, page: PageGeometry][] = [
    ['the page is narrower than the seal', { marginX: 0, marginY: 0 }, geometryOf({ mediaBox: [0, 0, 199, 500] })],
    ['the turned page is too low', { marginX: 0, marginY: 0 }, geometryOf({ mediaBox: [0, 0, 99, 500], rotate: 90 })],
    ['the margin pushes it out', { marginX: '396pt', marginY: 0 }, geometryOf({})],
    ['the coordinates are near the lower edge', { x: 0, y: '743pt' }, geometryOf({})],
    ['the user unit makes the page tiny', {}, geometryOf({ userUnit: 0.1 })],
    ['the crop box is too small', {}, geometryOf({ cropBox: [0, 0, 100, 842] })],
    ['the page has no area', {}, geometryOf({ mediaBox: [0, 0, 0, 0] })],
    ['the page has no numbers', {}, geometryOf({ mediaBox: [0, 0, NaN, NaN] })],
    ['the page is infinite', {}, geometryOf({ mediaBox: [0, 0, Infinity, Infinity] })]
  ]
  it.each(outside)('is refused when %s', async (_, placement, page) => {
    const { code } = await refusal(() => placeOnPage(readPlacement(placement), 200, 100, page))
    expect(code).toBe('sealing/seal-does-not-fit')
  })

  it('is refused with the sizes that do not go together', async () => {
    expect(
      await refusal(() => placeOnPage(readPlacement({}), 200.126, 100, geometryOf({ mediaBox: [0, 0, 90, 80] })))
    ).toEqual({
      code: 'sealing/seal-does-not-fit',
      sealWidth: 200.13,
      sealHeight: 100,
      pageWidth: 90,
      pageHeight: 80
    })
  })

  it('may be the whole page', () => {
    expect(placeOnPage(readPlacement({ marginX: 0, marginY: 0 }), 595, 842, geometryOf({}))).toEqual([0, 0, 595, 842])
  })
})
