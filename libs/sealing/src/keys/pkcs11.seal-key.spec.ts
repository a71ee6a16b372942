import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { PKCS11 } from 'pkcs11js'
import { Unavailable } from '#platform/plain'
import {
  digitalSignature,
  type Identity,
  issue,
  makeSealer,
  nonRepudiation,
  p384,
  rsa,
  sealQcStatements
} from '../../test/test-authority.js'
import {
  ck,
  describeWithHsm,
  endAllSessions,
  logOut,
  makeToken,
  removeKey,
  setPin,
  softHsm,
  softHsmModule
} from '../../test/test-hsm.js'
import { codedError, sealKeyContract, type SealKeySubject, shown } from '../../test/seal-key.contract.js'
import { type SealAlgorithm, verifySignature } from '../seal-algorithm.js'
import { describeSealKey } from '../seal-key.js'
import { type Pkcs11KeyOptions, Pkcs11SealKey } from './pkcs11.seal-key.js'

const now = new Date('2026-11-22T12:00:00Z')
const pin = '13572468'
const messages = (count: number): Buffer[] => Array.from({ length: count }, (_, i) => Buffer.from(`m${i}`))

describeWithHsm('a seal key behind PKCS#11', () => {
  const sealers: Record<string, Awaited<ReturnType<typeof makeSealer>>> = {}
  const opened: Pkcs11SealKey[] = []
  let tokens = 0

  // pkcs11js binds its methods when a library is loaded, so they are watched from before that.
  const logins = jest.spyOn(ck.PKCS11.prototype, 'C_Login')
  const opening = jest.spyOn(ck.PKCS11.prototype, 'C_OpenSession')
  const closing = jest.spyOn(ck.PKCS11.prototype, 'C_CloseSession')
  const tokenInfo = jest.spyOn(ck.PKCS11.prototype, 'C_GetTokenInfo')
  const realTokenInfo = tokenInfo.getMockImplementation()!
  const loginsWith = (used: string): number => logins.mock.calls.filter(call => call[2] === used).length
  const openSessions = (): number => opening.mock.calls.length - closing.mock.calls.length

  beforeAll(async () => {
    sealers.p256 = await makeSealer()
    sealers.p384 = await makeSealer(p384)
    sealers.rsa = await makeSealer(rsa(2048))
  })
  afterEach(async () => {
    for (const key of opened.splice(0)) await key.close()
  })

  /** A token with the three keys, their certificates and chains. */
  function token(more: Partial<Parameters<typeof makeToken>[0]> = {}): string {
    const label = `token-${process.pid}-${++tokens}`
    const all = Object.entries(sealers).map(([name, { institution }], i) => ({
      identity: institution,
      label: name,
      id: `0${i + 1}`
    }))
    const authorities = Object.entries(sealers).flatMap(([name, { authority, root }], i) => [
      { identity: root, label: `${name} root`, id: `a${i}` },
      { identity: authority, label: `${name} authority`, id: `b${i}` }
    ])
    makeToken({ label, pin, keys: all, certificates: [...authorities, ...all], ...more })
    return label
  }

  async function open(options: Partial<Pkcs11KeyOptions>): Promise<Pkcs11SealKey> {
    const key = await Pkcs11SealKey.open({ module: softHsmModule, pin, ...options }, now)
    opened.push(key)
    return key
  }

  const verified = (key: Pkcs11SealKey, identity: Identity, all: Buffer[], signatures: Buffer[]): boolean =>
    all.every((message, i) =>
      verifySignature(key.algorithm, new X509Certificate(identity.certificate).publicKey, message, signatures[i]!)
    ) && key.certificate.equals(identity.certificate)

  describe('by the contract', () => {
    const algorithms: SealAlgorithm[] = [
      'ECDSA-SHA256',
      'ECDSA-SHA384',
      'RSA-SHA256',
      'RSA-SHA384',
      'RSA-SHA512',
      'RSASSA-PSS-SHA256',
      'RSASSA-PSS-SHA384',
      'RSASSA-PSS-SHA512'
    ]
    let subject: SealKeySubject
    beforeAll(() => {
      const label = token()
      const locked = token()
      subject = {
        secrets: [pin, 'nie-ten-pin'],
        open: algorithm =>
          open({
            tokenLabel: label,
            keyLabel: { 'ECDSA-SHA256': 'p256', 'ECDSA-SHA384': 'p384' }[algorithm as string] ?? 'rsa',
            algorithm
          }),
        wrongSecret: async () => ({
          code: 'sealing/key-pin-refused',
          use: () => open({ tokenLabel: locked, keyLabel: 'p256', pin: 'nie-ten-pin' }),
          attempts: () => loginsWith('nie-ten-pin')
        })
      }
    })
    sealKeyContract(() => subject, algorithms)
  })

  it('finds the key by label, by id, by slot, and by being the only one', async () => {
    const label = token()
    expect((await open({ tokenLabel: label, keyLabel: 'p384' })).algorithm).toBe('ECDSA-SHA384')
    expect((await open({ tokenLabel: label, keyId: '03' })).algorithm).toBe('RSA-SHA256')
    const { institution } = sealers.p256!
    const single = token({ keys: [{ identity: institution, label: 'k', id: '77' }] })
    const slot = softHsm()
      .C_GetSlotList(true)
      .find(one => softHsm().C_GetTokenInfo(one).label.trim() === single)!
    expect((await open({ slot: slot.readUIntLE(0, 6) })).certificate.equals(institution.certificate)).toBe(true)
  })

  it('says which key or token is missing or not unique', async () => {
    const label = token()
    const before = openSessions()
    const several = await codedError(() => open({ tokenLabel: label }))
    expect([several.type.code, several.facts]).toEqual(['sealing/key-not-found', { why: 'private key', found: 3 }])
    const none = await codedError(() => open({ tokenLabel: label, keyLabel: 'other' }))
    expect([none.type.code, none.facts]).toEqual(['sealing/key-not-found', { why: 'private key', found: 0 }])
    const absent = await codedError(() => open({ tokenLabel: 'no such token' }))
    expect(absent).toBeInstanceOf(Unavailable)
    expect(openSessions() - before).toBe(0)
  })

  it('takes certificate and chain from files where the token has none', async () => {
    const { institution, authority, root } = sealers.rsa!
    const label = token({ certificates: [] })
    const missing = await codedError(() => open({ tokenLabel: label, keyLabel: 'rsa' }))
    expect([missing.type.code, missing.facts]).toEqual(['sealing/key-not-found', { why: 'certificate', found: 0 }])
    const certificates = [root, authority, institution, sealers.p256!.institution].map(one => one.certificate)
    const key = await open({ tokenLabel: label, keyLabel: 'rsa', certificates })
    expect(key.chain).toEqual([authority.certificate])
    expect(verified(key, institution, messages(3), await key.signBatch(messages(3)))).toBe(true)
  })

  it('is not misled by a certificate that stands under the id of another key', async () => {
    const { institution } = sealers.p256!
    const stranger = (await makeSealer()).institution
    const label = token({
      keys: [{ identity: institution, label: 'k', id: '01' }],
      certificates: [{ identity: stranger, label: 'k', id: '01' }]
    })
    expect((await codedError(() => open({ tokenLabel: label }))).type.code).toBe('sealing/key-not-found')
    const key = await open({ tokenLabel: label, certificates: [institution.certificate] })
    expect(key.certificate.equals(institution.certificate)).toBe(true)
  })

  it('takes the certificate that is valid when a key has an old and a new one', async () => {
    const { institution } = sealers.p256!
    const renewed = await issue({ subject: 'CN=New', extensions: [nonRepudiation] })
    const old = await issue({ subject: 'CN=Old', notAfter: '2025-01-01T00:00:00Z', extensions: [digitalSignature] })
    const label = token({
      keys: [{ identity: renewed, label: 'k', id: '01' }],
      certificates: [
        { identity: old, label: 'old', id: '01' },
        { identity: renewed, label: 'new', id: '01' },
        { identity: institution, label: 'other', id: '02' }
      ]
    })
    expect((await open({ tokenLabel: label })).certificate.equals(renewed.certificate)).toBe(true)
    const expired = token({
      keys: [{ identity: old, label: 'k', id: '01' }],
      certificates: [{ identity: old, label: 'old', id: '01' }]
    })
    expect((await codedError(() => open({ tokenLabel: expired }))).type.code).toBe('sealing/certificate-not-valid')
  })

  it('refuses a key that may not sign, and an algorithm that is not the key’s', async () => {
    const { institution } = sealers.p256!
    const label = token({
      keys: [{ identity: institution, label: 'k', id: '01', template: [{ type: ck.CKA_SIGN, value: false }] }]
    })
    const error = await codedError(() => open({ tokenLabel: label }))
    expect([error.type.code, error.facts]).toEqual(['sealing/key-unsuitable', { why: 'key may not sign' }])
    const other = token()
    expect(
      (await codedError(() => open({ tokenLabel: other, keyLabel: 'p256', algorithm: 'RSA-SHA256' }))).type.code
    ).toBe('sealing/certificate-unfit')
  })

  it('gives the PIN again for each use of a key that wants it', async () => {
    const { institution } = sealers.p256!
    const label = token({
      keys: [
        { identity: institution, label: 'k', id: '01', template: [{ type: ck.CKA_ALWAYS_AUTHENTICATE, value: true }] }
      ]
    })
    const key = await open({ tokenLabel: label })
    expect(verified(key, institution, messages(20), await key.signBatch(messages(20)))).toBe(true)
  })

  it('makes a qualified seal only if certificate, operator and device agree', async () => {
    const { authority } = sealers.p256!
    const qualified = await issue({
      subject: 'CN=Gmina, O=Gmina, 2.5.4.97=VATPL-5260250274',
      issuer: authority,
      extensions: [nonRepudiation, sealQcStatements]
    })
    const one = { identity: qualified, label: 'k', id: '01' }
    const label = token({ keys: [one], certificates: [one] })
    const qualification = async (options: Partial<Pkcs11KeyOptions>): Promise<string> => {
      const key = await open(options)
      return `${key.custody} ${describeSealKey(key).qualification}`
    }
    expect(await qualification({ tokenLabel: label })).toBe('device advanced-seal')
    expect(await qualification({ tokenLabel: label, certifiedDevice: true })).toBe('qscd qualified-seal')
    const plain = token()
    expect(await qualification({ tokenLabel: plain, keyLabel: 'p256', certifiedDevice: true })).toBe(
      'device advanced-seal'
    )
    const leaky = token({
      keys: [{ ...one, template: [{ type: ck.CKA_EXTRACTABLE, value: true }] }],
      certificates: [one]
    })
    expect(await qualification({ tokenLabel: leaky, certifiedDevice: true })).toBe('software advanced-seal')
    const told = (await open({ tokenLabel: leaky })).describe()
    expect(told).toMatchObject({ kind: 'pkcs11', facts: { extractable: true, certifiedDevice: false, sessions: 4 } })
  })

  it('says Unavailable when its sessions are gone, and opens new ones at the next use', async () => {
    const label = token()
    const { institution } = sealers.p256!
    const before = openSessions()
    const key = await open({ tokenLabel: label, keyLabel: 'p256' })
    expect(openSessions() - before).toBe(4)
    for (const disturb of [endAllSessions, logOut]) {
      disturb(label)
      const error = await codedError(() => key.signBatch(messages(9)))
      expect(error).toBeInstanceOf(Unavailable)
      expect(error.type.code).toBe('sealing/key-unavailable')
      const [first, second] = await Promise.all([key.signBatch(messages(9)), key.signBatch(messages(5))])
      expect(verified(key, institution, messages(9), first)).toBe(true)
      expect(verified(key, institution, messages(5), second)).toBe(true)
    }
    await key.close()
    expect(openSessions() - before).toBe(0)
  })

  it('refuses when the key behind the label is another one after the loss', async () => {
    const label = token()
    const key = await open({ tokenLabel: label, keyLabel: 'p256' })
    const other = (await makeSealer()).institution
    removeKey(label, pin, 'p256')
    const session = softHsm().C_OpenSession(
      softHsm()
        .C_GetSlotList(true)
        .find(one => softHsm().C_GetTokenInfo(one).label.trim() === label)!,
      ck.CKF_SERIAL_SESSION | ck.CKF_RW_SESSION
    )
    const jwk = other.key.export({ format: 'jwk' })
    softHsm().C_CreateObject(session, [
      { type: ck.CKA_CLASS, value: ck.CKO_PRIVATE_KEY },
      { type: ck.CKA_KEY_TYPE, value: ck.CKK_EC },
      { type: ck.CKA_TOKEN, value: true },
      { type: ck.CKA_PRIVATE, value: true },
      { type: ck.CKA_SIGN, value: true },
      { type: ck.CKA_EC_PARAMS, value: Buffer.from('06082a8648ce3d030107', 'hex') },
      { type: ck.CKA_VALUE, value: Buffer.from(jwk.d!, 'base64url') },
      { type: ck.CKA_LABEL, value: 'p256' }
    ])
    softHsm().C_CloseSession(session)
    endAllSessions(label)
    expect(await codedError(() => key.signBatch(messages(1)))).toBeInstanceOf(Unavailable)
    const error = await codedError(() => key.signBatch(messages(1)))
    expect([error.type.code, error.facts]).toEqual(['sealing/key-certificate-changed', { why: 'other key' }])
  })

  it('never offers a refused PIN again, not even after it became right', async () => {
    const label = token()
    const wrong = '11112222'
    const first = await codedError(() => open({ tokenLabel: label, keyLabel: 'p256', pin: wrong }))
    expect([first.type.code, first.facts]).toEqual(['sealing/key-pin-refused', { why: 'CKR_PIN_INCORRECT' }])
    setPin(label, wrong)
    const second = await codedError(() => open({ tokenLabel: label, keyLabel: 'p256', pin: wrong }))
    expect([second.type.code, second.facts]).toEqual(['sealing/key-pin-refused', { why: 'refused before' }])
    setPin(label, pin)
    expect((await open({ tokenLabel: label, keyLabel: 'p256' })).algorithm).toBe('ECDSA-SHA256')
  })

  it('stops for good when the PIN is changed while it works', async () => {
    const label = token()
    const key = await open({ tokenLabel: label, keyLabel: 'p256' })
    endAllSessions(label)
    setPin(label, '99998888')
    expect(await codedError(() => key.signBatch(messages(1)))).toBeInstanceOf(Unavailable)
    const before = loginsWith(pin)
    for (let n = 0; n < 4; n++) {
      const error = await codedError(() => key.signBatch(messages(1)))
      expect(error.type.code).toBe('sealing/key-pin-refused')
      expect(shown(error)).not.toContain(pin)
    }
    expect(loginsWith(pin) - before).toBe(1)
  })

  it('leaves the last try before the lock, and a locked token, to people', async () => {
    const label = token()
    const before = logins.mock.calls.length
    for (const [bit, why] of [
      [ck.CKF_USER_PIN_FINAL_TRY, 'final try'],
      [ck.CKF_USER_PIN_LOCKED, 'locked']
    ] as const) {
      tokenInfo.mockImplementation(function (this: PKCS11, slot) {
        const told = realTokenInfo.call(this, slot)
        return { ...told, flags: told.flags | bit }
      })
      const error = await codedError(() => open({ tokenLabel: label, keyLabel: 'p256' }))
      expect([error.type.code, error.facts]).toEqual(['sealing/key-pin-refused', { why }])
      tokenInfo.mockImplementation(realTokenInfo)
    }
    expect(logins.mock.calls.length).toBe(before)
    // Nothing was refused by the token, so nothing is remembered against the PIN.
    await open({ tokenLabel: label, keyLabel: 'p256' })
  })

  it('says so when the library is missing or is none', async () => {
    const missing = await codedError(() => open({ module: '/no/such/library.so' }))
    expect([missing.type.code, missing.facts]).toEqual(['sealing/pkcs11-not-available', { why: 'library' }])
    const none = await codedError(() => open({ module: '/usr/lib/x86_64-linux-gnu/libc.so.6' }))
    expect(none.type.code).toBe('sealing/pkcs11-not-available')
  })

  it('says so when pkcs11js is not installed', async () => {
    await jest.isolateModulesAsync(async () => {
      jest.doMock('pkcs11js', () => {
        throw new Error('Cannot find module')
      })
      const { openCryptoki } = await import('./pkcs11/cryptoki.js')
      await expect(openCryptoki(softHsmModule)).rejects.toMatchObject({
        type: { code: 'sealing/pkcs11-not-available' },
        facts: { why: 'pkcs11js' }
      })
      jest.dontMock('pkcs11js')
    })
  })

  it('signs in worker threads beside the main thread', async () => {
    const label = token()
    const { institution } = sealers.rsa!
    const folder = mkdtempSync(join(tmpdir(), 'goniec-worker-'))
    try {
      writeFileSync(join(folder, 'worker.cjs'), workerProgram)
      const root = join(__dirname, '../../../..')
      const workers = [1, 2].map(
        () =>
          new Worker(join(folder, 'worker.cjs'), {
            workerData: { root, options: { module: softHsmModule, pin, tokenLabel: label, keyLabel: 'rsa' }, now }
          })
      )
      const answers = workers.map(
        worker =>
          new Promise<string[]>((resolve, reject) => {
            worker.once('message', resolve)
            worker.once('error', reject)
          })
      )
      const key = await open({ tokenLabel: label, keyLabel: 'rsa' })
      const own = await key.signBatch(messages(200))
      expect(verified(key, institution, messages(200), own)).toBe(true)
      for (const answer of await Promise.all(answers))
        expect(
          verified(
            key,
            institution,
            messages(200),
            answer.map(text => Buffer.from(text, 'base64'))
          )
        ).toBe(true)
      await Promise.all(workers.map(worker => worker.terminate()))
      // What the workers leave behind does not touch the sessions of this thread.
      expect(verified(key, institution, messages(20), await key.signBatch(messages(20)))).toBe(true)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

/** Runs our sources in a plain Node thread, compiled on the way in as Jest does it. */
const workerProgram = `
const { registerHooks, createRequire } = require('node:module')
const { existsSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const { pathToFileURL, fileURLToPath } = require('node:url')
const { parentPort, workerData } = require('node:worker_threads')
const { root, options, now } = workerData
const swc = createRequire(join(root, 'package.json'))('@swc/core')
registerHooks({
  resolve(specifier, context, next) {
    const plain = /^#([a-z-]+)\\/plain$/.exec(specifier)
    if (plain) return { url: pathToFileURL(join(root, 'libs', plain[1], 'src/plain.ts')).href, shortCircuit: true }
    if (/^\\.{1,2}\\/.*\\.js$/.test(specifier) && context.parentURL && context.parentURL.endsWith('.ts')) {
      const url = new URL(specifier.replace(/\\.js$/, '.ts'), context.parentURL)
      if (existsSync(fileURLToPath(url))) return { url: url.href, shortCircuit: true }
    }
    return next(specifier, context)
  },
  load(url, context, next) {
    if (!url.endsWith('.ts')) return next(url, context)
    const { code } = swc.transformSync(readFileSync(fileURLToPath(url), 'utf8'), {
      filename: fileURLToPath(url),
      jsc: { target: 'es2023', parser: { syntax: 'typescript', decorators: true } },
      module: { type: 'es6' }
    })
    return { format: 'module', source: code, shortCircuit: true }
  }
})
import(pathToFileURL(join(root, 'libs/sealing/src/keys/pkcs11.seal-key.ts')).href).then(async ({ Pkcs11SealKey }) => {
  const key = await Pkcs11SealKey.open(options, now)
  const signatures = await key.signBatch(Array.from({ length: 200 }, (_, i) => Buffer.from('m' + i)))
  parentPort.postMessage(signatures.map(one => one.toString('base64')))
})
`
