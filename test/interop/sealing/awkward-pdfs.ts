import { type OddPdf, stream, writeOdd } from './odd-pdf.js'

/** An awkward PDF and what must become of it: a seal that all judges accept, or a refusal for this reason. */
export type AwkwardPdf = readonly [
  name: string,
  bytes: () => Buffer,
  outcome: 'sealed' | readonly [code: string, why?: string]
]

const page =
  '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>'
const text = 'BT /F1 24 Tf 72 700 Td (A letter) Tj ET'
const courier = '<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>'

const sealed = (name: string, odd: OddPdf): AwkwardPdf => [name, () => writeOdd(odd), 'sealed']
const refused = (name: string, odd: OddPdf, code: string, why?: string): AwkwardPdf => [
  name,
  () => writeOdd(odd),
  [`sealing/${code}`, why]
]
const edited = (odd: OddPdf, from: string | RegExp, to: string) => (): Buffer => {
  const before = writeOdd(odd).toString('latin1')
  const after = before.replace(from, to)
  if (after === before) throw new Error(`nothing to edit: ${from}`)
  return Buffer.from(after, 'latin1')
}

/** Appends a revision with a table, as careless programs do. */
function revision(
  before: Buffer,
  objects: Readonly<Record<number, string>>,
  { prev = true, size = 100, generation = 0, free = [] as readonly number[] } = {}
): Buffer {
  const last = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(before.toString('latin1'))![1]
  let out = ''
  let table = ''
  for (const [number, body] of Object.entries(objects)) {
    const offset = String(before.length + out.length).padStart(10, '0')
    table += `${number} 1\n${offset} ${String(generation).padStart(5, '0')} n \n`
    out += `${number} ${generation} obj\n${body}\nendobj\n`
  }
  for (const number of free) table += `${number} 1\n0000000000 00001 f \n`
  const at = before.length + out.length
  const trailer = `<< /Size ${size} /Root 1 0 R ${prev ? `/Prev ${last}` : ''} >>`
  return Buffer.concat([before, Buffer.from(`${out}xref\n${table}trailer\n${trailer}\nstartxref\n${at}\n%%EOF\n`)])
}

const moved = (by: number): OddPdf => ({ shift: (_, offset) => offset + by, startxref: offset => offset + by })
const kids = (list: string, more = ''): OddPdf => ({ objects: { 2: `<< /Type /Pages /Kids [${list}] ${more} >>` } })
const oddPage = (from: string, to: string, more: Readonly<Record<number, string>> = {}): OddPdf => ({
  objects: { 3: page.replace(from, to), ...more }
})
const content = (body: string): OddPdf => ({ objects: { 4: body } })
const deep = Object.fromEntries(
  Array.from({ length: 3000 }, (_, i) => [
    100 + i,
    `<< /Type /Pages /Parent ${i ? 99 + i : 2} 0 R /Kids [${i < 2999 ? 101 + i : 3} 0 R] /Count 1 >>`
  ])
)

const lines: readonly AwkwardPdf[] = [
  sealed('CR alone ends lines', { eol: '\r', entryEnd: ' \r' }),
  sealed('CR LF ends lines', { eol: '\r\n', entryEnd: '\r\n' }),
  sealed('entries of nineteen bytes', { entryEnd: '\n' }),
  sealed('no comment with binary bytes', { header: '%PDF-1.4\n' }),
  sealed('all in the header line', { header: '%PDF-1.4%\xe2\xe3\xcf\xd3\n' }),
  sealed('PDF 2.0', { header: '%PDF-2.0\n', catalog: '/Version /2.0' }),
  sealed('the header of Acrobat 3', { header: '%PDF-1.2 \n%!PS-Adobe-3.0 PDF-1.2\n' }),
  refused('no version', { header: '%PDF-\n' }, 'pdf-broken', 'the file does not begin with its header'),
  refused(
    'a blank line first',
    { header: '\n%PDF-1.4\n', ...moved(-1) },
    'pdf-broken',
    'the file does not begin with its header'
  ),
  refused(
    'a byte order mark first',
    { header: '\xef\xbb\xbf%PDF-1.4\n', ...moved(-3) },
    'pdf-broken',
    'the file does not begin with its header'
  ),
  refused(
    'mail headers first',
    { header: 'Subject: x\n\n%PDF-1.4\n' },
    'pdf-broken',
    'the file does not begin with its header'
  ),
  sealed('comments between tokens', { objects: { 1: '%a\n<< %b\n/Type %c\n/Catalog/Pages 2 0 R %d\n>>%e' } }),
  sealed('names with escapes', {
    objects: { 1: '<< /T#79pe /Cat#61log /P#61ges 2 0 R /A#20B (x) /C#2fD 1 /#25 /#23 / /E >>' }
  }),
  sealed('strings of all kinds', { catalog: '/S (a(b(c)\\(d)\\\re\\101\\7) /H <4> /I <41 4\n2 5> /J () /K <>' }),
  sealed('entries that are null', { page: '/Rotate null /CropBox null /Annots null /UserUnit null' }),
  sealed('numbers that nobody understands', { page: '/X [--5 1.2.3 - .] /Y 99999999999999999999999 /Z 4e5' }),
  refused('a key with two values', { page: '/Rotate 0 /Rotate 90' }, 'pdf-broken', 'one key with two values'),
  sealed('a key twice with one value', { page: '/Rotate 0 /Rotate 0' }),
  refused('a key without a value', { page: '/X' }, 'pdf-broken', 'no value'),
  sealed('endobj forgotten', { endobj: '\n' }),
  sealed('objects without line ends', { endobj: ' endobj ' }),
  sealed('comments and junk between objects', { between: '% 9 0 obj\njunk\n' }),
  sealed('objects of nothing', { page: '/X 6 0 R /Y 7 0 R', objects: { 6: 'null', 7: '' } })
]

const streams: readonly AwkwardPdf[] = [
  sealed('a stream behind CR', content(`<< /Length ${text.length} >>\nstream\r${text}\nendstream`)),
  sealed('a stream behind spaces', content(`<< /Length ${text.length} >>\nstream  \n${text}\nendstream`)),
  sealed('a length too short', content(stream(text).replace(String(text.length), '9'))),
  sealed('a length too long', content(stream(text).replace(String(text.length), '9999'))),
  sealed('no length', content(stream(text).replace(`/Length ${text.length}`, ''))),
  sealed('a length further on', {
    objects: { 4: stream(text).replace(String(text.length), '6 0 R'), 6: `${text.length}` }
  }),
  sealed('a length that leads nowhere', content(stream(text).replace(String(text.length), '66 0 R'))),
  sealed('endstream on the same line', content(stream(text).replace('\nendstream', 'endstream'))),
  sealed('another PDF inside', { objects: { 6: stream(writeOdd().toString('latin1')) } }),
  sealed('another PDF inside, and no way to the table', {
    objects: { 6: stream(writeOdd().toString('latin1')) },
    startxref: () => 0
  })
]

const numbers: readonly AwkwardPdf[] = [
  sealed('a large object number', { page: '/A 999999 0 R', objects: { 999999: '(x)' } }),
  refused(
    'an object number beyond all',
    { page: '/A 9999999 0 R', objects: { 9999999: '(x)' } },
    'pdf-broken',
    'object numbers'
  ),
  sealed('sparse object numbers', { objects: { 10: '(a)', 1000: '(b)', 5000: '(c)' }, xref: 'stream' }),
  sealed('a page of generation 65535', { generations: { 3: 65535 }, ...kids('3 65535 R') }),
  sealed('a page of generation 70000 in a stream', {
    xref: 'stream',
    widths: [1, 4, 4],
    generations: { 3: 70000 },
    ...kids('3 70000 R')
  }),
  sealed('a catalog of generation 7', { generations: { 1: 7 } })
]

const pages: readonly AwkwardPdf[] = [
  refused('a page that is no object', kids(page), 'pdf-broken', 'page that is no object'),
  refused(
    'a page tree that is no object',
    { objects: { 1: `<< /Type /Catalog /Pages << /Type /Pages /Kids [3 0 R] /Count 1 >> >>` } },
    'pdf-broken',
    'page that is no object'
  ),
  sealed('a page instead of the tree', { objects: { 1: '<< /Type /Catalog /Pages 3 0 R >>' } }),
  sealed('kids and count apart', {
    objects: { 2: '<< /Type /Pages /Kids 6 0 R /Count 7 0 R >>', 6: '[3 0 R]', 7: '1' }
  }),
  sealed('a count of none', kids('3 0 R', '/Count 0')),
  sealed('a count of too many', kids('3 0 R', '/Count 999')),
  sealed('kids that are nothing', kids('null 3 0 R 99 0 R 7', '/Count 1')),
  sealed('one page twice', kids('3 0 R 3 0 R', '/Count 2')),
  sealed('a tree in a circle', kids('2 0 R 3 0 R', '/Count 1')),
  sealed('no types', { objects: { 2: '<< /Kids [3 0 R] /Count 1 >>', 3: page.replace('/Type /Page', '') } }),
  sealed('no parent', oddPage('/Parent 2 0 R', '')),
  sealed('a tree three thousand deep', {
    objects: { 2: '<< /Type /Pages /Kids [100 0 R] /Count 1 >>', ...deep, 3: page.replace('/Parent 2', '/Parent 3099') }
  }),
  sealed(
    'a media box of references',
    oddPage('[0 0 595 842]', '[6 0 R 6 0 R 7 0 R 8 0 R]', { 6: '0', 7: '595.5', 8: '842' })
  ),
  sealed('a media box upside down', oddPage('[0 0 595 842]', '[595 842 0 0]')),
  sealed('no media box', oddPage('/MediaBox [0 0 595 842]', '')),
  sealed('a rotation that is none', { page: '/Rotate 45' }),
  refused('no pages', { objects: { 2: '<< /Type /Pages /Count 0 >>' } }, 'pdf-broken', 'no page'),
  refused(
    'a page that is a stream',
    { objects: { 3: stream('x', '/Type /Page /Parent 2 0 R') } },
    'pdf-broken',
    'no page'
  )
]

const annotations: readonly AwkwardPdf[] = [
  sealed('annotations in the page', { page: '/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 1 1] >>]' }),
  sealed('annotations that are nothing', { page: '/Annots [null 99 0 R]' }),
  sealed('annotations that lead nowhere', { page: '/Annots 99 0 R' }),
  sealed('annotations with comments', {
    page: '/Annots [ %c\n6 0 R %d\n]',
    objects: { 6: '<< /Type /Annot /Subtype /Link /Rect [0 0 1 1] >>' }
  }),
  sealed('annotations in an object stream', {
    page: '/Annots 6 0 R',
    objects: { 6: '[7 0 R]', 7: '<< /Type /Annot /Subtype /Link /Rect [0 0 1 1] >>' },
    packed: [1, 2, 3, 6, 7]
  }),
  sealed('annotations shared by two pages', {
    page: '/Annots 6 0 R',
    objects: {
      2: '<< /Type /Pages /Kids [3 0 R 7 0 R] /Count 2 >>',
      6: '[]',
      7: `${page.slice(0, -2)} /Annots 6 0 R >>`
    }
  }),
  refused('annotations that are a dictionary', { page: '/Annots << >>' }, 'pdf-unsupported', 'Annots'),
  refused(
    'annotations behind two references',
    { page: '/Annots 6 0 R', objects: { 6: '7 0 R', 7: '[]' } },
    'pdf-unsupported',
    'array behind two references'
  )
]

const form = (entries: string, more: Readonly<Record<number, string>> = {}): OddPdf => ({
  catalog: `/AcroForm ${entries}`,
  objects: more
})
const forms: readonly AwkwardPdf[] = [
  sealed('an empty form', form('<< >>')),
  sealed('a form that is null', form('null')),
  sealed('a form that leads nowhere', form('99 0 R')),
  sealed('a form whose fields lead nowhere', form('<< /Fields 99 0 R /NeedAppearances true >>')),
  sealed('a form in pieces', form('6 0 R', { 6: '<< /Fields 7 0 R /SigFlags 8 0 R >>', 7: '[]', 8: '0' })),
  sealed('a form with XFA', form('<< /Fields [] /XFA 6 0 R >>', { 6: stream('<xdp/>') })),
  sealed('a field that is no object', form('<< /Fields [<< /FT /Tx /T (a) >>] >>')),
  sealed('a field with our name', form('<< /Fields [6 0 R] >>', { 6: '<< /FT /Tx /T (GoniecSeal8) >>' })),
  refused('a form that is an array', form('[]'), 'pdf-unsupported', 'AcroForm'),
  refused('fields that are a dictionary', form('<< /Fields << >> >>'), 'pdf-unsupported', 'Fields')
]

const crossReferences: readonly AwkwardPdf[] = [
  sealed('a size too small', { wholeTrailer: '/Size 2 /Root 1 0 R' }),
  sealed('a size too large', { wholeTrailer: '/Size 1000000 /Root 1 0 R' }),
  refused('a size beyond all', { wholeTrailer: '/Size 99999999999 /Root 1 0 R' }, 'pdf-broken', 'object numbers'),
  sealed('no root', { wholeTrailer: '/Size 6' }),
  refused('two roots', { wholeTrailer: '/Size 6 /Root 1 0 R /Root 2 0 R' }, 'pdf-broken', 'one key with two values'),
  refused(
    'a root that is no object',
    { wholeTrailer: '/Size 6 /Root << /Type /Catalog /Pages 2 0 R >>' },
    'pdf-broken',
    'no catalog'
  ),
  sealed('a previous section that is none', { trailer: '/Prev 7' }),
  sealed('a previous section outside the file', { trailer: '/Prev 999999' }),
  sealed('a stream beside the table that is none', { trailer: '/XRefStm 9' }),
  refused('an encryption that leads nowhere', { trailer: '/Encrypt 99 0 R' }, 'pdf-encrypted'),
  sealed('a head of the free list of generation 0', { table: table => table.replace('65535 f', '00000 f') }),
  sealed('a free list into nothing', { table: table => table.replace('0000000000 65535', '0000000007 65535') }),
  sealed('a used object called free', {
    table: table => table.replace(/(\d{10}) 00000 n(?= \ntrailer)/, '$1 00000 f')
  }),
  sealed('an object one byte off', { shift: (number, offset) => (number === 3 ? offset + 1 : offset) }),
  sealed('all objects off', { shift: (_, offset) => offset + 7 }),
  sealed('two objects exchanged', { shift: (number, offset) => (number === 4 ? 9 : offset) }),
  sealed('trailer and dictionary on one line', { table: table => table.replace('trailer\n', 'trailer') }),
  sealed('white space before the table', { table: table => `\n\n   ${table}` }),
  sealed('wide fields', { xref: 'stream', widths: [1, 8, 8] }),
  sealed('no field for the type', { xref: 'stream', widths: [0, 3, 1] }),
  sealed('no field for the generation', { xref: 'stream', widths: [1, 2, 0] }),
  sealed('a field too few', { xref: 'stream', xrefEntries: '/Type /XRef /W [1 4] /Index [1 5 7 1]' }),
  sealed('an index too long', { xref: 'stream', xrefEntries: '/Type /XRef /W [1 4 2] /Index [1 5 7 100]' }),
  sealed('everything in an object stream', { packed: [1, 2, 3, 5] }),
  refused(
    'an object stream that promises more',
    { packed: [1, 2, 3, 5], packedEntries: '/Type /ObjStm /N 9 /First 21' },
    'pdf-broken',
    'object stream'
  ),
  refused(
    'an object stream that is none',
    { packed: [1, 2, 3, 5], packedEntries: '/N 4 /First 21' },
    'pdf-broken',
    'no catalog'
  ),
  sealed('an object stream said to be in another', {
    packed: [1, 2, 3, 6],
    objects: { 6: '<< /Type /ObjStm /N 1 /First 4 /Length 10 >>' }
  }),
  ['an abbreviated filter', edited({ xref: 'stream' }, '/FlateDecode', '/Fl'), 'sealed']
]

const ends: readonly AwkwardPdf[] = [
  sealed('startxref 0', { startxref: () => 0 }),
  sealed('startxref three bytes off', { startxref: offset => offset + 3 }),
  sealed('startxref far outside', { startxref: offset => offset + 100_000 }),
  sealed('startxref without a number', { startxref: () => 'abc' }),
  ['no startxref', edited({}, 'startxref', 'startxxxx'), 'sealed'],
  ['two startxref', edited({}, /startxref\n(\d+)/, 'startxref\n17\nstartxref\n$1'), 'sealed'],
  ['no %%EOF', edited({}, '%%EOF\n', ''), 'sealed'],
  ['no line end at the end', edited({}, '%%EOF\n', '%%EOF'), 'sealed'],
  sealed('two %%EOF', { tail: '%%EOF\n' }),
  sealed('a line of junk behind', { tail: 'junk behind\n' }),
  sealed('five thousand zeros behind', { tail: '\0'.repeat(5000) }),
  sealed('a web page behind', { tail: `<html>${'x'.repeat(20_000)}</html>` }),
  refused(
    'an object behind',
    { tail: '9 0 obj\n(x)\nendobj\n' },
    'pdf-broken',
    'objects behind the end of the last revision'
  ),
  ['cut off', () => writeOdd().subarray(0, 450), ['sealing/pdf-broken', 'not repaired: the file seems to be cut off']],
  ['nothing', () => Buffer.alloc(0), ['sealing/pdf-not-a-pdf']],
  ['a header only', () => Buffer.from('%PDF-1.7\n'), ['sealing/pdf-broken', 'not repaired: no objects']],
  ['a form data file', () => Buffer.from('%FDF-1.2\ntrailer\n<< >>\n%%EOF\n'), ['sealing/pdf-not-a-pdf']]
]

const revisions: readonly AwkwardPdf[] = [
  ['a revision', () => revision(writeOdd(), { 5: courier }), 'sealed'],
  ['a revision without /Prev', () => revision(writeOdd(), { 5: courier }, { prev: false }), 'sealed'],
  ['a revision with a size too small', () => revision(writeOdd(), { 8: '(x)' }, { size: 3 }), 'sealed'],
  ['a table behind a stream', () => revision(writeOdd({ xref: 'stream' }), { 5: courier }), 'sealed'],
  ['an object freed that is used', () => revision(writeOdd(), {}, { free: [5] }), 'sealed'],
  [
    'a number freed and used again',
    () =>
      revision(revision(writeOdd({ objects: { 6: '(old)' } }), {}, { free: [6] }), { 6: '(new)' }, { generation: 1 }),
    'sealed'
  ],
  [
    'a hundred revisions',
    () => Array.from({ length: 100 }).reduce<Buffer>(before => revision(before, { 5: courier }), writeOdd()),
    'sealed'
  ]
]

/** One-page documents that say "A letter", each odd in one way. Written here; nothing is copied from other projects. */
export const awkwardPdfs: readonly AwkwardPdf[] = [
  ...lines,
  ...streams,
  ...numbers,
  ...pages,
  ...annotations,
  ...forms,
  ...crossReferences,
  ...ends,
  ...revisions
]
