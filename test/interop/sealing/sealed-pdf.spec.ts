import { readFileSync } from 'node:fs'
import { HttpTimestampAuthority, Pkcs12SealKey, sealBatch } from '#sealing'
import {
  digitalSignature,
  issue,
  makeSealer,
  p384,
  pem,
  rsa,
  timeStampingOnly
} from '../../../libs/sealing/test/test-authority.js'
import { makePdf, type PdfWish } from '../../../libs/sealing/test/test-pdfs.js'
import { BufferSource, readAll } from '../../../libs/sealing/src/source.js'
import { makePkcs12 } from '../../../libs/sealing/test/test-pkcs12.js'
import { TestTsa } from '../../../libs/sealing/test/test-tsa.js'
import { itWith, pdfsig, qpdf, Workbench } from './tools.js'

const now = new Date('2026-11-22T12:00:00Z')
const clock = { now: () => now }

const bench = new Workbench()
let tsaServer: TestTsa
let tsa: HttpTimestampAuthority
const keys = new Map<string, Pkcs12SealKey>()

beforeAll(async () => {
  const tsaRoot = await issue({ subject: 'CN=TSA Root', ca: true })
  const tsaIdentity = await issue({
    subject: 'CN=TSA',
    issuer: tsaRoot,
    extensions: [timeStampingOnly, digitalSignature]
  })
  tsaServer = new TestTsa(tsaIdentity)
  await tsaServer.start()
  const trustAnchors = [tsaRoot.certificate]
  tsa = new HttpTimestampAuthority({ url: tsaServer.url, timeoutMs: 5000, trustAnchors, maxSkewSeconds: 60, clock })
  for (const [name, kind] of [
    ['RSA-3072', rsa(3072)],
    ['P-256', undefined],
    ['P-384', p384]
  ] as const) {
    const { root, authority, institution } = await makeSealer(kind)
    const file = await makePkcs12('x', [institution], [institution, authority])
    keys.set(name, Pkcs12SealKey.open(file, 'x', now))
    bench.put(`${name}.pem`, pem(root))
  }
})

afterAll(async () => {
  await tsaServer.stop()
  bench.clear()
})

async function seal(bytes: Buffer, keyName: string): Promise<Buffer> {
  const document = { fileName: 'a.pdf', mediaType: 'application/pdf', source: new BufferSource(bytes) }
  const [outcome] = await sealBatch([{ id: 'a', documents: [document] }], {
    key: keys.get(keyName)!,
    level: 'B-T',
    clock,
    tsa
  })
  if (!outcome?.ok) throw new Error(`not sealed: ${outcome?.problem.code} ${JSON.stringify(outcome?.facts)}`)
  return readAll(outcome.sealed.source)
}

/** What pdfsig says of each signature, oldest first. */
function signaturesIn(path: string): string[] {
  return bench
    .run('pdfsig', '-nocert', path)
    .split(/Signature #\d+:/)
    .slice(1)
}

const shapes: [string, PdfWish][] = [
  ['a classic table', {}],
  ['CR LF', { lineEnd: '\r\n' }],
  ['no line end at the end', { after: '' }],
  ['a cross-reference stream', { xref: 'stream' }],
  ['object streams and predictors', { xref: 'stream', objectStream: true, predictor: true }],
  ['a hybrid file', { xref: 'hybrid', objectStream: true }],
  [
    'a form and annotations apart',
    {
      xref: 'stream',
      objectStream: true,
      catalog: '/AcroForm 11 0 R',
      page: '/Annots 12 0 R',
      objects: {
        10: '<< /Type /Annot /Subtype /Widget /Rect [9 9 99 29] /FT /Tx /T (name) /V (x) /P 3 0 R >>',
        11: '<< /Fields 13 0 R >>',
        12: '[10 0 R]',
        13: '[10 0 R]'
      }
    }
  ]
]

describe('sealed PDFs before other people’s programs', () => {
  it.each(shapes.map(([name]) => name))('can be made at all from %s', async name => {
    const bytes = makePdf(shapes.find(([one]) => one === name)![1])
    const sealed = await seal(bytes, 'P-256')
    expect(sealed.subarray(0, bytes.length).equals(bytes)).toBe(true)
  })

  for (const [name, wish] of shapes)
    for (const keyName of ['RSA-3072', 'P-256', 'P-384'])
      itWith(pdfsig, qpdf)(`stand, and stay valid under a second seal: ${name}, ${keyName}`, async () => {
        const once = await seal(makePdf(wish), keyName)
        const oncePath = bench.put('once.pdf', once)
        expect(bench.run('qpdf', '--check', oncePath)).toContain('No syntax or stream encoding errors')
        const [only, ...others] = signaturesIn(oncePath)
        expect(others).toEqual([])
        expect(only).toContain('Signature is Valid')
        expect(only).toContain('Total document signed')
        expect(only).toContain('ETSI.CAdES.detached')

        const twicePath = bench.put('twice.pdf', await seal(once, keyName))
        expect(bench.run('qpdf', '--check', twicePath)).toContain('No syntax or stream encoding errors')
        const both = signaturesIn(twicePath)
        expect(both).toHaveLength(2)
        for (const one of both) expect(one).toContain('Signature is Valid')
        expect(both[0]).not.toContain('Total document signed')
        expect(both[1]).toContain('Total document signed')
      })

  itWith(pdfsig)('are found invalid when one byte of the text changes', async () => {
    const sealed = await seal(makePdf(), 'RSA-3072')
    sealed[sealed.indexOf('A letter')] = 0x42
    expect(signaturesIn(bench.put('changed.pdf', sealed))[0]).toContain('Digest Mismatch')
  })

  const rewritings: [string, string[]][] = [
    ['object streams', ['--object-streams=generate']],
    ['linearized', ['--linearize', '--object-streams=disable']],
    ['linearized with object streams', ['--linearize', '--object-streams=generate']]
  ]
  for (const [name, options] of rewritings)
    itWith(pdfsig, qpdf)(`seal what qpdf wrote: ${name}`, async () => {
      const original = bench.put('original.pdf', makePdf())
      bench.run('qpdf', ...options, original, 'rewritten.pdf')
      const sealed = bench.put(
        'rewritten-sealed.pdf',
        await seal(readFileSync(bench.path('rewritten.pdf')), 'RSA-3072')
      )
      expect(signaturesIn(sealed)[0]).toMatch(/Total document signed[^]*Signature is Valid/)
      expect(bench.run('qpdf', '--check', sealed)).toContain('No syntax or stream encoding errors')
    })

  itWith(qpdf)('refuse what qpdf encrypted with a password for readers', async () => {
    const original = bench.put('original.pdf', makePdf())
    bench.run('qpdf', '--encrypt', 'user', 'owner', '256', '--', original, 'encrypted.pdf')
    const sealed = seal(readFileSync(bench.path('encrypted.pdf')), 'P-256')
    await expect(sealed).rejects.toThrow('sealing/pdf-password-needed')
  })

  itWith(qpdf)('seal what qpdf encrypted and anybody may open', async () => {
    const original = bench.put('original.pdf', makePdf())
    bench.run('qpdf', '--encrypt', '', 'owner', '256', '--', original, 'encrypted.pdf')
    const path = bench.put('sealed.pdf', await seal(readFileSync(bench.path('encrypted.pdf')), 'P-256'))
    expect(bench.run('qpdf', '--check', path)).toContain('No syntax or stream encoding errors')
  })
})
