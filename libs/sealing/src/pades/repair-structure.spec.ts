import { writeFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import { Refused } from '#platform'
import { itWith, qpdf, Workbench } from '../../../../test/interop/sealing/tools.js'
import { makePdf, type PdfWish } from '../../test/test-pdfs.js'
import { BufferSource } from '../source.js'
import { PdfReader } from './pdf-reader.js'

const text = (bytes: Buffer) => bytes.toString('latin1')
const bytesOf = (source: string) => Buffer.from(source, 'latin1')
const repair = (bytes: Buffer) => PdfReader.open(new BufferSource(bytes), { repair: true })

function outcome(bytes: Buffer): string {
  try {
    return repair(bytes).repaired ? 'repaired' : 'sound'
  } catch (error) {
    if (error instanceof Refused) return `${error.type.code} ${String(error.facts['why'])}`
    throw error
  }
}

function edit(bytes: Buffer, from: string | RegExp, to: string): Buffer {
  const changed = text(bytes).replace(from, to)
  expect(changed).not.toBe(text(bytes))
  return bytesOf(changed)
}

/** Without any `startxref`, so that a scan is the only way in. */
const lost = (bytes: Buffer) => edit(bytes, /startxref/g, 'startxxxx')

/** Everything that can be read, in words. */
const contents = (pdf: PdfReader) =>
  [...pdf.liveObjects()].flatMap(one => {
    const object = pdf.object(one)!
    const type = object.value.kind === 'dict' ? object.value.entries.get('Type')?.raw.toString() : ''
    const data = object.isStream && type !== '/XRef' ? pdf.stream(object)!.toString('latin1') : ''
    return type === '/XRef' ? [] : [`${object.number} ${object.generation} ${text(object.value.raw)} ${data}`]
  })

/** A file whose cross-reference is one complete table or stream behind everything else, as a writer would make it. */
function withFullTable(pdf: PdfReader, bytes: Buffer): Buffer {
  const rows: Buffer[] = []
  const row = (type: number, middle: number, last: number) => {
    const one = Buffer.alloc(9)
    one[0] = type
    one.writeUIntBE(middle, 1, 6)
    one.writeUInt16BE(last, 7)
    rows.push(one)
  }
  const next = pdf.nextNumber
  const live = new Map([...pdf.liveObjects()].map(one => [one.number, one]))
  const at = bytes.length + 1 - pdf.headerAt
  for (let number = 0; number < next; number++) {
    const one = live.get(number)
    if (!one) row(0, 0, 65535)
    else if (one.stream === undefined) row(1, one.offset, one.generation)
    else row(2, one.stream, one.index)
  }
  row(1, at, 0)
  const root = text(pdf.trailer.entries.get('Root')!.raw)
  const data = deflateSync(Buffer.concat(rows))
  return Buffer.concat([
    bytes,
    bytesOf(
      `\n${next} 0 obj\n<< /Type /XRef /W [1 6 2] /Size ${next + 1} /Root ${root} /Filter /FlateDecode /Length ${data.length} >>\nstream\n`
    ),
    data,
    bytesOf(`\nendstream\nendobj\nstartxref\n${at}\n%%EOF\n`)
  ])
}

const wishes: readonly (readonly [string, PdfWish])[] = [
  ['a table', { trailer: '/Info 10 0 R', objects: { 10: '<< /Title (t) >>', 12: '(far)' } }],
  ['a stream', { xref: 'stream', predictor: true }],
  ['object streams', { xref: 'stream', objectStream: true, objects: { 10: '[(a) 12 0 R]', 12: '<< /B true >>' } }],
  ['a hybrid file', { xref: 'hybrid', objectStream: true, objects: { 10: '(b)' } }],
  ['junk before the header', { junkBefore: 'junk 1 0 obj junk\n' }]
]

describe('repair', () => {
  it.each(wishes)('of %s finds everything again', (_, wish) => {
    const bytes = makePdf(wish)
    const pdf = repair(lost(bytes))
    expect(pdf.repaired).toBe(true)
    expect(contents(pdf)).toEqual(contents(PdfReader.open(new BufferSource(bytes))))
    expect(pdf.xrefKind).toBe(wish.objectStream ? 'stream' : 'table')
    expect(pdf.revisions()).toHaveLength(1)
    for (const key of ['Root', 'ID', 'Info'])
      expect(pdf.trailer.entries.get(key)?.raw).toEqual(
        PdfReader.open(new BufferSource(bytes)).trailer.entries.get(key)?.raw
      )
    expect(pdf.trailer.entries.has('Prev')).toBe(false)
  })

  itWith(qpdf).each(wishes)('of %s gives what qpdf takes for sound, when written out', (_, wish) => {
    const bench = new Workbench()
    try {
      const broken = lost(makePdf({ ...wish, junkBefore: undefined }))
      writeFileSync(bench.path('a.pdf'), withFullTable(repair(broken), broken))
      expect(bench.run('qpdf', '--check', 'a.pdf')).toMatch(/No syntax or stream encoding errors found/)
    } finally {
      bench.clear()
    }
  })

  it('is not done to sound files, nor unless it is asked for', () => {
    const bytes = makePdf({ xref: 'stream', objectStream: true })
    expect(outcome(bytes)).toBe('sound')
    expect(() => PdfReader.open(new BufferSource(lost(bytes)))).toThrow(Refused)
  })

  it.each<[string, () => Buffer]>([
    ['an offset that leads astray', () => edit(makePdf(), '0000000122', '0000000199')],
    [
      'an entry for an object that nothing else needs',
      () => edit(makePdf({ objects: { 10: '(x)' } }), /000\d{7} 00000 n\r\ntrailer/, '0000000021 00000 n\r\ntrailer')
    ],
    ['lines inserted in front', () => edit(makePdf(), '%PDF-1.7\n', '%PDF-1.7\n%inserted\n')],
    ['line ends converted', () => bytesOf(text(makePdf()).replace(/\r?\n/g, '\r\n'))],
    ['a table cut short', () => edit(makePdf(), 'xref\n0 6', 'xref\n0 60')],
    ['no trailer at all', () => edit(makePdf(), /xref\n[^]*$/, '%%EOF')],
    [
      'no trailer, and the catalog in an object stream',
      () => edit(makePdf({ xref: 'stream', objectStream: true }), /\d+ 0 obj\n<< \/Type \/XRef[^]*$/, '%%EOF')
    ],
    [
      'a circle of sections',
      () => edit(makePdf(), '/Root 1 0 R', `/Root 1 0 R /Prev ${/startxref\n(\d+)/.exec(text(makePdf()))![1]}`)
    ],
    [
      'a later revision, of which the last state counts',
      () =>
        lost(
          bytesOf(
            `${text(makePdf())}\n3 0 obj\n<< /Type /Page /Parent 2 0 R /New true >>\nendobj\nstartxref\n0\n%%EOF\n`
          )
        )
    ],
    ['the same object twice, byte for byte', () => lost(edit(makePdf(), /(5 0 obj[^]*?endobj\n)/, '$1$1'))]
  ])('mends %s', (_, make) => {
    const bytes = make()
    expect(outcome(bytes)).toBe('repaired')
    expect(repair(bytes).page('first').number).toBe(3)
  })

  it('takes the newest definition, over borders of revisions only', () => {
    const later = '\n3 0 obj\n<< /Type /Page /Parent 2 0 R /New true >>\nendobj\n'
    const first = text(makePdf())
    const pdf = repair(lost(bytesOf(`${first}${later}startxref\n0\n%%EOF\n`)))
    expect(pdf.page('first').value.entries.has('New')).toBe(true)
    expect(outcome(lost(bytesOf(first.replace('5 0 obj', `${later.trim()}\n5 0 obj`))))).toBe(
      'sealing/pdf-broken not repaired: an object defined twice in one revision'
    )
  })

  it('passes over what stands inside streams, comments and strings', () => {
    const inner = text(makePdf({ objects: { 30: '(inside)' } })).replace('/Kids [3 0 R]', '/Kids [9 0 R]')
    const objects = {
      10: `<< /Type /EmbeddedFile /Length ${inner.length} >>\nstream\n${inner}\nendstream`,
      11: `<< /Type /EmbeddedFile /Length 12 0 R >>\nstream\n${inner}\nendstream`,
      12: String(inner.length),
      13: '(1 0 obj << /Type /Catalog >> endobj)'
    }
    const pdf = repair(lost(edit(makePdf({ objects }), /5 0 obj/, '% 2 0 obj (no) endobj\n5 0 obj')))
    expect([...pdf.liveObjects()].map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 10, 11, 12, 13])
    expect(pdf.page('first').number).toBe(3)
    expect(pdf.stream({ number: 11, generation: 0 })?.length).toBe(inner.length)
  })

  it.each<[string, () => Buffer, string]>([
    [
      'a signed document',
      () => makePdf({ objects: { 10: '<< /Type /Sig /ByteRange [0 1 2 3] >>' } }),
      'the document is signed'
    ],
    [
      'a signed document that hides it',
      () => makePdf({ objects: { 10: '<< /Type /Sig /Byte#52ange [0 1 2 3] >>' } }),
      'the document is signed'
    ],
    ['two catalogs', () => makePdf({ objects: { 10: '<< /Type /Catalog /Pages 2 0 R >>' } }), 'two catalogs'],
    [
      'trailers that name different catalogs',
      () => bytesOf(`${text(makePdf())}trailer\n<< /Root 3 0 R >>\nstartxref\n0\n%%EOF\n`),
      'two catalogs'
    ],
    [
      'an object defined again with a lower generation',
      () => bytesOf(`${text(edit(makePdf(), '5 0 obj', '5 2 obj'))}\n5 0 obj\n(x)\nendobj\nstartxref\n0\n%%EOF\n`),
      'an object defined again with a lower generation'
    ],
    [
      'a stream whose length may be this or that',
      () =>
        makePdf({
          objects: {
            10: '<< /Length 11 0 R >>\nstream\nab endstream endobj endstream endobj 11 0 obj 2 endobj\nendstream',
            11: '54'
          }
        }),
      'a stream with two lengths'
    ],
    [
      'encryption that one trailer forgets',
      () => bytesOf(`${text(makePdf({ trailer: '/Encrypt 9 0 R' }))}trailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n`),
      'encrypted or not'
    ],
    [
      'encryption without a trailer',
      () => edit(makePdf({ objects: { 10: '<< /Filter /Standard /O () >>' } }), /trailer[^]*startxref/, 'startxref'),
      'encrypted or not'
    ],
    [
      'two encryptions',
      () =>
        bytesOf(
          `${text(makePdf({ trailer: '/Encrypt 9 0 R' }))}trailer\n<< /Root 1 0 R /Encrypt 8 0 R >>\nstartxref\n0\n%%EOF\n`
        ),
      'two encryptions'
    ]
  ])('refuses %s', (_, make, why) => {
    expect(outcome(lost(make()))).toBe(`sealing/pdf-broken not repaired: ${why}`)
  })

  it.each<[string, () => Buffer, string]>([
    [
      'a file cut off between objects',
      () => edit(makePdf(), /5 0 obj[^]*$/, ''),
      'not repaired: the file seems to be cut off'
    ],
    ['a file cut off in an object', () => makePdf().subarray(0, 150), 'no value'],
    ['an object without end', () => lost(makePdf({ objects: { 10: '(x' } })), 'string without end'],
    ['nothing but a header', () => bytesOf('%PDF-1.7\nhello\n'), 'not repaired: no objects'],
    [
      'no catalog',
      () => lost(edit(edit(makePdf(), '/Type /Catalog', '/Type /Katalog'), /trailer[^]*startxref/, 'startxref')),
      'no catalog'
    ],
    [
      'a stream that never ends',
      () => lost(edit(makePdf(), 'endstream\nendobj', 'endstraem\nendobj')),
      'not repaired: a stream without end'
    ]
  ])('gives %s up', (_, make, why) => {
    expect(outcome(make())).toBe(`sealing/pdf-broken ${why}`)
  })

  it('leaves a signed document alone whose damage is none of the seal’s business', () => {
    const objects = { 10: '<< /Type /Sig /ByteRange [0 1 2 3] >>', 11: '(astray)' }
    const bytes = edit(makePdf({ objects }), /0000000\d{3} 00000 n\r\ntrailer/, '0000000021 00000 n\r\ntrailer')
    expect(outcome(bytes)).toBe('sound')
  })

  it('is no way to seal a file with the remains of a revision behind its end', () => {
    const bytes = bytesOf(`${text(makePdf())}3 0 obj\n<< /Type /Page /Parent 2 0 R /New true >>\nendobj\n`)
    const asItIs = PdfReader.open(new BufferSource(bytes))
    expect(asItIs.hasStrayObjects).toBe(true)
    expect(asItIs.page('first').value.entries.has('New')).toBe(false)
    expect(outcome(bytes)).toBe('sealing/pdf-broken objects behind the end of the last revision')
    expect(outcome(lost(bytes))).toBe('sealing/pdf-broken not repaired: the file seems to be cut off')
    expect(repair(makePdf({ after: '\n some objects 1 2 3\n' })).hasStrayObjects).toBe(false)
  })

  it('ends soon with files made to keep it busy', () => {
    const header = '%PDF-1.7\n'
    const busy = [
      header + '1 0 obj\n<< /Length 9 >>\nstream\n'.repeat(20_000),
      header + '1 0 '.repeat(500_000),
      header + '1'.repeat(3_000_000),
      header + '1 0 obj '.repeat(200_000),
      header + '%%EOF\n'.repeat(200_000),
      header + 'trailer << >> '.repeat(200_000),
      `${header}${Array.from({ length: 60_000 }, (_, i) => `${i + 1} 0 obj ${i} endobj `).join('')}`,
      `${header}${Array.from({ length: 3000 }, (_, i) => `${i + 1} 0 obj <</Length 9 0 R>> stream\n${'x'.repeat(500)}`).join('')}`
    ]
    for (const file of busy) expect(outcome(bytesOf(file))).toMatch(/^sealing\//)
  })
})
