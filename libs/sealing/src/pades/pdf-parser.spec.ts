import { Refused } from '#platform'
import { PdfParser } from './pdf-parser.js'
import { asName } from './pdf-values.js'

const text = (bytes: Buffer) => bytes.toString('latin1')

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

  it('reads line ends in strings as line feeds, and leaves other backslashes out', () => {
    const string = value('(a\rb\r\nc\nd\\\r\ne\\q\\50)')
    expect(string.kind === 'string' && text(string.bytes)).toBe('a\nb\nc\ndeq(')
  })

  it('reads numbers as the standard writes them, and no others', () => {
    const array = value('[1 -1 +1 1. .5 -.25 007 0.000001 --1 1.2.3 1e5 0x10 - .]')
    const numbers =
      array.kind === 'array' ? array.items.map(item => (item.kind === 'number' ? item.value : item.kind)) : []
    expect(numbers).toEqual([1, -1, 1, 1, 0.5, -0.25, 7, 0.000001, NaN, NaN, NaN, NaN, NaN, NaN])
  })

  it('takes no reference from numbers that are not whole', () => {
    const array = value('[1.0 0 R]'.replace(' R', ''))
    expect(array.kind === 'array' && array.items.map(item => item.kind)).toEqual(['number', 'number'])
    expect(() => value('[1.0 0 R]')).toThrow(Refused)
  })

  it('tells a key with two values', () => {
    const ambiguous = (source: string) => {
      const dict = value(source)
      return dict.kind === 'dict' ? dict.ambiguous : undefined
    }
    expect(ambiguous('<< /A 1 /A 2 >>')).toBe('A')
    expect(ambiguous('<< /A 1 /#41 2 >>')).toBe('A')
    expect(ambiguous('<< /A 1 /A 1 >>')).toBeUndefined()
  })

  it.each<[string, string, string]>([
    ['nesting made to exhaust the stack', '['.repeat(100_000), 'nesting'],
    ['an array made to exhaust memory', `[${'0 '.repeat(500_000)}]`, 'values in one object'],
    ['a string that never ends', '(((((', 'string without end'],
    ['hexadecimal digits that are none', '<4x>', 'hexadecimal string'],
    ['a dictionary that never ends', '<< /A 1', 'dictionary key'],
    ['no value at all', 'endobj', 'no value']
  ])('stops at %s', (_, source, why) => {
    expect(() => value(source)).toThrow(expect.objectContaining({ facts: expect.objectContaining({ why }) }))
  })
})
