import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refused, SystemClock } from '#platform/plain'
import { type Identity, makeSealer, pem } from '../../test/test-authority.js'
import { codedError, shown } from '../../test/seal-key.contract.js'
import { TestCsc } from '../../test/test-csc.js'
import { describeWithHsm, makeToken, softHsmModule } from '../../test/test-hsm.js'
import { makePkcs12 } from '../../test/test-pkcs12.js'
import { openSealKey, readKeyFile } from './key-file.js'

const clock = new SystemClock()

describe('a file of seal keys', () => {
  let folder: string
  let institution: Identity
  let authority: Identity
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'goniec-keys-'))
    ;({ institution, authority } = await makeSealer())
    writeFileSync(join(folder, 'seal.p12'), await makePkcs12('hasło', [institution], [institution, authority]))
    writeFileSync(join(folder, 'password'), 'hasło\n')
    writeFileSync(join(folder, 'pin'), '24681357\r\nsecond line\n')
    writeFileSync(join(folder, 'client-secret'), 'client-secret')
    writeFileSync(join(folder, 'seal.pem'), pem(institution, authority))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  function write(content: unknown): string {
    const path = join(folder, 'keys.json')
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    return path
  }

  async function problems(content: unknown): Promise<readonly string[]> {
    const error = await codedError(() => readKeyFile(write(content)))
    expect(error).toBeInstanceOf(Refused)
    expect(error.type.code).toBe('sealing/key-file-wrong')
    return error.facts.problems as readonly string[]
  }

  const signs = async (entry: Parameters<typeof openSealKey>[0]): Promise<string> => {
    const key = await openSealKey(entry, clock)
    expect(await key.signBatch([Buffer.from('m')])).toHaveLength(1)
    expect(key.certificate.equals(institution.certificate)).toBe(true)
    const kind = key.describe!().kind
    await key.close?.()
    return kind
  }

  const p12 = { kind: 'pkcs12', file: 'seal.p12', passwordFile: 'password' }
  const fingerprint = 'AB:'.repeat(31) + 'AB'
  const remote = { kind: 'csc', url: 'https://rssp.example/csc/v1', api: 'v1', pinnedCertificateSha256: fingerprint }

  it('opens a PKCS#12 key, its paths taken from the folder of the file', async () => {
    const keys = readKeyFile(write({ institution: p12 }))
    expect([...keys.keys()]).toEqual(['institution'])
    expect(await signs(keys.get('institution')!)).toBe('pkcs12')
  })

  describeWithHsm('with an HSM', () => {
    it('opens a PKCS#11 key with certificates from a file', async () => {
      const label = `file-${process.pid}`
      makeToken({ label, pin: '24681357', keys: [{ identity: institution, label: 'seal', id: '0a' }] })
      const hsm = { kind: 'pkcs11', module: softHsmModule, tokenLabel: label, keyId: '0A', pinFile: 'pin' }
      const keys = readKeyFile(write({ hsm: { ...hsm, certificatesFile: 'seal.pem', sessions: 2 } }))
      expect(await signs(keys.get('hsm')!)).toBe('pkcs11')
    })
  })

  it('opens a remote key', async () => {
    const service = await new TestCsc({ api: 'v2', signer: institution, pin: '24681357', multisign: 10 }).start()
    try {
      const access = { clientId: 'client', clientSecretFile: 'client-secret', pinFile: 'pin' }
      const place = {
        url: service.url,
        api: 'v2',
        credentialId: 'cred-1',
        pinnedCertificateSha256: service.fingerprint
      }
      const keys = readKeyFile(write({ remote: { kind: 'csc', ...access, ...place } }))
      expect(await signs(keys.get('remote')!)).toBe('csc')
    } finally {
      await service.stop()
    }
  })

  it('lists all mistakes at once, without values', async () => {
    const found = await problems({
      first: { ...p12, file: 'absent.p12', passwordFile: 'absent' },
      second: { kind: 'pkcs11', module: '', keyId: 'xyz', pinFile: 'pin', pin: 'tajny' },
      third: { ...remote, url: 'ftp://tajny.example', clientId: 'c', pinnedCertificateSha256: 'tajny', batch: 0 },
      fourth: { kind: 'paper' },
      fifth: { ...p12, algorithm: 'RSA-SHA1' },
      sixth: 7,
      '../x': p12
    })
    expect(found).toHaveLength(14)
    for (const start of [
      'first.file: ',
      'first.passwordFile: ',
      'second.module: ',
      'second.keyId: must be hexadecimal',
      'second: ',
      'second.tokenLabel: ',
      'third.clientId: ',
      'third.url: ',
      'third.pinnedCertificateSha256: must be a SHA-256',
      'third.batch: ',
      'fourth.kind: ',
      'fifth.algorithm: ',
      'sixth: ',
      'a key has a name'
    ])
      expect(found).toContainEqual(expect.stringContaining(start))
    expect(found.join()).not.toContain('tajny')
  })

  it.each([
    [{ hsm: { kind: 'pkcs11', module: 'm', pinFile: 'pin' } }, 'hsm.tokenLabel: tokenLabel or slot is needed'],
    [{ r: { ...remote, clientId: 'c' } }, 'r.clientId: clientId and clientSecretFile go together'],
    [{ r: remote }, 'r.clientId: a client id with its secret, or a TLS client certificate, is needed'],
    [
      { r: { ...remote, certFile: 'seal.pem', keyFile: 'pin', asynchronous: true } },
      'r.asynchronous: exists in v2 only'
    ],
    [{ r: { ...remote, certFile: 'seal.pem' } }, 'r.certFile: certFile and keyFile go together'],
    ['{"a": tajny', 'the file is not JSON'],
    ['[]', 'the file must be an object of named keys'],
    ['{}', 'no key is configured'],
    ['{"__proto__": 1}', 'a key has a name that is not made of letters, digits, dots, dashes and underscores']
  ])('refuses %j', async (content, problem) => expect(await problems(content)).toContain(problem))

  it('says so when the file itself is not there, and when one has gone since', async () => {
    expect((await codedError(() => readKeyFile('/no/such/file'))).facts.problems).toEqual(['a file cannot be read'])
    const entry = readKeyFile(write({ k: p12 })).get('k')!
    const gone = { ...entry, file: '/no/such/file' } as typeof entry
    expect((await codedError(() => openSealKey(gone, clock))).type.code).toBe('sealing/key-file-wrong')
  })

  it('offers nobody an empty PIN', async () => {
    writeFileSync(join(folder, 'empty'), '\n1234\n')
    const hsm = { kind: 'pkcs11', module: '/no/such/library.so', tokenLabel: 't', pinFile: 'empty' }
    const error = await codedError(() => openSealKey(readKeyFile(write({ hsm })).get('hsm')!, clock))
    expect(error.facts.problems).toEqual(['a file that should hold a secret is empty'])
  })

  it('keeps secrets out of errors', async () => {
    writeFileSync(join(folder, 'wrong-password'), 'nie-to-haslo\n')
    const keys = readKeyFile(write({ k: { ...p12, passwordFile: 'wrong-password' } }))
    const error = await codedError(() => openSealKey(keys.get('k')!, clock))
    expect(error.type.code).toBe('sealing/pkcs12-wrong-password')
    expect(shown(error)).not.toContain('nie-to-haslo')
  })
})
