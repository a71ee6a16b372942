import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { Refused } from '#platform'
import { PdfReader } from '../../libs/sealing/src/pades/pdf-reader.js'
import { BufferSource } from '../../libs/sealing/src/source.js'
import { makePdf } from '../../libs/sealing/test/test-pdfs.js'
import { fuzzPdf } from '../fuzz/pdf.fuzz.js'

const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const open = (bytes: Buffer, repair = false) => PdfReader.open(new BufferSource(bytes), { repair })

function readSome(pdf: PdfReader): void {
  let count = 0
  for (const one of pdf.liveObjects()) {
    if (++count > 2000) return
    pdf.object(one)
  }
}

/** Opens and reads a file made to do harm; everything it does must end in a Refused, and soon. */
function outcomes(bytes: Buffer): string[] {
  const tries: ((pdf: PdfReader) => unknown)[] = [
    pdf => pdf.page('first'),
    pdf => pdf.page('last'),
    pdf => pdf.page(100_000),
    pdf => pdf.pageCount(),
    readSome
  ]
  return [false, true].flatMap(repair =>
    tries.map(work => {
      try {
        work(open(bytes, repair))
        return 'fine'
      } catch (error) {
        if (error instanceof Refused) return error.type.code
        throw error
      }
    })
  )
}

describe('a PDF, whatever is done to it', () => {
  it('is read, repaired or refused, and soon', () => {
    const { outcomes: seen, slowest } = fuzzPdf(600, 20261122)
    expect(slowest).toBeLessThan(2000)
    expect(seen.get('read')).toBeGreaterThan(20)
    expect(seen.get('repaired')).toBeGreaterThan(20)
    expect(seen.size).toBeGreaterThan(25)
  }, 120_000)

  it('says the same with and without a table in place, as long as nobody changed its objects', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<('table' | 'stream' | 'hybrid')[]>('table', 'stream', 'hybrid'),
        fc.boolean(),
        fc.uniqueArray(fc.integer({ min: 10, max: 60 }), { maxLength: 12 }),
        fc.array(
          fc.oneof(
            fc.string({ maxLength: 40 }).map(text => `(${text.replace(/[\\()]/g, '\\$&').replace(/[^ -~]/g, '?')})`),
            fc.constant('[1 0 R true null]'),
            fc.constant('<< /A << /B [] >> >>'),
            fc.nat().map(String)
          ),
          {
            minLength: 12,
            maxLength: 12
          }
        ),
        (xref, objectStream, numbers, bodies) => {
          const objects = Object.fromEntries(numbers.map((number, i) => [number, bodies[i]!]))
          const bytes = makePdf({ xref, objectStream, objects })
          const broken = bytesOf(bytes.toString('latin1').replace('startxref', 'startxxxx'))
          const describe = (pdf: PdfReader) =>
            numbers.map(number => pdf.object({ number, generation: 0 })?.value.raw.toString('latin1'))
          expect(describe(open(broken, true))).toEqual(describe(open(bytes)))
          expect(describe(open(broken, true))).toEqual(numbers.map(number => objects[number]))
        }
      ),
      { numRuns: 100 }
    )
  })
})

describe('a PDF made to do harm', () => {
  const header = '%PDF-1.7\n'
  /** Objects with a table behind them. */
  function file(objects: Readonly<Record<number, string>>, trailer = '/Root 1 0 R'): string {
    let text = header
    const entries = Object.entries(objects).map(([number, body]) => {
      const at = text.length
      text += `${number} 0 obj\n${body}\nendobj\n`
      return `${number} 1\n${String(at).padStart(10, '0')} 00000 n\r\n`
    })
    return `${text}xref\n${entries.join('')}trailer\n<< /Size 9 ${trailer} >>\nstartxref\n${text.length}\n%%EOF\n`
  }
  const catalog = '<< /Type /Catalog /Pages 2 0 R >>'
  const stream = (dict: string, data: Buffer) =>
    `<< ${dict} /Length ${data.length} >>\nstream\n${data.toString('latin1')}\nendstream`

  const cases: readonly (readonly [string, () => string])[] = [
    [
      'a page tree of itself',
      () => file({ 1: catalog, 2: `<< /Type /Pages /Kids [${'2 0 R '.repeat(1000)}] /Count 1000 >>` })
    ],
    [
      'a page tree of a million ways through twenty nodes',
      () =>
        file({
          1: catalog,
          ...Object.fromEntries(
            Array.from({ length: 20 }, (_, i) => [i + 2, `<< /Type /Pages /Kids [${i + 3} 0 R ${i + 3} 0 R] >>`])
          )
        })
    ],
    [
      'a page tree as deep as it is long',
      () =>
        file({
          1: catalog,
          ...Object.fromEntries(
            Array.from({ length: 10_000 }, (_, i) => [i + 2, `<< /Type /Pages /Kids [${i + 3} 0 R] /Count 1 >>`])
          )
        })
    ],
    [
      'a table of millions of entries that are not there',
      () => `${header}xref\n0 8000000\n0000000000 65535 f\r\ntrailer\n<<>>\nstartxref\n9\n%%EOF`
    ],
    [
      'a table of forty thousand subsections',
      () =>
        `${header}xref\n${Array.from({ length: 40_000 }, (_, i) => `${2 * i} 1\n0000000009 00000 n\r\n`).join('')}trailer\n<< /Size 9 /Root 1 0 R >>\nstartxref\n9\n%%EOF`
    ],
    [
      'a cross-reference stream of eight million objects',
      () => {
        const body = stream(
          '/Type /XRef /W [1 0 0] /Size 8000000 /Root 1 0 R /Filter /FlateDecode',
          deflateSync(Buffer.alloc(8_000_000, 1))
        )
        return `${header}1 0 obj\n${body}\nendobj\nstartxref\n${header.length}\n%%EOF`
      }
    ],
    [
      'object streams each of whose lengths stands in the next',
      () => {
        const count = 3000
        let text = header
        const rows: number[] = []
        for (let i = 0; i < count; i++) {
          rows.push(1, ...[16, 8, 0].map(shift => (text.length >> shift) & 255), 0, 0)
          text += `${i + 10} 0 obj\n<< /Type /ObjStm /N 1 /First 7 /Length ${20_000 + i} 0 R >>\nstream\n${20_000 + i - 1} 0 9 \nendstream\nendobj\n`
        }
        for (let i = 0; i < count; i++) rows.push(2, 0, (i + 11) >> 8, (i + 11) & 255, 0, 0)
        const table = stream(
          `/Type /XRef /W [1 3 2] /Index [10 ${count} 20000 ${count}] /Size 30000 /Root 20000 0 R`,
          Buffer.from(rows)
        )
        return `${text}9 0 obj\n${table}\nendobj\nstartxref\n${text.length}\n%%EOF`
      }
    ],
    [
      'an object of nothing but brackets',
      () => file({ 1: `<< /Type /Catalog /Pages 2 0 R /X ${'['.repeat(200_000)} >>` })
    ],
    [
      'an object of half a million numbers',
      () => file({ 1: `<< /Type /Catalog /Pages 2 0 R /X [${'0 '.repeat(500_000)}] >>` })
    ],
    ['comments without end', () => `${header}${'%'.repeat(3_000_000)}\nstartxref\n9\n%%EOF`],
    ['a string without end', () => file({ 1: `<< /Type /Catalog /Pages 2 0 R /X (${'('.repeat(3_000_000)} >>` })],
    [
      'a filter chain that unpacks to gigabytes',
      () => {
        const bomb = deflateSync(deflateSync(deflateSync(Buffer.alloc(150_000_000))))
        const body = stream(
          '/Type /XRef /W [1 2 1] /Size 9 /Root 1 0 R /Filter [/FlateDecode /FlateDecode /FlateDecode]',
          bomb
        )
        return `${header}1 0 obj\n${body}\nendobj\nstartxref\n${header.length}\n%%EOF`
      }
    ],
    [
      'a revision for every byte',
      () => {
        let text = header
        for (let i = 0, before = 0; i < 5000; i++) {
          const at = text.length
          text += `xref\n0 0\ntrailer\n<< /Root 1 0 R /Size 9 ${before ? `/Prev ${before}` : ''} >>\nstartxref\n${at}\n%%EOF\n`
          before = at
        }
        return text
      }
    ],
    [
      'references in a circle through everything',
      () => file({ 1: '<< /Type /Catalog /Pages 2 0 R /AcroForm 3 0 R >>', 2: '4 0 R', 3: '2 0 R', 4: '3 0 R' })
    ]
  ]
  // Ten readings of each file, each of which may take two seconds.
  it.each(cases)(
    'by %s ends soon',
    (_, make) => {
      const seen = outcomes(bytesOf(make()))
      expect(seen.some(code => code.startsWith('sealing/pdf-'))).toBe(true)
    },
    20_000
  )
})
