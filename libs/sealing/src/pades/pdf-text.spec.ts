import { pdfDate, textBytes, textOf, timeOf, writtenString } from './pdf-text.js'

describe('text in PDF', () => {
  it.each(['', 'plain (text) \\ here', 'Zażółć gęślą jaźń', '签名', '𝄞', 'a\nb', 'þÿ'])(
    'comes back as it was: %j',
    text => {
      expect(textOf(textBytes(text))).toBe(text)
    }
  )

  it('is read in all encodings that there are', () => {
    expect(textOf(Buffer.from('fffe41017a00', 'hex'))).toBe('Łz')
    expect(textOf(Buffer.from('efbbbfc581', 'hex'))).toBe('Ł')
    // PDFDocEncoding: bullet, dotless i, z with caron, euro, caron, and Latin-1 above.
    expect(textOf(Buffer.from('809a9ea019e9', 'hex'))).toBe('•ıž€ˇé')
    // An odd byte at the end of UTF-16 is nothing.
    expect(textOf(Buffer.from('feff014100', 'hex'))).toBe('Ł')
  })

  it('is written literally where that can be read, and in digits otherwise', () => {
    expect(writtenString(Buffer.from('a(b)\\c'))).toBe('(a\\(b\\)\\\\c)')
    expect(writtenString(Buffer.from([0xfe, 0xff, 0x01, 0x41]))).toBe('<feff0141>')
    expect(writtenString(Buffer.from('\r\n'))).toBe('<0d0a>')
  })

  it.each([
    ['D:20261122123456Z', '2026-11-22T12:34:56Z'],
    ["D:20261122143456+02'00'", '2026-11-22T12:34:56Z'],
    ["D:20261122070456-05'30", '2026-11-22T12:34:56Z'],
    ['D:20261122123456', '2026-11-22T12:34:56Z'],
    ['D:2026', '2026-01-01T00:00:00Z']
  ])('the time %s', (text, expected) => {
    expect(timeOf(text)).toEqual(new Date(expected))
  })

  it.each(['', '20261122', 'D:20261322000000Z', 'D:x', `D:2026${'1'.repeat(100_000)}`])('no time: %.20s', text => {
    expect(timeOf(text)).toBeUndefined()
  })

  it('writes times in UTC', () => {
    const at = new Date('2026-11-22T12:34:56.789Z')
    expect(pdfDate(at)).toBe('D:20261122123456Z')
    expect(timeOf(pdfDate(at))).toEqual(new Date('2026-11-22T12:34:56Z'))
  })
})
