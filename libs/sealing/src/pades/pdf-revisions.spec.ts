import { readFileSync } from 'node:fs'
import { itWith, qpdf, Workbench } from '../../../../test/interop/sealing/tools.js'
import { makePdf } from '../../test/test-pdfs.js'
import { BufferSource } from '../source.js'
import { PdfReader } from './pdf-reader.js'

const open = (bytes: Buffer) => PdfReader.open(new BufferSource(bytes))
const startOf = (bytes: Buffer) => Number(/startxref\s+(\d+)\s+%%EOF\s*$/.exec(bytes.toString('latin1'))![1])

/** The file with a revision added, in which the catalog says `word`. */
function withRevision(bytes: Buffer, word: string, end = '\n'): Buffer {
  const start = /[\r\n]$/.test(bytes.toString('latin1')) ? '' : '\n'
  const object = `${start}1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Word /${word} >>\nendobj\n`
  const at = String(bytes.length + start.length).padStart(10, '0')
  const root = open(bytes).trailer.entries.get('Root')!.raw.toString()
  const rest = `xref\n1 1\n${at} 00000 n\r\ntrailer\n<< /Size 100 /Root ${root} /Prev ${startOf(bytes)} >>\nstartxref\n${bytes.length + object.length}\n%%EOF${end}`
  return Buffer.concat([bytes, Buffer.from(object + rest)])
}

const wordOf = (pdf: PdfReader) => pdf.catalog().value.entries.get('Word')?.raw.toString()

describe('revisions', () => {
  it.each<[string, string]>([
    ['LF', '\n'],
    ['CR LF', '\r\n'],
    ['CR', '\r'],
    ['nothing', '']
  ])('are told apart when %%%%EOF ends with %s', (_, end) => {
    const first = makePdf({ after: end })
    const second = withRevision(first, 'Two', end)
    const third = withRevision(second, 'Three', end)
    const pdf = open(third)
    expect(pdf.revisions()).toEqual(
      [first, second, third].map(bytes => ({
        xrefAt: startOf(bytes),
        eofAt: bytes.length - end.length,
        // The line end that the next revision begins with counts when there is no other.
        end: Math.min(third.length, end ? bytes.length : bytes.length + 1)
      }))
    )
    const words = pdf.revisions().flatMap(({ end, eofAt }) => [end, eofAt].map(at => wordOf(pdf.stateAt(at))))
    expect(words).toEqual([undefined, undefined, '/Two', '/Two', '/Three', '/Three'])
  })

  it('end where their marks are, whatever comes behind', () => {
    const first = makePdf({ xref: 'stream', objectStream: true, after: '\n' })
    expect(open(Buffer.concat([first, Buffer.from('   \n\n')])).revisions()).toEqual([
      { xrefAt: startOf(first), eofAt: first.length - 1, end: first.length }
    ])
  })

  it('are many without trouble, and too many are refused', () => {
    const base = makePdf()
    const chain = (count: number) => {
      const parts = [base.toString('latin1')]
      let length = base.length
      let before = startOf(base)
      for (let i = 0; i < count; i++) {
        const part = `xref\n0 0\ntrailer\n<< /Size 6 /Root 1 0 R /Prev ${before} >>\nstartxref\n${length}\n%%EOF\n`
        before = length
        length += part.length
        parts.push(part)
      }
      return Buffer.from(parts.join(''), 'latin1')
    }
    expect(open(chain(1500)).revisions()).toHaveLength(1501)
    expect(() => open(chain(3000))).toThrow(expect.objectContaining({ facts: { why: 'revisions' } }))
  })

  itWith(qpdf)('of a linearised file are one', () => {
    const bench = new Workbench()
    try {
      bench.put('plain.pdf', makePdf({ objects: { 10: '(x)' }, catalog: '/X 10 0 R' }))
      for (const streams of ['disable', 'generate']) {
        bench.run('qpdf', '--linearize', `--object-streams=${streams}`, 'plain.pdf', 'linear.pdf')
        const linear = readFileSync(bench.path('linear.pdf'))
        const pdf = open(linear)
        expect(pdf.firstPage().geometry.mediaBox).toEqual([0, 0, 595, 842])
        expect(pdf.revisions()).toEqual([{ xrefAt: startOf(linear), eofAt: linear.length - 1, end: linear.length }])
        expect(startOf(linear)).toBeLessThan(linear.length / 2)
        if (streams === 'generate') continue
        const later = open(withRevision(linear, 'Later'))
        expect(later.revisions().map(({ end }) => end)).toEqual([linear.length, later.source.size])
      }
    } finally {
      bench.clear()
    }
  })
})
