import { createHash } from 'node:crypto'
import { Refused, Unavailable } from '#platform'
import { digitalSignature, type Identity, issue, rsa, timeStampingOnly } from '../../test/test-authority.js'
import { issueToken, refusalBody, TestTsa, type TokenWish } from '../../test/test-tsa.js'
import { asBer } from '../../test/test-ber.js'
import * as x509 from '@peculiar/x509'
import { examineToken } from './examine-token.js'
import { HttpTimestampAuthority, type HttpTimestampAuthorityOptions } from './http.timestamp-authority.js'
import { imprintOf, verifyTimestampToken } from './verify-timestamp-token.js'

const now = new Date('2026-11-22T12:00:00Z')
const imprinted = Buffer.from('a signature value')
const imprint = createHash('sha256').update(imprinted).digest()

let root: Identity
let authority: Identity
let tsa: Identity

beforeAll(async () => {
  root = await issue({ subject: 'CN=TSA Root', ca: true })
  authority = await issue({ subject: 'CN=TSA CA', ca: true, pathLength: 0, issuer: root })
  tsa = await issue({
    subject: 'CN=TSA',
    issuer: authority,
    key: rsa(2048),
    extensions: [timeStampingOnly, digitalSignature]
  })
})

async function verdictOn(identity: Identity, wish: TokenWish = {}, at?: Date): Promise<string> {
  const token = await issueToken(identity, imprint, undefined, { enclose: [identity, authority], ...wish })
  const verdict = verifyTimestampToken(token, imprintOf(imprinted), [root.certificate], at)
  return verdict.indication === 'PASSED' ? 'PASSED' : `${verdict.indication} ${verdict.subIndication}`
}

describe('verifying a time-stamp token', () => {
  it('passes a good one and says what it states', async () => {
    const token = await issueToken(tsa, imprint, undefined, { enclose: [tsa, authority] })
    const verdict = verifyTimestampToken(token, imprintOf(imprinted), [root.certificate])
    expect(verdict).toMatchObject({
      indication: 'PASSED',
      revocation: 'not-checked',
      info: { genTime: now, policy: '1.2.3.4.1', serial: '1267', accuracyMs: 1002 }
    })
    expect(verdict.indication === 'PASSED' && verdict.path).toHaveLength(3)
  })

  it('accepts the older signing-certificate attribute and a pinned authority', async () => {
    expect(await verdictOn(tsa, { ess: 'v1' })).toBe('PASSED')
    const token = await issueToken(tsa, imprint, undefined)
    expect(verifyTimestampToken(token, imprintOf(imprinted), [tsa.certificate]).indication).toBe('PASSED')
  })

  it('fails when the imprint is of something else', async () => {
    expect(await verdictOn(tsa, { imprint: Buffer.alloc(32, 1) })).toBe('FAILED HASH_FAILURE')
    const token = await issueToken(tsa, imprint, undefined, { enclose: [tsa, authority] })
    expect(verifyTimestampToken(token, imprintOf(Buffer.from('other')), [root.certificate])).toMatchObject({
      indication: 'FAILED',
      subIndication: 'HASH_FAILURE'
    })
  })

  it('fails when the content was changed after signing', async () => {
    expect(await verdictOn(tsa, { digestOf: Buffer.from('x') })).toBe('FAILED HASH_FAILURE')
    const token = await issueToken(tsa, imprint, undefined, { enclose: [tsa, authority] })
    const time = token.indexOf('20261122120000Z')
    token[time + 3] = 0x35
    expect(verifyTimestampToken(token, imprintOf(imprinted), [root.certificate])).toMatchObject({
      subIndication: 'HASH_FAILURE'
    })
  })

  it('fails when the signature value was changed', async () => {
    const token = await issueToken(tsa, imprint, undefined, { enclose: [tsa, authority] })
    token[token.length - 1]! ^= 1
    expect(verifyTimestampToken(token, imprintOf(imprinted), [root.certificate])).toMatchObject({
      indication: 'FAILED',
      subIndication: 'SIG_CRYPTO_FAILURE'
    })
  })

  it('does not know who signed when the ESS attribute is missing or names another certificate', async () => {
    expect(await verdictOn(tsa, { ess: 'none' })).toBe('INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND')
    expect(await verdictOn(tsa, { ess: 'of-another' })).toBe('INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND')
    expect(await verdictOn(tsa, { enclose: [authority] })).toBe('INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND')
  })

  it('does not trust a stranger, nor a CA that may not issue', async () => {
    const strangerCa = await issue({ subject: 'CN=TSA CA', ca: true })
    const stranger = await issue({ subject: 'CN=TSA', issuer: strangerCa, extensions: [timeStampingOnly] })
    expect(await verdictOn(stranger, { enclose: [stranger, strangerCa] })).toBe(
      'INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND'
    )
    const noCa = await issue({ subject: 'CN=Not a CA', issuer: authority, extensions: [digitalSignature] })
    const below = await issue({ subject: 'CN=TSA', issuer: noCa, extensions: [timeStampingOnly] })
    expect(await verdictOn(below, { enclose: [below, noCa, authority] })).toBe(
      'INDETERMINATE CHAIN_CONSTRAINTS_FAILURE'
    )
    const deeper = await issue({ subject: 'CN=Deeper CA', issuer: authority, ca: true })
    const deep = await issue({ subject: 'CN=TSA', issuer: deeper, extensions: [timeStampingOnly] })
    expect(await verdictOn(deep, { enclose: [deep, deeper, authority] })).toBe(
      'INDETERMINATE CHAIN_CONSTRAINTS_FAILURE'
    )
  })

  it('wants the extended key usage: there, critical, alone', async () => {
    const purposes: x509.Extension[][] = [
      [],
      [new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.8'], false)],
      [new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.8', '1.3.6.1.5.5.7.3.4'], true)]
    ]
    for (const extensions of purposes) {
      const unfit = await issue({ subject: 'CN=Unfit', issuer: authority, extensions })
      expect(await verdictOn(unfit)).toBe('INDETERMINATE CHAIN_CONSTRAINTS_FAILURE')
    }
  })

  it('does not believe SHA-1, nor a certificate that was not valid at the time', async () => {
    expect(await verdictOn(tsa, { hash: 'SHA-1' })).toBe('INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE')
    expect(await verdictOn(tsa, { genTime: new Date('2041-01-01T00:00:00Z') })).toBe(
      'INDETERMINATE OUT_OF_BOUNDS_NO_POE'
    )
    expect(await verdictOn(tsa, {}, new Date('2041-01-01T00:00:00Z'))).toBe('INDETERMINATE OUT_OF_BOUNDS_NO_POE')
  })

  it('reads BER and SHA-1 in the files of others, but takes neither into a seal of ours', async () => {
    const good = await issueToken(tsa, imprint, undefined, { enclose: [tsa, authority] })
    const ber = asBer(good)
    const others = (token: Buffer) => examineToken(token, hash => createHash(hash).update(imprinted).digest())
    expect(others(ber)).toMatchObject({ integrity: { indication: 'PASSED' }, info: { genTime: now }, der: false })
    expect(others(ber).authority!.der).toEqual(tsa.certificate)
    expect(verifyTimestampToken(ber, imprintOf(imprinted), [root.certificate])).toMatchObject({
      indication: 'FAILED',
      subIndication: 'FORMAT_FAILURE'
    })
    const elder = await issue({
      subject: 'CN=Elder',
      issuer: authority,
      extensions: [timeStampingOnly, digitalSignature]
    })
    const old = await issueToken(elder, imprint, undefined, { hash: 'SHA-1', enclose: [elder] })
    expect(others(old)).toMatchObject({ integrity: { indication: 'PASSED' }, hashes: ['sha256', 'sha1'] })
    const bare = await issueToken(tsa, imprint, undefined, { enclose: [] })
    expect(others(bare).integrity).toMatchObject({ subIndication: 'NO_SIGNING_CERTIFICATE_FOUND' })
    expect(
      examineToken(bare, hash => createHash(hash).update(imprinted).digest(), [tsa.certificate]).integrity
    ).toEqual({
      indication: 'PASSED'
    })
  })

  it('answers any damage with a verdict, and never throws', async () => {
    const token = await issueToken(tsa, imprint, undefined, { enclose: [tsa, authority] })
    const seen = new Set<string>()
    for (let at = 0; at < token.length; at += 3) {
      const damaged = Buffer.from(token)
      damaged[at]! ^= 0x41
      seen.add(verifyTimestampToken(damaged, imprintOf(imprinted), [root.certificate]).indication)
      seen.add(verifyTimestampToken(token.subarray(0, at), imprintOf(imprinted), [root.certificate]).indication)
    }
    expect(seen.has('FAILED')).toBe(true)
    expect(verifyTimestampToken(Buffer.alloc(0), imprintOf(imprinted), []).indication).toBe('FAILED')
  })
})

describe('asking a time-stamp authority over HTTP', () => {
  let server: TestTsa
  const client = (changed: Partial<HttpTimestampAuthorityOptions> = {}) =>
    new HttpTimestampAuthority({
      url: server.url,
      timeoutMs: 5000,
      trustAnchors: [root.certificate, authority.certificate],
      maxSkewSeconds: 60,
      clock: { now: () => now },
      ...changed
    })
  const problemOf = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (cause: unknown) => cause
    )
    if (!(error instanceof Refused || error instanceof Unavailable))
      throw new Error('no coded problem', { cause: error })
    return { kind: error.name, code: error.type.code, facts: error.facts, error }
  }

  beforeEach(async () => {
    server = new TestTsa(tsa)
    await server.start()
  })
  afterEach(() => server.stop())

  it('sends the hash only, with a nonce of its own each time, and returns the token', async () => {
    const asked = client({ policy: '1.2.3.4.1' })
    const before = asked.expectedTokenBytes
    const stamp = await asked.stamp(imprint)
    await asked.stamp(imprint)
    expect(stamp).toMatchObject({ genTime: now, serial: '1267', policy: '1.2.3.4.1' })
    expect(verifyTimestampToken(stamp.token, imprintOf(imprinted), [authority.certificate]).indication).toBe('PASSED')
    const [first, second] = server.requests
    expect(Buffer.from(first!.messageImprint.hashedMessage.getValue())).toEqual(imprint)
    expect(first!.certReq).toBe(true)
    expect(first!.reqPolicy).toBe('1.2.3.4.1')
    const nonces = [first, second].map(request => Buffer.from(request!.nonce!.valueBlock.valueHexView).toString('hex'))
    expect(new Set(nonces).size).toBe(2)
    expect(nonces[0]!.length).toBeGreaterThanOrEqual(22)
    expect(before).toBeGreaterThan(stamp.token.length)
    expect(asked.expectedTokenBytes).toBeLessThan(stamp.token.length + 100)
  })

  it.each([
    ['another nonce', { nonce: 'other' }, { why: 'nonce' }],
    ['no nonce', { nonce: 'none' }, { why: 'nonce' }],
    ['another imprint', { imprint: Buffer.alloc(32) }, { subIndication: 'HASH_FAILURE' }],
    ['a time too far off', { genTime: new Date('2026-11-22T12:02:00Z') }, { why: 'time', skewSeconds: 120 }],
    ['no signing certificate', { ess: 'none' }, { subIndication: 'NO_SIGNING_CERTIFICATE_FOUND' }]
  ] as const)('refuses an answer with %s', async (_, wish, facts) => {
    server.wish = wish
    expect(await problemOf(client().stamp(imprint))).toMatchObject({
      kind: 'Refused',
      code: 'sealing/timestamp-wrong',
      facts
    })
  })

  it('insists on the policy it asked for', async () => {
    expect(await problemOf(client({ policy: '1.2.3.4.2' }).stamp(imprint))).toMatchObject({
      code: 'sealing/timestamp-wrong',
      facts: { why: 'policy' }
    })
  })

  it.each([
    ['500', { status: 500 }, { httpStatus: 500 }],
    ['429', { status: 429, headers: { 'retry-after': '7' } }, { httpStatus: 429 }],
    ['timeNotAvailable', { body: refusalBody(14) }, { failureBits: ['14'] }],
    ['systemFailure', { body: refusalBody(25) }, { failureBits: ['25'] }]
  ] as const)('waits after %s', async (_, answer, facts) => {
    server.answer = () => answer
    const problem = await problemOf(client().stamp(imprint))
    expect(problem).toMatchObject({ kind: 'Unavailable', code: 'sealing/timestamp-unavailable', facts })
    if ('headers' in answer) expect((problem.error as Unavailable).retryAfterSeconds).toBe(7)
  })

  it.each([
    ['403', { status: 403 }, 'sealing/timestamp-refused'],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'sealing/timestamp-refused'],
    ['badAlg', { body: refusalBody(0) }, 'sealing/timestamp-refused'],
    ['a web page', { headers: { 'content-type': 'text/html' }, body: Buffer.from('<p>') }, 'sealing/timestamp-wrong'],
    ['rubbish', { body: Buffer.from('rubbish') }, 'sealing/timestamp-wrong'],
    ['an endless answer', { body: Buffer.alloc(70_000) }, 'sealing/timestamp-wrong']
  ] as const)('gives up after %s', async (_, answer, code) => {
    server.answer = () => answer
    expect(await problemOf(client().stamp(imprint))).toMatchObject({ kind: 'Refused', code })
  })

  it('logs in where it is told to, and keeps the query of the address', async () => {
    await client({ url: `${server.url}?account={7}`, credentials: { user: 'gmina', password: 'zażółć' } }).stamp(
      imprint
    )
    await client({ credentials: { bearer: 'token' } }).stamp(imprint)
    await client().stamp(imprint)
    const basic = `Basic ${Buffer.from('gmina:zażółć').toString('base64')}`
    expect(server.headers.map(({ authorization }) => authorization)).toEqual([basic, 'Bearer token', undefined])
    expect(server.paths[0]).toBe('/tsa?account=%7B7%7D')
  })

  it('has only so many requests under way', async () => {
    const asked = client({ atOnce: 2 })
    const stamps = await Promise.all(Array.from({ length: 6 }, () => asked.stamp(imprint)))
    expect(stamps).toHaveLength(6)
    expect(server.mostAtOnce).toBeLessThanOrEqual(2)
  })

  it('waits when nobody answers, or not in time', async () => {
    server.answer = () => ({ hang: true })
    expect(await problemOf(client({ timeoutMs: 100 }).stamp(imprint))).toMatchObject({ kind: 'Unavailable' })
    const gone = client()
    await server.stop()
    expect(await problemOf(gone.stamp(imprint))).toMatchObject({ kind: 'Unavailable', facts: { why: 'no answer' } })
    await server.start()
  })
})
