import fc from 'fast-check'
import { deflateSync } from 'node:zlib'
import { Refused } from '#platform/plain'
import { makePdf } from '../../test/test-pdfs.js'
import { buildAppearance } from './build-appearance.js'
import { makeJpeg, makePng } from './test/pictures.js'
import { geometryOf } from './test/stamped-pdf.js'
import { threadTime } from '../../test/thread-time.js'

/** CI runs few; `GONIEC_FUZZ_CASES=100000` runs as many. */
const cases = Number(process.env.GONIEC_FUZZ_CASES ?? 400)

const page = {
  4: '<< /Length 47 >>\nstream\nq 1 0 0 rg 0 0 9 9 re f /X Do BT (a\\)) Tj ET Q \nendstream',
  3:
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Rotate 90 /Contents [4 0 R] /Resources << ' +
    '/XObject << /X 10 0 R >> /ExtGState << /G << /ca 1 /BM [/Normal] >> >> /ColorSpace << /A [/Indexed /DeviceRGB 0 <000000>] >> >> >>',
  10: '<< /Subtype /Form /BBox [0 0 9 9] /Length 8 /Resources << /XObject << /Y 11 0 R >> >> >>\nstream\n/Y Do Q \nendstream',
  11: '<< /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray /Length 1 >>\nstream\nx\nendstream'
}
const seeds: Buffer[] = [
  makePng({
    width: 9,
    height: 7,
    depth: 8,
    colourType: 6,
    samples: Array.from({ length: 252 }, (_, i) => i),
    filter: 4
  }),
  makePng({
    width: 5,
    height: 5,
    depth: 2,
    colourType: 3,
    samples: Array.from({ length: 25 }, (_, i) => i % 4),
    interlaced: true,
    chunks: [['PLTE', Buffer.alloc(12, 99)]]
  }),
  makeJpeg(3, { adobe: true, side: 16 }),
  Buffer.from(
    '<?xml version="1.0"?><!-- a --><svg viewBox="0 0 20 10"><g transform="rotate(3 1 1) scale(2)" fill="#f00" style="stroke:rgb(1,2,3);stroke-dasharray:1 2">' +
      '<path d="M1 1a2 3 4 0 1 5 6S1 2 3 4T5-6.5.5e1zQ1 2 3 4"/><rect rx="1" width="3" height="3"/><polygon points="1,2 3,4"/></g></svg>'
  ),
  makePdf({ objects: page }),
  makePdf({ objects: page, xref: 'stream', objectStream: false })
]

/** Words that mean something to one of the formats: a change of structure goes deeper than a change of bits. */
const words = [
  ...['<g>', '</g>', '&#x41;', '<!--', 'transform="', 'e99', '-', ' 1e5 ', 'A', 'z'],
  ...[
    '<<',
    '>>',
    '[',
    ']',
    '(',
    ')',
    '10 0 R',
    '4 0 R',
    'null',
    '/Length 99',
    'stream',
    'endobj',
    'q',
    'Q',
    'BI',
    'ID ',
    '%'
  ],
  ...['\xff\xda', '\xff\xc0', '\xff\xff', 'IDAT', 'IEND', '\x00\x00\x00\x00', '\x7f\xff\xff\xff']
]

const change = fc.oneof(
  fc.record({ kind: fc.constant('byte' as const), at: fc.nat(), value: fc.nat(255) }),
  fc.record({ kind: fc.constant('word' as const), at: fc.nat(), value: fc.nat(words.length - 1) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), value: fc.nat(40) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), value: fc.integer({ min: 1, max: 60 }) })
)

function changed(
  seed: Buffer,
  changes: readonly { kind: 'byte' | 'word' | 'cut' | 'repeat'; at: number; value: number }[]
) {
  let bytes = seed
  for (const { kind, at, value } of changes) {
    const place = at % (bytes.length + 1)
    const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)]
    if (kind === 'byte') bytes = Buffer.concat([before, Buffer.from([value]), after.subarray(1)])
    else if (kind === 'word') bytes = Buffer.concat([before, Buffer.from(words[value]!, 'latin1'), after])
    else if (kind === 'cut') bytes = Buffer.concat([before, after.subarray(value)])
    else bytes = Buffer.concat([before, ...new Array<Buffer>(value).fill(after.subarray(0, value)), after])
  }
  return bytes
}

/** Builds and places a seal with the graphic; how long that took, in milliseconds. */
async function tried(data: Buffer, transparency: 'none' | 'allowed'): Promise<number> {
  const start = threadTime()
  try {
    const appearance = await buildAppearance({
      width: 50,
      height: 20,
      graphic: { data: new Uint8Array(data) },
      transparency
    })
    const { objects } = appearance.place(geometryOf({}), { signingTime: new Date(0), documentName: '' })
    const numbers = objects.map((_, i) => i)
    for (const object of objects) expect(object.body(numbers, () => '()').dictionary).toMatch(/^<<[^]*>>$/)
  } catch (error) {
    // A matcher's own complaint is no Refused either, so it fails the test too.
    if (!(error instanceof Refused) || error.type.code !== 'sealing/seal-design-invalid') throw error
  }
  return threadTime() - start
}

describe('a damaged or hostile graphic', () => {
  it('ends in a seal or in a refusal of the design', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(seeds.length - 1),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (seed, changes, strict) => {
          expect(await tried(changed(seeds[seed]!, changes), strict ? 'none' : 'allowed')).toBeLessThan(2000)
        }
      ),
      { numRuns: cases }
    )
  }, 600_000)

  const chunk = (data: string, entries: string) => `<< ${entries} /Length ${data.length} >>\nstream\n${data}\nendstream`
  const bomb = deflateSync(Buffer.alloc(200_000_000)).toString('latin1')
  const slow: [string, () => Buffer][] = [
    ['a page that unpacks to 200 MB', () => makePdf({ objects: { 4: chunk(bomb, '/Filter /FlateDecode') } })],
    [
      'a page of nothing but operators',
      () =>
        makePdf({
          objects: {
            4: chunk(deflateSync(Buffer.from('q '.repeat(3_900_000))).toString('latin1'), '/Filter /FlateDecode')
          }
        })
    ],
    [
      'a page of nothing but brackets',
      () =>
        makePdf({
          objects: {
            4: chunk(deflateSync(Buffer.from('('.repeat(7_900_000))).toString('latin1'), '/Filter /FlateDecode')
          }
        })
    ],
    [
      'a page of open hexadecimal strings',
      () =>
        makePdf({
          objects: {
            4: chunk(deflateSync(Buffer.from('<a'.repeat(3_900_000))).toString('latin1'), '/Filter /FlateDecode')
          }
        })
    ],
    [
      'a page of inline images',
      () =>
        makePdf({
          objects: {
            4: chunk(deflateSync(Buffer.from('BI ID '.repeat(1_300_000))).toString('latin1'), '/Filter /FlateDecode')
          }
        })
    ],
    [
      'a page of dictionaries before BDC',
      () =>
        makePdf({
          objects: {
            4: chunk(
              deflateSync(Buffer.from(`${'<</'.repeat(2_600_000)} BDC`)).toString('latin1'),
              '/Filter /FlateDecode'
            )
          }
        })
    ],
    [
      'a PNG that unpacks to 200 MB',
      () =>
        Buffer.concat([
          makePng({
            width: 1,
            height: 1,
            depth: 8,
            colourType: 0,
            samples: [0],
            chunks: [['IDAT', deflateSync(Buffer.alloc(200_000_000))]]
          })
        ])
    ],
    ['an SVG of attributes', () => Buffer.from(`<svg viewBox="0 0 1 1"><g ${'a=" " '.repeat(160_000)}`)],
    ['an SVG of open tags', () => Buffer.from(`<svg ${'<'.repeat(900_000)}`)],
    ['an SVG of spaces', () => Buffer.from(`<svg viewBox="0 0 1 1"><g${' '.repeat(900_000)}`)],
    [
      'an SVG of transformations',
      () => Buffer.from(`<svg viewBox="0 0 1 1"><g transform="${'scale(1)'.repeat(110_000)}"/></svg>`)
    ],
    ['an SVG of path spaces', () => Buffer.from(`<svg viewBox="0 0 1 1"><path d="M0${' '.repeat(900_000)}"/></svg>`)],
    ['an SVG of numbers', () => Buffer.from(`<svg viewBox="${'1 '.repeat(450_000)}"/>`)],
    ['an SVG of style', () => Buffer.from(`<svg viewBox="0 0 1 1" style="${'a:b;'.repeat(240_000)}"/>`)],
    [
      'a JPEG of empty segments',
      () => Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(1_900_000, Buffer.from([0xff, 0xe0, 0, 2]))])
    ]
  ]
  it.each(slow)('is done with soon: %s', async (_, data) => {
    const bytes = data()
    for (const transparency of ['none', 'allowed'] as const) expect(await tried(bytes, transparency)).toBeLessThan(2000)
  })
})
