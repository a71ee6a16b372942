import { createHash } from 'node:crypto'
import { Refused } from '#platform'
import { type Identity, makeSealer } from '../../test/test-authority.js'
import { makePdf, type PdfWish } from '../../test/test-pdfs.js'
import type { Signer } from '../draft.js'
import { BufferSource, hashSource } from '../source.js'
import { PdfReader } from './pdf-reader.js'
import type { PdfSealOptions } from './pdf-seal-options.js'
import { textOf } from './pdf-text.js'
import type { PdfDict } from './pdf-values.js'
import { digestOfPlan, fillContents, planIncrement } from './plan-increment.js'
import type { SealAppearance } from './seal-appearance.js'

const signingTime = new Date('2026-11-22T12:34:56Z')
const open = (bytes: Buffer) => PdfReader.open(new BufferSource(bytes))

let authority: Identity
let signer: Signer

beforeAll(async () => {
  const made = await makeSealer()
  authority = made.authority
  signer = {
    certificate: made.institution.certificate,
    chain: [authority.certificate],
    algorithm: 'ECDSA-SHA256'
  }
})

function planFor(bytes: Buffer, options: PdfSealOptions = {}, contentsBytes = 64, timestamped = false) {
  const documentName = 'decyzja.pdf'
  return planIncrement(open(bytes), {
    kind: 'signature',
    contentsBytes,
    signingTime,
    signer,
    timestamped,
    documentName,
    options
  })
}

const sealedWith = (bytes: Buffer, options: PdfSealOptions = {}) =>
  Buffer.concat([bytes, planFor(bytes, options).increment])

function seal(bytes: Buffer, cms = Buffer.from('00112233', 'hex'), contentsBytes = 64) {
  const plan = planFor(bytes, {}, contentsBytes)
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
    const prefix = hashSource(new BufferSource(before), 'sha256')
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
    ['certified, no changes', signed(reference('DocMDP', '/P 1')), 'sealing/pdf-changes-forbidden no changes (P=1)'],
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
      'sealing/pdf-changes-forbidden no changes (P=1)'
    ],
    ['a lock not in force yet', { ...signed(''), objects: { 10: '<< /FT /Sig /T (A) /Lock << /P 1 >> >>' } }, 'sealed']
  ])('%s', (_, wish, expected) => {
    expect(whyNot(wish)).toBe(expected)
  })

  it('finds them by the catalog alone, by an inherited type, and in the deep of the form', () => {
    const objects = { 11: `<< /Reference [${reference('DocMDP', '/P 1')}] >>` }
    const forbidden = 'sealing/pdf-changes-forbidden no changes (P=1)'
    expect(whyNot({ catalog: '/Perms << /DocMDP 11 0 R >>', objects })).toBe(forbidden)
    const deep = { ...objects, 10: '<< /FT /Sig /T (A) /Kids [12 0 R 10 0 R] >>', 12: '<< /T (B) /V 11 0 R >>' }
    expect(whyNot({ catalog: '/AcroForm << /Fields [10 0 R] >>', objects: deep })).toBe(forbidden)
  })
})

/** A seal of 120 by 60 that notes what it was placed on. */
function stampSeal(): SealAppearance & { placed: unknown[] } {
  const placed: unknown[] = []
  const objects = [
    {
      body: (numbers: readonly number[]) => ({
        dictionary: `<< /Type /XObject /Subtype /Form /BBox [0 0 120 60] /Resources << /Font << /F ${numbers[1]} 0 R >> >> >>`,
        stream: Buffer.from('0 0 120 60 re S')
      })
    },
    {
      body: (_: readonly number[], writeString: (bytes: Buffer) => string) => ({
        dictionary: `<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Note ${writeString(Buffer.from('(x)'))} >>`
      })
    }
  ]
  const alternateText = 'Pieczęć urzędu'
  return {
    placed,
    page: 'first',
    place: (...what) => {
      placed.push(what)
      return { rect: [50, 60, 170.5, 120.00004], objects, alternateText }
    },
    placeIn: (...what) => {
      placed.push(what)
      return { rect: what[0], objects, alternateText }
    }
  }
}

const dictAt = (pdf: PdfReader, dict: PdfDict | undefined, ...keys: string[]) =>
  keys.reduce((at, key) => pdf.getDict(at, key), dict)

describe('what a seal may show and say', () => {
  it('a visible seal: rectangle, appearance and its objects, words for those who cannot see', () => {
    const appearance = stampSeal()
    const { pdf, field, raw } = look(sealedWith(makePdf({ page: '/Rotate 90' }), { appearance }))
    const widget = field as PdfDict
    expect(raw(widget.entries.get('Rect'))).toBe('[50 60 170.5 120]')
    const title = pdf.get(widget, 'TU')
    expect(title?.kind === 'string' && textOf(title.bytes)).toBe('Pieczęć urzędu')
    const normal = dictAt(pdf, widget, 'AP', 'N')
    expect(raw(normal!.entries.get('Length'))).toBe('15')
    expect(raw(dictAt(pdf, normal, 'Resources', 'Font', 'F')!.entries.get('Note'))).toBe('(\\(x\\))')
    expect(appearance.placed).toEqual([
      [expect.objectContaining({ rotate: 90 }), { signingTime, documentName: 'decyzja.pdf' }]
    ])
  })

  it('reason, place and contact, in letters of any alphabet', () => {
    const { pdf, signature } = look(
      sealedWith(makePdf(), { reason: 'Zażółć (gęślą)', location: 'a\\(b)', contactInfo: 'ślad' })
    )
    const said = ['Reason', 'Location', 'ContactInfo'].map(key => {
      const value = pdf.get(signature, key)
      return value?.kind === 'string' ? textOf(value.bytes) : undefined
    })
    expect(said).toEqual(['Zażółć (gęślą)', 'a\\(b)', 'ślad'])
  })

  it('a certification, named by the catalog', () => {
    const { pdf, catalog, signature, raw } = look(sealedWith(makePdf(), { certification: 'no-changes' }))
    const reference = pdf.get(signature, 'Reference')
    const parameters =
      reference?.kind === 'array' ? pdf.getDict(reference.items[0] as PdfDict, 'TransformParams') : undefined
    expect(raw(parameters!.entries.get('P'))).toBe('1')
    expect(dictAt(pdf, catalog, 'Perms', 'DocMDP')!.raw).toEqual(signature!.raw)
    expect(() => seal(sealedWith(makePdf(), { certification: 'no-changes' }))).toThrow('sealing/pdf-changes-forbidden')
    expect(() => seal(sealedWith(makePdf(), { certification: 'form-filling' }))).not.toThrow()
  })

  it('keeps other permissions in the catalog', () => {
    for (const perms of ['<< /UR3 10 0 R >>', '11 0 R']) {
      const objects = { 10: '<< /Type /Sig >>', 11: '<< /UR3 10 0 R >>' }
      const before = makePdf({ catalog: `/Perms ${perms}`, objects })
      const { pdf, catalog } = look(sealedWith(before, { certification: 'form-filling' }))
      expect([...dictAt(pdf, catalog, 'Perms')!.entries.keys()]).toEqual(['UR3', 'DocMDP'])
    }
  })

  it('certifies only what nobody signed yet', () => {
    const { sealed } = seal(makePdf())
    expect(() => sealedWith(sealed, { certification: 'form-filling' })).toThrow('sealing/pdf-signed-already')
  })
})

describe('an existing field', () => {
  const widget = '/Type /Annot /Subtype /Widget /Rect [100 100 200 150] /P 3 0 R /F 6'
  const nested = (entries = ''): PdfWish => ({
    catalog: '/AcroForm << /Fields [10 0 R] /SigFlags 1 >>',
    page: '/Annots [12 0 R]',
    objects: {
      10: '<< /T (Umowa) /FT /Sig /Kids [11 0 R] >>',
      11: `<< /T (Podpis) /Parent 10 0 R /Kids [12 0 R] ${entries} >>`,
      12: `<< ${widget} /Parent 11 0 R >>`
    }
  })
  const fieldOf = (bytes: Buffer, number: number) => open(bytes).object({ number, generation: 0 })!.value as PdfDict

  it('is found by its full name, filled, and shown in its own rectangle', () => {
    const appearance = stampSeal()
    const sealed = sealedWith(makePdf(nested()), { field: 'Umowa.Podpis', appearance })
    const pdf = open(sealed)
    expect(pdf.getDict(fieldOf(sealed, 11), 'V')!.entries.has('ByteRange')).toBe(true)
    const shown = fieldOf(sealed, 12)
    expect(dictAt(pdf, shown, 'AP', 'N')).toBeDefined()
    // Hidden no more; printed and locked.
    expect(shown.entries.get('F')!.raw.toString()).toBe('132')
    expect(appearance.placed[0]).toMatchObject([[100, 100, 200, 150], { rotate: 0 }, {}])
    expect(pdf.getDict(pdf.catalog().value, 'AcroForm')!.entries.get('SigFlags')!.raw.toString()).toBe('3')
    // The page, which shows the widget already, is not written again.
    expect(sealed.subarray(makePdf(nested()).length).includes('/Type /Page')).toBe(false)
  })

  it('keeps to its unseen size, whatever the profile would show', () => {
    const merged = makePdf({
      catalog: '/AcroForm << /Fields [10 0 R] >>',
      objects: { 10: '<< /T (A) /FT /Sig /Subtype /Widget /Rect [0 0 0 0] >>' }
    })
    const sealed = sealedWith(merged, { field: 'A', appearance: stampSeal() })
    expect([...fieldOf(sealed, 10).entries.keys()]).toEqual(['T', 'FT', 'Subtype', 'Rect', 'V'])
  })

  it.each<[string, PdfWish, string, string]>([
    ['not there', nested(), 'Podpis', 'sealing/pdf-field-missing'],
    ['of another type', nested('/FT /Tx'), 'Umowa.Podpis', 'sealing/pdf-field-missing'],
    ['signed', nested('/V 13 0 R'), 'Umowa.Podpis', 'sealing/pdf-field-signed']
  ])('is refused when %s', (_, wish, field, code) => {
    const objects = { ...wish.objects, 13: '<< /Type /Sig >>' }
    expect(() => sealedWith(makePdf({ ...wish, objects }), { field })).toThrow(code)
  })

  it('puts its lock into force', () => {
    const lock = '/Lock << /Type /SigFieldLock /Action /Exclude /Fields [(Inne)] >>'
    const sealed = sealedWith(makePdf(nested(lock)), { field: 'Umowa.Podpis' })
    const pdf = open(sealed)
    const references = pdf.get(pdf.getDict(fieldOf(sealed, 11), 'V'), 'Reference')
    const reference = references?.kind === 'array' ? (references.items[0] as PdfDict) : undefined
    expect(reference!.entries.get('TransformMethod')!.raw.toString()).toBe('/FieldMDP')
    expect(reference!.entries.get('Data')!.raw.toString()).toBe('1 0 R')
    const parameters = pdf.getDict(reference, 'TransformParams')!
    expect(parameters.entries.get('Action')!.raw.toString()).toBe('/Exclude')
    expect(parameters.entries.get('Fields')!.raw.toString()).toBe('[(Inne)]')
    expect(() => seal(sealed)).toThrow('sealing/pdf-changes-forbidden')
  })

  it.each<[string, string, string, PdfSealOptions?]>([
    ['another form of signature', '/Ff 2 /SubFilter [/adbe.pkcs7.detached]', 'SubFilter'],
    ['this form among others', '/Ff 2 /SubFilter [/adbe.pkcs7.detached /ETSI.CAdES.detached]', ''],
    ['another handler', '/Ff 1 /Filter /Own.Handler', 'Filter'],
    ['another digest', '/Ff 64 /DigestMethod [(SHA512)]', 'DigestMethod'],
    ['this digest', '/Ff 64 /DigestMethod [(SHA256) (SHA512)]', ''],
    ['a digest, as a suggestion', '/DigestMethod [(SHA512)]', ''],
    ['a reason of its own', '/Ff 8 /Reasons [(Zgoda)]', 'Reasons', { reason: 'Odmowa' }],
    ['the reason given', '/Ff 8 /Reasons [(Zgoda)]', '', { reason: 'Zgoda' }],
    ['no reason', '/Ff 8 /Reasons [(.)]', 'Reasons', { reason: 'Zgoda' }],
    ['a certification', '/MDP << /P 2 >>', 'MDP'],
    ['this certification', '/MDP << /P 2 >>', '', { certification: 'form-filling' }],
    ['no certification', '/MDP << /P 0 >>', 'MDP', { certification: 'form-filling' }],
    ['a time stamp', '/TimeStamp << /URL (http://x) /Ff 1 >>', 'TimeStamp'],
    ['revocation inside', '/Ff 32 /AddRevInfo true', 'AddRevInfo'],
    ['a subject', '/Cert << /Ff 1 /Subject [(x)] >>', 'Cert/Subject'],
    ['a policy', '/Cert << /Ff 4 /OID [(1.2.3)] >>', 'Cert']
  ])('that demands %s', (_, seeds, entry, options = {}) => {
    let refused = ''
    try {
      sealedWith(makePdf(nested(`/SV << ${seeds} >>`)), { ...options, field: 'Umowa.Podpis' })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      expect(error.type.code).toBe('sealing/pdf-seed-values')
      refused = String(error.facts['entry'])
    }
    expect(refused).toBe(entry)
  })

  it('that demands this very issuer', () => {
    const seeds = `/SV << /Cert << /Ff 2 /Issuer [<${authority.certificate.toString('hex')}>] >> >>`
    expect(() => sealedWith(makePdf(nested(seeds)), { field: 'Umowa.Podpis' })).not.toThrow()
  })
})

describe('tagged files', () => {
  const root = (entries: string) => `<< /Type /StructTreeRoot ${entries} >>`
  const tagged = (objects: Readonly<Record<number, string>>): PdfWish => ({
    catalog: '/MarkInfo << /Marked true >> /StructTreeRoot 20 0 R',
    objects: { 23: '<< /Type /StructElem /S /P /P 21 0 R /K 0 >>', ...objects }
  })
  const document = '<< /Type /StructElem /S /Document /P 20 0 R /K [23 0 R] >>'

  it.each<[string, Readonly<Record<number, string>>, number]>([
    ['plain', { 20: root('/K 21 0 R /ParentTree 22 0 R'), 21: document, 22: '<< /Nums [0 [23 0 R]] >>' }, 1],
    ['a tree of its own in the root', { 20: root('/K [21 0 R] /ParentTree << /Nums [] >>'), 21: document }, 0],
    [
      'branches',
      {
        20: root('/K [21 0 R] /ParentTree 22 0 R /ParentTreeNextKey 7'),
        21: document.replace('[23 0 R]', '23 0 R'),
        22: '<< /Kids [24 0 R] >>',
        24: '<< /Limits [0 4] /Nums [0 [23 0 R] 4 23 0 R] >>'
      },
      7
    ],
    [
      'no document element, lists apart',
      { 20: root('/K 25 0 R /ParentTree 22 0 R'), 22: '<< /Nums 26 0 R >>', 25: '[23 0 R]', 26: '[3 23 0 R]' },
      4
    ]
  ])('get a Form element and a way back to it: %s', (_, objects, key) => {
    const { pdf, field, page } = look(sealedWith(makePdf(tagged(objects))))
    expect((field as PdfDict).entries.get('StructParent')!.raw.toString()).toBe(String(key))
    expect(page.value.entries.get('Tabs')!.raw.toString()).toBe('/S')
    const tree = pdf.getDict(pdf.getDict(pdf.catalog().value, 'StructTreeRoot'), 'ParentTree')!
    const leaf = pdf.get(tree, 'Kids')
    const nums = pdf.get(leaf?.kind === 'array' ? (pdf.resolve(leaf.items.at(-1)) as PdfDict) : tree, 'Nums')
    const [lastKey, last] = nums?.kind === 'array' ? nums.items.slice(-2) : []
    expect(lastKey!.raw.toString()).toBe(String(key))
    const element = pdf.resolve(last) as PdfDict
    expect(element.entries.get('S')!.raw.toString()).toBe('/Form')
    const content = pdf.getDict(element, 'K')!
    expect(pdf.getDict(content, 'Obj')!.raw).toEqual(field!.raw)
    const kids = pdf.get(pdf.getDict(element, 'P'), 'K')
    const kid = kids?.kind === 'array' ? pdf.resolve(kids.items.at(-1)) : undefined
    expect(kid!.raw).toEqual(element.raw)
    expect(pdf.getDict(pdf.catalog().value, 'StructTreeRoot')!.entries.get('ParentTreeNextKey')!.raw.toString()).toBe(
      String(key + 1)
    )
  })

  it.each([
    ['no parent tree', { 20: root('/K 21 0 R'), 21: document }],
    ['a tree without limits', { 20: root('/ParentTree << /Kids [24 0 R] >>'), 24: '<< /Nums [] >>' }]
  ])('are left alone when they are unusual: %s', (_, objects) => {
    const before = makePdf(tagged(objects))
    const { field } = look(sealedWith(before))
    expect((field as PdfDict).entries.has('StructParent')).toBe(false)
    expect(sealedWith(before).subarray(before.length).includes('StructTreeRoot ')).toBe(true)
    expect(sealedWith(before).subarray(before.length).includes('/S /Form\n/P')).toBe(false)
  })

  it('keep the tags that an earlier signer approved', () => {
    const objects = { 20: root('/K 21 0 R /ParentTree 22 0 R'), 21: document, 22: '<< /Nums [] >>' }
    const once = sealedWith(makePdf(tagged(objects)))
    const twice = sealedWith(once)
    expect(once.subarray(makePdf(tagged(objects)).length).includes('ParentTreeNextKey')).toBe(true)
    expect(twice.subarray(once.length).includes('ParentTreeNextKey')).toBe(false)
  })
})
