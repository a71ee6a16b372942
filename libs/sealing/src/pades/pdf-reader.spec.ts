import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { Refused } from '#platform'
import { makePdf, type PdfWish } from '../../test/test-pdfs.js'
import { PdfParser } from './pdf-parser.js'
import { PdfReader } from './pdf-reader.js'
import { asName } from './pdf-values.js'
import { planIncrement } from './plan-increment.js'
import { BufferSource, FileSource } from './source.js'

const open = (bytes: Buffer) => PdfReader.open(new BufferSource(bytes))
const plan = (bytes: Buffer) =>
  planIncrement(open(bytes), { contentsBytes: 100, signingTime: new Date('2026-11-22T12:00:00Z') })

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof Refused)
      return `${error.type.code}${error.facts['why'] ? ` (${String(error.facts['why'])})` : ''}`
    throw error
  }
  return 'fine'
}

const text = (bytes: Buffer) => bytes.toString('latin1')
const edit = (bytes: Buffer, from: string | RegExp, to: string) => {
  const changed = text(bytes).replace(from, to)
  expect(changed).not.toBe(text(bytes))
  return Buffer.from(changed, 'latin1')
}

describe('reading a PDF', () => {
  it.each<[string, PdfWish, 'table' | 'stream']>([
    ['a classic table', {}, 'table'],
    ['CR LF and a table', { lineEnd: '\r\n' }, 'table'],
    ['a cross-reference stream', { xref: 'stream' }, 'stream'],
    ['object streams', { xref: 'stream', objectStream: true }, 'stream'],
    ['predictors', { xref: 'stream', objectStream: true, predictor: true }, 'stream'],
    ['wide columns', { xref: 'stream', objectStream: true, offsetBytes: 8 }, 'stream'],
    ['a hybrid file', { xref: 'hybrid', objectStream: true }, 'table'],
    ['junk before the header', { junkBefore: 'MIME-junk: 1\r\n\r\n' }, 'table'],
    ['spaces after the end', { after: '\r\n\r\n   ' }, 'table']
  ])('finds catalog, page and hidden objects with %s', (_, wish, kind) => {
    const pdf = open(makePdf(wish))
    expect(pdf.xrefKind).toBe(kind)
    expect(asName(pdf.catalog().value.entries.get('Type'))).toBe('Catalog')
    const page = pdf.firstPage()
    expect(page.number).toBe(3)
    const fonts = pdf.getDict(pdf.getDict(page.value, 'Resources'), 'Font')
    expect(asName(pdf.get(pdf.getDict(fonts, 'F1'), 'BaseFont'))).toBe('Helvetica')
  })

  it('reads the same from a file as from memory', () => {
    const folder = mkdtempSync(join(tmpdir(), 'goniec-pdf-'))
    const bytes = makePdf({
      xref: 'stream',
      objectStream: true,
      objects: { 10: `[${'0 '.repeat(9000)}]` },
      page: '/Annots 10 0 R'
    })
    writeFileSync(join(folder, 'a.pdf'), bytes)
    const descriptor = openSync(join(folder, 'a.pdf'), 'r')
    try {
      const options = { contentsBytes: 50, signingTime: new Date('2026-11-22T12:00:00Z') }
      const fromFile = planIncrement(PdfReader.open(new FileSource(descriptor)), options)
      expect(fromFile).toEqual(planIncrement(open(bytes), options))
      expect(fromFile.increment.length).toBeGreaterThan(18_000)
    } finally {
      closeSync(descriptor)
      rmSync(folder, { recursive: true })
    }
  })

  it('bears the slips that careless writers make and everyone reads', () => {
    const pdf = makePdf()
    expect(codeOf(() => plan(edit(pdf, 'xref\n0 6', 'xref\n1 6')))).toBe('fine')
    const narrow = Buffer.from(text(pdf).replace(/( [nf])\r\n/g, '$1\n'), 'latin1')
    expect(codeOf(() => plan(narrow))).toBe('fine')
  })

  it.each<[string, () => Buffer, string]>([
    ['nothing', () => Buffer.alloc(0), 'sealing/pdf-not-a-pdf'],
    ['a Word file', () => Buffer.from('PK\x03\x04...'), 'sealing/pdf-not-a-pdf'],
    ['a header alone', () => Buffer.from('%PDF-1.7\n'), 'sealing/pdf-broken (no startxref)'],
    ['a cut-off file', () => makePdf().subarray(0, 500), 'sealing/pdf-broken (no startxref)'],
    [
      'startxref to nowhere',
      () => edit(makePdf(), /startxref\n\d+/, 'startxref\n99999'),
      'sealing/pdf-broken (offset outside the file)'
    ],
    [
      'startxref into the text',
      () => edit(makePdf(), /startxref\n\d+/, 'startxref\n20'),
      'sealing/pdf-broken (no object)'
    ],
    ['an encrypted one', () => makePdf({ trailer: '/Encrypt 9 0 R' }), 'sealing/pdf-encrypted'],
    [
      'an encrypted one with a stream',
      () => makePdf({ xref: 'stream', trailer: '/Encrypt 9 0 R' }),
      'sealing/pdf-encrypted'
    ],
    ['no root', () => edit(makePdf(), '/Root 1 0 R', '/Ruut 1 0 R'), 'sealing/pdf-broken (no catalog)'],
    ['no page', () => makePdf({ pages: '<< /Type /Pages /Kids [] /Count 0 >>' }), 'sealing/pdf-broken (no page)'],
    [
      'a page tree in a circle',
      () => makePdf({ pages: '<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1 >>' }),
      'sealing/pdf-broken (no page)'
    ],
    [
      'offsets that lead to other objects',
      () => edit(makePdf(), '3 0 obj', '8 0 obj'),
      'sealing/pdf-broken (another object stands where the cross-reference points)'
    ],
    [
      'a table cut short',
      () => edit(makePdf(), 'xref\n0 6', 'xref\n0 60'),
      'sealing/pdf-broken (cross-reference table)'
    ],
    [
      'a circle of references',
      () => makePdf({ catalog: '/AcroForm 10 0 R', objects: { 10: '11 0 R', 11: '10 0 R' } }),
      'sealing/pdf-broken (circle of references)'
    ]
  ])('refuses %s', (_, make, code) => {
    expect(codeOf(() => plan(make()))).toBe(code)
  })

  it('refuses a circle of revisions', () => {
    const pdf = makePdf()
    const start = /startxref\n(\d+)/.exec(text(pdf))![1]!
    expect(codeOf(() => open(edit(pdf, '/Root 1 0 R', `/Root 1 0 R /Prev ${start}`)))).toBe(
      'sealing/pdf-broken (circle of cross-reference sections)'
    )
  })

  it('refuses an object stream that needs itself', () => {
    const packed = deflateSync(Buffer.from('1 0 9 5 << >> 20'))
    const body = `<< /Type /ObjStm /N 2 /First 8 /Filter /FlateDecode /Length 9 0 R >>\nstream\n${packed.toString('latin1')}\nendstream`
    const head = '%PDF-1.7\n'
    const rows = Buffer.from([...[2, 0, 0, 10, 0, 0], ...[2, 0, 0, 10, 0, 1], ...[1, 0, 0, head.length, 0, 0]])
    const object = `${head}10 0 obj\n${body}\nendobj\n`
    const xref = `11 0 obj\n<< /Type /XRef /Size 12 /Root 1 0 R /W [1 3 2] /Index [1 1 9 2] /Length 18 >>\nstream\n${rows.toString('latin1')}\nendstream\nendobj\nstartxref\n${object.length}\n%%EOF\n`
    const pdf = open(Buffer.from(object + xref, 'latin1'))
    expect(codeOf(() => pdf.catalog())).toBe('sealing/pdf-broken (object stream needs itself)')
  })

  it('stops unpacking a bomb', () => {
    const bomb = deflateSync(Buffer.alloc(200 * 1024 * 1024))
    const head = '%PDF-1.7\n'
    const object = `1 0 obj\n<< /Type /XRef /Size 1 /W [1 3 2] /Root 1 0 R /Filter /FlateDecode /Length ${bomb.length} >>\nstream\n`
    const file = Buffer.concat([
      Buffer.from(head + object),
      bomb,
      Buffer.from(`\nendstream\nendobj\nstartxref\n${head.length}\n%%EOF\n`)
    ])
    expect(codeOf(() => open(file))).toBe('sealing/pdf-too-complex (unpacked size)')
  })

  it('stops at nesting made to exhaust the stack', () => {
    expect(codeOf(() => new PdfParser(Buffer.from('['.repeat(100_000))).value())).toBe(
      'sealing/pdf-too-complex (nesting)'
    )
  })

  it('answers any damage with a plan or a coded refusal', () => {
    const originals = [
      makePdf({ catalog: '/AcroForm << /Fields [10 0 R] >>', objects: { 10: '<< /FT /Tx /T (a) >>' } }),
      makePdf({ xref: 'stream', objectStream: true, predictor: true }),
      makePdf({ xref: 'hybrid', objectStream: true })
    ]
    const outcomes = new Set<string>()
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        fc.array(fc.tuple(fc.nat(0xffffff), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 300 }),
        (original, changes, percent) => {
          const bytes = Buffer.from(original)
          for (const [where, byte] of changes) bytes[where % bytes.length] = byte
          outcomes.add(codeOf(() => plan(bytes.subarray(0, Math.ceil((bytes.length * percent) / 100)))))
        }
      ),
      { numRuns: 1500 }
    )
    expect(outcomes.has('fine')).toBe(true)
    expect(outcomes.size).toBeGreaterThan(8)
  })
})

describe('parsing values', () => {
  const value = (source: string) => new PdfParser(Buffer.from(source, 'latin1')).value()

  it('keeps the exact bytes of what it read', () => {
    const source = '<< /A(x\\(y) /B [1 2.50 -.3 % comment >>\n12 0 R] /C <</D <DEad>>> /E/F#20G /H true/I null >>'
    const dict = value(source)
    if (dict.kind !== 'dict') throw new Error('no dictionary')
    expect(text(dict.raw)).toBe(source)
    const raws = Object.fromEntries([...dict.entries].map(([key, one]) => [key, text(one.raw)]))
    expect(raws).toEqual({
      A: '(x\\(y)',
      B: '[1 2.50 -.3 % comment >>\n12 0 R]',
      C: '<</D <DEad>>>',
      E: '/F#20G',
      H: 'true',
      I: 'null'
    })
    expect(asName(dict.entries.get('E'))).toBe('F G')
  })

  it('decodes strings: escapes, octal, line ends, nested brackets, odd hexadecimal', () => {
    const bytes = (source: string) => {
      const string = value(source)
      return string.kind === 'string' ? text(string.bytes) : undefined
    }
    expect(bytes('(a(b)c\\)\\n\\101\\7\\\r\nz)')).toBe('a(b)c)\nA\x07z')
    expect(bytes('<414 2 4>')).toBe('AB@')
    expect(bytes('()')).toBe('')
  })

  it('tells a reference from two numbers', () => {
    const array = value('[1 0 R 1 0 2 0 R 3 0 Rx]'.replace(' 3 0 Rx', ''))
    expect(array.kind === 'array' && array.items.map(item => item.kind)).toEqual(['ref', 'number', 'number', 'ref'])
  })
})
