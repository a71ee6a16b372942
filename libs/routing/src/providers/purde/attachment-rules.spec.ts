import type { RoutableLetter } from '../../provider.js'
import { checkAttachmentName, checkCarriage } from './attachment-rules.js'

const limits = { maxParts: 3, maxTotalBytes: 1000 }
const pdf = (fileName: string, size = 10) => ({ fileName, mediaType: 'application/pdf', size })
const codes = (over: Partial<RoutableLetter>) => {
  const letter = { senderAde: 's', recipientAde: 'r', subject: '', text: '', parts: [pdf('a.pdf')], ...over }
  const carriage = checkCarriage(letter, limits)
  return carriage.can ? [] : carriage.reasons.map(reason => reason.code)
}

describe('what the public service carries', () => {
  it.each(['decyzja-1_(2).pdf', 'załącznik.docx', 'dowod.XAdES', 'a.b.7z', `${'a'.repeat(124)}.pdf`])(
    'the name %s',
    name => expect(codes({ parts: [pdf(name)] })).toEqual([])
  )

  it.each([
    ['dwa slowa.pdf', 'purde/file-name-forbidden'],
    ['a/b.pdf', 'purde/file-name-forbidden'],
    ['..\\b.pdf', 'purde/file-name-forbidden'],
    ['50%.pdf', 'purde/file-name-forbidden'],
    ['a\u202efdp.pdf', 'purde/file-name-forbidden'],
    ['a\u0000.pdf', 'purde/file-name-forbidden'],
    [`${'a'.repeat(125)}.pdf`, 'purde/file-name-forbidden'],
    ['DECYZJA.PDF', 'purde/file-type-forbidden'],
    ['virus.exe', 'purde/file-type-forbidden'],
    ['pdf', 'purde/file-type-forbidden'],
    ['.pdf', 'purde/file-type-forbidden']
  ])('not the name %j', (name, code) => {
    expect(codes({ parts: [pdf(name)] })).toEqual([code])
    expect(checkAttachmentName(name)?.code).toBe(code)
  })

  it('names that look the same are the same', () => {
    expect(codes({ parts: [pdf('ż.pdf'), pdf('z\u0307.pdf')] })).toEqual(['purde/file-name-repeated'])
    expect(codes({ parts: [pdf('a.pdf'), pdf('A.pdf')] })).toEqual([])
  })

  it('tells every reason at once, with the file it is about', () => {
    const letter = {
      senderAde: 's',
      subject: '',
      text: 'x'.repeat(5001),
      parts: [pdf('a b.exe', 0), pdf('c.pdf', 1001)]
    }
    const carriage = checkCarriage(letter, { maxParts: 1, maxTotalBytes: 1000 })
    expect(carriage.can ? [] : carriage.reasons.map(({ code, fileName }) => [code, fileName])).toEqual([
      ['purde/no-recipient-address', undefined],
      ['purde/text-too-long', undefined],
      ['purde/too-many-files', undefined],
      ['purde/too-large', undefined],
      ['purde/file-name-forbidden', 'a b.exe'],
      ['purde/file-type-forbidden', 'a b.exe'],
      ['purde/file-empty', 'a b.exe']
    ])
  })

  it('stands exactly at its limits', () => {
    expect(codes({ text: 'x'.repeat(5000), parts: [pdf('a.pdf', 500), pdf('b.pdf', 499), pdf('c.pdf', 1)] })).toEqual(
      []
    )
  })
})
