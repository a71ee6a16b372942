import { createHash, sign, verify } from 'node:crypto'
import { type Identity, makeSealer, p384, rsa } from '../../test/test-authority.js'
import { makePdf, type PdfWish } from '../../test/test-pdfs.js'
import { itWith, qpdf, Workbench } from '../../../../test/interop/sealing/tools.js'
import { readSignedData } from '../cms/read-signed-data.js'
import type { Document } from '../document.js'
import type { PrepareOptions, Signer } from '../draft.js'
import { hashOf, nodeKeyOptions, type SealAlgorithm } from '../seal-algorithm.js'
import { BufferSource, type RandomAccessSource, readAll } from '../source.js'
import { PdfReader } from './pdf-reader.js'
import type { PdfSealOptions } from './pdf-seal-options.js'
import { textOf } from './pdf-text.js'
import type { PdfDict } from './pdf-values.js'
import { preparePades } from './prepare-pades.js'
import { readPadesSignatures } from './read-pades.js'

const signingTime = new Date('2026-11-22T12:34:56Z')
const bench = new Workbench()
afterAll(() => bench.clear())

let identity: Identity
let signer: Signer

async function makeSigner(algorithm: SealAlgorithm, kind?: Parameters<typeof makeSealer>[0]) {
  const made = await makeSealer(kind)
  identity = made.institution
  signer = { certificate: identity.certificate, chain: [made.authority.certificate], algorithm }
}

beforeAll(() => makeSigner('ECDSA-SHA256'))

const documentOf = (source: RandomAccessSource): Document => ({
  fileName: 'decyzja.pdf',
  mediaType: 'application/pdf',
  source,
  hashes: new Map()
})

const prepare = (bytes: Buffer, options: Partial<PrepareOptions> = {}) =>
  preparePades([documentOf(new BufferSource(bytes))], {
    format: 'PAdES',
    signer,
    signingTime,
    tokenBytes: 0,
    ...options
  })

const signed = (toBeSigned: Buffer) =>
  sign(hashOf(signer.algorithm), toBeSigned, { key: identity.key, ...nodeKeyOptions(signer.algorithm) })

function seal(bytes: Buffer, pdf?: PdfSealOptions): Buffer {
  const draft = prepare(bytes, { pdf })
  const result = draft.finish(signed(draft.toBeSigned))
  if (!('file' in result)) throw new Error('no room')
  return readAll(result.file)
}

/** CMS and covered bytes, cut out with nothing but text search. */
function cutOut(sealed: Buffer) {
  const text = sealed.toString('latin1')
  const at = text.lastIndexOf('/Contents <') + '/Contents '.length
  const end = text.indexOf('>', at) + 1
  const contents = Buffer.from(text.slice(at + 1, end - 1), 'hex')
  const cms = contents.subarray(0, 4 + contents.readUInt16BE(2))
  return { cms, covered: Buffer.concat([sealed.subarray(0, at), sealed.subarray(end)]), room: contents.length }
}

describe('a PAdES draft', () => {
  it.each([
    ['RSA-SHA256', rsa(3072)],
    ['RSASSA-PSS-SHA512', rsa(3072)],
    ['ECDSA-SHA384', p384],
    ['ECDSA-SHA256', undefined]
  ] as const)('signs the digest of everything but its own value: %s', async (algorithm, kind) => {
    await makeSigner(algorithm, kind)
    const sealed = seal(makePdf())
    const { cms, covered } = cutOut(sealed)
    const { signer: info, certificates } = readSignedData(cms)
    const digest = createHash(hashOf(algorithm)).update(covered).digest()
    expect(info.attributes.get('1.2.840.113549.1.9.4')![0]!.content).toEqual(digest)
    expect(info.attributes.has('1.2.840.113549.1.9.5')).toBe(false)
    const key = { key: identity.parsed.publicKey.rawData, ...nodeKeyOptions(algorithm) }
    const spki = { ...key, key: Buffer.from(key.key), format: 'der', type: 'spki' } as const
    expect(verify(hashOf(algorithm), info.signedAttributes, spki, info.signature)).toBe(true)
    expect(certificates).toHaveLength(2)
    const found = readPadesSignatures(new BufferSource(sealed)).signatures
    expect(found).toMatchObject([{ integrity: { indication: 'PASSED' }, baselineFaults: [], laterChanges: [] }])
    await makeSigner('ECDSA-SHA256')
  })

  it('stamps the signature value, and keeps room for the token that was promised', () => {
    const draft = prepare(makePdf(), { tokenBytes: 3000 })
    const signature = signed(draft.toBeSigned)
    expect(draft.imprint(signature)).toEqual(createHash('sha256').update(signature).digest())
    const token = Buffer.concat([Buffer.from('30820bb4', 'hex'), Buffer.alloc(2996, 1)])
    const result = draft.finish(signature, token)
    if (!('file' in result)) throw new Error('no room')
    expect(readAll(result.file).toString('latin1')).toContain(token.toString('hex'))
  })

  it('makes more room and asks for another signature when a token is longer; it never cuts', () => {
    const draft = prepare(makePdf(), { tokenBytes: 100 })
    const token = Buffer.concat([Buffer.from('30820bb4', 'hex'), Buffer.alloc(2996, 1)])
    const first = draft.finish(signed(draft.toBeSigned), token)
    if (!('again' in first)) throw new Error('it was cut')
    expect(first.again.toBeSigned).not.toEqual(draft.toBeSigned)
    const second = first.again.finish(signed(first.again.toBeSigned), token)
    if (!('file' in second)) throw new Error('no room')
    const { cms, covered } = cutOut(readAll(second.file))
    expect(readSignedData(cms).signer.unsignedAttributes.size).toBe(1)
    const digest = readSignedData(cms).signer.attributes.get('1.2.840.113549.1.9.4')![0]!.content
    expect(digest).toEqual(createHash('sha256').update(covered).digest())
  })

  it('takes one document', () => {
    const one = documentOf(new BufferSource(makePdf()))
    const options = { format: 'PAdES', signer, signingTime, tokenBytes: 0 } as const
    expect(() => preparePades([one, one], options)).toThrow('sealing/one-document-only')
    expect(() => preparePades([], options)).toThrow('sealing/one-document-only')
  })

  it('reads a long document once, in pieces, and keeps none of it', () => {
    const bytes = makePdf({ objects: { 10: `<< /Length 5000000 >>\nstream\n${'x'.repeat(5_000_000)}\nendstream` } })
    let largest = 0
    let total = 0
    const source: RandomAccessSource = {
      size: bytes.length,
      read(at, length) {
        const piece = bytes.subarray(at, at + length)
        largest = Math.max(largest, piece.length)
        total += piece.length
        return piece
      }
    }
    const document = documentOf(source)
    const options = { format: 'PAdES', signer, signingTime, tokenBytes: 100 } as const
    const draft = preparePades([document], options)
    expect(largest).toBeLessThanOrEqual(1024 * 1024)
    const once = total
    expect(once).toBeLessThan(bytes.length + 500_000)
    // The second time the hash is there already, and again when more room is needed.
    preparePades([document], options)
    const again = draft.finish(signed(draft.toBeSigned), Buffer.alloc(5000))
    expect('again' in again).toBe(true)
    expect(total - once).toBeLessThan(500_000)
  })

  it('puts a file with a broken cross-reference right before it seals it', () => {
    const whole = makePdf({ catalog: '/Lang (pl)' })
    const broken = Buffer.from(whole.toString('latin1').replace(/\d{10} 00000 n/g, '0000000007 00000 n'), 'latin1')
    const sealed = seal(broken)
    expect(sealed.subarray(0, broken.length).equals(broken)).toBe(true)
    const pdf = PdfReader.open(new BufferSource(sealed))
    expect(pdf.trailer.entries.has('Prev')).toBe(false)
    expect(pdf.repaired).toBe(false)
    expect(pdf.page('first').geometry.mediaBox).toEqual([0, 0, 595, 842])
    const { signatures } = readPadesSignatures(new BufferSource(sealed))
    expect(signatures).toMatchObject([{ integrity: { indication: 'PASSED' }, scopes: [{ complete: true }] }])
  })

  itWith(qpdf)('writes a cross-reference over a repaired file that others find in order', () => {
    for (const wish of [{}, { xref: 'stream', objectStream: true }] as const) {
      const text = makePdf(wish).toString('latin1')
      const path = bench.put(
        'repaired.pdf',
        seal(Buffer.from(text.replace(/startxref\n\d+/, 'startxref\n7'), 'latin1'))
      )
      expect(bench.run('qpdf', '--check', path)).toContain('No syntax or stream encoding errors')
    }
  })
})

describe('encrypted files', () => {
  const wishes: [string, PdfWish][] = [
    ['with a table', {}],
    ['with object streams', { xref: 'stream', objectStream: true, catalog: '/Lang (pl-PL)' }]
  ]
  const ciphers: [string, string[]][] = [
    ['RC4 40', ['40', '--allow-weak-crypto']],
    ['RC4 128', ['128', '--use-aes=n', '--allow-weak-crypto']],
    ['AES 128', ['128', '--use-aes=y']],
    ['AES 256', ['256']]
  ]

  function encrypted(wish: PdfWish, [bits, ...more]: string[], permissions: string[] = []): Buffer {
    const plain = bench.put('plain.pdf', makePdf(wish))
    const streams = wish.objectStream ? ['--object-streams=generate'] : []
    const weak = more.filter(one => one.startsWith('--allow'))
    const rest = more.filter(one => !one.startsWith('--allow'))
    const options = ['--encrypt', 'user', 'owner', bits!, ...rest, ...permissions, '--']
    bench.run('qpdf', ...weak, ...streams, ...options, plain, 'encrypted.pdf')
    return bench.pipe(Buffer.alloc(0), 'cat', 'encrypted.pdf')
  }

  for (const [kind, wish] of wishes)
    for (const [cipher, options] of ciphers)
      itWith(qpdf)(`keep their encryption, and the seal its clear value: ${kind}, ${cipher}`, () => {
        const before = encrypted(wish, options)
        expect(() => seal(before)).toThrow('sealing/pdf-password-needed')
        const sealed = seal(before, { password: 'user', reason: 'Zażółć' })
        const path = bench.put('sealed.pdf', sealed)
        expect(bench.run('qpdf', '--password=user', '--check', path)).toContain('No syntax or stream encoding errors')
        const found = readPadesSignatures(new BufferSource(sealed), { pdfPassword: 'user' })
        expect(found.signatures).toMatchObject([
          { integrity: { indication: 'PASSED' }, baselineFaults: [], scopes: [{ complete: true }] }
        ])
        // What another program deciphers is what was written.
        bench.run('qpdf', '--password=user', '--decrypt', '--object-streams=disable', path, 'clear.pdf')
        const pdf = PdfReader.open(new BufferSource(bench.pipe(Buffer.alloc(0), 'cat', 'clear.pdf')))
        const catalog = pdf.catalog().value
        const fields = pdf.get(pdf.getDict(catalog, 'AcroForm'), 'Fields')
        const field = fields?.kind === 'array' ? (pdf.resolve(fields.items[0]) as PdfDict) : undefined
        const reason = pdf.get(pdf.getDict(field, 'V'), 'Reason')
        expect(reason?.kind === 'string' && textOf(reason.bytes)).toBe('Zażółć')
        const language = pdf.get(catalog, 'Lang')
        if (wish.catalog) expect(language?.kind === 'string' && textOf(language.bytes)).toBe('pl-PL')
      })

  itWith(qpdf)('are sealed only as their permissions allow', () => {
    const locked = encrypted({}, ['256'], ['--modify=none'])
    expect(() => seal(locked, { password: 'user' })).toThrow('sealing/pdf-permission-missing')
    expect(() => seal(locked, { password: 'owner' })).not.toThrow()
    const formsOnly = encrypted(
      { catalog: '/AcroForm << /Fields [10 0 R] >>', objects: { 10: '<< /FT /Sig /T (A) >>' } },
      ['256'],
      ['--modify=form']
    )
    expect(() => seal(formsOnly, { password: 'user' })).toThrow('sealing/pdf-permission-missing')
    expect(() => seal(formsOnly, { password: 'user', field: 'A' })).not.toThrow()
  })

  itWith(qpdf)('a second seal is seen as what it is, although all strings are enciphered anew', () => {
    const twice = seal(seal(encrypted(wishes[1]![1], ['256']), { password: 'user' }), { password: 'user' })
    const [first] = readPadesSignatures(new BufferSource(twice), { pdfPassword: 'user' }).signatures
    expect(first!.laterChanges).toMatchObject([{ kind: 'signature', permitted: true }])
  })
})
