import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { Refused } from '#platform'
import { makePdf, type Packing, type PdfWish } from '../../test/test-pdfs.js'
import { PdfReader } from './pdf-reader.js'
import { asName } from './pdf-values.js'
import { BufferSource, FileSource } from '../source.js'

const open = (bytes: Buffer) => PdfReader.open(new BufferSource(bytes))
/** Reads what every seal needs. */
const read = (bytes: Buffer) => explore(open(bytes))

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

function explore(pdf: PdfReader): void {
  pdf.page('first')
  pdf.page('last')
  pdf.get(pdf.getDict(pdf.catalog().value, 'AcroForm'), 'Fields')
  expect(pdf.nextNumber).toBeGreaterThan(1)
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
      objects: { 10: `[${'0 '.repeat(9000)}]`, 11: `<< /Long [${'(text) '.repeat(9000)}] >>` },
      page: '/Annots 10 0 R'
    })
    writeFileSync(join(folder, 'a.pdf'), bytes)
    const descriptor = openSync(join(folder, 'a.pdf'), 'r')
    try {
      const everything = (pdf: PdfReader) =>
        [...pdf.liveObjects()].map(one => pdf.object(one)!.value.raw.toString('hex'))
      const fromFile = everything(PdfReader.open(new FileSource(descriptor)))
      expect(fromFile).toEqual(everything(open(bytes)))
      expect(fromFile.join('').length).toBeGreaterThan(2 * 18_000)
    } finally {
      closeSync(descriptor)
      rmSync(folder, { recursive: true })
    }
  })

  describe('bears the slips that all readers take the same way', () => {
    const pdf = makePdf({ after: '\n\n' })
    const stream = makePdf({ xref: 'stream', objectStream: true })
    const startOf = (bytes: Buffer) => Number(/startxref\n(\d+)/.exec(text(bytes))![1])
    const moveStart = (bytes: Buffer, by: number) => edit(bytes, /startxref\n\d+/, `startxref\n${startOf(bytes) + by}`)
    const junk = 'From: somebody\r\n\r\n'

    it.each<[string, () => Buffer]>([
      ['a table that counts from 1', () => edit(pdf, 'xref\n0 6', 'xref\n1 6')],
      ['entries of 19 bytes', () => makePdf({ entryEnd: '\n' })],
      ['entries that end with a space and CR', () => makePdf({ entryEnd: ' \r' })],
      ['entries of 21 bytes', () => makePdf({ entryEnd: ' \r\n' })],
      ['entries of all widths', () => edit(pdf, /(00000 n)\r\n/, '$1   \r\n\r\n')],
      ['entries with fewer digits', () => edit(pdf, '0000000000 65535 f', '0 65535 f')],
      ['CR alone as line end', () => makePdf({ lineEnd: '\r', entryEnd: ' \r' })],
      ['a comment in the middle of the trailer', () => edit(pdf, '/Root 1 0 R', '/Root % >> comment\n1 %x\n0 R')],
      ['startxref a little too high', () => moveStart(pdf, 7)],
      ['startxref a little too low', () => moveStart(pdf, -9)],
      ['startxref in the white space before', () => moveStart(pdf, -1)],
      ['startxref beside a cross-reference stream', () => moveStart(stream, 3)],
      ['offsets from the header behind junk', () => makePdf({ junkBefore: junk })],
      ['offsets from the first byte in spite of junk', () => makePdf({ junkBefore: junk, offsetsFromStart: true })],
      ['the same with streams', () => makePdf({ junkBefore: junk, offsetsFromStart: true, xref: 'stream' })],
      ['a blank line before the header', () => makePdf({ junkBefore: '\n', offsetsFromStart: true })],
      ['nothing behind startxref', () => edit(pdf, /%%EOF\n*$/, '')],
      ['much junk behind the end', () => makePdf({ after: `\n${'\0'.repeat(20_000)}` })],
      ['no endobj', () => edit(makePdf({ after: '\n' }), /(\/Kids \[3 0 R\] \/Count 1 >>)\nendobj/, '$1\n      ')],
      [
        'endobj without a space',
        () => edit(edit(pdf, 'endobj\n3 0 obj', 'endobj3 0 obj '), '0000000122', '0000000121')
      ],
      ['an empty object', () => makePdf({ catalog: '/AcroForm 10 0 R', objects: { 10: '' } })],
      [
        'no line end before endstream',
        () => edit(stream, '\nendstream\nendobj\n6 0 obj', 'endstream\nendobj\n\n6 0 obj')
      ],
      [
        'space behind the keyword stream',
        () => edit(makePdf({ xref: 'stream' }), />>\nstream\n([^]*)$/, '>>stream \n$1')
      ],
      ['/Prev 0', () => edit(pdf, '/Root 1 0 R', '/Root 1 0 R /Prev 0')],
      ['a size too small', () => edit(pdf, '/Size 6', '/Size 2')],
      ['names spelled with numbers', () => makePdf({ pages: '<< /Ty#70e /P#61ges /K#69ds [3 0 R] /Count 1 >>' })],
      ['empty names', () => makePdf({ catalog: '/ /A /X /', page: '/B <</ 1>>' })],
      ['equal duplicates', () => makePdf({ catalog: '/Pages 2 0 R' })],
      ['numbers that nobody can read', () => makePdf({ page: '/UserUnit --5 /X 1.2.3 /Y [+.5 -.5 4. -0] /Z 1-2' })],
      ['a portfolio', () => makePdf({ catalog: '/Collection << /View /T >>' })],
      ['a PDF 2.0 header', () => edit(pdf, '%PDF-1.7', '%PDF-2.0')]
    ])('%s', (_, make) => {
      const bytes = make()
      const reader = open(bytes)
      expect(codeOf(() => explore(reader))).toBe('fine')
      expect([...reader.liveObjects()].map(one => reader.object(one)?.number)).toContain(5)
      // The place to point back to is right even where startxref was not.
      const there = bytes.subarray(reader.headerAt + reader.startXref)
      expect(text(there.subarray(0, 20)).trimStart()).toMatch(/^(xref|\d+ 0 obj)/)
    })

    it.each<[string, (stream: string) => string]>([
      ['too short', old => old.replace(/\/Length \d+/, '/Length 3')],
      ['too long', old => old.replace(/\/Length \d+/, '/Length 99999')],
      ['missing', old => old.replace(/\/Length \d+/, '')],
      ['by reference to nothing', old => old.replace(/\/Length \d+/, '/Length 99 0 R')]
    ])('a length of an object stream that is %s', (_, change) => {
      const original = text(stream)
      const at = original.indexOf('/Type /ObjStm')
      const head = original.slice(at, original.indexOf('stream\n', at))
      const changed = change(head)
      // Offsets behind it must stay right.
      const padded = changed.length <= head.length ? changed.padEnd(head.length) : undefined
      const bytes = Buffer.from(original.replace(head, padded ?? changed), 'latin1')
      const shift = padded ? 0 : changed.length - head.length
      const start = startOf(stream) + shift
      const moved = edit(bytes, /startxref\n\d+\n/, `startxref\n${start}\n\n`)
      expect(codeOf(() => read(moved))).toBe('fine')
    })

    it('lengths by reference, to an object further down', () => {
      const objects = { 10: '<< /Length 11 0 R >>\nstream\nxyz\nendstream', 11: '3' }
      expect(text(open(makePdf({ objects })).stream({ number: 10, generation: 0 })!)).toBe('xyz')
    })

    it('generations above 0', () => {
      const once = edit(makePdf({ objects: { 10: '(new)' } }), '10 0 obj', '10 3 obj')
      const pdf = open(edit(once, /00000 n\r\ntrailer/, '00003 n\r\ntrailer'))
      expect(pdf.object({ number: 10, generation: 3 })?.value.raw.toString()).toBe('(new)')
      expect(pdf.object({ number: 10, generation: 0 })).toBeUndefined()
      expect(pdf.generationOf(10)).toBe(3)
    })
  })

  it.each<[string, Packing]>([
    ['ASCIIHexDecode', { filter: '/ASCIIHexDecode', encode: plain => Buffer.from(`${plain.toString('hex')} >`) }],
    [
      'two filters',
      {
        filter: '[/ASCIIHexDecode /FlateDecode]',
        encode: plain => Buffer.from(`${deflateSync(plain).toString('hex')}>`)
      }
    ],
    ['none', { filter: '[]', encode: plain => plain }],
    ['Crypt for nobody', { filter: '[/Crypt]', parameters: '[<< /Name /Identity >>]', encode: plain => plain }]
  ])('reads streams packed with %s', (_, pack) => {
    expect(codeOf(() => read(makePdf({ xref: 'stream', objectStream: true, pack })))).toBe('fine')
  })

  it('tells what changed from one revision to the next, and who is there', () => {
    const first = makePdf()
    const object = '5 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>\nendobj\n'
    const entry = `xref\n4 2\n0000000000 00001 f\r\n${String(first.length).padStart(10, '0')} 00000 n\r\n`
    const second = `${text(first)}${object}${entry}trailer\n<< /Size 6 /Root 1 0 R /Prev ${/startxref\n(\d+)/.exec(text(first))![1]} >>\nstartxref\n${first.length + object.length}\n%%EOF\n`
    const after = open(Buffer.from(second, 'latin1'))
    expect([...after.changedSince(open(first))]).toEqual([4, 5])
    expect([...after.liveObjects()].map(({ number }) => number)).toEqual([1, 2, 3, 5])
    expect([after.generationOf(4), after.generationOf(5)]).toEqual([undefined, 0])
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
      'one key with two values in the catalog',
      () => makePdf({ catalog: '/Pages 3 0 R' }),
      'sealing/pdf-broken (one key with two values)'
    ],
    [
      'one key with two values in the trailer',
      () => makePdf({ trailer: '/Root 2 0 R' }),
      'sealing/pdf-broken (one key with two values)'
    ],
    [
      'an object twice in one section',
      () => edit(makePdf(), /trailer/, '5 1\n0000000015 00000 n\r\ntrailer'),
      'sealing/pdf-broken (an object twice in one cross-reference section)'
    ],
    ['a page that has kids', () => makePdf({ page: '/Kids []' }), 'sealing/pdf-broken (page with kids)'],
    [
      'a stream that stands in for a cross-reference stream',
      () => edit(makePdf({ xref: 'stream' }), '/Type /XRef', '/Type /XReg'),
      'sealing/pdf-broken (no cross-reference section)'
    ],
    [
      'encryption that a later revision forgets',
      () => {
        const first = makePdf({ trailer: '/Encrypt 9 0 R' })
        const start = /startxref\n(\d+)/.exec(text(first))![1]!
        return Buffer.from(
          `${text(first)}xref\n0 0\ntrailer\n<< /Root 1 0 R /Size 6 /Prev ${start} >>\nstartxref\n${first.length}\n%%EOF`,
          'latin1'
        )
      },
      'sealing/pdf-broken (encrypted only in earlier revisions)'
    ],
    [
      'a circle of references',
      () => makePdf({ catalog: '/AcroForm 10 0 R', objects: { 10: '11 0 R', 11: '10 0 R' } }),
      'sealing/pdf-broken (circle of references)'
    ]
  ])('refuses %s', (_, make, code) => {
    expect(codeOf(() => read(make()))).toBe(code)
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
          outcomes.add(codeOf(() => read(bytes.subarray(0, Math.ceil((bytes.length * percent) / 100)))))
        }
      ),
      { numRuns: 1500 }
    )
    expect(outcomes.has('fine')).toBe(true)
    expect(outcomes.size).toBeGreaterThan(8)
  })
})
