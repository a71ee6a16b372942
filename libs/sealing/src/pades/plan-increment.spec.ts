import { createHash } from 'node:crypto'
import { Refused } from '#platform'
import { makePdf, type PdfWish } from '../../test/test-pdfs.js'
import { digestOfPlan, fillContents, hashPrefix, planIncrement } from './plan-increment.js'
import { PdfReader } from './pdf-reader.js'
import { BufferSource } from './source.js'

const signingTime = new Date('2026-11-22T12:34:56Z')
const open = (bytes: Buffer) => PdfReader.open(new BufferSource(bytes))

function seal(bytes: Buffer, cms = Buffer.from('00112233', 'hex'), contentsBytes = 64) {
  const plan = planIncrement(open(bytes), { contentsBytes, signingTime })
  const fits = fillContents(plan, cms)
  return { plan, fits, sealed: Buffer.concat([bytes, plan.increment]) }
}

/** The sealed file as the next reader sees it. */
function look(sealed: Buffer) {
  const pdf = open(sealed)
  const catalog = pdf.catalog().value
  const form = pdf.getDict(catalog, 'AcroForm')!
  const list = (value: ReturnType<typeof pdf.get>) => (value?.kind === 'array' ? value.items : [])
  const fields = list(pdf.get(form, 'Fields'))
  const page = pdf.firstPage()
  const annotations = list(pdf.get(page.value, 'Annots'))
  const field = pdf.resolve(fields.at(-1))
  const signature = field?.kind === 'dict' ? pdf.getDict(field, 'V') : undefined
  const raw = (value: { raw: Buffer } | undefined) => value?.raw.toString('latin1')
  return { pdf, catalog, form, fields, page, annotations, field, signature, raw }
}

const kinds: [string, PdfWish][] = [
  ['a table', {}],
  ['a stream', { xref: 'stream' }],
  ['object streams', { xref: 'stream', objectStream: true, predictor: true }],
  ['a hybrid file', { xref: 'hybrid', objectStream: true }]
]

describe('the seal as an incremental update', () => {
  it.each(kinds)('leaves everything before as it was and keeps the kind of cross-reference: %s', (_, wish) => {
    const before = makePdf(wish)
    const { sealed } = seal(before)
    expect(sealed.subarray(0, before.length).equals(before)).toBe(true)
    const { pdf, catalog, page, fields, annotations, raw } = look(sealed)
    expect(pdf.xrefKind).toBe(open(before).xrefKind)
    expect(pdf.trailer.entries.get('Prev')).toMatchObject({ value: open(before).startXref })
    expect(raw(pdf.trailer.entries.get('ID'))).toBe(raw(open(before).trailer.entries.get('ID')))
    expect(raw(catalog.entries.get('Pages'))).toBe('2 0 R')
    expect(raw(page.value.entries.get('MediaBox'))).toBe('[0 0 595 842]')
    expect(fields.map(raw)).toEqual(annotations.map(raw))
    const again = open(seal(sealed).sealed)
    expect(again.trailer.entries.get('Prev')).toMatchObject({ value: pdf.startXref })
  })

  it('writes the signature dictionary that PAdES wants, and nothing more', () => {
    const { signature, field, raw, form } = look(seal(makePdf()).sealed)
    const entries = Object.fromEntries([...signature!.entries].map(([key, value]) => [key, raw(value)]))
    expect(entries).toMatchObject({
      Type: '/Sig',
      Filter: '/Adobe.PPKLite',
      SubFilter: '/ETSI.CAdES.detached',
      M: '(D:20261122123456Z)'
    })
    expect(Object.keys(entries).sort()).toEqual(['ByteRange', 'Contents', 'Filter', 'M', 'SubFilter', 'Type'])
    const widget = field?.kind === 'dict' ? field.entries : new Map<string, never>()
    expect(raw(widget.get('FT'))).toBe('/Sig')
    expect(raw(widget.get('F'))).toBe('132')
    expect(raw(widget.get('Rect'))).toBe('[0 0 0 0]')
    expect(raw(widget.get('P'))).toBe('3 0 R')
    expect(raw(form.entries.get('SigFlags'))).toBe('3')
  })

  it.each(kinds)('covers every byte but the bracketed Contents: %s', (_, wish) => {
    const before = makePdf(wish)
    const { plan, sealed } = seal(before)
    const [zero, first, second, rest] = plan.byteRange
    expect(zero).toBe(0)
    expect(sealed[first]).toBe('<'.charCodeAt(0))
    expect(sealed[second - 1]).toBe('>'.charCodeAt(0))
    expect(second + rest).toBe(sealed.length)
    expect(sealed.toString('latin1', first + 1, second - 1)).toBe('00112233'.padEnd(128, '0'))
    const { signature, raw } = look(sealed)
    expect(raw(signature!.entries.get('ByteRange'))).toBe(`[${plan.byteRange.join(' ')}]`)
    const signed = Buffer.concat([sealed.subarray(0, first), sealed.subarray(second)])
    const prefix = hashPrefix(new BufferSource(before), 'sha256')
    expect(digestOfPlan(plan, prefix)).toEqual(createHash('sha256').update(signed).digest())
    // The prefix hash serves again, and what is in Contents does not matter.
    fillContents(plan, Buffer.alloc(64, 0xff))
    expect(digestOfPlan(plan, prefix)).toEqual(createHash('sha256').update(signed).digest())
  })

  it('never cuts a signature that does not fit', () => {
    const { plan, fits, sealed } = seal(makePdf(), Buffer.alloc(65, 0xab), 64)
    expect(fits).toBe(false)
    expect(sealed.toString('latin1', plan.byteRange[1] + 1, plan.byteRange[2] - 1)).toBe('0'.repeat(128))
    expect(seal(makePdf(), Buffer.alloc(64, 0xab), 64).fits).toBe(true)
  })

  it.each<[string, PdfWish, { fields: number; annotations: number }]>([
    ['no form, no annotations', {}, { fields: 1, annotations: 1 }],
    [
      'a form in the catalog',
      { catalog: '/AcroForm << /Fields [10 0 R] /DA (/Helv 0 Tf) >>' },
      { fields: 2, annotations: 1 }
    ],
    ['a form of its own', { catalog: '/AcroForm 11 0 R' }, { fields: 2, annotations: 1 }],
    [
      'fields in an array of their own',
      { catalog: '/AcroForm << /Fields 12 0 R /SigFlags 3 >>' },
      { fields: 2, annotations: 1 }
    ],
    ['a form and fields apart', { catalog: '/AcroForm 13 0 R' }, { fields: 2, annotations: 1 }],
    ['annotations in the page', { page: '/Annots [14 0 R]' }, { fields: 1, annotations: 2 }],
    ['annotations in an array of their own', { page: '/Annots 15 0 R' }, { fields: 1, annotations: 2 }],
    [
      'references that lead nowhere',
      { page: '/Annots 99 0 R', catalog: '/AcroForm 98 0 R' },
      { fields: 1, annotations: 1 }
    ],
    ['a form that is null', { catalog: '/AcroForm null', page: '/Annots null' }, { fields: 1, annotations: 1 }]
  ])('extends what is there: %s', (_, wish, expected) => {
    const objects = {
      10: '<< /FT /Tx /T (name) /V (x) >>',
      11: '<< /Fields [10 0 R] /DA (/Helv 0 Tf) >>',
      12: '[10 0 R]',
      13: '<< /Fields 12 0 R >>',
      14: '<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] >>',
      15: '[14 0 R]'
    }
    for (const [, kind] of kinds) {
      const { fields, annotations, form, raw, page } = look(seal(makePdf({ ...kind, ...wish, objects })).sealed)
      expect({ fields: fields.length, annotations: annotations.length }).toEqual(expected)
      expect(raw(annotations.at(-1))).toBe(raw(fields.at(-1)))
      expect(raw(form.entries.get('SigFlags'))).toBe('3')
      if (wish.catalog?.includes('DA')) expect(raw(form.entries.get('DA'))).toBe('(/Helv 0 Tf)')
      if (wish.page?.includes('15 0 R')) expect(raw(page.value.entries.get('Annots'))).toBe('15 0 R')
    }
  })

  it('gives each seal a field name of its own', () => {
    const names = (bytes: Buffer) => {
      const { pdf, fields } = look(bytes)
      return fields.map(field => {
        const dict = pdf.resolve(field)
        const name = dict?.kind === 'dict' ? pdf.get(dict, 'T') : undefined
        return name?.kind === 'string' ? name.bytes.toString('latin1') : undefined
      })
    }
    const taken = makePdf({
      catalog: '/AcroForm << /Fields [10 0 R] >>',
      objects: { 10: '<< /FT /Sig /T (GoniecSeal12) >>' }
    })
    const twice = names(seal(seal(taken).sealed).sealed)
    expect(twice).toHaveLength(3)
    expect(new Set(twice).size).toBe(3)
    expect(twice[0]).toBe('GoniecSeal12')
  })
})

describe('earlier signatures that forbid changes', () => {
  const signed = (reference: string, field = '') => ({
    catalog: '/AcroForm << /Fields [10 0 R] /SigFlags 3 >> /Perms << /DocMDP 11 0 R >>',
    objects: { 10: `<< /FT /Sig /T (A) /V 11 0 R ${field} >>`, 11: `<< /Type /Sig /Reference [${reference}] >>` }
  })
  const reference = (method: string, parameters: string) =>
    `<< /Type /SigRef /TransformMethod /${method} /TransformParams << ${parameters} >> >>`
  const whyNot = (wish: PdfWish) => {
    try {
      seal(makePdf(wish))
    } catch (error) {
      if (error instanceof Refused) return `${error.type.code} ${String(error.facts['why'])}`
      throw error
    }
    return 'sealed'
  }

  it.each<[string, PdfWish, string]>([
    ['certified, no changes', signed(reference('DocMDP', '/P 1')), 'sealing/pdf-changes-forbidden DocMDP P=1'],
    ['certified, forms and signatures', signed(reference('DocMDP', '/P 2')), 'sealed'],
    ['certified, annotations too', signed(reference('DocMDP', '/P 3')), 'sealed'],
    ['certified, unsaid (P is 2)', signed(reference('DocMDP', '')), 'sealed'],
    ['all fields locked', signed(reference('FieldMDP', '/Action /All')), 'sealing/pdf-changes-forbidden FieldMDP All'],
    [
      'all but some locked',
      signed(reference('FieldMDP', '/Action /Exclude /Fields [(x)]')),
      'sealing/pdf-changes-forbidden FieldMDP Exclude'
    ],
    ['some fields locked', signed(reference('FieldMDP', '/Action /Include /Fields [(x)]')), 'sealed'],
    [
      'locked document (PDF 2.0)',
      signed('', '/Lock << /Action /Include /Fields [] /P 1 >>'),
      'sealing/pdf-changes-forbidden Lock P=1'
    ],
    ['a lock not in force yet', { ...signed(''), objects: { 10: '<< /FT /Sig /T (A) /Lock << /P 1 >> >>' } }, 'sealed']
  ])('%s', (_, wish, expected) => {
    expect(whyNot(wish)).toBe(expected)
  })

  it('finds them by the catalog alone, by an inherited type, and in the deep of the form', () => {
    const objects = { 11: `<< /Reference [${reference('DocMDP', '/P 1')}] >>` }
    const forbidden = 'sealing/pdf-changes-forbidden DocMDP P=1'
    expect(whyNot({ catalog: '/Perms << /DocMDP 11 0 R >>', objects })).toBe(forbidden)
    const deep = { ...objects, 10: '<< /FT /Sig /T (A) /Kids [12 0 R 10 0 R] >>', 12: '<< /T (B) /V 11 0 R >>' }
    expect(whyNot({ catalog: '/AcroForm << /Fields [10 0 R] >>', objects: deep })).toBe(forbidden)
  })
})
