import { execFile, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { createSandbox, type Sandbox } from '../sandbox.js'
import { sequence } from './der.js'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl) console.warn('SKIPPED: openssl is absent, OCSP and CRL are not checked by another program')
const withOpenssl = hasOpenssl ? test : test.skip

let dir: string
let sandbox: Sandbox

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'goniec-revocation-'))
  sandbox = await createSandbox({ dir })
}, 60_000)

afterEach(async () => {
  await lever('DELETE', 'faults')
  await lever('DELETE', 'revocations')
})

afterAll(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true, force: true })
})

async function lever(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${sandbox.url}/control/${path}`, {
    method,
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {})
  })
}

// The sandbox answers in this very process, so nothing may wait for OpenSSL without letting others run.
function openssl(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise(resolve =>
    execFile('openssl', args, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, output: stdout + stderr })
    )
  )
}

const file = (name: string) => sandbox.pki.path(name)

/** Asks as any client does: at the address that the certificate itself names. */
async function askOcsp(
  name: string,
  authority: string,
  ...digest: string[]
): Promise<{ code: number; output: string }> {
  const url = /OCSP - URI:(\S+)/.exec(
    new X509Certificate(sandbox.pki.seal(name as 'tsa').certificate).infoAccess ?? ''
  )?.[1]
  // The world may be ahead of the machine, by which OpenSSL judges.
  const at = ['-validity_period', '315360000']
  const trust = ['-issuer', file(`${authority}-issuing.cert.pem`), '-CAfile', file(`${authority}-root.cert.pem`)]
  const chain = ['-verify_other', file(`${authority}-issuing.cert.pem`), '-cert', file(`${name}.cert.pem`)]
  return openssl('ocsp', ...digest, ...trust, ...chain, '-url', url ?? 'none', ...at)
}

describe('OCSP', () => {
  withOpenssl.each([
    ['institution', 'offices'],
    ['institution-p256', 'offices'],
    ['institution-p384', 'offices'],
    ['institution-rsa4096', 'offices'],
    ['seal-rsa3072-pin', 'offices'],
    ['tsa', 'time-stamping'],
    ['tsa-2', 'time-stamping'],
    ['operator', 'providers']
  ])('OpenSSL finds %s good, with a nonce', async (name, authority) => {
    const { code, output } = await askOcsp(name, authority)
    expect(output).toContain('Response verify OK')
    expect(output).toContain(`${name}.cert.pem: good`)
    expect(output).not.toContain('WARNING')
    expect(code).toBe(0)
  })

  withOpenssl.each(['-sha256', '-sha1'])('OpenSSL finds a revoked one revoked (%s)', async digest => {
    expect((await lever('POST', 'revoke', { certificate: 'tsa', reason: 'keyCompromise' })).status).toBe(200)
    const { output } = await askOcsp('tsa', 'time-stamping', digest)
    expect(output).toContain('Response verify OK')
    expect(output).toContain('tsa.cert.pem: revoked')
    expect(output).toContain('Reason: keyCompromise')
    expect((await askOcsp('tsa-2', 'time-stamping', digest)).output).toContain('tsa-2.cert.pem: good')
  })

  withOpenssl('a number that was never issued is unknown', async () => {
    const trust = ['-issuer', file('offices-issuing.cert.pem'), '-CAfile', file('offices-root.cert.pem')]
    const where = ['-url', `${sandbox.url}/pki/ocsp/offices-issuing`, '-serial', '0x1234']
    const { output } = await openssl('ocsp', ...trust, ...where, '-verify_other', file('offices-issuing.cert.pem'))
    expect(output).toContain('0x1234: unknown')
  })

  withOpenssl('another authority’s certificate is unknown, also where the number is right', async () => {
    const asked = ['-issuer', file('time-stamping-issuing.cert.pem'), '-cert', file('institution.cert.pem')]
    const where = ['-url', `${sandbox.url}/pki/ocsp/offices-issuing`, '-noverify']
    expect((await openssl('ocsp', ...asked, ...where)).output).toContain('institution.cert.pem: unknown')
  })

  async function request(...more: string[]): Promise<Buffer> {
    const path = join(dir, 'request.der')
    const asked = ['-issuer', file('offices-issuing.cert.pem'), '-cert', file('institution.cert.pem')]
    await openssl('ocsp', ...asked, '-no_nonce', ...more, '-reqout', path)
    return readFileSync(path)
  }

  function read(answer: ArrayBuffer): { response: pkijs.OCSPResponse; basic: pkijs.BasicOCSPResponse } {
    const response = pkijs.OCSPResponse.fromBER(answer)
    const basic = pkijs.BasicOCSPResponse.fromBER(
      new Uint8Array(response.responseBytes!.response.valueBlock.valueHexView).buffer
    )
    return { response, basic }
  }

  const ask = async (body: Buffer) => {
    const headers = { 'content-type': 'application/ocsp-request' }
    const url = `${sandbox.url}/pki/ocsp/offices-issuing`
    return fetch(url, { method: 'POST', headers, body: new Uint8Array(body) })
  }

  withOpenssl('the same is answered to GET, escaped or not', async () => {
    const base64 = (await request()).toString('base64')
    for (const text of [encodeURIComponent(base64), base64]) {
      const answer = await fetch(`${sandbox.url}/pki/ocsp/offices-issuing/${text}`)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/ocsp-response'])
      const { basic } = read(await answer.arrayBuffer())
      expect(basic.tbsResponseData.responses).toHaveLength(1)
    }
  })

  withOpenssl('answers bear the world’s time and are good for a day', async () => {
    sandbox.clock.advance('P40D')
    const before = Math.floor(sandbox.clock.now().getTime() / 1000) * 1000
    const { basic } = read(await (await ask(await request())).arrayBuffer())
    const [answer] = basic.tbsResponseData.responses
    expect(answer!.thisUpdate.getTime()).toBeGreaterThanOrEqual(before)
    expect(answer!.nextUpdate!.getTime() - answer!.thisUpdate.getTime()).toBe(86_400_000)
    expect(basic.tbsResponseData.producedAt).toEqual(answer!.thisUpdate)
  })

  withOpenssl('faults: out of date, spoilt, gone', async () => {
    const body = await request()
    await lever('POST', 'faults', { surface: 'ocsp', mode: 'stale' })
    const { basic } = read(await (await ask(body)).arrayBuffer())
    const [stale] = basic.tbsResponseData.responses
    expect(stale!.nextUpdate!.getTime()).toBeLessThan(sandbox.clock.now().getTime())
    await lever('POST', 'faults', { surface: 'ocsp', mode: 'garbled' })
    const spoilt = await (await ask(body)).arrayBuffer()
    expect(asn1js.fromBER(spoilt).offset).not.toBe(spoilt.byteLength)
    await lever('POST', 'faults', { surface: 'ocsp', mode: 'down' })
    expect((await ask(body)).status).toBe(503)
  })

  test.each([
    ['rubbish', Buffer.from('not DER')],
    ['nothing', Buffer.alloc(0)],
    ['thousands of frames in each other', nested(2_000)],
    ['far too much', Buffer.alloc(1_000_000, 0x30)],
    ['a request about nothing', Buffer.from('30023000', 'hex')]
  ])('%s is a malformed request', async (_what, body) => {
    const answer = await ask(body)
    expect([answer.status, Buffer.from(await answer.arrayBuffer()).toString('hex')]).toEqual([200, '30030a0101'])
  })

  test('roots and strangers’ names have no responder', async () => {
    for (const name of ['offices-root', 'nobody', '__proto__']) {
      const answer = await fetch(`${sandbox.url}/pki/ocsp/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/ocsp-request' },
        body: 'x'
      })
      expect(answer.status).toBe(404)
    }
  })
})

describe('lists', () => {
  async function fetched(name: string): Promise<string> {
    const answer = await fetch(`${sandbox.url}/pki/crl/${name}.crl`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/pkix-crl'])
    const path = join(dir, `${name}.crl`)
    writeFileSync(path, Buffer.from(await answer.arrayBuffer()))
    return path
  }

  withOpenssl.each(['offices-issuing', 'offices-root', 'time-stamping-issuing'])(
    'OpenSSL verifies that of %s',
    async name => {
      const args = ['crl', '-in', await fetched(name), '-inform', 'DER', '-noout', '-text']
      const { output } = await openssl(...args, '-CAfile', file(`${name}.cert.pem`))
      expect(output).toContain('verify OK')
      expect(output).toContain('No Revoked Certificates')
      expect(output).toContain('X509v3 CRL Number')
    }
  )

  withOpenssl('what is revoked is on the list, and OpenSSL no longer verifies it', async () => {
    const at = '2026-02-03T04:05:06Z'
    await lever('POST', 'revoke', { certificate: 'institution', reason: 'superseded', at })
    await lever('POST', 'revoke', { certificate: 'institution-p256' })
    const path = await fetched('offices-issuing')
    const pem = join(dir, 'crl.pem')
    const { output } = await openssl('crl', '-in', path, '-inform', 'DER', '-text', '-out', pem)
    expect(output).toBe('')
    const text = readFileSync(pem, 'utf8')
    const { serialNumber } = new X509Certificate(sandbox.pki.seal('institution').certificate)
    expect(text).toMatch(
      new RegExp(
        `Serial Number: ${serialNumber}\\s+Revocation Date: Feb  3 04:05:06 2026 GMT\\s+CRL entry ext[^]*Superseded`
      )
    )
    const when = ['-attime', String(Math.floor(sandbox.clock.now().getTime() / 1000))]
    const trust = ['-CAfile', file('offices-root.cert.pem'), '-untrusted', file('offices-issuing.cert.pem')]
    const verify = (name: string) =>
      openssl('verify', '-crl_check', '-CRLfile', pem, ...when, ...trust, file(`${name}.cert.pem`))
    expect((await verify('institution')).output).toContain('certificate revoked')
    expect((await verify('institution-p384')).output).toContain('OK')
  })

  withOpenssl('faults: out of date, spoilt', async () => {
    await lever('POST', 'faults', { surface: 'crl', mode: 'stale' })
    const args = ['crl', '-in', await fetched('offices-root'), '-inform', 'DER', '-noout', '-nextupdate']
    const until = /nextUpdate=(.*)/.exec((await openssl(...args)).output)?.[1]
    expect(Date.parse(until!)).toBeLessThan(sandbox.clock.now().getTime())
    await lever('POST', 'faults', { surface: 'crl', mode: 'garbled' })
    expect((await openssl('crl', '-in', await fetched('offices-root'), '-inform', 'DER', '-noout')).code).not.toBe(0)
  })
})

test('the issuers’ certificates are where the certificates below them say', async () => {
  for (const name of ['institution', 'tsa', 'seal-otp', 'stranger'] as const) {
    const { certificate, chain } = sandbox.pki.seal(name)
    const url = /CA Issuers - URI:(\S+)/.exec(new X509Certificate(certificate).infoAccess ?? '')?.[1]
    const answer = await fetch(url!)
    expect(answer.headers.get('content-type')).toBe('application/pkix-cert')
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(chain[0])
  }
})

test.each([
  [{ certificate: 'nobody' }],
  [{ certificate: 'offices-root' }],
  [{ certificate: 'tsa', reason: 'boredom' }],
  [{ certificate: 'tsa', at: '2100-01-01T00:00:00Z' }]
])('%j revokes nothing', async order => {
  expect((await lever('POST', 'revoke', order)).status).toBe(400)
  expect(await (await lever('GET', 'revocations')).json()).toEqual({})
})

test('a sandbox at another address issues certificates of its own over shared keys', async () => {
  const shared = join(dir, 'pki')
  const other = await createSandbox({ dir: join(dir, 'other'), pkiDir: shared })
  try {
    const [here, there] = [sandbox, other].map(({ pki }) => new X509Certificate(pki.seal('institution').certificate))
    expect(there!.publicKey.equals(here!.publicKey)).toBe(true)
    expect(there!.infoAccess).toContain(other.url)
    expect(here!.infoAccess).toContain(sandbox.url)
    expect(other.pki.trustAnchorsPem()).toEqual(sandbox.pki.trustAnchorsPem())
    expect(other.pki.origin).toBe(other.url)
    expect(readFileSync(other.pki.path('institution.password'), 'utf8')).toBe(
      readFileSync(file('institution.password'), 'utf8')
    )
  } finally {
    await other.close()
  }
}, 60_000)

test('a folder of an older sandbox keeps its keys and gets the new certificates', async () => {
  const old = join(dir, 'old')
  const first = await createSandbox({ dir: old })
  const { key } = first.pki.seal('institution')
  await first.close()
  for (const name of ['layout.json', 'tsa-2.key.pem', 'tsa-2.cert.pem']) rmSync(join(old, 'pki', name))
  const second = await createSandbox({ dir: old })
  try {
    expect(second.pki.seal('institution').key.equals(key)).toBe(true)
    expect(second.pki.origin).toBe(second.url)
    expect(new X509Certificate(second.pki.seal('tsa-2').certificate).infoAccess).toContain(second.url)
  } finally {
    await second.close()
  }
}, 60_000)

function nested(levels: number): Buffer {
  let inner: Buffer = Buffer.alloc(0)
  for (let level = 0; level < levels; level++) inner = sequence(inner)
  return inner
}
