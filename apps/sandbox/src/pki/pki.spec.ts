import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { StateStore } from '../world/state-store.js'
import { WorldClock } from '../world/world-clock.js'
import { fileSealNames } from './pki-plan.js'
import { Pki, type SealName } from './pki.js'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl) console.warn('SKIPPED: openssl is absent, certificates and PKCS#12 are not checked by another program')
const withOpenssl = hasOpenssl ? test : test.skip

let dir: string
let pki: Pki
let clock: WorldClock

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'goniec-pki-'))
  clock = new WorldClock(new StateStore(dir))
  // Two at once, as two processes may: one of them must win and both must get the same keys.
  const [one, other] = await Promise.all([Pki.open(join(dir, 'pki'), clock), Pki.open(join(dir, 'pki'), clock)])
  expect(one.seal('operator').certificate).toEqual(other.seal('operator').certificate)
  pki = one
}, 60_000)

afterAll(() => rmSync(dir, { recursive: true, force: true }))

const anchoredNames: [SealName, 'providers' | 'tsa' | 'institution'][] = [
  ['institution', 'institution'],
  ['operator', 'providers'],
  ['private-provider', 'providers'],
  ['tsa', 'tsa'],
  ['tsa-2', 'tsa'],
  ['time-stamping-ocsp', 'tsa'],
  ['institution-p384', 'institution'],
  ['institution-rsa4096', 'institution'],
  ['seal-rsa3072-pin', 'institution'],
  ['purde-client-GMINA', 'institution'],
  ['purde-client-DRUGI', 'institution']
]

test.each(anchoredNames)('%s belongs to its key and chains to its own anchor and no other', (name, trust) => {
  const { key, certificate, chain } = pki.seal(name)
  const [leaf, issuing, root] = [certificate, ...chain].map(der => new X509Certificate(der))
  expect(leaf?.checkPrivateKey(key)).toBe(true)
  expect(leaf?.verify(issuing!.publicKey) && leaf.checkIssued(issuing!)).toBe(true)
  expect(issuing?.verify(root!.publicKey) && issuing.checkIssued(root!)).toBe(true)
  const anchors = pki.trustAnchorsPem()
  const trusted = (kind: keyof typeof anchors) =>
    anchors[kind].some(pem => new X509Certificate(pem).raw.equals(root!.raw))
  expect((['providers', 'tsa', 'institution'] as const).filter(trusted)).toEqual([trust])
})

test('the stranger looks like the operator and is trusted by nobody', () => {
  const stranger = new X509Certificate(pki.seal('stranger').certificate)
  const operator = new X509Certificate(pki.seal('operator').certificate)
  expect(stranger.subject).toBe(operator.subject)
  expect(stranger.issuer).toBe(operator.issuer)
  const anchors = Object.values(pki.trustAnchorsPem()).flat()
  const root = new X509Certificate(pki.seal('stranger').chain[1]!)
  expect(anchors.some((pem: string) => new X509Certificate(pem).fingerprint256 === root.fingerprint256)).toBe(false)
})

test('every certificate says where its revocation is told, but roots and OCSP responders', () => {
  const told = (name: string) => new X509Certificate(readFileSync(pki.path(`${name}.cert.pem`))).infoAccess ?? ''
  expect(told('institution')).toContain('OCSP - URI:http://127.0.0.1:4010/pki/ocsp/offices-issuing')
  expect(told('tsa-2')).toContain('CA Issuers - URI:http://127.0.0.1:4010/pki/ca/time-stamping-issuing.crt')
  expect(told('offices-issuing')).toContain('CA Issuers - URI:http://127.0.0.1:4010/pki/ca/offices-root.crt')
  expect(told('offices-issuing')).not.toContain('OCSP')
  expect([told('offices-root'), told('offices-ocsp')]).toEqual(['', ''])
})

test('the folder is kept: opening it again gives the same keys, and nothing half-made lies beside it', async () => {
  const again = await Pki.open(join(dir, 'pki'), clock)
  expect(again.seal('institution').certificate).toEqual(pki.seal('institution').certificate)
  expect(readdirSync(dir).filter(name => name.endsWith('.new'))).toEqual([])
  expect(statSync(pki.path('institution.key.pem')).mode & 0o077).toBe(0)
})

test.each(fileSealNames)('Node opens %s.p12 with its password and with no other', name => {
  const pfx = readFileSync(pki.path(`${name}.p12`))
  const passphrase = readFileSync(pki.path(`${name}.password`), 'utf8')
  expect(() => createSecureContext({ pfx, passphrase })).not.toThrow()
  expect(() => createSecureContext({ pfx, passphrase: `${passphrase}x` })).toThrow()
})

withOpenssl.each(fileSealNames)('OpenSSL opens %s.p12 and finds key and chain', name => {
  const args = ['pkcs12', '-in', pki.path(`${name}.p12`), '-passin', `file:${pki.path(`${name}.password`)}`]
  const shown = execFileSync('openssl', [...args, '-nodes'], { encoding: 'utf8', stdio: 'pipe' })
  expect(shown.match(/BEGIN CERTIFICATE/g)).toHaveLength(3)
  expect(shown).toContain('BEGIN PRIVATE KEY')
})

withOpenssl('OpenSSL verifies the chains, and the purpose of the time-stamp authority', () => {
  const verify = (name: string, root: string, ...more: string[]) =>
    spawnSync('openssl', [
      'verify',
      '-x509_strict',
      ...more,
      '-CAfile',
      pki.path(`${root}-root.cert.pem`),
      '-untrusted',
      pki.path(`${name}.chain.pem`),
      pki.path(`${name}.cert.pem`)
    ])
  expect(verify('institution', 'offices').stdout.toString()).toContain('OK')
  expect(verify('operator', 'providers').stdout.toString()).toContain('OK')
  expect(verify('tsa', 'time-stamping', '-purpose', 'timestampsign').stdout.toString()).toContain('OK')
  expect(verify('operator', 'time-stamping').status).not.toBe(0)
  expect(verify('stranger', 'providers').status).not.toBe(0)
})

withOpenssl('the seal of the institution says what it is', () => {
  const shown = execFileSync('openssl', ['x509', '-in', pki.path('institution.cert.pem'), '-noout', '-text'], {
    encoding: 'utf8'
  })
  expect(shown).toContain('organizationIdentifier = VATPL-9990010030')
  expect(shown).toMatch(/X509v3 Key Usage: critical\s+Non Repudiation\n/)
  expect(shown).toContain('qcStatements')
  const statements = new X509Certificate(pki.seal('institution').certificate).raw.toString('hex')
  expect(statements).toContain('04008e46010602')
  expect(statements).not.toContain('04008e460104')
})
