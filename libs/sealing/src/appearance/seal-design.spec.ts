import { readDesign, readPlacement } from './seal-design.js'
import { refusal } from './test/refusal.js'

const least = { width: 50, height: 20 }

describe('the design of a visible seal', () => {
  it('measures in millimetres, or as it says', () => {
    expect(readDesign({ width: 25.4, height: '36pt' })).toMatchObject({ width: 72, height: 36 })
    expect(readPlacement({ x: '25.4mm', y: '1pt' })).toMatchObject({ x: 72, y: 1, page: 'last' })
  })

  it('stands in the lower right corner of the last page unless it says otherwise', () => {
    expect(readDesign(least).placement).toMatchObject({ page: 'last', corner: 'bottom-right' })
  })

  it('is plain JSON: what was stored reads as what was given', () => {
    const design = {
      ...least,
      text: { lines: ['a', { text: 'b', bold: true, color: '#abc' }] },
      graphic: { data: 'AAAA' },
      background: 'rgb(10%, 20, 30)'
    }
    expect(readDesign(JSON.parse(JSON.stringify(design)))).toEqual(readDesign(design))
  })

  it('takes bytes as well as base64', () => {
    expect(readDesign({ ...least, graphic: { data: Uint8Array.of(1, 2, 3) } }).graphic?.data).toEqual(
      Buffer.from([1, 2, 3])
    )
    expect(readDesign({ ...least, graphic: { data: 'AQID\n' } }).graphic?.data).toEqual(Buffer.from([1, 2, 3]))
  })

  const wrong: [path: string, design: unknown][] = [
    ['', null],
    ['width', { height: 1 }],
    ['height', { width: 50, height: '20 inches' }],
    ['width', { width: -5, height: 20 }],
    ['width', { width: NaN, height: 20 }],
    ['width', { width: 1e9, height: 20 }],
    ['', { ...least, colour: 'red' }],
    ['background', { ...least, background: 'reddish' }],
    ['background', { ...least, background: '#12345' }],
    ['text.lines', { ...least, text: { lines: [] } }],
    ['text.lines.1.fontSize', { ...least, text: { lines: ['a', { text: 'b', fontSize: 0 }] } }],
    ['text.align', { ...least, text: { lines: ['a'], align: 'justify' } }],
    ['graphic.data', { ...least, graphic: { data: 'no base64!' } }],
    ['graphic.data', { ...least, graphic: {} }],
    ['graphic.share', { ...least, graphic: { data: 'AAAA', share: 2 } }],
    ['qr.content', { ...least, qr: { content: '' } }],
    ['values.a-b', { ...least, values: { 'a-b': 'x' } }],
    ['time.zone', { ...least, time: { zone: 'Mars' } }],
    ['placement.corner', { ...least, placement: { corner: 'middle' } }],
    ['placement.page', { ...least, placement: { page: 0 } }],
    ['placement.marginX', { ...least, placement: { marginX: 'wide' } }]
  ]
  it.each(wrong)('names %s when that is wrong in %j', async (path, design) => {
    expect(await refusal(() => readDesign(design))).toMatchObject({
      code: 'sealing/seal-design-invalid',
      path,
      why: expect.stringMatching(/./)
    })
  })
})
