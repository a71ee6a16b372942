import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { context, der, integer, octetString, oid, sequence } from '../pki/der.js'
import { Pki } from '../pki/pki.js'
import { StateStore } from '../world/state-store.js'
import { WorldClock } from '../world/world-clock.js'
import { TimestampAuthority, timestampPolicy } from './timestamp-authority.js'
import type { TimestampFailure } from './timestamp-request.js'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl) console.warn('SKIPPED: openssl is absent, time stamps are not checked by another program')
const withOpenssl = hasOpenssl ? test : test.skip

let dir: string
let pki: Pki
let clock: WorldClock
let authority: TimestampAuthority

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'goniec-tsa-'))
  clock = new WorldClock(new StateStore(dir))
  pki = await Pki.open(join(dir, 'pki'), clock)
  authority = new TimestampAuthority(pki.seal('tsa'), clock)
}, 60_000)

afterAll(() => rmSync(dir, { recursive: true, force: true }))

const sha256 = '2.16.840.1.101.3.4.2.1'
const sha512 = '2.16.840.1.101.3.4.2.3'

function ask(
  parts: { digestOid?: string; digest?: Buffer; version?: number; policy?: string; more?: Buffer[] } = {}
): Buffer {
  const { digestOid = sha256, digest = createHash('sha256').update('letter').digest(), version = 1, policy } = parts
  const imprint = sequence(sequence(oid(digestOid)), octetString(digest))
  return sequence(integer(version), imprint, ...(policy ? [oid(policy)] : []), ...(parts.more ?? []))
}

function read(answer: Buffer): pkijs.TimeStampResp {
  return new pkijs.TimeStampResp({ schema: asn1js.fromBER(new Uint8Array(answer).buffer).result })
}

function tstInfoOf(answer: Buffer): pkijs.TSTInfo {
  const signed = new pkijs.SignedData({ schema: read(answer).timeStampToken?.content })
  const content = signed.encapContentInfo.eContent?.valueBlock.valueHexView
  return pkijs.TSTInfo.fromBER(new Uint8Array(content!).buffer)
}

describe.each(['sha256', 'sha384', 'sha512'])('over %s', digest => {
  // Without certReq the answer holds no certificates, so the verifier is given them.
  withOpenssl.each([
    ['-cert', ['time-stamping-issuing']],
    ['-no_nonce', ['tsa', 'time-stamping-issuing']]
  ])('OpenSSL accepts the answer, and no changed one (query with %s)', (option, untrusted) => {
    const path = (name: string) => join(dir, `${digest}${option}.${name}`)
    writeFileSync(path('txt'), randomBytes(100))
    const query = ['ts', '-query', '-data', path('txt'), `-${digest}`, option, '-out', path('tsq')]
    execFileSync('openssl', query, { stdio: 'pipe' })
    writeFileSync(path('pem'), untrusted.map(name => readFileSync(pki.path(`${name}.cert.pem`), 'utf8')).join(''))
    const answer = authority.answer(readFileSync(path('tsq'))).bytes
    const verify = (bytes: Buffer) => {
      writeFileSync(path('tsr'), bytes)
      const trust = ['-CAfile', pki.path('time-stamping-root.cert.pem'), '-untrusted', path('pem')]
      return spawnSync('openssl', ['ts', '-verify', '-in', path('tsr'), '-queryfile', path('tsq'), ...trust])
    }
    expect(verify(answer).stdout.toString()).toContain('Verification: OK')
    const changed = Buffer.from(answer)
    changed[changed.length - 5]! ^= 1
    expect(verify(changed).status).not.toBe(0)
  })
})

test('the stamp bears the world’s time, the policy, the imprint and a serial number of its own', () => {
  clock.advance('P14DT1H')
  const before = clock.now().getTime()
  const [one, other] = [authority.answer(ask()).bytes, authority.answer(ask()).bytes].map(tstInfoOf)
  const after = clock.now().getTime()
  expect(one!.genTime.getTime()).toBeGreaterThanOrEqual(before)
  expect(one!.genTime.getTime()).toBeLessThanOrEqual(after)
  expect(one!.policy).toBe(timestampPolicy)
  expect(one!.accuracy?.seconds).toBe(1)
  const imprint = Buffer.from(one!.messageImprint.hashedMessage.valueBlock.valueHexView)
  expect(imprint).toEqual(createHash('sha256').update('letter').digest())
  expect(one!.serialNumber.isEqual(other!.serialNumber)).toBe(false)
})

test.each(['0123456789abcdef', 'ff00', '00ff', '01'])('the nonce %s comes back byte for byte', hex => {
  const nonce = Buffer.from(hex, 'hex')
  const answered = tstInfoOf(authority.answer(ask({ more: [der(0x02, nonce)] })).bytes).nonce
  expect(Buffer.from(answered!.valueBlock.valueHexView)).toEqual(nonce)
})

test.each<[string, Buffer, TimestampFailure, number]>([
  ['rubbish', Buffer.from('not DER at all'), 'badDataFormat', 5],
  ['nothing', Buffer.alloc(0), 'badDataFormat', 5],
  ['a request with bytes after it', Buffer.concat([ask(), Buffer.from([0])]), 'badDataFormat', 5],
  ['a digest of the wrong length', ask({ digest: Buffer.alloc(31) }), 'badDataFormat', 5],
  ['a SHA-256 digest called SHA-512', ask({ digestOid: sha512 }), 'badDataFormat', 5],
  ['SHA-1', ask({ digestOid: '1.3.14.3.2.26', digest: Buffer.alloc(20) }), 'badAlg', 0],
  ['version 2', ask({ version: 2 }), 'badRequest', 2],
  ['another policy', ask({ policy: '1.2.3' }), 'unacceptedPolicy', 15],
  [
    'an extension',
    ask({ more: [context(0, sequence(oid('1.2.3'), octetString(Buffer.alloc(1))))] }),
    'unacceptedExtension',
    16
  ]
])('%s is turned down', (_what, request, failure, bit) => {
  const reply = authority.answer(request)
  expect(reply.failure).toBe(failure)
  const answer = read(reply.bytes)
  expect(answer.status.status).toBe(2)
  expect(answer.timeStampToken).toBeUndefined()
  const bits = Buffer.from(answer.status.failInfo!.valueBlock.valueHexView)
  expect([...bits].flatMap((byte, index) => ones(byte).map(one => index * 8 + one))).toEqual([bit])
})

function ones(byte: number): number[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].filter(index => byte & (0x80 >> index))
}

withOpenssl('the token alone, made with an RSA key, is a CMS that OpenSSL verifies', () => {
  const rsa = new TimestampAuthority(pki.seal('operator'), clock)
  const file = join(dir, 'rsa.token')
  writeFileSync(file, rsa.stamp(createHash('sha256').update('letter').digest()))
  const verify = ['cms', '-verify', '-inform', 'DER', '-in', file, '-purpose', 'any', '-out', join(dir, 'tst')]
  const trust = ['-CAfile', pki.path('providers-root.cert.pem')]
  expect(spawnSync('openssl', [...verify, ...trust]).stderr.toString()).toContain('successful')
})

test('a stamp takes well under three milliseconds', () => {
  const request = ask()
  const begun = performance.now()
  for (let count = 0; count < 300; count++) authority.answer(request)
  const seconds = (performance.now() - begun) / 1000
  expect(300 / seconds).toBeGreaterThan(300)
})
