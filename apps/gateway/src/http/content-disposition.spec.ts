import fc from 'fast-check'
import { attachment, parseFileName } from './content-disposition.js'

describe('the file name in Content-Disposition', () => {
  it.each([
    ['attachment; filename="decyzja.pdf"', 'decyzja.pdf'],
    ['attachment;filename=decyzja.pdf', 'decyzja.pdf'],
    ['ATTACHMENT ; FileName = "a b.pdf" ', 'a b.pdf'],
    [String.raw`attachment; filename="a \"b\".pdf"`, 'a "b".pdf'],
    ["attachment; filename*=UTF-8''za%C5%BC%C3%B3%C5%82%C4%87.pdf", 'zażółć.pdf'],
    ["attachment; filename*=utf-8'pl'z%20a.pdf", 'z a.pdf'],
    [`attachment; filename="zazolc.pdf"; filename*=UTF-8''za%C5%BC.pdf`, 'zaż.pdf'],
    [`attachment; filename*=UTF-8''za%C5%BC.pdf; filename="zazolc.pdf"`, 'zaż.pdf'],
    ["attachment; filename*=UTF-8''z%CC%87.pdf", 'ż.pdf'],
    ['attachment; filename="a;b=c.pdf"; size=12', 'a;b=c.pdf']
  ])('is read from %s', (header, name) => {
    expect(parseFileName(header)).toBe(name)
  })

  it.each([
    ['', 'nothing'],
    ['attachment', 'no name'],
    ['inline; filename="a.pdf"', 'not an attachment'],
    ['form-data; name="x"; filename="a.pdf"', 'a form'],
    ['attachment; filename=""', 'an empty name'],
    ['attachment; filename="a.pdf"; filename="b.pdf"', 'two names'],
    [`attachment; filename*=UTF-8''a.pdf; filename*=UTF-8''b.pdf`, 'two extended names'],
    ['attachment; filename="../../etc/passwd"', 'a path'],
    [String.raw`attachment; filename="..\\x.pdf"`, 'a Windows path'],
    [`attachment; filename*=UTF-8''..%2Fx.pdf`, 'an encoded path'],
    [`attachment; filename*=UTF-8''..%5Cx.pdf`, 'an encoded Windows path'],
    ['attachment; filename=".."', 'the parent folder'],
    ['attachment; filename="a\r\nX-Evil: 1.pdf"', 'a line break'],
    [`attachment; filename*=UTF-8''a%0D%0AX.pdf`, 'an encoded line break'],
    [`attachment; filename*=UTF-8''a%00.pdf`, 'a zero byte'],
    [`attachment; filename*=UTF-8''a%E2%80%AEfdp.exe`, 'a reversed direction of writing'],
    [`attachment; filename*=UTF-8''%FF.pdf`, 'broken UTF-8'],
    [`attachment; filename*=UTF-8''%C0%AFx.pdf`, 'overlong UTF-8'],
    [`attachment; filename*=ISO-8859-2''a%B1.pdf`, 'another charset'],
    [`attachment; filename*=UTF-8''a%2.pdf`, 'half an escape'],
    ['attachment; filename="za\xbf.pdf"', 'bytes of an unknown charset'],
    ['attachment; filename="a.pdf', 'an open quote'],
    ['attachment; filename="a.pdf" trailing', 'rubbish at the end'],
    ['attachment, attachment; filename=a.pdf', 'two headers joined'],
    ['attachment; filename=" a.pdf"', 'a leading space'],
    [`attachment; filename="${'a'.repeat(252)}.pdf"`, 'more than 255 bytes']
  ])('is refused: %j (%s)', header => {
    expect(parseFileName(header)).toBeUndefined()
  })

  it('does not hang on a hostile header', () => {
    const hostile = `attachment${'; a="\\\\'.repeat(5000)}`
    const started = performance.now()
    expect(parseFileName(hostile)).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(500)
  })

  it('comes back whatever name is handed out, and no header can be smuggled in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), name => {
        const header = attachment(name)
        expect(header).toMatch(/^[\x20-\x7e]*$/)
        const read = parseFileName(header)
        if (read !== undefined) expect(read).toBe(name.normalize('NFC'))
      })
    )
    expect(parseFileName(attachment('zażółć "gęślą" (1)*.pdf'))).toBe('zażółć "gęślą" (1)*.pdf')
  })
})
