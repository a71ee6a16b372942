import { createHash, createPublicKey, randomBytes } from 'node:crypto'
import { Refused, Unavailable } from '#platform'
import {
  digitalSignature,
  type Identity,
  issue,
  makeSealer,
  nonRepudiation,
  rsa,
  timeStampingOnly
} from '../test/test-authority.js'
import { makePdf } from '../test/test-pdfs.js'
import { makePkcs12 } from '../test/test-pkcs12.js'
import { issueToken } from '../test/test-tsa.js'
import { readSignedData } from './cms/read-signed-data.js'
import { Pkcs12SealKey } from './keys/pkcs12.seal-key.js'
import type { Leaf, Material } from './material.js'
import { Oid } from './oids.js'
import { BufferSource, readAll } from './source.js'
import { sealBatch, type SealBatchOptions, type SealOutcome, type SealRequest } from './seal-batch.js'
import { verifySignature } from './seal-algorithm.js'
import type { SealKey } from './seal-key.js'
import { sealingProblems } from './sealing.errors.js'
import type { Timestamp, TimestampAuthority } from './timestamp/timestamp-authority.js'
import { imprintOf, verifyTimestampToken } from './timestamp/verify-timestamp-token.js'

const now = new Date('2026-11-22T12:00:00.789Z')
const clock = { now: () => now }
const request = (id: string, fileName: string, mediaType: string, bytes: Buffer): SealRequest => ({
  id,
  documents: [{ fileName, mediaType, source: new BufferSource(bytes) }]
})
const pdf = (id: string, bytes = makePdf(), mediaType = 'application/pdf') => request(id, `${id}.pdf`, mediaType, bytes)
const text = (id: string) => request(id, `${id}.txt`, 'text/plain', Buffer.from(`text ${id}`))
const wholeOf = ({ documents }: SealRequest): Buffer => readAll(documents[0]!.source)
const seal = (requests: SealRequest[], options: Partial<SealBatchOptions> = {}) =>
  sealBatch(requests, {
    key,
    level: 'B-B',
    clock,
    formats: { pdf: 'PAdES', xml: 'CAdES-detached', other: 'CAdES-detached' },
    ...options
  })

let institution: Identity
let tsaIdentity: Identity
let key: Pkcs12SealKey

beforeAll(async () => {
  const sealer = await makeSealer()
  institution = sealer.institution
  const file = await makePkcs12('x', [institution], [institution, sealer.authority])
  key = Pkcs12SealKey.open(file, 'x', now)
  tsaIdentity = await issue({ subject: 'CN=TSA', extensions: [timeStampingOnly, digitalSignature] })
})

/** Stamps without a network. `expectedTokenBytes` may lie, as a new authority's first guess may. */
class LocalTsa implements TimestampAuthority {
  stamped = 0
  constructor(
    readonly expectedTokenBytes = 2000,
    private readonly genTime = now
  ) {}
  async stamp(imprint: Buffer): Promise<Timestamp> {
    this.stamped++
    const token = await issueToken(tsaIdentity, imprint, undefined, { genTime: this.genTime })
    return { token, genTime: this.genTime, serial: '1', policy: '1.2' }
  }
}

/** A key whose answers go through `change`. */
function changedKey(change: (signatures: Buffer[]) => Buffer[]): SealKey {
  const { certificate, chain, algorithm, custody } = key
  return { certificate, chain, algorithm, custody, signBatch: async all => change(await key.signBatch(all)) }
}

function made(outcome: SealOutcome | undefined) {
  if (!outcome?.ok) throw new Error(`not sealed: ${outcome?.problem.code}`)
  return outcome
}

/** The CMS in a sealed file, and what it signs. */
function signatureIn(outcome: Extract<SealOutcome, { ok: true }>, original: Buffer) {
  const file = readAll(outcome.sealed.source)
  if (outcome.format === 'CAdES-detached') return { cms: file, signed: original }
  expect(file.subarray(0, original.length)).toEqual(original)
  const range = /\/ByteRange \[0 (\d+) (\d+) (\d+)\]/.exec(file.toString('latin1'))!.slice(1).map(Number)
  const [first, second] = range as [number, number]
  const padded = Buffer.from(file.toString('latin1', first + 1, second - 1), 'hex')
  const cms = padded.subarray(0, 4 + padded.readUInt16BE(2))
  return {
    cms,
    padding: padded.length - cms.length,
    signed: Buffer.concat([file.subarray(0, first), file.subarray(second)])
  }
}

function expectValid(outcome: Extract<SealOutcome, { ok: true }>, original: Buffer) {
  const { cms, signed } = signatureIn(outcome, original)
  const { signer } = readSignedData(cms)
  expect(signer.attributes.get(Oid.messageDigest)![0]!.content).toEqual(createHash('sha256').update(signed).digest())
  const publicKey = createPublicKey(institution.parsed.publicKey.toString('pem'))
  expect(verifySignature('ECDSA-SHA256', publicKey, signer.signedAttributes, signer.signature)).toBe(true)
  return signer
}

describe('sealing a batch', () => {
  it('makes PAdES of PDFs and detached CAdES of the rest, in order, in one call to the key', async () => {
    const documents = [pdf('a'), text('b'), pdf('c', makePdf({ xref: 'stream', objectStream: true })), text('d')]
    const calls: number[] = []
    const counting = changedKey(signatures => (calls.push(signatures.length), signatures))
    const outcomes = await seal(documents, { key: counting })
    expect(calls).toEqual([4])
    expect(outcomes.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd'])
    const [a, b] = outcomes.map(made)
    expect(a).toMatchObject({ format: 'PAdES', level: 'B-B', signingTime: new Date('2026-11-22T12:00:00Z') })
    expect(a!.sealed).toMatchObject({ fileName: 'a.pdf', mediaType: 'application/pdf' })
    expect(b!.format).toBe('CAdES-detached')
    expect(b!.sealed).toMatchObject({ fileName: 'b.txt.CAdES', mediaType: 'application/pkcs7-signature' })
    outcomes.forEach((outcome, i) => {
      const signer = expectValid(made(outcome), wholeOf(documents[i]!))
      expect(signer.attributes.has(Oid.signingTime)).toBe(made(outcome).format === 'CAdES-detached')
      expect(made(outcome).timestamp).toBeUndefined()
    })
  })

  it('stamps each signature value at level B-T', async () => {
    const documents = [pdf('a'), text('b')]
    const outcomes = await seal(documents, { level: 'B-T', tsa: new LocalTsa() })
    outcomes.forEach((outcome, i) => {
      const { timestamp, level } = made(outcome)
      const signer = expectValid(made(outcome), wholeOf(documents[i]!))
      const token = signer.unsignedAttributes.get(Oid.signatureTimeStamp)![0]!.raw
      expect(level).toBe('B-T')
      expect(token).toEqual(timestamp!.token)
      expect(verifyTimestampToken(token, imprintOf(signer.signature), [tsaIdentity.certificate]).indication).toBe(
        'PASSED'
      )
    })
  })

  it('keeps the room measured: little left over, and built again when the token is larger than expected', async () => {
    const documents = [pdf('a'), text('b'), pdf('c')]
    const small = new LocalTsa(10)
    const outcomes = await seal(documents, { level: 'B-T', tsa: small })
    expect(small.stamped).toBe(3 + 2)
    outcomes.forEach((outcome, i) => {
      expectValid(made(outcome), wholeOf(documents[i]!))
      const { padding = 0 } = signatureIn(made(outcome), wholeOf(documents[i]!))
      expect(padding).toBeLessThan(300)
    })
  })

  it('goes on when one document cannot be sealed', async () => {
    const documents = [
      pdf('bad', Buffer.from('not a pdf')),
      pdf('good'),
      pdf('locked', makePdf({ trailer: '/Encrypt 9 0 R' }))
    ]
    const outcomes = await seal(documents)
    expect(outcomes[0]).toEqual({ id: 'bad', ok: false, problem: sealingProblems['pdf-not-a-pdf'], facts: {} })
    expectValid(made(outcomes[1]), wholeOf(documents[1]!))
    expect(outcomes[2]).toMatchObject({ ok: false, problem: sealingProblems['pdf-encrypted'] })
    const calls: number[] = []
    const counting = changedKey(signatures => (calls.push(signatures.length), signatures))
    await seal([documents[0]!], { key: counting })
    expect(calls).toEqual([])
  })

  it('recognises a PDF that nobody declared, and believes what was declared', async () => {
    const bytes = makePdf()
    const formats = await seal([
      pdf('a', bytes, 'application/octet-stream'),
      pdf('b', bytes, 'Application/PDF; version=1.7'),
      pdf('c', bytes, 'text/plain')
    ])
    expect(formats.map(outcome => made(outcome).format)).toEqual(['PAdES', 'PAdES', 'CAdES-detached'])
  })

  it.each<[string, (signatures: Buffer[]) => Buffer[]]>([
    ['mixes up its answers', signatures => [...signatures].reverse()],
    ['answers too few', signatures => signatures.slice(1)],
    ['answers rubbish', signatures => signatures.map(() => randomBytes(70))],
    ['answers nothing', () => []]
  ])('makes no seal when the key %s', async (_, change) => {
    const work = seal([pdf('a'), text('b')], { key: changedKey(change) })
    await expect(work).rejects.toMatchObject({ type: sealingProblems['key-answer-wrong'] })
  })

  it('lets the whole batch wait when the time-stamp authority is away, and stops asking it', async () => {
    let asked = 0
    const tsa: TimestampAuthority = {
      expectedTokenBytes: 2000,
      stamp: () => {
        asked++
        return Promise.reject(new Unavailable(sealingProblems['timestamp-unavailable']))
      }
    }
    const documents = Array.from({ length: 40 }, (_, i) => text(String(i)))
    await expect(seal(documents, { level: 'B-T', tsa })).rejects.toBeInstanceOf(Unavailable)
    expect(asked).toBeLessThanOrEqual(16)
  })

  it('seals at the level that can be reached now, and says what is left to do, where that is allowed', async () => {
    let asked = 0
    const local = new LocalTsa()
    const tsa: TimestampAuthority = {
      expectedTokenBytes: 2000,
      stamp: imprint =>
        asked++ === 1 ? Promise.reject(new Unavailable(sealingProblems['timestamp-unavailable'])) : local.stamp(imprint)
    }
    const documents = [pdf('a'), pdf('b')]
    const [a, b] = (await seal(documents, { level: 'B-T', tsa, whenAway: 'raise-later' })).map(made)
    expect(a).toMatchObject({ level: 'B-T', timestamp: { genTime: now } })
    expect(a!.raiseLater).toBeUndefined()
    expect(b).toMatchObject({
      level: 'B-B',
      raiseLater: { to: 'B-T', problem: sealingProblems['timestamp-unavailable'] }
    })
    expectValid(b!, wholeOf(documents[1]!))
  })

  it('does not seal with a revoked certificate', async () => {
    const revoked = new Refused(sealingProblems['certificate-revoked'])
    const counting = changedKey(() => {
      throw new Error('the key was used')
    })
    const work = seal([text('a')], { key: counting, material: { collect: () => Promise.reject(revoked) } })
    await expect(work).rejects.toBe(revoked)
  })

  it('refuses a level it cannot make, of the document that asks for it and of no other', async () => {
    const codes = (outcomes: readonly SealOutcome[]) => outcomes.map(one => (one.ok ? one.level : one.problem.code))
    const documents = [text('a'), { ...text('b'), level: 'B-T' as const }, { ...text('c'), level: 'B-LTA' as const }]
    expect(codes(await seal(documents))).toEqual(['B-B', ...Array<string>(2).fill('sealing/timestamp-not-configured')])
    const tsa = new LocalTsa()
    expect(codes(await seal(documents, { tsa }))).toEqual(['B-B', 'B-T', 'sealing/revocation-not-configured'])
  })

  describe('at a level that needs the signatures before it', () => {
    const level = 'B-LT'
    let theirs: Pkcs12SealKey
    let untrusted: Identity
    const materialOf = (...bad: Buffer[]) => ({
      collect: (leaves: readonly Leaf[]): Promise<Material> =>
        leaves.some(({ certificate }) => bad.some(one => one.equals(certificate)))
          ? Promise.reject(new Refused(sealingProblems['certificate-untrusted']))
          : Promise.resolve({ certificates: leaves.map(({ certificate }) => certificate), ocspResponses: [], crls: [] })
    })
    const sealedBy = async (by: SealKey, at = now) => {
      const [outcome] = await seal([pdf('x')], { key: by, clock: { now: () => at } })
      return readAll(made(outcome).sealed.source)
    }
    beforeAll(async () => {
      untrusted = await issue({
        subject: 'CN=Stranger',
        notAfter: '2026-12-01T00:00:00Z',
        extensions: [nonRepudiation]
      })
      theirs = Pkcs12SealKey.open(await makePkcs12('x', [untrusted], [untrusted]), 'x', now)
    })

    it('seals beside a signature whose authority nobody here knows', async () => {
      const documents = [pdf('a', await sealedBy(theirs)), pdf('b')]
      const material = materialOf(untrusted.certificate)
      const outcomes = await seal(documents, { level, tsa: new LocalTsa(), material })
      expect(outcomes.map(one => made(one).level)).toEqual([level, level])
    })

    it('does not seal beside one that is broken, or whose time has run out, and seals the others', async () => {
      const signed = await sealedBy(theirs)
      const broken = Buffer.from(signed)
      broken.write('%PDF-1.8', 0, 'latin1')
      const documents = [pdf('a', broken), pdf('b'), pdf('c', signed)]
      const clock = { now: () => new Date('2027-01-01T00:00:00Z') }
      const tsa = new LocalTsa(2000, clock.now())
      const outcomes = await seal(documents, { level, tsa, material: materialOf(), clock })
      expect(outcomes.map(one => (one.ok ? one.level : one.problem.code))).toEqual([
        'sealing/seal-does-not-hold',
        level,
        'sealing/certificate-not-valid'
      ])
    })

    it('seals nothing when the time-stamp authority is not to be trusted', async () => {
      const work = seal([pdf('a'), pdf('b')], {
        level,
        tsa: new LocalTsa(),
        material: materialOf(tsaIdentity.certificate)
      })
      await expect(work).rejects.toMatchObject({ type: sealingProblems['certificate-untrusted'] })
    })
  })

  it('refuses a certificate that is not valid', async () => {
    const late = { now: () => new Date('2041-01-01T00:00:00Z') }
    const refused = seal([text('a')], { clock: late })
    await expect(refused).rejects.toMatchObject({ type: sealingProblems['certificate-not-valid'] })
    await expect(refused).rejects.toBeInstanceOf(Refused)
  })

  it('does not accept a stamp from after the end of the certificate', async () => {
    const short = await issue({
      subject: 'CN=Short',
      notAfter: '2026-11-22T12:00:30Z',
      extensions: [nonRepudiation],
      key: rsa(2048)
    })
    const shortKey = Pkcs12SealKey.open(await makePkcs12('x', [short], [short]), 'x', now)
    const tsa = new LocalTsa()
    const later: TimestampAuthority = {
      expectedTokenBytes: 2000,
      stamp: async bytes => ({ ...(await tsa.stamp(bytes)), genTime: new Date('2026-11-22T12:00:31Z') })
    }
    await expect(seal([text('a')], { key: shortKey, level: 'B-T', tsa: later })).rejects.toMatchObject({
      type: sealingProblems['certificate-not-valid']
    })
  })

  it('seals nothing when there is nothing', async () => {
    expect(await seal([], { level: 'B-T', tsa: new LocalTsa() })).toEqual([])
  })
})
