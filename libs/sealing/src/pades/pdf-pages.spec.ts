import { Refused } from '#platform'
import { makePdf, type PdfWish } from '../../test/test-pdfs.js'
import { BufferSource } from '../source.js'
import type { PageRule } from './pdf-pages.js'
import { PdfReader } from './pdf-reader.js'

const open = (wish: PdfWish) => PdfReader.open(new BufferSource(makePdf(wish)))
const page = (wish: PdfWish, rule: PageRule = 'first') => open(wish).page(rule)

function whyNot(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    if (error instanceof Refused) return error.facts['why']
    throw error
  }
  return 'fine'
}

const node = (kids: readonly number[], count: number, more = '') =>
  `<< /Type /Pages /Kids [${kids.map(kid => `${kid} 0 R`).join(' ')}] /Count ${count} ${more} >>`
const leaf = (mark: number) => `<< /Type /Page /Mark ${mark} >>`

/** A tree of `total` pages, `wide` to a node, whose page n has the number 1000 + n. */
function tree(total: number, wide: number, count = (honest: number) => honest): PdfWish {
  const objects: Record<number, string> = {}
  const nodes: number[] = []
  for (let n = 0; n < total; n += wide) {
    const kids = Array.from({ length: Math.min(wide, total - n) }, (_, i) => 1000 + n + i)
    for (const kid of kids) objects[kid] = leaf(kid - 1000)
    objects[1000 + total + nodes.length] = node(kids, count(kids.length))
    nodes.push(1000 + total + nodes.length)
  }
  return { pages: node(nodes, count(total)), objects }
}

describe('pages', () => {
  it('hand down boxes, rotation and resources, the nearest first, but no user unit', () => {
    const wish: PdfWish = {
      pages: node([10, 11], 3, '/MediaBox [0 0 100 200] /Rotate 90 /UserUnit 7 /Resources << /Of /Root >>'),
      objects: {
        10: node([12], 1, '/CropBox 13 0 R /Rotate null'),
        11: node([14, 15], 2, '/MediaBox [50 40 10 20] /Rotate -90'),
        12: leaf(1),
        13: '[10 20 300 150]',
        14: '<< /Type /Page /Rotate 450 /UserUnit 2.5 /Resources << /Of /Page >> >>',
        15: '<< /Type /Page /MediaBox [0 0 0 0] /Rotate 45 /CropBox [700 800 750 850] >>'
      }
    }
    const pdf = open(wish)
    expect(pdf.page(1).geometry).toEqual({
      mediaBox: [0, 0, 100, 200],
      cropBox: [10, 20, 100, 150],
      rotate: 90,
      userUnit: 1
    })
    expect(pdf.page(2).geometry).toEqual({
      mediaBox: [10, 20, 50, 40],
      cropBox: [10, 20, 50, 40],
      rotate: 90,
      userUnit: 2.5
    })
    // A box without area is none, and viewers take US Letter then; a turn of 45 degrees is none.
    expect(pdf.page(3).geometry).toEqual({
      mediaBox: [0, 0, 612, 792],
      cropBox: [0, 0, 612, 792],
      rotate: 0,
      userUnit: 1
    })
    const of = (rule: PageRule) => pdf.page(rule).resources?.entries.get('Of')?.raw.toString()
    expect([of(1), of(2), of('last')]).toEqual(['/Root', '/Page', '/Root'])
    expect(pdf.pageCount()).toBe(3)
  })

  it('have the same geometry when they are reached by another way', () => {
    const pdf = open({
      pages: node([3], 1, '/Rotate 180 /CropBox [1 2 3 4]'),
      page: '/UserUnit 3'
    })
    const { geometry, value } = pdf.page('first')
    expect(geometry).toEqual({ mediaBox: [0, 0, 595, 842], cropBox: [1, 2, 3, 4], rotate: 180, userUnit: 3 })
    expect(pdf.geometryOf(value)).toEqual(geometry)
  })

  it.each<[PageRule, number]>([
    ['first', 1000],
    ['last', 1256],
    [1, 1000],
    [100, 1099],
    [257, 1256],
    [-1, 1256],
    [-257, 1000],
    [-200, 1057]
  ])('are found by rule %s', (rule, number) => {
    expect(page(tree(257, 16), rule).number).toBe(number)
  })

  it.each<[string, (honest: number) => number]>([
    ['too large', honest => honest * 3],
    ['too small', () => 1],
    ['zero', () => 0],
    ['negative', honest => -honest]
  ])('end somewhere when counts are %s', (_, lie) => {
    const wish = tree(257, 16, lie)
    expect(page(wish, 'first').number).toBe(1000)
    expect(page(wish, 'last').number).toBe(1256)
    expect(page(wish, 20).number).toBe(1019)
    expect(page(wish, 200).number).toBeGreaterThan(1000)
    expect(open(wish).pageCount()).toBe(257)
  })

  it.each<[PageRule]>([[0], [258], [-258], [1.5], [NaN]])('refuse rule %s', rule => {
    expect(whyNot(() => page(tree(257, 16), rule))).toBe('no page')
  })

  it('are found at both ends of a hundred thousand, flat or in a tree', () => {
    for (const wide of [100_000, 50]) {
      const pdf = open(tree(100_000, wide))
      expect(pdf.page('last').number).toBe(100_999)
      expect(pdf.page('first').number).toBe(1000)
      expect(pdf.page(-300).number).toBe(100_700)
      expect(pdf.page(70_001).number).toBe(71_000)
      expect(pdf.pageCount()).toBe(100_000)
    }
  })

  it.each<[string, PdfWish, unknown]>([
    ['a tree that is its own kid', { pages: node([2], 1) }, 'no page'],
    ['a circle of two', { pages: node([10], 1), objects: { 10: node([2, 10], 1) } }, 'no page'],
    ['kids that are not there', { pages: node([77], 1) }, 'no page'],
    [
      'kids that are no references',
      { pages: '<< /Type /Pages /Kids [<< /Type /Page >>] /Count 1 >>' },
      'page that is no object'
    ],
    ['a tree of nothing but nodes', tree(0, 1), 'no page'],
    ['one key twice in a page', { page: '/Rotate 0 /Rotate 90' }, 'one key with two values'],
    ['one key twice in a node', { pages: '<< /Type /Pages /Kids [3 0 R] /Kids [4 0 R] >>' }, 'one key with two values']
  ])('refuse %s', (_, wish, why) => {
    for (const rule of ['first', 'last'] as const) expect(whyNot(() => page(wish, rule))).toBe(why)
  })

  it('refuse more nodes than anyone can look through', () => {
    const pages = `<< /Type /Pages /Kids [${'7 0 R '.repeat(260_000)}] /Count 1 >>`
    expect(whyNot(() => page({ pages }))).toBe('page tree')
  })

  it('refuse parents in a circle', () => {
    const pdf = open({ page: '/X 1', objects: { 10: '<< /Type /Page /Parent 10 0 R >>' } })
    const value = pdf.object({ number: 10, generation: 0 })!.value
    expect(whyNot(() => value.kind === 'dict' && pdf.geometryOf(value))).toBe('page tree in a circle')
  })
})
