import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { makePdf } from '../../test/test-pdfs.js'
import type { PageGeometry, PlacedAppearance } from '../pades/seal-appearance.js'
import { buildAppearance, withPlacement } from './build-appearance.js'
import type { SealDesign } from './seal-design.js'
import { makeJpeg, makePng } from './test/pictures.js'
import { refusal } from './test/refusal.js'
import { ask, hasTools, render } from './test/render.js'
import { geometryOf, stampedPdf, type TestPage } from './test/stamped-pdf.js'

const tools = hasTools()
const seen = tools ? it : it.skip

const facts = { signingTime: new Date('2026-07-01T12:00:00Z'), documentName: 'zażółć.pdf', number: 'ABC.12.2026' }

/** Four quarters: red and green above, blue and yellow below. */
const quarters = Buffer.from(
  '<svg viewBox="0 0 20 10"><rect width="10" height="5" fill="red"/><rect x="10" width="10" height="5" fill="lime"/>' +
    '<rect y="5" width="10" height="5" fill="blue"/><rect x="10" y="5" width="10" height="5" fill="yellow"/></svg>'
)
const plain: SealDesign = { width: '200pt', height: '100pt', graphic: { data: quarters }, padding: 0 }
const withText: SealDesign = {
  width: 80,
  height: 28,
  text: {
    lines: [
      { text: '{organization}', bold: true },
      'Powód: {reason}',
      'Data: {date} {time}',
      'Nr {number}',
      '{documentName}'
    ]
  },
  values: { organization: 'Urząd Miejski w Żółwinie', reason: 'Pieczęć urzędu' }
}

const red = [255, 0, 0]
const green = [0, 255, 0]
const blue = [0, 0, 255]
const yellow = [255, 255, 0]

/** The content of the form that is placed, with the numbers of the objects as in `body`. */
function formOf(placed: PlacedAppearance): { dictionary: string; text: string } {
  const numbers = placed.objects.map((_, i) => i)
  const { dictionary, stream } = placed.objects[0]!.body(numbers, () => '()')
  return { dictionary, text: stream!.toString('latin1') }
}

async function stamped(design: SealDesign, page: TestPage = {}): Promise<Buffer> {
  return stampedPdf((await buildAppearance(design)).place(geometryOf(page), facts), page)
}

describe('a visible seal', () => {
  const boxes: Partial<PageGeometry>[] = [{}, { mediaBox: [-50, -70, 700, 900], cropBox: [33, 44, 533, 394] }]
  for (const rotate of [0, 90, 180, 270] as const)
    for (const box of boxes)
      seen(
        `stands upright in its corner of a page turned by ${rotate}${box.cropBox ? ' and cropped' : ''}`,
        async () => {
          const page = { ...box, rotate }
          const appearance = await buildAppearance(plain)
          for (const corner of ['top-left', 'bottom-right'] as const) {
            const placed = withPlacement(appearance, { corner, marginX: '30pt', marginY: '20pt' })
            const picture = render(stampedPdf(placed.place(geometryOf(page), facts), page))
            const left = corner === 'top-left' ? 30 : picture.width - 230
            const top = corner === 'top-left' ? 20 : picture.height - 120
            expect(picture.at(left + 50, top + 25)).toEqual(red)
            expect(picture.at(left + 150, top + 25)).toEqual(green)
            expect(picture.at(left + 50, top + 75)).toEqual(blue)
            expect(picture.at(left + 150, top + 75)).toEqual(yellow)
            // Up to its edges and not beyond.
            expect(picture.at(left + 2, top + 2)).toEqual(red)
            expect(picture.at(left + 197, top + 97)).toEqual(yellow)
            for (const [x, y] of [
              [left - 3, top + 50],
              [left + 203, top + 50],
              [left + 100, top - 3],
              [left + 100, top + 103]
            ] as const)
              expect(picture.at(x, y)).toEqual([255, 255, 255])
          }
        }
      )

  seen('fills an existing field in its middle, unstretched and upright', async () => {
    const appearance = await buildAppearance(plain)
    for (const rotate of [0, 90] as const) {
      const page = { rotate }
      // 100 × 300: the seal gets 100 × 50, or turned 300 × 100 and so 200 × 100.
      const picture = render(stampedPdf(appearance.placeIn([100, 200, 200, 500], geometryOf(page), facts), page))
      const [left, top, width, height] = rotate === 0 ? [100, 842 - 375, 100, 50] : [250, 100, 200, 100]
      expect(picture.at(left + width * 0.25, top + height * 0.25)).toEqual(red)
      expect(picture.at(left + width * 0.75, top + height * 0.75)).toEqual(yellow)
      expect(picture.at(left + 3, top + height - 3)).toEqual(blue)
      expect(picture.at(left - 3, top - 3)).toEqual([255, 255, 255])
      expect(picture.at(left + width / 2, top - 6)).toEqual([255, 255, 255])
    }
  })

  it('is put even into a field without area', async () => {
    const appearance = await buildAppearance(plain)
    const { rect, objects } = appearance.placeIn([5, 5, 5, 5], geometryOf({}), facts)
    expect(rect).toEqual([5, 5, 5, 5])
    expect(formOf({ rect, objects, alternateText: '' }).dictionary).toContain('/BBox [0 0 200 100]')
  })

  seen('says its text in Polish, with fonts that are embedded subsets', async () => {
    const pdf = await stamped(withText)
    const text = ask('pdftotext', [], pdf, ['-']).replace(/\s+/g, ' ')
    expect(text).toContain('Urząd Miejski w Żółwinie')
    expect(text).toContain('Powód: Pieczęć urzędu Data: 01.07.2026 14:00:00 UTC+2 Nr ABC.12.2026 zażółć.pdf')
    const fonts = ask('pdffonts', [], pdf).trim().split('\n').slice(2)
    expect(fonts).toHaveLength(2)
    for (const font of fonts) expect(font).toMatch(/^[A-Z]{6}\+DejaVuSans\S* +CID TrueType +Identity-H +yes yes yes/)
  })

  seen('is correct for qpdf with all kinds of graphics', async () => {
    const png = makePng({
      width: 2,
      height: 2,
      depth: 8,
      colourType: 6,
      samples: Array.from({ length: 16 }, (_, i) => i * 16)
    })
    const pdf = makePdf({ objects: { 4: '<< /Length 30 >>\nstream\n1 0 0 rg 0 0 300 400 re f     \nendstream' } })
    const graphics = [png, makeJpeg(1), makeJpeg(3), makeJpeg(4, { adobe: true }), pdf, quarters]
    for (const data of graphics)
      for (const position of ['left', 'behind', 'above'] as const) {
        const design: SealDesign = {
          ...withText,
          transparency: 'allowed',
          graphic: { data, position },
          qr: { content: 'x' }
        }
        expect(ask('qpdf', ['--check'], await stamped(design))).toContain('No syntax or stream encoding errors')
      }
  })

  const page = makePdf({
    objects: {
      3: '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Rotate 90 /Contents 4 0 R >>',
      4: '<< /Length 56 >>\nstream\n1 0 0 rg 0 0 100 100 re f 0 0 1 rg 100 0 100 100 re f   \nendstream'
    }
  })
  const shown: [string, Buffer, (readonly number[])[]][] = [
    ['a PNG', makePng({ width: 1, height: 2, depth: 8, colourType: 2, samples: [255, 0, 0, 0, 0, 255] }), [red, blue]],
    ['a grey JPEG', makeJpeg(1), [[128, 128, 128]]],
    ['a turned page of a PDF', page, [red, blue]]
  ]
  for (const [name, data, colours] of shown)
    seen(`shows ${name}`, async () => {
      const picture = render(await stamped({ ...plain, graphic: { data }, placement: { x: 0, y: 0 } }))
      const found = [25, 75].map(y => picture.at(100, y))
      colours.forEach((colour, i) =>
        colour.forEach((part, k) => expect(Math.abs(found[i]![k]! - part)).toBeLessThan(3))
      )
    })

  seen('has its parts where the design puts them', async () => {
    const at = async (design: Partial<SealDesign>) =>
      render(await stamped({ ...plain, width: '300pt', placement: { x: 0, y: 0 }, ...design } as SealDesign))
    const text = { lines: ['x'], color: '#00f', fontSize: 8 }
    const graphic = (position: 'left' | 'right' | 'above' | 'below') => ({
      data: new Uint8Array(quarters),
      position,
      share: 0.5
    })
    expect((await at({ text, graphic: graphic('left') })).at(30, 40)).toEqual(red)
    expect((await at({ text, graphic: graphic('right') })).at(180, 40)).toEqual(red)
    expect((await at({ text, graphic: graphic('above') })).at(120, 10)).toEqual(red)
    expect((await at({ text, graphic: graphic('below') })).at(120, 60)).toEqual(red)
    const framed = await at({
      graphic: undefined,
      text,
      background: '#ffff00',
      border: { color: '#f00', width: '4pt' }
    })
    expect(framed.at(1, 1)).toEqual(red)
    expect(framed.at(298, 98)).toEqual(red)
    expect(framed.at(250, 50)).toEqual(yellow)
  })

  it('shrinks its text until it fits, and never beyond the smallest size', async () => {
    const sizes = async (lines: number, minFontSize: number) => {
      const design = {
        ...withText,
        text: { lines: new Array<string>(lines).fill('Wydział Organizacyjny'), fontSize: 12, minFontSize }
      }
      const { text } = formOf((await buildAppearance(design)).place(geometryOf({}), facts))
      return [...text.matchAll(/\/Fr ([\d.]+) Tf/g)].map(match => Number(match[1]))
    }
    expect(await sizes(2, 4)).toEqual([12])
    const [shrunk] = await sizes(8, 4)
    expect(shrunk).toBeGreaterThan(4)
    // Eight lines in 28 mm less the padding, at 1.2 times the size.
    expect(shrunk).toBeCloseTo((28 * 72) / 25.4 / 8 / 1.2 - 6 / 8 / 1.2, 0)
    expect(await refusal(() => sizes(30, 4))).toMatchObject({ code: 'sealing/seal-design-invalid', path: 'text' })
  })

  seen('cuts what a document brings too much of, and keeps all other lines', async () => {
    const appearance = await buildAppearance({ ...withText, height: 16 })
    const placed = appearance.place(geometryOf({}), {
      ...facts,
      documentName: `${'bardzo długa nazwa '.repeat(40)}.pdf`,
      number: 'X'.repeat(500)
    })
    const text = ask('pdftotext', [], stampedPdf(placed), ['-'])
    expect(text).toContain('Powód: Pieczęć urzędu')
    expect(text).toContain('14:00:00 UTC+2')
    expect(text).toMatch(/XXX…/)
    expect(text).toMatch(/bardzo długa[^…]*…/)
  })

  seen('shows a sign in place of letters that the font lacks', async () => {
    const appearance = await buildAppearance({ ...withText, text: { lines: ['[{documentName}]', 'Ωμέγα → Живот'] } })
    const placed = appearance.place(geometryOf({}), { ...facts, documentName: 'a漢😀b' })
    expect(ask('pdftotext', [], stampedPdf(placed), ['-'])).toContain('[a\ufffd\ufffdb]\nΩμέγα → Живот')
  })

  it('describes itself in Polish', async () => {
    const place = async (design: SealDesign) =>
      (await buildAppearance(design)).place(geometryOf({}), facts).alternateText
    expect(await place(withText)).toBe(
      'Pieczęć elektroniczna: Urząd Miejski w Żółwinie, Powód: Pieczęć urzędu, Data: 01.07.2026 14:00:00 UTC+2, Nr ABC.12.2026, zażółć.pdf'
    )
    expect(await place(plain)).toBe('Pieczęć elektroniczna')
    expect(await place({ ...plain, alternateText: 'Herb, {date}' })).toBe('Herb, 01.07.2026')
  })

  it('takes values from the certificate, and those of the design first', async () => {
    const design: SealDesign = { ...withText, text: { lines: ['{organization} {keyId}'] } }
    const appearance = await buildAppearance(design, { organization: 'other', keyId: 'k-1' })
    expect(appearance.place(geometryOf({}), facts).alternateText).toBe(
      'Pieczęć elektroniczna: Urząd Miejski w Żółwinie k-1'
    )
    expect(await refusal(() => buildAppearance(design))).toMatchObject({ path: 'text.lines.0.text' })
  })

  it('shares everything but its small form among documents and places', async () => {
    const appearance = await buildAppearance(withText)
    const moved = withPlacement(appearance, { page: 2, x: 5, y: 5 })
    expect(moved.page).toBe(2)
    const [a, b] = [
      appearance.place(geometryOf({}), facts),
      moved.place(geometryOf({ rotate: 90 }), { ...facts, number: '2' })
    ]
    expect(a.objects.slice(1)).toEqual(b.objects.slice(1))
    a.objects.slice(1).forEach((object, i) => expect(object).toBe(b.objects[i + 1]))
    expect(formOf(a).text).not.toBe(formOf(b).text)
    expect(formOf(a).text.length).toBeLessThan(2000)
  })

  it('has no device colour, no transparency and no reference to what it does not bring', async () => {
    const appearance = await buildAppearance({
      ...withText,
      graphic: { data: quarters },
      qr: { content: '{number}' },
      border: {},
      background: '#eee'
    })
    const { objects } = appearance.place(geometryOf({}), facts)
    const numbers = objects.map((_, i) => 1000 + i)
    for (const object of objects) {
      const { dictionary, stream } = object.body(numbers, () => '()')
      const content = stream && (dictionary.includes('FlateDecode') ? inflateSync(stream) : stream).toString('latin1')
      expect(dictionary).not.toMatch(/Device|SMask|\/ca |\/CA |\/Group/)
      if (dictionary.includes('/Form')) expect(content).not.toMatch(/(^|\s)(rg|RG|g|G|k|K|gs)(\s|$)/)
      for (const [, number] of dictionary.matchAll(/(\d+) 0 R/g)) expect(numbers).toContain(Number(number))
    }
  })

  seen('has a QR code in its three corners, the same for the same content', async () => {
    const design: SealDesign = {
      width: '100pt',
      height: '100pt',
      padding: 0,
      qr: { content: 'https://example.pl/{number}' },
      placement: { x: 0, y: 0 }
    }
    const appearance = await buildAppearance(design)
    const placed = appearance.place(geometryOf({}), facts)
    const picture = render(stampedPdf(placed))
    // 29 modules and a quiet zone of four on each side; the middle of a finder is dark, the ring around it light.
    const module = 100 / 37
    const at = (column: number, row: number) => picture.at((column + 4.5) * module, (row + 4.5) * module)
    for (const [column, row] of [
      [3, 3],
      [25, 3],
      [3, 25]
    ] as const) {
      expect(at(column, row)).toEqual([0, 0, 0])
      expect(at(column - 2, row)).toEqual([255, 255, 255])
    }
    expect(at(25, 25)).not.toBeUndefined()
    expect(formOf(appearance.place(geometryOf({}), facts)).text).toBe(formOf(placed).text)
    expect(formOf(appearance.place(geometryOf({}), { ...facts, number: 'other' })).text).not.toBe(formOf(placed).text)
  })

  const wrong: [path: string, design: SealDesign][] = [
    ['', { width: 10, height: 10 }],
    ['text', { ...withText, height: 5, text: { lines: ['x'], fontSize: 100, minFontSize: 100 } }],
    ['text', { ...withText, width: 3, padding: 2 }],
    ['graphic.data', { ...plain, graphic: { data: Buffer.from('GIF89a') } }],
    ['qr.content', { ...plain, qr: { content: 'ż'.repeat(1000), errorCorrection: 'H' } }],
    ['alternateText', { ...plain, alternateText: '{unknown}' }]
  ]
  it.each(wrong)('is refused at %s of %j', async (path, design) => {
    expect(await refusal(() => buildAppearance(design))).toMatchObject({ code: 'sealing/seal-design-invalid', path })
  })

  it('is refused at another place that is none', async () => {
    const appearance = await buildAppearance(plain)
    expect(await refusal(() => withPlacement(appearance, { x: 1 } as never))).toMatchObject({
      path: expect.stringContaining('placement')
    })
  })

  it('has the widths that its font has', async () => {
    const { objects } = (await buildAppearance({ ...withText, text: { lines: ['AVWi{documentName}'] } })).place(
      geometryOf({}),
      facts
    )
    const dictionaries = objects.map(
      object =>
        object.body(
          objects.map((_, i) => i),
          () => '()'
        ).dictionary
    )
    const widths = /\/W \[0 \[([\d ]+)\]\]/
      .exec(dictionaries.find(one => one.includes('/W ['))!)![1]!
      .split(' ')
      .map(Number)
    // The original font, read at known places: hmtx of the glyph that cmap format 4 gives to the letter.
    const file = readFileSync(join(process.cwd(), 'node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf'))
    const table = (tag: string) => file.readUInt32BE(file.indexOf(tag, 12, 'latin1') + 8)
    const bounds = file.readUInt16BE(table('hhea') + 34)
    const original = new Set(
      Array.from({ length: bounds }, (_, i) => Math.round((file.readUInt16BE(table('hmtx') + 4 * i) * 1000) / 2048))
    )
    expect(widths.length).toBeGreaterThan(300)
    for (const width of widths) expect(original).toContain(width)
  })
})
