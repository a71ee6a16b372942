import * as x509 from '@peculiar/x509'
import { TrustStore } from '../certificate/trust-store.js'
import type { Material } from '../material.js'
import {
  digitalSignature,
  type Identity,
  issue,
  nonRepudiation,
  p384,
  rsa,
  timeStampingOnly
} from '../../test/test-authority.js'
import { found, foundSignature, foundTimestamp, materialOf } from '../../test/test-found.js'
import { makeCrl, makeOcsp, ocspNoCheck, ocspSigning, type OcspWish } from '../../test/test-revocation.js'
import { threadTime } from '../../test/thread-time.js'
import type { LaterChange, ReadSignature } from './read-signature.js'
import type { SignatureReport } from './report.js'
import { validate } from './validate.js'
import { defaultPolicy, type ValidationPolicy } from './validation-policy.js'

const signed = '2026-06-01T12:00:00Z'
const date = (text: string) => new Date(text)

let root: Identity
let ca: Identity
let seal: Identity
let responder: Identity
let tsaRoot: Identity
let tsa: Identity
let tsa2: Identity
let trust: TrustStore
let crlOfRoot: Buffer
let ocspOfSeal: Buffer
let crlOfTsaRoot: Buffer

beforeAll(async () => {
  root = await issue({ subject: 'CN=Root', ca: true })
  ca = await issue({ subject: 'CN=CA', ca: true, issuer: root, key: p384 })
  seal = await issue({
    subject: 'CN=Seal',
    issuer: ca,
    notBefore: '2026-01-01T00:00:00Z',
    notAfter: '2028-01-01T00:00:00Z',
    extensions: [nonRepudiation]
  })
  responder = await issue({ subject: 'CN=OCSP', issuer: ca, extensions: [ocspSigning, ocspNoCheck, digitalSignature] })
  tsaRoot = await issue({ subject: 'CN=TSA Root', ca: true })
  const stamper = (
    subject: string,
    notBefore: string,
    notAfter: string,
    extensions = [timeStampingOnly, digitalSignature]
  ) => issue({ subject, issuer: tsaRoot, notBefore, notAfter, extensions })
  tsa = await stamper('CN=TSA', '2025-01-01T00:00:00Z', '2029-07-01T00:00:00Z')
  tsa2 = await stamper('CN=TSA 2', '2028-01-01T00:00:00Z', '2036-01-01T00:00:00Z')
  trust = new TrustStore([root.certificate, { certificate: tsaRoot.certificate, purposes: ['time-stamp'] }])
  crlOfRoot = await makeCrl({
    issuer: root,
    thisUpdate: date('2026-05-01T00:00:00Z'),
    nextUpdate: date('2026-08-01T00:00:00Z')
  })
  crlOfTsaRoot = await crlOf(tsaRoot, '2026-05-15T00:00:00Z', '2026-07-15T00:00:00Z')
  ocspOfSeal = await ocsp({})
})

const crlOf = (
  issuer: Identity,
  thisUpdate: string,
  nextUpdate: string,
  revoked: Parameters<typeof makeCrl>[0]['revoked'] = []
) => makeCrl({ issuer, thisUpdate: date(thisUpdate), nextUpdate: date(nextUpdate), revoked })

const ocsp = (wish: Partial<OcspWish>) =>
  makeOcsp({
    certificate: seal,
    issuer: ca,
    signer: responder,
    enclose: [responder],
    thisUpdate: date('2026-06-01T12:05:00Z'),
    nextUpdate: date('2026-06-02T12:05:00Z'),
    ...wish
  })

const everything = (): Material =>
  materialOf({ certificates: [ca, tsaRoot], ocsp: [ocspOfSeal], crls: [crlOfRoot, crlOfTsaRoot] })

const stampOf = (kind: 'content' | 'signature' | 'archive', at: string, by = tsa, wish = {}) =>
  foundTimestamp(kind, by, at, { enclose: [by], ...wish })

async function judged(
  signature: ReadSignature,
  at: string,
  policy?: Partial<ValidationPolicy>
): Promise<SignatureReport> {
  const report = await validate(found(signature), { trust, at: date(at), policy: { ...defaultPolicy, ...policy } })
  // Plain data: as JSON it stays what it is.
  expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  return report.signatures[0]!
}

const short = ({ indication, subIndication, level }: SignatureReport) =>
  [indication, subIndication, level].filter(part => part !== undefined).join(' ')

async function atLevelLt(changed: Partial<ReadSignature> = {}): Promise<ReadSignature> {
  return foundSignature(seal, [ca], {
    material: everything(),
    timestamps: [await stampOf('signature', '2026-06-01T12:00:01Z')],
    ...changed
  })
}

describe('validation by EN 319 102-1', () => {
  it('passes a seal whose certificate is known to be good', async () => {
    const report = await judged(foundSignature(seal, [ca], { material: everything() }), '2026-06-01T13:00:00Z')
    expect(short(report)).toBe('TOTAL-PASSED B-B')
    expect(report).toMatchObject({
      reasons: [],
      bestSignatureTime: { time: '2026-06-01T13:00:00.000Z', proof: 'validation-time' },
      processes: { basic: { indication: 'PASSED' }, withTime: { indication: 'PASSED' } }
    })
    expect(report.chain.map(({ subject, trustAnchor }) => [subject.commonName, trustAnchor])).toEqual([
      ['Seal', false],
      ['CA', false],
      ['Root', true]
    ])
    expect(report.revocation).toMatchObject([
      { kind: 'ocsp', status: 'good', origin: 'embedded', thisUpdate: '2026-06-01T12:05:00.000Z' },
      { kind: 'crl', status: 'good' }
    ])
  })

  it('says how many signatures and time stamps were too many to be judged', async () => {
    const signature = foundSignature(seal, [ca], { material: everything() })
    const stamp = await stampOf('signature', '2026-06-01T12:00:01Z')
    const alone = { ...stamp, scopes: [], kind: 'document' as const }
    const notJudged = async (signatures: number, stamps: number, ownStamps: number) => {
      const all = Array.from({ length: signatures }, () => signature)
      const withStamps = { ...signature, timestamps: Array.from({ length: ownStamps }, () => stamp) }
      const read = {
        signatures: [withStamps, ...all.slice(1)],
        timestamps: Array.from({ length: stamps }, () => alone)
      }
      const report = await validate(read, { trust, at: date('2026-06-01T13:00:00Z') })
      return [report.signatures.length, report.timestamps.length, report.notJudged]
    }
    expect(await notJudged(1000, 0, 0)).toEqual([1000, 0, 0])
    expect(await notJudged(1002, 0, 0)).toEqual([1000, 0, 2])
    expect(await notJudged(1, 1003, 1004)).toEqual([1, 1000, 7])
  }, 60_000)

  it('says nothing certain without revocation information', async () => {
    const report = await judged(foundSignature(seal, [ca]), signed)
    expect(short(report)).toBe('INDETERMINATE CERTIFICATE_CHAIN_GENERAL_FAILURE B-B')
    expect(report.reasons[0]).toMatchObject({
      code: 'revocation-missing',
      en: expect.any(String),
      pl: expect.any(String)
    })
  })

  it('detects the levels by form', async () => {
    const t = await stampOf('signature', '2026-06-01T12:00:01Z')
    const archive = await stampOf('archive', '2026-06-01T12:10:00Z', tsa, { covers: everything() })
    const at = '2026-06-01T13:00:00Z'
    const base = foundSignature(seal, [ca])
    expect((await judged({ ...base, timestamps: [t] }, at)).level).toBe('B-T')
    expect((await judged({ ...base, timestamps: [t], material: everything() }, at)).level).toBe('B-LT')
    expect((await judged({ ...base, timestamps: [t, archive], material: everything() }, at)).level).toBe('B-LTA')
    const withoutTsa = { ...everything(), crls: [crlOfRoot] }
    expect((await judged({ ...base, timestamps: [t], material: withoutTsa }, at)).level).toBe('B-T')
    const faulty = await judged({ ...base, baselineFaults: ['signing-time-missing'] }, at)
    expect(faulty).toMatchObject({ level: null, levelFaults: ['signing-time-missing'] })
    expect(faulty.warnings.map(({ code }) => code)).toContain('not-baseline')
  })

  it('passes a B-LT seal long after its revocation information became old, by the time stamp', async () => {
    const report = await judged(await atLevelLt(), '2027-06-01T00:00:00Z')
    expect(short(report)).toBe('TOTAL-PASSED B-LT')
    expect(report.processes).toMatchObject({
      basic: { indication: 'INDETERMINATE', subIndication: 'TRY_LATER' },
      withTime: { indication: 'PASSED' }
    })
    expect(report.bestSignatureTime).toMatchObject({ time: '2026-06-01T12:00:01.000Z', proof: 'time-stamp' })
    expect(report.timestamps).toMatchObject([
      { kind: 'signature', indication: 'PASSED', time: '2026-06-01T12:00:01.000Z' }
    ])
  })

  it('passes it after the certificate expired, as long as the time stamp holds', async () => {
    const report = await judged(await atLevelLt(), '2029-01-01T00:00:00Z')
    expect(short(report)).toBe('TOTAL-PASSED B-LT')
    expect(report.processes.basic.subIndication).toBe('OUT_OF_BOUNDS_NOT_REVOKED')
  })

  it('does not without a time stamp, nor when the authority of the time stamp expired', async () => {
    const bare = foundSignature(seal, [ca], { material: everything() })
    expect(short(await judged(bare, '2028-02-01T00:00:00Z'))).toBe('INDETERMINATE OUT_OF_BOUNDS_NOT_REVOKED B-B')
    expect(short(await judged(foundSignature(seal, [ca]), '2028-02-01T00:00:00Z'))).toBe(
      'INDETERMINATE OUT_OF_BOUNDS_NO_POE B-B'
    )
    const late = await judged(await atLevelLt(), '2030-01-01T00:00:00Z')
    expect(short(late)).toBe('INDETERMINATE OUT_OF_BOUNDS_NOT_REVOKED B-LT')
    expect(late.timestamps[0]).toMatchObject({
      indication: 'INDETERMINATE',
      subIndication: 'OUT_OF_BOUNDS_NOT_REVOKED'
    })
    expect(late.warnings.map(({ code }) => code)).toContain('timestamp-not-valid')
  })

  describe('with archive time stamps', () => {
    /** Stamped in 2026, again in 2026 for the archive, and renewed in 2028 by an authority that lasts longer. */
    async function renewed(covers = true): Promise<ReadSignature> {
      const fresh = await crlOf(tsaRoot, '2028-05-30T00:00:00Z', '2028-07-30T00:00:00Z')
      const first = everything()
      const all = { ...first, crls: [...first.crls, fresh] }
      return foundSignature(seal, [ca], {
        material: all,
        timestamps: [
          await stampOf('signature', '2026-06-01T12:00:01Z'),
          await stampOf('archive', '2026-06-01T12:10:00Z', tsa, covers ? { covers: first } : {}),
          await stampOf('archive', '2028-06-01T00:00:00Z', tsa2, covers ? { covers: all } : {})
        ]
      })
    }

    it('passes when everything older has expired', async () => {
      const report = await judged(await renewed(), '2031-01-01T00:00:00Z')
      expect(short(report)).toBe('TOTAL-PASSED B-LTA')
      expect(report.processes.archival).toMatchObject({ indication: 'PASSED' })
      expect(report.timestamps.map(({ indication }) => indication)).toEqual(['PASSED', 'PASSED', 'PASSED'])
      expect(report.bestSignatureTime.time).toBe('2026-06-01T12:00:01.000Z')
    })

    it('does not when nothing proves how old the revocation information is', async () => {
      const report = await judged(await renewed(false), '2031-01-01T00:00:00Z')
      expect(report.indication).toBe('INDETERMINATE')
    })

    it('does not when the last authority has expired as well', async () => {
      expect(short(await judged(await renewed(), '2036-06-01T00:00:00Z'))).toBe(
        'INDETERMINATE OUT_OF_BOUNDS_NOT_REVOKED B-LTA'
      )
    })

    it('does not believe a forged older stamp: the chain of proofs breaks at it', async () => {
      const signature = await renewed()
      const forged = await stampOf('archive', '2028-06-01T00:00:00Z', tsa2, {
        over: 'something else',
        covers: everything()
      })
      const report = await judged(
        { ...signature, timestamps: [...signature.timestamps.slice(0, 2), forged] },
        '2031-01-01T00:00:00Z'
      )
      expect(report.indication).toBe('INDETERMINATE')
      expect(report.timestamps[2]).toMatchObject({ indication: 'FAILED', subIndication: 'HASH_FAILURE' })
    })

    it('passes after the OCSP responder expired, because its answer is proven to be older', async () => {
      const brief = await issue({
        subject: 'CN=OCSP brief',
        issuer: ca,
        notAfter: '2026-07-01T00:00:00Z',
        extensions: [ocspSigning, ocspNoCheck]
      })
      const answer = await ocsp({ signer: brief, enclose: [brief] })
      const material = { ...everything(), ocspResponses: [answer] }
      const stamp = await stampOf('signature', '2026-06-01T12:00:01Z')
      const plain = foundSignature(seal, [ca], { material, timestamps: [stamp] })
      expect(short(await judged(plain, '2026-07-02T00:00:00Z'))).toBe(
        'INDETERMINATE REVOCATION_OUT_OF_BOUNDS_NO_POE B-LT'
      )
      const archive = await stampOf('archive', '2026-06-01T12:10:00Z', tsa, { covers: material })
      const report = await judged({ ...plain, timestamps: [stamp, archive] }, '2027-07-02T00:00:00Z')
      expect(short(report)).toBe('TOTAL-PASSED B-LTA')
      expect(report.processes.withTime.subIndication).toBe('REVOCATION_OUT_OF_BOUNDS_NO_POE')
      const uncovered = await stampOf('archive', '2026-06-01T12:10:00Z', tsa)
      expect(short(await judged({ ...plain, timestamps: [stamp, uncovered] }, '2027-07-02T00:00:00Z'))).toMatch(
        /^INDETERMINATE/
      )
    })
  })

  describe('revocation', () => {
    const revoked = (at: string, reason = 1) =>
      ocsp({
        status: { revokedAt: date(at), reason },
        thisUpdate: date('2026-09-01T00:00:00Z'),
        nextUpdate: date('2026-09-02T00:00:00Z')
      })
    const withOcsp = (answer: Buffer): Material => ({ ...everything(), ocspResponses: [ocspOfSeal, answer] })
    const later = '2026-09-01T01:00:00Z'

    it('after the time stamp does not matter', async () => {
      const report = await judged(await atLevelLt({ material: withOcsp(await revoked('2026-08-01T00:00:00Z')) }), later)
      expect(short(report)).toBe('TOTAL-PASSED B-LT')
      expect(report.processes.basic.subIndication).toBe('REVOKED_NO_POE')
      expect(report.revocation[0]).toMatchObject({ status: 'revoked', reason: 'keyCompromise' })
    })

    it('before the time stamp does, and is certain only when something proves that the signature is younger', async () => {
      const material = withOcsp(await revoked('2026-05-01T00:00:00Z'))
      expect(short(await judged(await atLevelLt({ material }), later))).toBe('INDETERMINATE REVOKED_NO_POE B-LT')
      const content = await stampOf('content', '2026-06-01T11:59:00Z')
      const stamp = await stampOf('signature', '2026-06-01T12:00:01Z')
      const report = await judged(await atLevelLt({ material, timestamps: [content, stamp] }), later)
      expect(short(report)).toBe('TOTAL-FAILED REVOKED B-LT')
      expect(report.reasons[0]!.facts).toEqual({ revokedAt: '2026-05-01T00:00:00.000Z' })
    })

    it('without any time stamp leaves it open', async () => {
      const material = withOcsp(await revoked('2026-08-01T00:00:00Z'))
      expect(short(await judged(foundSignature(seal, [ca], { material }), later))).toBe(
        'INDETERMINATE REVOKED_NO_POE B-B'
      )
    })

    it('of an authority is told apart', async () => {
      const list = await crlOf(root, '2026-08-20T00:00:00Z', '2026-10-01T00:00:00Z', [
        { certificate: ca, at: date('2026-05-20T00:00:00Z'), reason: 2 }
      ])
      const material = { ...everything(), crls: [crlOfRoot, list, crlOfTsaRoot] }
      expect(short(await judged(await atLevelLt({ material }), later))).toBe('INDETERMINATE REVOKED_CA_NO_POE B-LT')
    })

    it('on hold asks to try later, unless the seal is older', async () => {
      const held = await revoked('2026-08-01T00:00:00Z', 6)
      const material = withOcsp(held)
      const open = await judged(foundSignature(seal, [ca], { material }), later)
      expect(short(open)).toBe('INDETERMINATE TRY_LATER B-B')
      expect(open.reasons[0]).toMatchObject({ code: 'on-hold', facts: { tryAfter: '2026-09-02T00:00:00.000Z' } })
      expect(short(await judged(await atLevelLt({ material }), later))).toBe('TOTAL-PASSED B-LT')
    })

    it('told by strangers, or told too long ago, is not believed', async () => {
      const stranger = await issue({ subject: 'CN=OCSP', extensions: [ocspSigning] })
      const material = { ...everything(), ocspResponses: [await ocsp({ signer: stranger, enclose: [stranger] })] }
      expect(short(await judged(await atLevelLt({ material }), '2026-06-01T13:00:00Z'))).toBe(
        'INDETERMINATE CERTIFICATE_CHAIN_GENERAL_FAILURE B-T'
      )
      const stale = await ocsp({ thisUpdate: date('2026-03-01T00:00:00Z'), nextUpdate: date('2026-03-02T00:00:00Z') })
      const old = await judged(
        await atLevelLt({ material: { ...everything(), ocspResponses: [stale] } }),
        '2026-06-01T13:00:00Z'
      )
      expect(short(old)).toBe('INDETERMINATE TRY_LATER B-LT')
      expect(old.reasons[0]!.code).toBe('revocation-stale')
      const patient = await judged(
        await atLevelLt({ material: { ...everything(), ocspResponses: [stale] } }),
        '2026-06-01T13:00:00Z',
        { maximumRevocationAgeSeconds: 100 * 86_400 }
      )
      expect(patient.indication).toBe('TOTAL-PASSED')
    })
  })

  describe('certificates', () => {
    const good = async (leaf: Identity, issuer: Identity, list: Identity[]) => ({
      ...everything(),
      certificates: list.map(({ certificate }) => certificate),
      ocspResponses: [
        await makeOcsp({
          certificate: leaf,
          issuer,
          thisUpdate: date(signed),
          nextUpdate: date('2026-06-03T00:00:00Z')
        })
      ]
    })

    it('under an unknown root lead nowhere', async () => {
      const strange = await issue({ subject: 'CN=Root', ca: true })
      const leaf = await issue({ subject: 'CN=Seal', issuer: strange, extensions: [nonRepudiation] })
      const report = await judged(foundSignature(leaf, [strange], { material: await good(leaf, strange, []) }), signed)
      expect(short(report)).toBe('INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND B-B')
    })

    it('of a time-stamp root do not vouch for seals', async () => {
      const leaf = await issue({ subject: 'CN=Seal', issuer: tsaRoot, extensions: [nonRepudiation] })
      const report = await judged(foundSignature(leaf, [tsaRoot], { material: await good(leaf, tsaRoot, []) }), signed)
      expect(report.subIndication).toBe('NO_CERTIFICATE_CHAIN_FOUND')
    })

    const permitted = (dns: string) => {
      const base = Buffer.concat([Buffer.from([0x82, dns.length]), Buffer.from(dns)])
      const subtree = Buffer.concat([Buffer.from([0x30, base.length]), base])
      const list = Buffer.concat([Buffer.from([0xa0, subtree.length]), subtree])
      return new x509.Extension('2.5.29.30', true, Buffer.concat([Buffer.from([0x30, list.length]), list]))
    }

    it.each([
      [
        'issued by a certificate that is no authority',
        { ca: false, leaf: [nonRepudiation], upper: [digitalSignature] }
      ],
      ['below an authority that allows none below', { pathLength: 0, leaf: [nonRepudiation], deep: true }],
      [
        'with a critical extension that nobody knows',
        { leaf: [nonRepudiation, new x509.Extension('1.2.3', true, Buffer.from('0500', 'hex'))] }
      ],
      [
        'with a name that the authority may not give',
        {
          leaf: [nonRepudiation, new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'evil.example' }])],
          upper: [permitted('good.example')]
        }
      ],
      [
        'whose key is for something else',
        {
          final: 'CHAIN_CONSTRAINTS_FAILURE',
          leaf: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyEncipherment, true)]
        }
      ],
      [
        "that tell of others' standing",
        { final: 'CHAIN_CONSTRAINTS_FAILURE', leaf: [digitalSignature, ocspSigning, ocspNoCheck] }
      ]
    ] as const)('%s break the constraints of their path', async (_, made) => {
      const upper = await issue({
        subject: 'CN=Upper',
        issuer: root,
        ca: !('ca' in made),
        pathLength: 'pathLength' in made ? made.pathLength : undefined,
        extensions: 'upper' in made ? [...made.upper] : []
      })
      const middle = 'deep' in made ? await issue({ subject: 'CN=Deep', issuer: upper, ca: true }) : upper
      const leaf = await issue({ subject: 'CN=Seal', issuer: middle, extensions: [...made.leaf] })
      const report = await judged(foundSignature(leaf, [middle, upper]), signed)
      const final = 'final' in made ? made.final : 'CERTIFICATE_CHAIN_GENERAL_FAILURE'
      expect(short(report)).toBe(`INDETERMINATE ${final} B-B`)
    })

    it('within permitted names are fine', async () => {
      const upper = await issue({
        subject: 'CN=Upper',
        issuer: root,
        ca: true,
        extensions: [permitted('good.example')]
      })
      const leaf = await issue({
        subject: 'CN=Seal',
        issuer: upper,
        extensions: [
          nonRepudiation,
          new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'a.good.example' }])
        ]
      })
      expect((await judged(foundSignature(leaf, [upper]), signed)).subIndication).toBe(
        'CERTIFICATE_CHAIN_GENERAL_FAILURE'
      )
    })

    it('that became valid only after the signature existed fail for good', async () => {
      const stamp = await stampOf('signature', '2025-12-01T00:00:00Z', tsa)
      const list = await crlOf(tsaRoot, '2025-11-15T00:00:00Z', '2026-07-15T00:00:00Z')
      const material = { ...everything(), crls: [crlOfRoot, list] }
      expect(short(await judged(await atLevelLt({ timestamps: [stamp], material }), '2026-06-01T13:00:00Z'))).toBe(
        'TOTAL-FAILED NOT_YET_VALID B-LT'
      )
      expect((await judged(foundSignature(seal, [ca], { material }), '2025-06-01T00:00:00Z')).indication).toBe(
        'TOTAL-FAILED'
      )
    })

    it('that are trust anchors themselves are not asked about', async () => {
      const own = new TrustStore([seal.certificate])
      const { signatures } = await validate(found(foundSignature(seal, [])), {
        trust: own,
        at: date('2035-01-01T00:00:00Z')
      })
      expect(signatures[0]!.indication).toBe('TOTAL-PASSED')
    })
  })

  describe('algorithms', () => {
    it('that are outdated leave it open, unless a time stamp is older than their end', async () => {
      const sha1 = await judged(await atLevelLt({ hashes: ['sha1'] }), '2026-06-01T13:00:00Z')
      expect(short(sha1)).toBe('INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE_NO_POE B-LT')
      expect(sha1.reasons[0]).toMatchObject({
        code: 'algorithm-outdated',
        facts: { until: '2012-08-01T00:00:00.000Z' }
      })
      expect((await judged(await atLevelLt({ hashes: ['other'] }), signed)).subIndication).toBe(
        'CRYPTO_CONSTRAINTS_FAILURE'
      )
      expect((await judged(await atLevelLt({ algorithm: '1.2.3' }), signed)).subIndication).toBe(
        'CRYPTO_CONSTRAINTS_FAILURE'
      )
    })

    it('that end in some years are warned of, and after that judged by the time stamp', async () => {
      const rsaSeal = await issue({
        subject: 'CN=RSA Seal',
        issuer: ca,
        key: rsa(2048),
        notAfter: '2031-01-01T00:00:00Z',
        extensions: [nonRepudiation]
      })
      const answer = await ocsp({ certificate: rsaSeal })
      const list = await crlOf(tsaRoot, '2026-05-15T00:00:00Z', '2026-07-15T00:00:00Z')
      const signature = foundSignature(rsaSeal, [ca], {
        algorithm: '1.2.840.113549.1.1.11',
        material: { ...everything(), ocspResponses: [answer], crls: [crlOfRoot, list] },
        timestamps: [await stampOf('signature', '2026-06-01T12:00:01Z')]
      })
      const now = await judged(signature, '2026-06-02T00:00:00Z')
      expect(short(now)).toBe('TOTAL-PASSED B-LT')
      expect(now.warnings.find(({ code }) => code === 'algorithm-ends-soon')!.facts).toEqual({
        until: '2029-01-01T00:00:00.000Z'
      })
      const after = await judged(signature, '2029-03-01T00:00:00Z')
      expect(short(after)).toBe('TOTAL-PASSED B-LT')
      expect(short(await judged({ ...signature, timestamps: [] }, '2029-03-01T00:00:00Z'))).toMatch(/^INDETERMINATE/)
    })

    it('of short keys were never enough', async () => {
      const weak = await issue({ subject: 'CN=Weak', issuer: ca, key: rsa(1024), extensions: [nonRepudiation] })
      const material = { ...everything(), ocspResponses: [await ocsp({ certificate: weak })] }
      const report = await judged(
        foundSignature(weak, [ca], { material, algorithm: '1.2.840.113549.1.1.11' }),
        '2026-06-01T13:00:00Z'
      )
      expect(report.subIndication).toBe('CRYPTO_CONSTRAINTS_FAILURE_NO_POE')
    })
  })

  describe('time stamps', () => {
    const at = '2026-06-01T13:00:00Z'
    it('by who may not issue them, or over something else, are not used', async () => {
      const seals = await issue({ subject: 'CN=No TSA', issuer: tsaRoot, extensions: [digitalSignature] })
      const unfit = await judged(
        await atLevelLt({ timestamps: [await stampOf('signature', '2026-06-01T12:00:01Z', seals)] }),
        at
      )
      expect(unfit.timestamps[0]).toMatchObject({
        indication: 'INDETERMINATE',
        subIndication: 'CHAIN_CONSTRAINTS_FAILURE'
      })
      expect(unfit.bestSignatureTime.proof).toBe('validation-time')
      const other = await judged(
        await atLevelLt({ timestamps: [await stampOf('signature', '2026-06-01T12:00:01Z', tsa, { over: 'x' })] }),
        at
      )
      expect(other.timestamps[0]).toMatchObject({ indication: 'FAILED', subIndication: 'HASH_FAILURE' })
      expect(short(other)).toBe('TOTAL-PASSED B-B')
      const rubbish = { ...(await stampOf('signature', signed)), token: Buffer.from('rubbish') }
      const third = await judged(await atLevelLt({ timestamps: [rubbish] }), at)
      expect(third.timestamps[0]).toMatchObject({ indication: 'FAILED', subIndication: 'FORMAT_FAILURE' })
    })

    it('in an impossible order are said so', async () => {
      const timestamps = [
        await stampOf('content', '2026-06-01T12:30:00Z'),
        await stampOf('signature', '2026-06-01T12:00:01Z')
      ]
      expect(short(await judged(await atLevelLt({ timestamps }), at))).toBe(
        'INDETERMINATE TIMESTAMP_ORDER_FAILURE B-LT'
      )
    })

    it('too long after the claimed time break the policy that limits it', async () => {
      const early = await atLevelLt({ claimedSigningTime: date('2026-05-01T00:00:00Z') })
      expect((await judged(early, at)).indication).toBe('TOTAL-PASSED')
      expect(short(await judged(early, at, { timestampDelaySeconds: 3600 }))).toBe(
        'INDETERMINATE SIG_CONSTRAINTS_FAILURE B-LT'
      )
      const late = await judged(await atLevelLt({ claimedSigningTime: date('2026-06-01T14:00:00Z') }), at)
      expect(late.warnings.map(({ code }) => code)).toContain('claimed-time-after-proof')
    })

    it('that stand alone are judged too', async () => {
      const stamp = await stampOf('archive', '2026-06-01T12:00:01Z')
      const alone = { ...stamp, kind: 'document' as const, covers: everything(), scopes: [] }
      const report = await validate({ signatures: [], timestamps: [alone] }, { trust, at: date(at) })
      expect(report.timestamps).toMatchObject([{ indication: 'PASSED', time: '2026-06-01T12:00:01.000Z' }])
      const without = { ...alone, covers: undefined }
      expect(
        (await validate({ signatures: [], timestamps: [without] }, { trust, at: date(at) })).timestamps[0]
      ).toMatchObject({
        indication: 'INDETERMINATE',
        subIndication: 'CERTIFICATE_CHAIN_GENERAL_FAILURE'
      })
    })
  })

  it('hands on what the reader found: changed data, no certificate, missing data', async () => {
    const why = 'said by the reader'
    const integrity = { indication: 'FAILED', subIndication: 'HASH_FAILURE', why } as const
    // a time stamp over the document breaks with it
    const timestamps = [await stampOf('signature', '2026-06-01T12:00:01Z', tsa, { over: 'what was there before' })]
    const changed = await judged(await atLevelLt({ integrity, timestamps }), signed)
    expect(changed).toMatchObject({
      indication: 'TOTAL-FAILED',
      subIndication: 'HASH_FAILURE',
      reasons: [{ code: 'not-intact', facts: { why } }]
    })
    expect([changed.timestamps[0]!.indication, changed.warnings]).toEqual(['FAILED', []])
    expect(short(await judged(await atLevelLt({ signingCertificate: undefined }), signed))).toMatch(
      /^INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND/
    )
    const missing = await atLevelLt({
      integrity: { indication: 'INDETERMINATE', subIndication: 'SIGNED_DATA_NOT_FOUND', why }
    })
    expect((await judged(missing, signed)).subIndication).toBe('SIGNED_DATA_NOT_FOUND')
  })

  it('does not pass a document that was changed in a way that the signature forbids', async () => {
    const change: LaterChange = { revision: 2, kind: 'other', objects: [7], permitted: false }
    const at = '2026-06-01T13:00:00Z'
    expect(short(await judged(await atLevelLt({ laterChanges: [change] }), at))).toBe(
      'INDETERMINATE SIG_CONSTRAINTS_FAILURE B-LT'
    )
    const lenient = await judged(await atLevelLt({ laterChanges: [change] }), at, { forbiddenChanges: 'warn' })
    expect(lenient.indication).toBe('TOTAL-PASSED')
    expect(lenient.warnings.map(({ code }) => code)).toContain('changed-after-signing')
    const filled = await judged(
      await atLevelLt({ laterChanges: [{ ...change, kind: 'form-filling', permitted: true }] }),
      at
    )
    expect(filled.indication).toBe('TOTAL-PASSED')
    expect(filled.warnings.map(({ code }) => code)).toContain('permitted-changes')
  })

  it('asks the network only for what is missing', async () => {
    let asked = 0
    const material = {
      gather: () => {
        asked++
        return Promise.resolve({ ...everything(), fromCache: new Set<string>(), missing: new Map<string, string>() })
      }
    }
    const at = date('2026-06-01T13:00:00Z')
    const bare = await validate(found(foundSignature(seal, [ca])), { trust, at, material })
    expect(asked).toBe(1)
    expect(bare.signatures[0]).toMatchObject({
      indication: 'TOTAL-PASSED',
      level: 'B-B',
      revocation: [{ origin: 'online' }, { origin: 'online' }]
    })
    const integrity = { indication: 'FAILED', subIndication: 'HASH_FAILURE', why: 'changed' } as const
    await validate(found(foundSignature(seal, [ca], { integrity })), { trust, at, material })
    expect(asked).toBe(1)
    const young = materialOf({
      certificates: [ca, tsaRoot],
      ocsp: [ocspOfSeal],
      crls: await Promise.all(
        [root, tsaRoot].map(issuer => crlOf(issuer, '2026-06-01T12:06:00Z', '2026-08-01T00:00:00Z'))
      )
    })
    const complete = found(await atLevelLt({ material: young }))
    await validate(complete, { trust, at, material })
    expect(asked).toBe(1)
    await validate(complete, { trust, at, material, policy: { ...defaultPolicy, online: 'always' } })
    expect(asked).toBe(2)
    // a time stamp is judged in full even where the signature fails, and is not to blame
    const timestamps = [await stampOf('signature', '2026-06-01T12:00:01Z')]
    const changed = found(foundSignature(seal, [ca], { integrity, timestamps }))
    const { signatures } = await validate(changed, { trust, at, material })
    expect(asked).toBe(3)
    expect(signatures[0]).toMatchObject({
      indication: 'TOTAL-FAILED',
      timestamps: [{ indication: 'PASSED' }],
      warnings: []
    })
  })

  it('asks for something younger than information from before the signature, as long as anyone answers', async () => {
    let asked = 0
    const revoked = await crlOf(root, '2026-06-01T12:30:00Z', '2026-08-01T00:00:00Z', [
      { certificate: ca, at: date('2026-06-01T11:00:00Z') }
    ])
    const news = materialOf({ certificates: [], ocsp: [], crls: [revoked] })
    const material = {
      gather: () => {
        asked++
        return Promise.resolve({ ...news, fromCache: new Set<string>(), missing: new Map<string, string>() })
      }
    }
    const read = await atLevelLt()
    const at = '2026-06-01T13:00:00Z'
    expect(short(await judged(read, at))).toBe('TOTAL-PASSED B-LT')
    const report = await validate(found(read), { trust, at: date(at), material })
    expect(short(report.signatures[0]!)).toBe('INDETERMINATE REVOKED_CA_NO_POE B-LT')
    expect(asked).toBe(1)
  })

  it('stays quick among hundreds of look-alike certificates and lists', async () => {
    const twins = await Promise.all(Array.from({ length: 40 }, () => issue({ subject: 'CN=CA', ca: true })))
    const lists = await Promise.all(twins.map(issuer => makeCrl({ issuer, thisUpdate: date(signed) })))
    const start = threadTime()
    const material = { certificates: twins.map(({ certificate }) => certificate), ocspResponses: [], crls: lists }
    const report = await judged(foundSignature(seal, twins, { material }), '2026-06-01T13:00:00Z')
    expect(report.indication).toBe('INDETERMINATE')
    expect(threadTime() - start).toBeLessThan(2000)
  })

  it('answers damaged certificates, lists, responses and tokens with a verdict, and never throws', async () => {
    const whole = await atLevelLt()
    const archive = await stampOf('archive', '2026-06-01T12:10:00Z', tsa, { covers: everything() })
    let seed = 7
    const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below
    const damaged = (bytes: Buffer): Buffer => {
      const copy = Buffer.from(bytes)
      for (let i = 0; i <= random(3); i++) copy[random(copy.length)] = random(256)
      return random(8) === 0 ? copy.subarray(0, random(copy.length)) : copy
    }
    const seen = new Set<string>()
    for (let i = 0; i < 400; i++) {
      const { certificates, ocspResponses, crls } = whole.material
      const material = {
        certificates: certificates.map(damaged),
        ocspResponses: ocspResponses.map(damaged),
        crls: crls.map(damaged)
      }
      const timestamps = [...whole.timestamps, archive].map(one => ({
        ...one,
        token: damaged(one.token),
        covers: material
      }))
      const changed = [
        { material },
        { timestamps },
        { signingCertificate: damaged(seal.certificate) },
        { material, timestamps }
      ][i % 4]
      seen.add((await judged({ ...whole, ...changed }, '2027-06-01T00:00:00Z')).indication)
    }
    expect(seen.has('INDETERMINATE')).toBe(true)
  })
})
