import type { Document } from '#sealing/plain'
import { makePdf, type PdfWish } from '../../../../libs/sealing/test/test-pdfs.js'
import { appendRevision } from '../../../../libs/sealing/test/test-signed-pdfs.js'
import type { JudgedWorld, SealWish } from '../judged-world.js'
import { bodyOf, form, numberOf, text, withEntry, wrapped } from './pdf-bodies.js'
import { flipped, otherDigit, replaced, type Tampering } from './tampering.js'

type Revision = Parameters<typeof appendRevision>[1]

/** PAdES, and what can be done to it: bytes, ranges, later revisions, shadow attacks, the security store. */
export async function pdfTamperings(world: JudgedWorld): Promise<Tampering[]> {
  const seal = (wish: PdfWish, sealWish: SealWish = {}): Promise<Buffer> => {
    const document: Document = {
      fileName: 'pismo.pdf',
      mediaType: 'application/pdf',
      source: world.sourceOf(makePdf(wish))
    }
    return world.seal('PAdES', document, sealWish)
  }
  const field = '10 0 R'
  const formed: PdfWish = {
    catalog: `/AcroForm << /Fields [${field}] /DA (/F1 12 Tf 0 g) /DR << /Font << /F1 5 0 R >> >> >>`,
    page: `/Annots [${field}]`,
    objects: { 10: '<< /Type /Annot /Subtype /Widget /FT /Tx /T (kwota) /Rect [100 100 200 120] /P 3 0 R /F 4 >>' }
  }
  const plain = await seal({})
  const twin = await seal({ objects: { 10: '(inny)' } })
  const filled = await seal(formed)
  const all: Tampering[] = []
  const add = (name: string, file: Buffer) => all.push({ name: `PAdES: ${name}`, file })
  const later = (name: string, revision: Revision, base = plain) => add(name, appendRevision(base, revision))

  /** The last digit of the last signature or time stamp that is no padding. */
  const lastDigit = (pdf: Buffer): number => {
    let at = pdf.indexOf('>', pdf.lastIndexOf('/Contents <3')) - 1
    while (pdf[at] === 0x30) at--
    return at
  }
  const signatureFrom = (other: Buffer): Buffer => {
    const digits = (pdf: Buffer) => pdf.subarray(pdf.lastIndexOf('/Contents <3') + 11, lastDigit(pdf) + 1)
    const copy = Buffer.from(plain)
    copy.fill('0', first + 1, second - 1, 'latin1')
    const taken = digits(other)
    taken.copy(copy, first + 1, 0, Math.min(taken.length, second - first - 2))
    return copy
  }
  const contentsAt = plain.indexOf('/Contents <3')
  const sealNumber = numberOf(plain, '/ByteRange')
  const fieldNumber = numberOf(plain, '/FT /Sig')
  const catalog = bodyOf(plain, 1)
  const page = bodyOf(plain, 3)
  const range = /\/ByteRange \[0 (\d+) (\d+) (\d+)\]/.exec(plain.toString('latin1'))!
  const [first, second, rest] = [1, 2, 3].map(i => Number(range[i])) as [number, number, number]
  const withRange = (...numbers: number[]) => {
    const line = /\/ByteRange [^\n]*/.exec(plain.toString('latin1'))![0]
    return replaced(plain, line, `/ByteRange [${numbers.join(' ')}]`.padEnd(line.length))
  }

  add('a byte of the page', replaced(plain, 'A letter', 'A lettes'))
  add('signing time', replaced(plain, '/M (D:2026', '/M (D:2020'))
  add('a certificate in the signature', otherDigit(plain, contentsAt + 900))
  add('signature value', otherDigit(plain, lastDigit(plain)))
  add('first byte of the signature', replaced(plain, '/Contents <30', '/Contents <31'))
  add('padding of the signature', replaced(await seal({}, { level: 'B-T' }), '0000>', '0001>'))
  add('signature of another file', signatureFrom(twin))
  add('range: gap wider', withRange(0, first - 10, second + 10, rest - 10))
  add('range: gap narrower', withRange(0, first + 2, second - 2, rest + 2))
  add('range: does not begin at the beginning', withRange(1, first - 1, second, rest))
  add('range: ends earlier', withRange(0, first, second, rest - 20))
  add('range: ends behind the file', withRange(0, first, second, rest + 20))
  add('range: overlapping', withRange(0, second, first, rest))
  add('range: six numbers', withRange(0, first, second, rest - 10, second + rest - 10, 10))
  add('cut off in the middle', plain.subarray(0, plain.length - 300))
  add('bytes behind the end', Buffer.concat([plain, Buffer.from('junk\n')]))
  add('white space behind the end', Buffer.concat([plain, Buffer.from('\n\n')]))
  add('bytes before the header', Buffer.concat([Buffer.from('junk\n'), plain]))
  add('wrapped: the signed end moved away', wrapped(plain, sealNumber, { first, second, rest }))

  later('a revision that changes nothing', { objects: { 4: bodyOf(plain, 4) } })
  later('an object that nobody uses', { objects: { 150: '(x)' } })
  later('content of the page', { objects: { 4: text('A lie') } })
  later('another content for the page', {
    objects: { 3: page.replace('/Contents 4 0 R', '/Contents 150 0 R'), 150: text('A lie') }
  })
  later('a content more for the page', {
    objects: { 3: page.replace('/Contents 4 0 R', '/Contents [4 0 R 150 0 R]'), 150: text('A lie') }
  })
  later('content of the page freed', { free: [4] })
  later('size of the page', { objects: { 3: page.replace('[0 0 595 842]', '[0 0 595 100]') } })
  later('a font', { objects: { 5: '<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>' } })
  later('a page more', {
    objects: { 2: '<< /Type /Pages /Kids [3 0 R 150 0 R] /Count 2 >>', 150: page.replace(/\/Annots ?\[[^\]]*\]/, '') }
  })
  later('another catalog', { root: 150, objects: { 150: catalog } })
  later('another catalog with another page', {
    root: 150,
    objects: {
      150: catalog.replace('/Pages 2 0 R', '/Pages 151 0 R'),
      151: '<< /Type /Pages /Kids [152 0 R] /Count 1 >>',
      152: page.replace('/Parent 2 0 R', '/Parent 151 0 R').replace('/Contents 4 0 R', '/Contents 153 0 R'),
      153: text('A lie')
    }
  })
  later('JavaScript on opening', { objects: { 1: withEntry(catalog, '/OpenAction << /S /JavaScript /JS (x) >>') } })
  later('an annotation over the page', {
    objects: {
      3: page.replace(/\/Annots ?\[/, '/Annots [150 0 R '),
      150: '<< /Type /Annot /Subtype /FreeText /Rect [50 650 400 750] /Contents (A lie) /DA (/F1 24 Tf) /F 4 /AP << /N 151 0 R >> >>',
      151: form
    }
  })
  later('a note', {
    objects: {
      3: page.replace(/\/Annots ?\[/, '/Annots [150 0 R '),
      150: '<< /Type /Annot /Subtype /Text /Rect [10 10 30 30] /Contents (Uwaga) /F 4 >>'
    }
  })
  later('dates in the document information', {
    trailer: '/Info 150 0 R',
    objects: { 150: '<< /ModDate (D:20261122130000Z) >>' }
  })
  later('the form taken out', { objects: { 1: catalog.replace(/\/AcroForm (\d+ 0 R|<<[^]*?>>)/, '') } })
  later('the value of the field taken out', {
    objects: { [fieldNumber]: bodyOf(plain, fieldNumber).replace(/\/V \d+ 0 R/, '') }
  })
  later('the field has another name', {
    objects: { [fieldNumber]: bodyOf(plain, fieldNumber).replace(/\/T ?\([^)]*\)/, '/T (Inna)') }
  })
  later('the field has another look', {
    objects: {
      [fieldNumber]: bodyOf(plain, fieldNumber)
        .replace(/\/Rect ?\[[^\]]*\]/, '/Rect [50 650 400 750]')
        .replace(/\/AP << [^>]*>>/, '/AP << /N 150 0 R >>'),
      150: form
    }
  })
  later('a copy of the signature in the field', {
    objects: {
      [fieldNumber]: bodyOf(plain, fieldNumber).replace(/\/V \d+ 0 R/, '/V 150 0 R'),
      150: bodyOf(plain, sealNumber)
    }
  })
  later('the signature dictionary written again', { objects: { [sealNumber]: bodyOf(plain, sealNumber) } })
  later('another reason in the signature dictionary', {
    objects: { [sealNumber]: withEntry(bodyOf(plain, sealNumber), '/Reason (Zgadzam)') }
  })
  later('another time in the signature dictionary', {
    objects: { [sealNumber]: bodyOf(plain, sealNumber).replace('D:2026', 'D:2020') }
  })
  later('a second field with the same signature', {
    objects: {
      1: catalog.replace(/\/AcroForm (\d+ 0 R|<<[^]*?>>(?!>))/, '/AcroForm 151 0 R'),
      150: bodyOf(plain, fieldNumber).replace(/\/T ?\([^)]*\)/, '/T (Druga)'),
      151: `<< /Fields [${fieldNumber} 0 R 150 0 R] /SigFlags 3 >>`
    }
  })

  const value = bodyOf(filled, 10)
  later('a form field filled', { objects: { 10: withEntry(value, '/V (100)') } }, filled)
  later(
    'a form field filled, and the page changed',
    { objects: { 10: withEntry(value, '/V (100)'), 4: text('A lie') } },
    filled
  )
  later(
    'a form field moved over the page',
    { objects: { 10: withEntry(value.replace('[100 100 200 120]', '[50 650 400 750]'), '/V (A lie)') } },
    filled
  )
  later('a form field taken out', { objects: { 3: bodyOf(filled, 3).replace('10 0 R', '') }, free: [10] }, filled)

  for (const certification of ['no-changes', 'form-filling'] as const) {
    const certified = await seal(formed, { pdf: { certification } })
    add(`certified ${certification}`, certified)
    later(
      `certified ${certification}: a form field filled`,
      { objects: { 10: withEntry(bodyOf(certified, 10), '/V (100)') } },
      certified
    )
    later(
      `certified ${certification}: a note`,
      {
        objects: {
          3: bodyOf(certified, 3).replace(/\/Annots ?\[/, '/Annots [150 0 R '),
          150: '<< /Type /Annot /Subtype /Text /Rect [10 10 30 30] /Contents (Uwaga) /F 4 >>'
        }
      },
      certified
    )
    later(
      `certified ${certification}: the certification taken out of the catalog`,
      { objects: { 1: bodyOf(certified, 1).replace(/\/Perms (\d+ 0 R|<<[^]*?>>)/, '') } },
      certified
    )
  }

  // Shadow attacks: what is to be shown is in the file before it is signed, and a later revision brings it out.
  const covered = await seal({
    page: '/Annots [10 0 R]',
    objects: {
      10: '<< /Type /Annot /Subtype /FreeText /Rect [50 650 400 750] /Contents (x) /DA (/F1 24 Tf) /F 4 /AP << /N 11 0 R >> >>',
      11: form
    }
  })
  later('shadow, hide: what lay over the content goes', { free: [10] }, covered)
  later(
    'shadow, hide: what lay over the content becomes empty',
    { objects: { 11: form.replace('re f', '    ') } },
    covered
  )
  const spare = await seal({
    objects: { 10: text('A lie'), 11: '<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>' }
  })
  later(
    'shadow, replace: the content that was ready',
    { objects: { 3: bodyOf(spare, 3).replace('/Contents 4 0 R', '/Contents 10 0 R') } },
    spare
  )
  later(
    'shadow, replace: the font that was ready',
    { objects: { 3: bodyOf(spare, 3).replace('/F1 5 0 R', '/F1 11 0 R') } },
    spare
  )
  const dangling = await seal({ page: '/Annots [90 0 R]' })
  later(
    'shadow: an object that was missing',
    {
      objects: {
        90: '<< /Type /Annot /Subtype /FreeText /Rect [50 650 400 750] /Contents (A lie) /DA (/F1 24 Tf) /F 4 /AP << /N 91 0 R >> >>',
        91: form
      }
    },
    dangling
  )
  const two = await seal({
    objects: {
      20: '<< /Type /Pages /Kids [21 0 R] /Count 1 >>',
      21: '<< /Type /Page /Parent 20 0 R /MediaBox [0 0 595 842] /Contents 22 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
      22: text('A lie')
    }
  })
  later(
    'shadow, hide and replace: other pages that were ready',
    { objects: { 1: bodyOf(two, 1).replace('/Pages 2 0 R', '/Pages 20 0 R') } },
    two
  )

  const signedTwice = await world.seal('PAdES', {
    fileName: 'a.pdf',
    mediaType: 'application/pdf',
    source: world.sourceOf(plain)
  })
  add('a second signature', signedTwice)
  add(
    'a second signature, the first one changed',
    Buffer.from(signedTwice).fill('B', plain.indexOf('A letter'), plain.indexOf('A letter') + 1)
  )
  add('a second signature, cut away', signedTwice.subarray(0, plain.length))

  for (const level of ['B-LT', 'B-LTA'] as const) {
    const kept = await seal({}, { level })
    const catalogNow = bodyOf(kept, 1)
    const store = /\/DSS (\d+) 0 R/.exec(catalogNow)![1]!
    later(`${level}: security store taken out`, { objects: { 1: catalogNow.replace(/\/DSS \d+ 0 R/, '') } }, kept)
    later(`${level}: security store emptied`, { objects: { [store]: '<< /Type /DSS >>' } }, kept)
    later(
      `${level}: a content posing as validation material`,
      { objects: { [store]: bodyOf(kept, Number(store)).replace('/Certs [', '/Certs [4 0 R '), 4: text('A lie') } },
      kept
    )
    later(`${level}: content of the page`, { objects: { 4: text('A lie') } }, kept)
    const response = kept.indexOf('endstream', kept.indexOf('/DSS') > 0 ? kept.length - 6000 : 0)
    add(`${level}: a byte of the validation material`, flipped(kept, response - 60))
  }
  const archived = await seal({}, { level: 'B-LTA' })
  const stampAt = archived.lastIndexOf('/Contents <3')
  add('B-LTA: document time stamp changed', otherDigit(archived, lastDigit(archived)))
  add('B-LTA: document time stamp cut away', archived.subarray(0, archived.lastIndexOf('%%EOF', stampAt) + 6))
  return all
}
