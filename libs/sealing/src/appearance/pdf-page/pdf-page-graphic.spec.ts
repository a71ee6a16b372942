import { inflateSync } from 'node:zlib'
import { makePdf, type PdfWish } from '../../../test/test-pdfs.js'
import { Parts } from '../parts.js'
import { refusal } from '../test/refusal.js'
import { addPdfPage } from './pdf-page-graphic.js'

/** A one-page document whose page shows `content` with these resources. */
function document(content: string, resources = '', wish: PdfWish = {}): Buffer {
  return makePdf({
    ...wish,
    objects: {
      3: `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R /Resources << ${resources} >> ${wish.page ?? ''} >>`,
      4: stream(content),
      ...wish.objects
    }
  })
}

function stream(data: string, entries = ''): string {
  return `<< ${entries} /Length ${data.length} >>\nstream\n${data}\nendstream`
}

/** What was added: the form, its content, and all objects in one text. */
function added(pdf: Buffer, strict = true) {
  const parts = new Parts()
  const graphic = addPdfPage(pdf, strict, parts)
  const numbers = [0, ...parts.objects].map((_, i) => 100 + i)
  const bodies = parts.objects.map(object => object.body(numbers, bytes => `<${bytes.toString('hex')}>`))
  const form = bodies[graphic.part - 1]!
  return {
    graphic,
    form: form.dictionary,
    content: inflateSync(form.stream!).toString('latin1'),
    bodies,
    all: bodies.map(body => body.dictionary).join('\n')
  }
}

describe('a page of a PDF in a visible seal', () => {
  it('brings its content and what that needs, and nothing else', () => {
    const { content, all, bodies } = added(
      document('/X Do', '/XObject << /X 10 0 R /Unused 11 0 R >>', {
        objects: {
          10: stream('0 0 1 1 re f', '/Subtype /Form /BBox [0 0 9 9] /Metadata 12 0 R /StructParents 5'),
          11: stream(
            'x',
            '/Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Name (a\\)b)'
          ),
          12: stream('<xmp/>', '/Type /Metadata')
        }
      })
    )
    expect(content).toContain('/X Do')
    expect(bodies).toHaveLength(3)
    expect(all).toContain('/Subtype /Form')
    expect(all).toContain('<612962>')
    expect(all).not.toMatch(/Metadata|StructParents|\/Parent|\/Type \/Page/)
  })

  it.each([
    [0, [200, 100], '1 0 0 1 0 0'],
    [90, [100, 200], '0 -1 1 0 0 200'],
    [180, [200, 100], '-1 0 0 -1 200 100'],
    [270, [100, 200], '0 1 -1 0 100 0']
  ])('turned by %d stands as viewers show it', (rotate, own, matrix) => {
    const { graphic, form } = added(document('', '', { page: `/Rotate ${rotate}` }))
    expect(graphic.own).toEqual(own)
    expect(form).toContain(`/Matrix [${matrix}]`)
  })

  it('is cut to its crop box', () => {
    const { graphic, form } = added(document('', '', { page: '/CropBox [10 20 110 70]' }))
    expect(graphic).toMatchObject({ width: 100, height: 50 })
    expect(form).toContain('/BBox [10 20 110 70] /Matrix [1 0 0 1 -10 -20]')
  })

  it('may have its content in pieces, its resources from above, its objects in object streams', () => {
    for (const xref of ['table', 'stream'] as const) {
      const { content, form } = added(
        makePdf({
          xref,
          objectStream: xref === 'stream',
          pages:
            '<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 50 50] /Resources << /ExtGState << /A 10 0 R >> >> >>',
          objects: {
            // Streams cannot be in object streams.
            3: `<< /Type /Page /Parent 2 0 R /Contents ${xref === 'table' ? '[4 0 R 5 0 R]' : '4 0 R'} >>`,
            4: stream(xref === 'table' ? 'q 1 0 0 1 5' : 'q 1 0 0 1 5 5 cm /A gs Q'),
            5: xref === 'table' ? stream('5 cm /A gs Q') : 'null',
            10: '<< /LW 3 /SMask /None >>'
          }
        })
      )
      expect(content.replace(/\s+/g, ' ')).toBe('q 1 0 0 1 5 5 cm /A gs Q')
      expect(form).toMatch(/\/ExtGState <<\/A \d+ 0 R >>/)
    }
  })

  it('has calibrated colours, in its forms and patterns too', () => {
    const { content, all, bodies } = added(
      document('0.5 g 1 0 0 RG /DeviceRGB cs 0 0 1 sc /X Do', '/XObject << /X 10 0 R >> /ColorSpace << /S 11 0 R >>', {
        objects: {
          10: stream('0 1 0 rg', '/Subtype /Form /BBox [0 0 9 9] /Group << /S /Transparency >>'),
          11: '[/Separation /Spot /DeviceRGB << /FunctionType 2 /N 1 /Domain [0 1] /C0 [0 0 0] /C1 [1 0 0] >>]'
        }
      })
    )
    expect(content.replace(/\s+/g, ' ')).toBe(
      '/GoniecRgb cs 0.5 0.5 0.5 sc /GoniecRgb CS 1 0 0 SC /GoniecRgb cs 0 0 1 sc /X Do'
    )
    expect(inflateSync(bodies[0]!.stream!).toString('latin1')).toMatch(/\/GoniecRgb cs\s+0 1 0\s+sc/)
    expect(all).toContain('[/Separation /Spot [/CalRGB')
    expect(all).not.toMatch(/Device|Group/)
  })

  it('keeps its own colours and transparency where that is allowed', () => {
    const { content, all } = added(
      document('0 0 0 1 k /G gs', '/ExtGState << /G << /ca 0.5 /BM /Multiply >> >>'),
      false
    )
    expect(content).toContain('0 0 0 1 k')
    expect(all).toContain('/ca 0.5 ')
  })

  it('cannot reach outside its form', () => {
    const tidy = (content: string) => added(document(content)).content.replace(/\s+/g, ' ').trim()
    expect(tidy('Q q q 1 w Q')).toBe('q q 1 w Q Q')
    expect(tidy('/OC /Layer BDC /P <</MCID 1/E(Q)>> BDC 1 w EMC EMC /A /B DP')).toBe('/OC BMC /P BMC 1 w EMC EMC')
  })

  it('may have names that mean something elsewhere', () => {
    const { form } = added(
      document('/P Do', '/XObject << /P 10 0 R /A 10 0 R >>', { objects: { 10: stream('x', '/Subtype /Image') } })
    )
    expect(form).toMatch(/\/XObject <<\/P (\d+) 0 R \/A \1 0 R >>/)
  })

  it('takes inline images where transparency is allowed', () => {
    const content = 'BI /W 1 /H 1 /BPC 8 /CS /G ID \x01Q(\xff EI Q 1 w'
    expect(added(document(content), false).content).toMatch(/ID \x01Q\(\xff\s+EI\s+1 w/)
  })

  it('ends circles of references', () => {
    const { bodies } = added(
      document('/X Do', '/XObject << /X 10 0 R >>', {
        objects: { 10: stream('/X Do', '/Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 10 0 R >> >>') }
      })
    )
    expect(bodies).toHaveLength(2)
  })

  const font = (entries: string) => `/Font << /F << /Type /Font /Subtype /TrueType ${entries} >> >>`
  const bad: [why: string, pdf: () => Buffer, says: RegExp][] = [
    ['no PDF inside', () => Buffer.from('%PDF-1.7\nnothing'), /pdf-broken/],
    ['encryption', () => makePdf({ trailer: '/Encrypt << /Filter /Standard /V 9 >>' }), /encrypt/],
    ['CMYK', () => document('0 0 0 1 k'), /CMYK/],
    ['a space of CMYK', () => document('/DeviceCMYK cs'), /CMYK/],
    [
      'a picture in CMYK',
      () =>
        document('', '/XObject << /X 10 0 R >>', {
          objects: { 10: stream('', '/Subtype /Image /ColorSpace /DeviceCMYK') }
        }),
      /CMYK/
    ],
    ['opacity', () => document('', '/ExtGState << /G << /CA 0.9 >> >>'), /transparency/],
    ['a blend mode', () => document('', '/ExtGState << /G << /BM [/Multiply /Normal] >> >>'), /transparency/],
    [
      'a soft mask',
      () =>
        document('', '/XObject << /X 10 0 R >>', {
          objects: { 10: stream('', '/Subtype /Image /SMask 11 0 R'), 11: stream('') }
        }),
      /transparency/
    ],
    ['a standard font', () => document('', font('/BaseFont /Arial')), /not embedded/],
    ['a font without its program', () => document('', font('/FontDescriptor << /Flags 4 >>')), /not embedded/],
    [
      'a cut font without its list',
      () =>
        document('', font('/BaseFont /ABCDEF+X /FontDescriptor << /FontFile 10 0 R >>').replace('TrueType', 'Type1')),
      /CharSet/
    ],
    ['a type 3 font', () => document('', '/Font << /F << /Type /Font /Subtype /Type3 >> >>'), /type 3/],
    [
      'JPEG 2000',
      () =>
        document('', '/XObject << /X 10 0 R >>', { objects: { 10: stream('', '/Subtype /Image /Filter /JPXDecode') } }),
      /JPX/
    ],
    [
      'data elsewhere',
      () =>
        document('', '/XObject << /X 10 0 R >>', { objects: { 10: stream('', '/Subtype /Image /F (/etc/passwd)') } }),
      /other files/
    ],
    ['an inline image', () => document('BI ID x EI'), /inline/],
    ['an operator that is none', () => document('1 launch'), /operator/],
    ['a string without end', () => document('(abc Tj'), /cut short/],
    ['an inline image without end', () => document('BI ID abc'), /inline|cut short/],
    ['no size', () => document('', '', { page: '/CropBox [0 0 0.5 0.5]' }), /size/],
    [
      'arrays that unfold',
      () =>
        document('', '/ColorSpace << /A 10 0 R >>', {
          objects: Object.fromEntries(
            Array.from({ length: 40 }, (_, i) => [10 + i, `[${10 + i + 1} 0 R ${10 + i + 1} 0 R]`])
          )
        }),
      /complex/
    ],
    [
      'an array in itself',
      () => document('', '/ColorSpace << /A 10 0 R >>', { objects: { 10: '[10 0 R]' } }),
      /complex/
    ],
    [
      'too many objects',
      () =>
        document('', `/ExtGState << ${Array.from({ length: 400 }, (_, i) => `/G${i} ${10 + i} 0 R`).join(' ')} >>`, {
          objects: Object.fromEntries(Array.from({ length: 400 }, (_, i) => [10 + i, '<< /LW 1 >>']))
        }),
      /complex/
    ],
    [
      'more than a seal may weigh',
      () =>
        document('', '/XObject << /X 10 0 R >>', { objects: { 10: stream('x'.repeat(2_100_000), '/Subtype /Image') } }),
      /too large/
    ]
  ]
  it.each(bad)('is refused when it has %s', async (_, pdf, says) => {
    const { code, path, why } = await refusal(() => addPdfPage(pdf(), true, new Parts()))
    expect({ code, path }).toEqual({ code: 'sealing/seal-design-invalid', path: 'graphic.data' })
    expect(why).toMatch(says)
  })
})
