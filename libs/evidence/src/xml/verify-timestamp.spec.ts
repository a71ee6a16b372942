import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeyUsageFlags } from '@peculiar/x509'
import { makeParty, type Party } from '../../test/test-pki.js'
import { makeToken } from '../../test/test-tsa.js'
import { STAMPING } from '../../test/world.js'
import { verifyTimeStamp } from './verify-timestamp.js'

const itNeedingOpenssl = hasOpenssl() ? it : it.skip
if (itNeedingOpenssl === it.skip) console.warn('skipped: openssl is not here to give a second opinion')

const data = Buffer.from('what was stamped')
const genTime = new Date('2026-11-02T09:15:05Z')
const now = new Date('2026-11-02T10:00:00Z')
let root: Party
let tsa: Party
let anchors: X509Certificate[]
let folder: string

beforeAll(async () => {
  root = await makeParty({ name: 'TsaRoot', ca: true, from: '2020-01-01T00:00:00Z', to: '2049-01-01T00:00:00Z' })
  const long = { from: '2020-01-01T00:00:00Z', to: '2049-01-01T00:00:00Z' }
  tsa = await makeParty({
    name: 'Tsa',
    issuer: root,
    extended: STAMPING,
    usage: KeyUsageFlags.digitalSignature,
    ...long
  })
  anchors = [new X509Certificate(root.pem)]
  folder = mkdtempSync(join(tmpdir(), 'goniec-tsa-'))
  writeFileSync(join(folder, 'root.pem'), root.pem)
  writeFileSync(join(folder, 'tsa.pem'), tsa.pem)
  writeFileSync(join(folder, 'tsa.key'), tsa.key.export({ type: 'pkcs8', format: 'pem' }))
  writeFileSync(join(folder, 'data'), data)
})

it('gives the time of a good token', () => {
  expect(verifyTimeStamp(makeToken(data, tsa, genTime), data, anchors, now)).toMatchObject({ genTime })
})

it('finds the authority among the anchors when the token leaves its certificate out', () => {
  const token = makeToken(data, tsa, genTime, { withoutCertificate: true })
  expect(verifyTimeStamp(token, data, [new X509Certificate(tsa.pem)], now)).toMatchObject({ genTime })
})

it('refuses an authority that was not valid when it stamped, or has expired since', async () => {
  const usage = KeyUsageFlags.digitalSignature
  const short = await makeParty({ name: 'Tsa', issuer: root, extended: STAMPING, usage, to: '2026-11-02T09:30:00Z' })
  const judge = (stampedAt: string, at: Date) => () => {
    verifyTimeStamp(makeToken(data, short, new Date(stampedAt)), data, anchors, at)
  }
  expect(judge('2026-11-02T09:15:00Z', new Date('2026-11-02T09:20:00Z'))).not.toThrow()
  expect(judge('2026-11-02T09:15:00Z', now)).toThrow('expired since')
  expect(judge('2026-11-02T09:45:00Z', now)).toThrow('not valid when it stamped')
})

it('no changed byte of a token gives another time', () => {
  const token = makeToken(data, tsa, genTime)
  const outcomes = [...token.keys()]
    .filter(i => i % 3 === 0)
    .map(i => {
      const changed = Buffer.from(token)
      changed[i]! ^= 0x01
      try {
        return verifyTimeStamp(changed, data, anchors, now).genTime.toISOString()
      } catch {
        return 'refused'
      }
    })
  expect(outcomes.filter(o => o !== 'refused' && o !== genTime.toISOString())).toEqual([])
  expect(outcomes.filter(o => o === 'refused').length).toBeGreaterThan(outcomes.length * 0.8)
})

itNeedingOpenssl('takes a token that openssl made', () => {
  writeFileSync(join(folder, 'serial'), '01\n')
  writeFileSync(
    join(folder, 'tsa.cnf'),
    [
      '[tsa]',
      'default_tsa = t',
      '[t]',
      `serial = ${folder}/serial`,
      `signer_cert = ${folder}/tsa.pem`,
      `certs = ${folder}/tsa.pem`
    ]
      .concat([
        `signer_key = ${folder}/tsa.key`,
        'signer_digest = sha256',
        'default_policy = 1.2.3.4',
        'digests = sha256, sha512'
      ])
      .concat(['ess_cert_id_alg = sha256', 'ess_cert_id_chain = no'])
      .join('\n')
  )
  openssl('ts', '-query', '-data', 'data', '-sha512', '-cert', '-out', 'query.tsq')
  openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query.tsq', '-token_out', '-out', 'token.der')
  // openssl stamps with the time of the machine
  const machineNow = new Date(new X509Certificate(tsa.pem).validTo)
  const found = verifyTimeStamp(readFileSync(join(folder, 'token.der')), data, anchors, machineNow)
  expect(found.genTime.getTime()).toBeGreaterThan(Date.parse('2020-01-01'))
})

itNeedingOpenssl('openssl agrees about our own tokens', () => {
  const agrees = (token: Buffer) => {
    writeFileSync(join(folder, 'ours.der'), token)
    try {
      openssl('ts', '-verify', '-data', 'data', '-in', 'ours.der', '-token_in', '-CAfile', 'root.pem')
      return true
    } catch {
      return false
    }
  }
  expect(agrees(makeToken(data, tsa, genTime))).toBe(true)
  expect(agrees(makeToken(Buffer.from('other'), tsa, genTime))).toBe(false)
  expect(agrees(makeToken(data, tsa, genTime, { wrongContentDigest: true }))).toBe(false)
})

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
