import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { Refused } from '#platform'
import { type Identity, makeSealer, rsa } from '../../test/test-authority.js'
import { makePdf } from '../../test/test-pdfs.js'
import { appendRevision, signByHand, type SignWish } from '../../test/test-signed-pdfs.js'
import { issueToken } from '../../test/test-tsa.js'
import { BufferSource } from '../source.js'
import type { ReadSignature } from '../validation/read-signature.js'
import { readPadesSignatures } from './read-pades.js'

let sealer: Identity
let authority: Identity

beforeAll(async () => {
  const made = await makeSealer(rsa(2048))
  sealer = made.institution
  authority = made.authority
})

const signed = (wish?: SignWish) => signByHand(sealer, [authority], wish)
const read = (bytes: Buffer) => readPadesSignatures(new BufferSource(bytes))

function only(bytes: Buffer): ReadSignature {
  const { signatures, timestamps } = read(bytes)
  expect(timestamps).toEqual([])
  expect(signatures).toHaveLength(1)
  return signatures[0]!
}

const changesIn = (bytes: Buffer) => {
  const signature = only(bytes)
  expect(signature.integrity).toEqual({ indication: 'PASSED' })
  return {
    complete: signature.scopes[0]!.complete,
    changes: signature.laterChanges!.map(({ kind, permitted }) => `${kind} ${permitted ? 'permitted' : 'forbidden'}`)
  }
}

const text = (words: string) => {
  const content = `BT /F1 24 Tf 72 700 Td (${words}) Tj ET`
  return `<< /Length ${content.length} >>\nstream\n${content}\nendstream`
}
const pageWith = (contents: string, annotations = '[101 0 R]') =>
  `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${contents} /Resources << /Font << /F1 5 0 R >> >> /Annots ${annotations} >>`
const catalogWith = (entries: string) => `<< /Type /Catalog /Pages 2 0 R ${entries} >>`
const form = '/AcroForm << /Fields [ 101 0 R] /SigFlags 3 >>'

describe('what a PDF signature is found to be', () => {
  it('tells all there is to tell of a good one', async () => {
    const bytes = await signed()
    const found = only(bytes)
    expect(found).toMatchObject({
      id: 'Seal',
      format: 'PAdES',
      integrity: { indication: 'PASSED' },
      baselineFaults: [],
      claimedSigningTime: new Date('2026-11-22T12:34:56Z'),
      hashes: ['sha256'],
      timestamps: [],
      laterChanges: []
    })
    expect(found.signingCertificate).toEqual(sealer.certificate)
    expect(found.certificates).toHaveLength(2)
    expect(found.signatureValue).toHaveLength(256)
    const [scope] = found.scopes
    const contents = /\/Contents <[^>]*>/.exec(bytes.toString('latin1'))!
    const gap = contents.index + '/Contents '.length
    const end = contents.index + contents[0].length
    const covered = Buffer.concat([bytes.subarray(0, gap), bytes.subarray(end)])
    const value = createHash('sha256').update(covered).digest()
    expect(scope).toEqual({ name: 'document', kind: 'whole-file', complete: true, digest: { hash: 'sha256', value } })
  })

  it('finds nothing where nothing is signed', () => {
    expect(read(makePdf())).toEqual({ signatures: [], timestamps: [] })
    const empty = makePdf({ catalog: '/AcroForm << /Fields [10 0 R] >>', objects: { 10: '<< /FT /Sig /T (A) >>' } })
    expect(read(empty)).toEqual({ signatures: [], timestamps: [] })
  })

  it('takes a file that is no PDF, or a broken one, for one signature of no form', () => {
    for (const bytes of [Buffer.from('no PDF'), makePdf().subarray(0, 300), Buffer.alloc(0)])
      expect(only(bytes)).toMatchObject({
        id: 'document',
        integrity: {
          indication: 'FAILED',
          subIndication: 'FORMAT_FAILURE',
          why: expect.stringContaining('sealing/pdf-')
        }
      })
  })

  it('finds two, the earlier one first, and keeps their names apart', async () => {
    const once = await signed({ name: 'B' })
    const twice = await signed({ bytes: once, number: 110, fields: '101 0 R', name: 'B', page: '' })
    const { signatures } = read(twice)
    expect(signatures.map(({ id }) => id)).toEqual(['B', 'B#2'])
    expect(signatures.map(({ integrity }) => integrity.indication)).toEqual(['PASSED', 'PASSED'])
    expect(signatures.map(({ scopes }) => scopes[0]!.name)).toEqual(['revision 2', 'document'])
  })

  it.each<[string, SignWish, string[]]>([
    ['the form of before PAdES', { subFilter: 'adbe.pkcs7.detached' }, ['sub-filter-not-etsi']],
    ['a certificate beside the CMS', { signature: '/Cert (x)' }, ['cert-entry']],
    ['no time', { signingTime: '' }, ['signing-time-missing']],
    ['a time that is none', { signingTime: 'yesterday' }, ['signing-time-missing']]
  ])('names what keeps it from the baseline: %s', async (_, wish, faults) => {
    expect(only(await signed(wish))).toMatchObject({ integrity: { indication: 'PASSED' }, baselineFaults: faults })
  })

  it('reads times with zones', async () => {
    const found = only(await signed({ signingTime: "D:20261122143456+02'00'" }))
    expect(found.claimedSigningTime).toEqual(new Date('2026-11-22T12:34:56Z'))
  })

  it('sees one changed byte', async () => {
    const bytes = await signed()
    bytes[bytes.indexOf('A letter')] = 0x42
    expect(only(bytes).integrity).toMatchObject({ indication: 'FAILED', subIndication: 'HASH_FAILURE' })
  })

  it.each<[string, (bytes: Buffer) => void, string]>([
    ['a broken CMS', bytes => bytes.write('ff', bytes.indexOf('/Contents <30') + 11, 'latin1'), 'FORMAT_FAILURE'],
    ['something behind the CMS', bytes => bytes.write('1', bytes.indexOf('> /M') - 1, 'latin1'), 'FORMAT_FAILURE']
  ])('refuses %s', async (_, spoil, subIndication) => {
    const bytes = await signed()
    spoil(bytes)
    expect(only(bytes).integrity).toMatchObject({ indication: 'FAILED', subIndication })
  })

  it('says plainly what it does not examine', async () => {
    expect(only(await signed({ subFilter: 'adbe.x509.rsa_sha1' })).integrity).toMatchObject({
      indication: 'INDETERMINATE',
      subIndication: 'CRYPTO_CONSTRAINTS_FAILURE'
    })
    expect(only(await signed({ subFilter: 'Own.Format' })).integrity).toMatchObject({ subIndication: 'FORMAT_FAILURE' })
  })
})

describe('document time stamps', () => {
  const stamp = (digest: Buffer) => issueToken(authority, digest, undefined)
  const stamped = (wish: SignWish) => signed({ ...wish, subFilter: 'ETSI.RFC3161', contents: stamp })

  it('stand by themselves when no signature came before', async () => {
    const bytes = await stamped({})
    const { signatures, timestamps } = read(bytes)
    expect(signatures).toEqual([])
    expect(timestamps).toHaveLength(1)
    const [found] = timestamps
    expect(found).toMatchObject({ id: 'Seal', kind: 'document', laterChanges: [], scopes: [{ complete: true }] })
    const contents = /\/Contents <([^>]*)>/.exec(bytes.toString('latin1'))!
    const gap = contents.index + '/Contents '.length
    const covered = Buffer.concat([bytes.subarray(0, gap), bytes.subarray(gap + contents[1]!.length + 2)])
    expect(found!.imprint('sha512')).toEqual(createHash('sha512').update(covered).digest())
    expect(contents[1]!.startsWith(found!.token.toString('hex'))).toBe(true)
    expect(found!.token.length).toBeLessThan(2000)
  })

  it('belong to the signatures before them, and cover their certificates', async () => {
    const bytes = await stamped({ bytes: await signed(), number: 110, fields: '101 0 R', name: 'Stamp' })
    const { signatures, timestamps } = read(bytes)
    expect(timestamps).toEqual([])
    expect(signatures[0]!.timestamps.map(({ id, kind }) => [id, kind])).toEqual([['Stamp', 'document']])
    expect(signatures[0]!.timestamps[0]!.covers!.certificates).toContainEqual(sealer.certificate)
  })

  it('prove nothing when their range is not right', async () => {
    const range = ([, first, second, rest]: number[]) => [0, first!, second!, rest! - 30]
    const { timestamps } = read(await stamped({ range }))
    expect(timestamps[0]!.imprint('sha256')).toBeUndefined()
    expect(timestamps[0]!.scopes[0]!.complete).toBe(false)
  })
})

describe('ranges that are not what they must be', () => {
  const [zero, first, second, rest] = [0, 1, 2, 3] as const
  it.each<[string, (range: number[]) => number[], RegExp]>([
    ['not from the start', r => [1, r[first]! - 1, r[second]!, r[rest]!], /beginning/],
    ['the end beyond the file', r => [r[zero]!, r[first]!, r[second]!, r[rest]! + 1], /exceeds/],
    ['the end before the end of the revision', r => [0, r[first]!, r[second]!, r[rest]! - 40], /end of a revision/],
    ['a gap that begins too early', r => [0, r[first]! - 10, r[second]!, r[rest]!], /gap/],
    ['a gap that ends too late', r => [0, r[first]!, r[second]! + 10, r[rest]! - 10], /gap/],
    ['a gap without the brackets', r => [0, r[first]! + 1, r[second]! - 1, r[rest]! + 1], /gap/],
    ['nothing after the gap', r => [0, r[first]!, r[second]!, 0], /ends at/],
    ['three numbers', r => r.slice(0, 3), /four numbers/],
    ['all zero', () => [0, 0, 0, 0], /gap/],
    ['a negative number', r => [0, r[first]!, r[second]!, -r[rest]!], /four numbers/]
  ])('%s', async (_, range, why) => {
    const { integrity, scopes } = only(await signed({ range }))
    expect(integrity).toMatchObject({ indication: 'FAILED', subIndication: 'FORMAT_FAILURE' })
    expect(integrity.indication === 'FAILED' && integrity.why).toMatch(why)
    expect(scopes[0]!.complete).toBe(false)
  })

  it('a later dictionary that widens the gap to hold something else (wrapping)', async () => {
    const bytes = await signed()
    const dictionary = /100 0 obj\n(<<.*?>>)\nendobj/s.exec(bytes.toString('latin1'))![1]!
    const wider = dictionary.replace(
      /\[0 (\d+) (\d+) (\d+)\]/,
      (_, gapStart: string, gapEnd: string, rest: string) => `[0 ${gapStart} ${Number(gapEnd) + 90} ${rest}]`
    )
    expect(wider).not.toBe(dictionary)
    const wrapped = appendRevision(bytes, { objects: { 4: text('A lie'), 100: wider } })
    expect(only(wrapped).integrity).toMatchObject({ indication: 'FAILED', subIndication: 'FORMAT_FAILURE' })
  })

  it('a copy of the dictionary elsewhere says the same, but its field was changed', async () => {
    const bytes = await signed()
    const dictionary = /100 0 obj\n(<<.*?>>)\nendobj/s.exec(bytes.toString('latin1'))![1]!
    const elsewhere = appendRevision(bytes, {
      objects: { 120: dictionary, 101: '<< /FT /Sig /T (Seal) /V 120 0 R /Subtype /Widget /Rect [0 0 0 0] >>' }
    })
    expect(only(elsewhere).laterChanges!.map(({ permitted }) => permitted)).toContain(false)
  })

  it.each([
    ['no Contents', (dictionary: string) => dictionary.replace(/\/Contents <[^>]*>/, '')],
    ['Contents that is null', (dictionary: string) => dictionary.replace(/\/Contents <[^>]*>/, '/Contents null')],
    ['no ByteRange', (dictionary: string) => dictionary.replace(/\/ByteRange *\[[^\]]*\]/, '')]
  ])('a dictionary that is written over: %s (universal forgery)', async (_, change) => {
    const bytes = await signed()
    const dictionary = /100 0 obj\n(<<.*?>>)\nendobj/s.exec(bytes.toString('latin1'))![1]!
    const forged = appendRevision(bytes, { objects: { 100: change(dictionary), 4: text('A forgery') } })
    expect(only(forged).integrity).toMatchObject({ indication: 'FAILED', subIndication: 'FORMAT_FAILURE' })
  })

  it('a range given twice', async () => {
    const range = '/ByteRange [0 10 20 30]'
    expect(only(await signed({ signature: range })).integrity).toMatchObject({ subIndication: 'FORMAT_FAILURE' })
  })
})

describe('changes after a signature', () => {
  const nothing = { complete: true, changes: [] }
  const forbidden = { complete: false, changes: ['other forbidden'] }

  it('none: the same objects written again, objects that nobody uses, white space', async () => {
    const bytes = await signed()
    expect(changesIn(appendRevision(bytes, { objects: { 4: text('A letter'), 150: text('unused') } }))).toEqual(nothing)
    expect(changesIn(Buffer.concat([bytes, Buffer.from('\r\n  ')]))).toEqual(nothing)
  })

  it.each<[string, SignWish, Parameters<typeof appendRevision>[1]]>([
    ['page content', {}, { objects: { 4: text('A lie') } }],
    ['a font', {}, { objects: { 5: '<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>' } }],
    ['another content for the page', {}, { objects: { 3: pageWith('150 0 R'), 150: text('A lie') } }],
    [
      'a page more',
      {},
      { objects: { 2: '<< /Type /Pages /Kids [3 0 R 150 0 R] /Count 2 >>', 150: pageWith('4 0 R') } }
    ],
    [
      'other pages',
      {},
      {
        objects: { 1: `<< /Type /Catalog /Pages 150 0 R ${form} >>`, 150: '<< /Type /Pages /Kids [3 0 R] /Count 1 >>' }
      }
    ],
    ['another catalog', {}, { root: 150, objects: { 150: catalogWith(form) } }],
    ['an action on opening', {}, { objects: { 1: catalogWith(`${form} /OpenAction << /S /JavaScript /JS (x) >>`) } }],
    ['layers', {}, { objects: { 1: catalogWith(`${form} /OCProperties << /OCGs [] /D << >> >>`) } }],
    ['a freed object', {}, { objects: {}, free: [5] }],
    ['a dynamic form', {}, { objects: { 1: catalogWith(`/AcroForm << /Fields [ 101 0 R] /SigFlags 3 /XFA (x) >>`) } }],
    [
      'the look of the seal',
      { field: '/AP << /N 60 0 R >>', objects: { 60: text('Gmina') } },
      { objects: { 60: text('Miasto') } }
    ],
    [
      'another look for the seal',
      { field: '/AP << /N 60 0 R >>', objects: { 60: text('Gmina') } },
      {
        objects: {
          101: '<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal) /V 100 0 R /Rect [0 0 0 0] /F 132 /P 3 0 R /AP << /N 150 0 R >> >>',
          150: text('Miasto')
        }
      }
    ],
    [
      'what a reference led to that led nowhere',
      { objects: { 3: pageWith('[4 0 R 150 0 R]') } },
      { objects: { 150: text('A lie') } }
    ],
    [
      'a content that poses as validation material',
      {},
      { objects: { 1: catalogWith(`${form} /DSS << /Certs [4 0 R] >>`), 4: text('A lie') } }
    ],
    [
      'a page that poses as a security store',
      {},
      { objects: { 1: catalogWith(`${form} /DSS << /VRI 3 0 R >>`), 3: pageWith('150 0 R'), 150: text('A lie') } }
    ]
  ])('forbidden: %s', async (_, wish, revision) => {
    const { complete, changes } = changesIn(appendRevision(await signed(wish), revision))
    expect(changes).toContain('other forbidden')
    expect(complete).toBe(false)
  })

  it('forbidden: bytes behind the end that a repairing reader would read', async () => {
    const bytes = await signed()
    expect(changesIn(Buffer.concat([bytes, Buffer.from(`4 0 obj\n${text('A lie')}\nendobj\n`)]))).toEqual(forbidden)
  })

  it('forbidden: an object stream that is written over in place', async () => {
    const base = { xref: 'stream', objectStream: true, objects: { 10: '<< /Title (x) >>', 11: '[4 0 R]' } } as const
    const bytes = await signed({ base, objects: { 3: pageWith('11 0 R') } })
    const number = Number(/(\d+) 0 obj\n<< \/Type \/ObjStm/.exec(bytes.toString('latin1'))![1])
    // Members keep their places only if the new stream has them at the same index: pad with what was there.
    const members = [1, 2, 3, 5, 10, 11]
    const bodies = members.map(one => (one === 11 ? '[60 0 R]' : 'null'))
    let at = 0
    const head = members.map((one, i) => {
      const pair = `${one} ${at}`
      at += bodies[i]!.length + 1
      return pair
    })
    const first = `${head.join(' ')} `
    const content = first + bodies.join(' ')
    const whole = `<< /Type /ObjStm /N ${members.length} /First ${first.length} /Length ${content.length} >>\nstream\n${content}\nendstream`
    const attacked = appendRevision(bytes, { objects: { [number]: whole, 60: text('A lie') } })
    expect(changesIn(attacked).changes).toContain('other forbidden')
  })

  const note = '<< /Type /Annot /Subtype /Text /Rect [10 10 30 30] /Contents (a note) >>'
  const annotated = { objects: { 3: pageWith('4 0 R', '[101 0 R 150 0 R]'), 150: note } }
  const docMdp = (p: number) =>
    `/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams /P ${p} /V /1.2 >> >>]`

  it.each<[string, string, string]>([
    ['by an approval signature', '', 'annotation forbidden'],
    ['at P=2', docMdp(2), 'annotation forbidden'],
    ['at P=3', docMdp(3), 'annotation permitted']
  ])('annotations %s', async (_, signature, expected) => {
    expect(changesIn(appendRevision(await signed({ signature }), annotated))).toEqual({
      complete: false,
      changes: [expected]
    })
  })

  const input = (value: string) =>
    `<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /Rect [9 9 99 29] /P 3 0 R ${value} >>`
  const withForm: SignWish = { fields: '50 0 R', objects: { 50: input('/V () /AP << /N 51 0 R >>'), 51: text('') } }
  const fieldMdp = (parameters: string) =>
    `/Reference [<< /Type /SigRef /TransformMethod /FieldMDP /TransformParams << /Type /TransformParams ${parameters} >> >>]`

  it.each<[string, SignWish, string]>([
    ['by an approval signature', {}, 'form-filling permitted'],
    ['at P=1', { signature: docMdp(1) }, 'form-filling forbidden'],
    ['at P=2', { signature: docMdp(2) }, 'form-filling permitted'],
    ['when all fields are locked', { signature: fieldMdp('/Action /All') }, 'form-filling forbidden'],
    [
      'when this field is locked',
      { signature: fieldMdp('/Action /Include /Fields [(name)]') },
      'form-filling forbidden'
    ],
    [
      'when another field is locked',
      { signature: fieldMdp('/Action /Include /Fields [(x)]') },
      'form-filling permitted'
    ],
    [
      'when all others are locked',
      { signature: fieldMdp('/Action /Exclude /Fields [(name)]') },
      'form-filling permitted'
    ],
    [
      'when the field’s lock says P=1',
      { field: '/Lock << /Action /Include /Fields [] /P 1 >>' },
      'form-filling forbidden'
    ]
  ])('filling a form %s', async (_, wish, expected) => {
    const bytes = await signed({ ...withForm, ...wish })
    const filled = { 50: input('/V (Kowalska) /AP << /N 150 0 R >>'), 150: text('Kowalska') }
    expect(changesIn(appendRevision(bytes, { objects: filled }))).toEqual({ complete: false, changes: [expected] })
    const inPlace = { 50: input('/V (Kowalska) /AP << /N 51 0 R >>'), 51: text('Kowalska') }
    expect(changesIn(appendRevision(bytes, { objects: inPlace })).changes).toEqual([expected])
  })

  it('filling a form does not cover changes beside it', async () => {
    const bytes = await signed({
      ...withForm,
      objects: { ...withForm.objects, 3: pageWith('51 0 R', '[101 0 R 50 0 R]') }
    })
    const filled = { 50: input('/V (Kowalska) /AP << /N 51 0 R >>'), 51: text('Kowalska') }
    expect(changesIn(appendRevision(bytes, { objects: filled })).changes).toEqual([
      'form-filling permitted',
      'other forbidden'
    ])
    const moved = { 50: input('/V (x)').replace('[9 9 99 29]', '[9 9 500 800]') }
    expect(changesIn(appendRevision(bytes, { objects: moved })).changes).toContain('other forbidden')
  })

  it('fields that are not for signatures must not come, nor any field go', async () => {
    const more = {
      1: catalogWith('/AcroForm << /Fields [50 0 R 101 0 R 150 0 R] /SigFlags 3 >>'),
      150: '<< /FT /Tx /T (b) >>'
    }
    expect(changesIn(appendRevision(await signed(withForm), { objects: more })).changes).toEqual(['other forbidden'])
    const less = { 1: catalogWith('/AcroForm << /Fields [101 0 R] /SigFlags 3 >>') }
    expect(changesIn(appendRevision(await signed(withForm), { objects: less })).changes).toEqual(['other forbidden'])
  })

  it('a second field that shows the same signature is none', async () => {
    const second = '<< /Type /Annot /Subtype /Widget /FT /Sig /T (Second) /V 100 0 R /Rect [0 0 0 0] /F 132 /P 3 0 R >>'
    const objects = { 1: catalogWith('/AcroForm << /Fields [101 0 R 150 0 R] /SigFlags 3 >>'), 150: second }
    expect(changesIn(appendRevision(await signed(), { objects })).changes).toContain('other forbidden')
  })

  it('a security store taken out takes proofs away and nothing else', async () => {
    const stored = await signed({ catalog: '/DSS 60 0 R', objects: { 60: '<< /Type /DSS >>' } })
    const changes = ['validation-material permitted']
    expect(changesIn(appendRevision(stored, { objects: { 1: catalogWith(form) } }))).toEqual({
      complete: true,
      changes
    })
  })

  it('a second signature is permitted, unless the first forbids it', async () => {
    const verdict = async (signature: string) => {
      const bytes = await signed({ bytes: await signed({ signature }), number: 110, fields: '101 0 R', name: 'Second' })
      // The page is written anew with the second widget only: put the first one back.
      const { signatures } = read(bytes)
      return signatures[0]!.laterChanges!.map(({ kind, permitted, revision }) => [kind, permitted, revision])
    }
    expect(await verdict('')).toContainEqual(['signature', true, 3])
    expect(await verdict(docMdp(1))).toContainEqual(['signature', false, 3])
    expect(await verdict(fieldMdp('/Action /All'))).toContainEqual(['signature', false, 3])
  })

  it('new dates in the document information are metadata, permitted but not covered', async () => {
    const bytes = await signed({ trailer: '/Info 10 0 R', base: { objects: { 10: '<< /ModDate (D:2026) >>' } } })
    const info = { objects: { 10: '<< /ModDate (D:2027) >>' }, trailer: '/Info 10 0 R' }
    expect(changesIn(appendRevision(bytes, info))).toEqual({ complete: false, changes: ['other permitted'] })
  })
})

describe('signed files that somebody spoils', () => {
  it('end in a verdict or a coded problem, and never pass with a covered byte changed', async () => {
    const bytes = await signed({ fields: '50 0 R', objects: { 50: '<< /FT /Tx /T (a) /V (x) >>' } })
    const gap = [bytes.indexOf('/Contents <') + 10, bytes.indexOf('> /M') + 1] as const
    const whole = appendRevision(bytes, { objects: { 50: '<< /FT /Tx /T (a) /V (y) >>' } })
    const change = fc.record({
      at: fc.nat(whole.length - 1),
      with: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 4 }),
        fc
          .constantFrom('<<', '>>', '0 0 R', '/V', '[', '(', 'obj', '9999999999', '/Kids [50 0 R]')
          .map(t => Buffer.from(t))
      )
    })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), changes => {
        const spoiled = Buffer.from(whole)
        for (const one of changes) Buffer.from(one.with).copy(spoiled, one.at)
        const untouched =
          spoiled.subarray(0, gap[0]).equals(bytes.subarray(0, gap[0])) &&
          spoiled.subarray(gap[1], bytes.length).equals(bytes.subarray(gap[1]))
        try {
          for (const { integrity } of read(spoiled).signatures)
            if (integrity.indication === 'PASSED') expect(untouched).toBe(true)
        } catch (error) {
          if (!(error instanceof Refused)) throw error
        }
      }),
      { numRuns: 600 }
    )
  })
})
