import { createHash, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { itWith, qpdf, Workbench } from '../../../../test/interop/sealing/tools.js'
import { digitalSignature, type Identity, issue, makeSealer, timeStampingOnly } from '../../test/test-authority.js'
import { TestMaterial } from '../../test/test-material.js'
import { makePdf, type PdfWish } from '../../test/test-pdfs.js'
import { appendRevision, signByHand } from '../../test/test-signed-pdfs.js'
import { issueToken } from '../../test/test-tsa.js'
import type { SealLevel } from '../seal-format.js'
import { BufferSource, readAll } from '../source.js'
import type { TimestampAuthority } from '../timestamp/timestamp-authority.js'
import { PdfReader } from './pdf-reader.js'
import type { PdfSealOptions } from './pdf-seal-options.js'
import type { PdfDict } from './pdf-values.js'
import { preparePades } from './prepare-pades.js'
import { raisePades } from './raise-pades.js'
import { readPadesSignatures } from './read-pades.js'

let now = new Date('2026-11-22T12:00:00Z')
const clock = { now: () => now }
let sealer: Identity
let authority: Identity
let tsaIdentity: Identity
let material: TestMaterial
let expectedTokenBytes = 2000
let stamps = 0

const tsa: TimestampAuthority = {
  get expectedTokenBytes() {
    return expectedTokenBytes
  },
  async stamp(imprint) {
    stamps++
    const token = await issueToken(tsaIdentity, imprint, undefined, { genTime: now })
    return { token, genTime: now, serial: '1', policy: '1.2.3' }
  }
}

beforeAll(async () => {
  const made = await makeSealer()
  sealer = made.institution
  authority = made.authority
  const tsaRoot = await issue({ subject: 'CN=TSA Root', ca: true })
  tsaIdentity = await issue({ subject: 'CN=TSA', issuer: tsaRoot, extensions: [timeStampingOnly, digitalSignature] })
  material = new TestMaterial([made.root, authority, sealer, tsaRoot, tsaIdentity], clock, [sealer])
})

beforeEach(() => {
  now = new Date('2026-11-22T12:00:00Z')
  stamps = 0
  expectedTokenBytes = 2000
  material.asked.length = 0
})

async function seal(bytes: Buffer, pdf: PdfSealOptions = {}, stamped = false): Promise<Buffer> {
  const signer = {
    certificate: sealer.certificate,
    chain: [authority.certificate],
    algorithm: 'ECDSA-SHA256' as const
  }
  const document = { fileName: 'a.pdf', mediaType: 'application/pdf', source: new BufferSource(bytes) }
  const options = { format: 'PAdES', signer, signingTime: now, tokenBytes: stamped ? 2000 : 0, pdf } as const
  const draft = preparePades([document], options)
  const signature = sign('sha256', draft.toBeSigned, sealer.key)
  const token = stamped ? (await tsa.stamp(draft.imprint(signature))).token : undefined
  const result = draft.finish(signature, token)
  if (!('file' in result)) throw new Error('no room')
  return readAll(result.file)
}

/** An hour later. */
async function raise(bytes: Buffer, to: SealLevel): Promise<Buffer> {
  now = new Date(now.getTime() + 3_600_000)
  const raised = readAll(await raisePades(new BufferSource(bytes), to, { tsa, material, clock }))
  expect(raised.subarray(0, bytes.length).equals(bytes)).toBe(true)
  return raised
}

const read = (bytes: Buffer) => readPadesSignatures(new BufferSource(bytes))

/** What stands in the security store, as another reader of the file would find it. */
function storeOf(bytes: Buffer) {
  const pdf = PdfReader.open(new BufferSource(bytes))
  const store = pdf.getDict(pdf.catalog().value, 'DSS')
  const list = (dict: PdfDict | undefined, key: string) => {
    const value = pdf.get(dict, key)
    return value?.kind === 'array' ? value.items.map(item => item.raw.toString('latin1')) : []
  }
  const streams = (key: string) => {
    const value = pdf.get(store, key)
    return value?.kind === 'array' ? value.items.map(item => (item.kind === 'ref' ? pdf.stream(item)! : undefined)) : []
  }
  const vri = pdf.getDict(store, 'VRI')
  return { pdf, store, list, streams, vri }
}

const keyOf = (bytes: Buffer, which: number) => {
  const all = [...bytes.toString('latin1').matchAll(/\/Contents <([0-9a-f]+)>/g)]
  return createHash('sha1').update(Buffer.from(all[which]![1]!, 'hex')).digest('hex').toUpperCase()
}

const kinds: [string, PdfWish][] = [
  ['a table', {}],
  ['object streams', { xref: 'stream', objectStream: true, predictor: true }],
  ['a hybrid file', { xref: 'hybrid', objectStream: true }]
]

describe('raising the level of PDF seals', () => {
  it.each(kinds)('from B-B to B-T, B-LT, B-LTA and on, step by step: %s', async (_, wish) => {
    const steps: string[][] = []
    let file = await seal(makePdf(wish))
    for (const level of ['B-T', 'B-LT', 'B-LTA', 'B-LTA'] as const) {
      file = await raise(file, level)
      const [signature] = read(file).signatures
      expect(signature).toMatchObject({ integrity: { indication: 'PASSED' }, scopes: [{ complete: true }] })
      steps.push(signature!.laterChanges!.map(({ kind }) => kind))
    }
    const [stamp, store] = ['document-time-stamp', 'validation-material']
    expect(steps).toEqual([[stamp], [stamp, store], [stamp, store, stamp], [stamp, store, stamp, store, stamp]])
    const [signature] = read(file).signatures
    const covered = signature!.timestamps.map(({ covers }) => covers!.crls.length)
    expect(covered).toEqual([0, 2, 3])
    for (const { token, imprint } of signature!.timestamps) expect(token.includes(imprint('sha256')!)).toBe(true)
  })

  itWith(qpdf)('of an encrypted file, with its password', async () => {
    const bench = new Workbench()
    try {
      const plain = bench.put('plain.pdf', makePdf())
      bench.run('qpdf', '--encrypt', 'user', 'owner', '256', '--', plain, 'encrypted.pdf')
      const sealed = await seal(readFileSync(bench.path('encrypted.pdf')), { password: 'user' })
      await expect(raise(sealed, 'B-LTA')).rejects.toThrow('sealing/pdf-password-needed')
      const tools = { tsa, material, clock, pdfPassword: 'user' }
      const raised = readAll(await raisePades(new BufferSource(sealed), 'B-LTA', tools))
      const { signatures } = readPadesSignatures(new BufferSource(raised), { pdfPassword: 'user' })
      expect(signatures).toMatchObject([{ integrity: { indication: 'PASSED' }, scopes: [{ complete: true }] }])
      expect(signatures[0]!.timestamps.map(({ kind }) => kind)).toEqual(['document', 'document'])
      expect(signatures[0]!.material.crls.length).toBeGreaterThan(0)
      const path = bench.put('raised.pdf', raised)
      expect(bench.run('qpdf', '--password=user', '--check', path)).toContain('No syntax or stream encoding errors')
    } finally {
      bench.clear()
    }
  })

  it('all at once, and with a time stamp in the signature', async () => {
    const raised = await raise(await seal(makePdf(), {}, true), 'B-LTA')
    const [signature] = read(raised).signatures
    expect(signature!.timestamps.map(({ kind }) => kind)).toEqual(['signature', 'document'])
    expect(signature!.material.ocspResponses).toHaveLength(1)
  })

  it('does nothing, and asks nobody, for a level that is there', async () => {
    const raised = await raise(await seal(makePdf()), 'B-LTA')
    stamps = 0
    material.asked.length = 0
    for (const level of ['B-B', 'B-T', 'B-LT'] as const) expect(await raise(raised, level)).toHaveLength(raised.length)
    expect([stamps, material.asked.length]).toEqual([0, 0])
  })

  it('asks about the signer and about the authority of each time stamp, and only about the last one when it renews', async () => {
    const raised = await raise(await seal(makePdf()), 'B-LTA')
    expect(material.asked.map(leaves => leaves.map(({ certificate }) => certificate))).toEqual([
      [sealer.certificate],
      [tsaIdentity.certificate]
    ])
    material.asked.length = 0
    await raise(raised, 'B-LTA')
    expect(material.asked.map(leaves => leaves.map(({ certificate }) => certificate))).toEqual([
      [tsaIdentity.certificate]
    ])
  })

  it('raises all signatures of a file, those of others and those made after the last time stamp too', async () => {
    const archived = await raise(await seal(makePdf()), 'B-LTA')
    const again = await raise(await seal(archived), 'B-LTA')
    const { signatures } = read(again)
    expect(signatures).toHaveLength(2)
    for (const { integrity, timestamps } of signatures) {
      expect(integrity).toEqual({ indication: 'PASSED' })
      expect(timestamps.at(-1)!.covers!.crls.length).toBeGreaterThan(1)
    }
    const others = await raise(await signByHand(sealer, [authority], { subFilter: 'adbe.pkcs7.detached' }), 'B-LTA')
    expect(read(others).signatures[0]!.timestamps).toHaveLength(2)
  })

  it('raises what is certified "no changes", and its time stamp shows nothing', async () => {
    const certified = await seal(makePdf(), { certification: 'no-changes' })
    const raised = await raise(certified, 'B-LTA')
    const [signature] = read(raised).signatures
    expect(signature!.laterChanges!.map(({ permitted }) => permitted)).toEqual([true, true, true])
    expect(raised.subarray(certified.length).includes('/AP')).toBe(false)
  })

  it('raises a file that holds a document time stamp and no signature', async () => {
    const stamped = await signByHand(sealer, [], {
      subFilter: 'ETSI.RFC3161',
      contents: digest => issueToken(tsaIdentity, digest, undefined)
    })
    const raised = await raise(stamped, 'B-LTA')
    const { timestamps } = read(raised)
    expect(timestamps).toHaveLength(2)
    expect(timestamps[1]!.covers!.crls).toHaveLength(1)
  })

  it('gives a token that is longer than expected more room', async () => {
    expectedTokenBytes = 10
    const raised = await raise(await seal(makePdf()), 'B-T')
    expect(stamps).toBe(2)
    const [signature] = read(raised).signatures
    const [stamp] = signature!.timestamps
    expect(stamp!.token.includes(stamp!.imprint('sha256')!)).toBe(true)
  })

  it.each([
    ['nothing is signed', async () => makePdf(), 'sealing/seal-not-found'],
    [
      'the seal is broken',
      async () => {
        const bytes = await seal(makePdf())
        bytes[bytes.indexOf('A letter')] = 0x42
        return bytes
      },
      'sealing/seal-does-not-hold'
    ],
    [
      'objects stand behind the end',
      async () => Buffer.concat([await seal(makePdf()), Buffer.from('4 0 obj\n<< >>\nendobj\n')]),
      'sealing/pdf-broken'
    ],
    [
      'nothing of the kind can be judged',
      () => signByHand(sealer, [], { subFilter: 'adbe.x509.rsa_sha1' }),
      'sealing/seal-does-not-hold'
    ]
  ])('refuses when %s', async (_, make, code) => {
    await expect(raise(await make(), 'B-T')).rejects.toThrow(code)
  })

  it('refuses a time stamp after the end of the certificate: it would prove nothing', async () => {
    const file = await seal(makePdf())
    const before = now
    now = new Date('2041-01-01T00:00:00Z')
    const late = await tsa.stamp(Buffer.alloc(32))
    const unasked = { expectedTokenBytes: 0, stamp: () => Promise.reject(new Error('asked in vain')) }
    const raising = (by: TimestampAuthority) => raisePades(new BufferSource(file), 'B-T', { tsa: by, clock })
    await expect(raising(unasked)).rejects.toThrow('sealing/certificate-not-valid')
    now = before
    const lateOne = { expectedTokenBytes: late.token.length, stamp: () => Promise.resolve(late) }
    await expect(raising(lateOne)).rejects.toThrow('sealing/certificate-not-valid')
  })

  it('needs someone to ask about revocation', async () => {
    const file = await seal(makePdf())
    await expect(raisePades(new BufferSource(file), 'B-LT', { tsa, clock })).rejects.toThrow(
      'sealing/revocation-not-configured'
    )
  })
})

describe('the security store', () => {
  it('lists each thing once, and by signature', async () => {
    const file = await raise(await seal(makePdf()), 'B-LT')
    const { store, list, streams, vri, pdf } = storeOf(file)
    for (const key of ['Certs', 'OCSPs', 'CRLs']) {
      const hashes = streams(key).map(stream => createHash('sha256').update(stream!).digest('hex'))
      expect(new Set(hashes).size).toBe(hashes.length)
    }
    expect(streams('Certs')).toContainEqual(sealer.certificate)
    expect(streams('Certs')).toContainEqual(tsaIdentity.certificate)
    expect([...vri!.entries.keys()]).toEqual([keyOf(file, 0), keyOf(file, 1)])
    const entry = pdf.getDict(vri, keyOf(file, 0))
    expect(list(entry, 'Cert').every(ref => list(store, 'Certs').includes(ref))).toBe(true)
    expect(list(entry, 'OCSP')).toEqual(list(store, 'OCSPs'))
  })

  it.each<[string, string, Readonly<Record<number, string>>]>([
    [
      'in the catalog',
      '/DSS << /Certs [60 0 R] /VRI << /AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA << /Cert [60 0 R] >> >> >>',
      {}
    ],
    ['an object of its own', '/DSS 61 0 R', { 61: '<< /Type /DSS /Certs [60 0 R] /VRI 62 0 R >>' }],
    ['all apart', '/DSS 61 0 R', { 61: '<< /Certs 63 0 R /VRI 62 0 R /Other true >>' }]
  ])('of others is added to and not replaced: %s', async (_, catalog, objects) => {
    const stream = (content: Buffer) =>
      `<< /Length ${content.length} >>\nstream\n${content.toString('latin1')}\nendstream`
    const file = await signByHand(sealer, [authority], {
      catalog,
      objects: {
        60: stream(authority.certificate),
        62: '<< /AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA << /Cert [60 0 R] >> >>',
        63: '[60 0 R]',
        ...objects
      }
    })
    const raised = await raise(file, 'B-LT')
    const { store, list, vri, pdf } = storeOf(raised)
    expect(list(store, 'Certs')[0]).toBe('60 0 R')
    expect(
      storeOf(raised)
        .streams('Certs')
        .filter(one => one!.equals(authority.certificate))
    ).toHaveLength(1)
    expect(list(pdf.getDict(vri, 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'), 'Cert')).toEqual(['60 0 R'])
    expect(vri!.entries.size).toBe(3)
    expect(list(pdf.getDict(vri, keyOf(raised, 0)), 'Cert')).toContain('60 0 R')
    if (objects[61]?.includes('Other')) expect(store!.entries.has('Other')).toBe(true)
  })

  it('grows with renewals and loses nothing', async () => {
    const first = await raise(await seal(makePdf()), 'B-LTA')
    const second = await raise(first, 'B-LTA')
    const [before, after] = [storeOf(first), storeOf(second)]
    expect(after.list(after.store, 'Certs')).toEqual(before.list(before.store, 'Certs'))
    expect(after.list(after.store, 'CRLs').slice(0, 2)).toEqual(before.list(before.store, 'CRLs'))
    expect(after.list(after.store, 'CRLs')).toHaveLength(3)
    expect(after.vri!.entries.size).toBe(3)
  })

  it('with far too much in it is refused', async () => {
    const many = Array.from({ length: 30_000 }, (_, i) => `${1000 + i} 0 R`).join(' ')
    const file = await signByHand(sealer, [authority], { catalog: `/DSS << /Certs [${many}] >>` })
    expect(() => read(file)).toThrow('sealing/pdf-too-complex')
    expect(() => read(appendRevision(file, {}))).toThrow('sealing/pdf-too-complex')
  })
})
