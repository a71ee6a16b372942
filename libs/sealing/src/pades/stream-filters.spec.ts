import { Refused } from '#platform'
import { PdfParser } from './pdf-parser.js'
import { decodeStream, UnpackingBudget } from './pdf-streams.js'
import type { PdfDict } from './pdf-values.js'

const decode = (dict: string, data: Buffer, most?: number) =>
  decodeStream(new PdfParser(Buffer.from(dict)).value() as PdfDict, data, new UnpackingBudget(most), value => value)

/** LZW as PDF has it, written straight from the definition: a table of strings. */
function lzw(plain: Buffer, early: 0 | 1): Buffer {
  const bits: number[] = []
  const put = (code: number, width: number) => {
    for (let i = width - 1; i >= 0; i--) bits.push((code >> i) & 1)
  }
  let table = new Map<string, number>()
  let next = 258
  let width = 9
  put(256, 9)
  let run = ''
  const codeOf = (text: string) => (text.length === 1 ? text.charCodeAt(0) : table.get(text)!)
  for (const character of plain.toString('latin1')) {
    if (run === '' || table.has(run + character)) {
      run += character
      continue
    }
    put(codeOf(run), width)
    table.set(run + character, next++)
    if (next + early > 1 << width && width < 12) width++
    if (next >= 4094) {
      put(256, width)
      table = new Map()
      next = 258
      width = 9
    }
    run = character
  }
  if (run !== '') {
    put(codeOf(run), width)
    if (next + 1 + early > 1 << width && width < 12) width++
  }
  put(257, width)
  while (bits.length % 8) bits.push(0)
  return Buffer.from(
    Array.from({ length: bits.length / 8 }, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8).join(''), 2))
  )
}

const sample = Buffer.from(
  Array.from({ length: 12_000 }, (_, i) => (i % 7 === 0 ? i & 0xff : i % 3 === 0 ? 65 : (i * i) % 11))
)

describe('stream filters', () => {
  it.each<[0 | 1, string]>([
    [1, '<< /Filter /LZWDecode >>'],
    [0, '<< /Filter [/LZWDecode] /DecodeParms [<< /EarlyChange 0 >>] >>']
  ])('LZWDecode with early change %s', (early, dict) => {
    expect(decode(dict, lzw(sample, early)).equals(sample)).toBe(true)
    const repeated = Buffer.alloc(5000, 'aab')
    expect(decode(dict, lzw(repeated, early)).equals(repeated)).toBe(true)
  })

  it('LZWDecode, the example of the standard (ISO 32000-1, 7.4.4.2)', () => {
    const packed = Buffer.from('800B6050220C0C8501', 'hex')
    expect([...decode('<< /Filter /LZWDecode >>', packed)]).toEqual([45, 45, 45, 45, 45, 65, 45, 45, 45, 66])
  })

  it('ASCII85Decode with short groups, z and white space', () => {
    const ascii85 = (data: string) => decode('<< /Filter /ASCII85Decode >>', Buffer.from(data)).toString('latin1')
    expect(ascii85('87cUR\nD]i,"Ebo80~>')).toBe('Hello World!')
    expect(ascii85('87cURDZ~>')).toBe('Hello')
    expect(ascii85('z87~>')).toBe('\0\0\0\0H')
    expect(() => ascii85('s8W-"~>')).toThrow(Refused)
    expect(() => ascii85('8~>')).toThrow(Refused)
  })

  it('ASCIIHexDecode with an odd digit', () => {
    expect(decode('<< /Filter /ASCIIHexDecode >>', Buffer.from('41 4\n2 5>')).toString()).toBe('ABP')
  })

  it('RunLengthDecode', () => {
    const packed = Buffer.from([2, 65, 66, 67, 254, 68, 128, 9, 9])
    expect(decode('<< /Filter /RunLengthDecode >>', packed).toString()).toBe('ABCDDD')
  })

  it('TIFF prediction and all five of PNG', () => {
    const parameters = (predictor: number) =>
      `<< /Filter /LZWDecode /DecodeParms << /Predictor ${predictor} /Columns 3 /Colors 2 >> >>`
    const tiff = Buffer.from([1, 2, 1, 1, 1, 255, 9, 9, 0, 0, 1, 1])
    expect([...decode(parameters(2), lzw(tiff, 1))]).toEqual([1, 2, 2, 3, 3, 2, 9, 9, 9, 9, 10, 10])
    const rows = [
      [0, 1, 2, 3, 4, 5, 6],
      [1, 1, 1, 1, 1, 1, 1],
      [2, 1, 1, 1, 1, 1, 1],
      [3, 1, 1, 1, 1, 1, 1],
      [4, 1, 1, 1, 1, 1, 1]
    ]
    expect([...decode(parameters(15), lzw(Buffer.from(rows.flat()), 1))]).toEqual([
      ...[1, 2, 3, 4, 5, 6],
      ...[1, 1, 2, 2, 3, 3],
      ...[2, 2, 3, 3, 4, 4],
      ...[2, 2, 3, 3, 4, 4],
      ...[3, 3, 4, 4, 5, 5]
    ])
  })

  it.each<[string, string, Buffer]>([
    ['LZW', '<< /Filter /LZWDecode >>', lzw(Buffer.alloc(300_000), 1)],
    ['run lengths', '<< /Filter /RunLengthDecode >>', Buffer.alloc(5_000, Buffer.from([129, 0]))],
    ['z after z', '<< /Filter /ASCII85Decode >>', Buffer.alloc(60_000, 'z')]
  ])('stop unpacking a bomb made of %s', (_, dict, data) => {
    expect(() => decode(dict, data, 100_000)).toThrow(expect.objectContaining({ facts: { why: 'unpacked size' } }))
  })

  it('refuse image filters and too many filters', () => {
    expect(() => decode('<< /Filter /DCTDecode >>', Buffer.alloc(3))).toThrow(Refused)
    expect(() => decode(`<< /Filter [${'/ASCIIHexDecode '.repeat(5)}] >>`, Buffer.alloc(3))).toThrow(Refused)
  })
})
