import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSandbox, type Sandbox } from '../sandbox.js'
import { CscClient, ecdsaSha256, type Json, messages, rsaSha256 } from './test/csc-client.js'

let dir: string
let sandbox: Sandbox
let client: CscClient

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'goniec-csc-authorisation-'))
  sandbox = await createSandbox({ dir })
  client = await CscClient.open(sandbox)
}, 60_000)

afterEach(() => client.control('POST', 'csc/unlock'))

afterAll(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true, force: true })
})

const implicit = 'seal-p256-implicit'
const withPin = 'seal-rsa3072-pin'

describe('authorisation', () => {
  const refusal = async (question: Json) => {
    const { status, body } = await client.call('v1/credentials/authorize', question)
    expect(status).toBe(400)
    return [body['error'], body['error_description']]
  }
  const hash = messages(3).map(one => one.hash)

  test.each<[string, Json, string]>([
    ['no number', { credentialID: implicit }, 'Missing (or invalid type) integer parameter numSignatures'],
    ['none', { credentialID: implicit, numSignatures: 0 }, 'Invalid value for parameter numSignatures'],
    ['more than multisign', { credentialID: implicit, numSignatures: 1001 }, 'Numbers of signatures is too high'],
    [
      'two where one is allowed',
      { credentialID: 'seal-single', numSignatures: 2 },
      'Numbers of signatures is too high'
    ],
    [
      'a disabled key',
      { credentialID: 'seal-disabled', numSignatures: 1 },
      'The credential identified by credentialID is disabled'
    ],
    [
      'more hashes than signatures',
      { credentialID: implicit, numSignatures: 2, hash },
      'Numbers of signatures is too high'
    ],
    ['no PIN', { credentialID: withPin, numSignatures: 3, hash }, 'Missing (or invalid type) string parameter PIN'],
    ['no OTP', { credentialID: 'seal-otp', numSignatures: 1 }, 'Missing (or invalid type) string parameter OTP'],
    ['a person’s telephone', { credentialID: 'seal-push', numSignatures: 1 }, 'Invalid parameter credentialID']
  ])('%s is refused', async (_what, question, description) => {
    expect(await refusal(question)).toEqual(['invalid_request', description])
  })

  test('hashes must be named where the credential binds them', async () => {
    const question = { credentialID: withPin, numSignatures: 1, PIN: client.secrets.pin }
    expect(await refusal(question)).toEqual(['invalid_request', 'Missing (or invalid type) array parameter hash'])
  })

  test('a bound SAD is for these hashes, as often as they were named, and once', async () => {
    const credentialID = withPin
    const SAD = await client.sad(credentialID, 3, { hash, PIN: client.secrets.pin })
    const sign = (hashes: string[]) =>
      client.call('v1/signatures/signHash', { credentialID, SAD, hash: hashes, signAlgo: rsaSha256 })
    const unauthorised = { status: 400, body: { error_description: 'Hash is not authorized by the SAD' } }
    expect(await sign([messages(1)[0]!.hash])).toMatchObject(unauthorised)
    expect(await sign([hash[0]!, hash[0]!])).toMatchObject(unauthorised)
    expect((await sign([...hash].reverse())).status).toBe(200)
    expect(await sign(hash)).toMatchObject({ status: 400, body: { error_description: 'Invalid parameter SAD' } })
  })

  test('a SAD of one credential is none of another', async () => {
    const SAD = await client.sad(implicit, 1)
    const question = { credentialID: 'seal-p256-raw', SAD, hash: hash.slice(0, 1), signAlgo: ecdsaSha256 }
    const { body } = await client.call('v1/signatures/signHash', question)
    expect(body['error_description']).toBe('Invalid parameter SAD')
  })

  test('a SAD ends with the world’s time', async () => {
    const SAD = await client.sad(implicit, 1)
    sandbox.clock.advance('PT5M')
    const question = { credentialID: implicit, SAD, hash: hash.slice(0, 1), signAlgo: ecdsaSha256 }
    const { body } = await client.call('v1/signatures/signHash', question)
    expect(body).toEqual({ error: 'invalid_request', error_description: 'SAD expired' })
  })

  test('a transaction of several calls needs a new SAD before each further one', async () => {
    const credentialID = withPin
    const [one, two, three] = hash.map(text => [text])
    const sign = (SAD: string, hashes: string[]) =>
      client.call('v1/signatures/signHash', { credentialID, SAD, hash: hashes, signAlgo: rsaSha256 })
    const extend = (SAD: string, hashes?: string[]) =>
      client.call('v1/credentials/extendTransaction', { credentialID, SAD, ...(hashes ? { hash: hashes } : {}) })
    const first = await client.sad(credentialID, 2, { hash: one, PIN: client.secrets.pin })
    expect((await sign(first, one!)).status).toBe(200)
    expect((await sign(first, one!)).status).toBe(400)
    expect((await extend(first)).body['error_description']).toContain('array parameter hash')
    expect((await extend(first, [...two!, ...three!])).body['error_description']).toContain('too high')
    const second = String((await extend(first, two)).body['SAD'])
    expect((await extend(first, two)).body['error_description']).toBe('Invalid parameter SAD')
    expect((await sign(second, one!)).body['error_description']).toBe('Hash is not authorized by the SAD')
    expect((await sign(second, two!)).status).toBe(200)
    expect((await extend(second, three)).body['error_description']).toBe('Invalid parameter SAD')
  })

  test('three wrong PINs lock the credential, and then the right one does not help', async () => {
    const question = { credentialID: withPin, numSignatures: 3, hash }
    for (let count = 0; count < 3; count++) {
      expect(await refusal({ ...question, PIN: '0000' })).toEqual(['invalid_pin', 'The PIN is invalid'])
    }
    expect(await refusal({ ...question, PIN: client.secrets.pin })).toEqual(['invalid_request', 'PIN locked'])
    expect(await client.control('GET', 'csc')).toMatchObject({ locked: [withPin] })
    await client.control('POST', 'csc/unlock')
    expect(await client.sad(withPin, 3, { hash, PIN: client.secrets.pin })).toEqual(expect.any(String))
  })

  test('a one-time password is good once', async () => {
    const { oneTimePassword: OTP } = await client.control('GET', 'csc')
    const question = { credentialID: 'seal-otp', numSignatures: 1, OTP }
    expect((await client.call('v1/credentials/authorize', question)).status).toBe(200)
    expect(await refusal(question)).toEqual(['invalid_otp', 'The OTP is invalid'])
  })
})

test('locks outlive a restart, tokens and authorisations do not', async () => {
  const other = mkdtempSync(join(tmpdir(), 'goniec-csc-restart-'))
  const first = await createSandbox({ dir: other })
  const before = await CscClient.open(first)
  const question = { credentialID: 'seal-otp', numSignatures: 1, OTP: 'wrong' }
  for (let count = 0; count < 3; count++) await before.call('v1/credentials/authorize', question)
  await first.close()
  const second = await createSandbox({ dir: other })
  try {
    const after = await CscClient.open(second)
    expect(after.secrets).toMatchObject({ clientSecret: before.secrets.clientSecret, pin: before.secrets.pin })
    expect(await after.control('GET', 'csc')).toMatchObject({ locked: ['seal-otp'] })
    const headers = { authorization: `Bearer ${before.token}` }
    expect((await after.call('v1/credentials/list', { userID: 'gmina' }, headers)).status).toBe(401)
    // The certificates name the address of the first start, and the sandbox knows it.
    expect(second.pki.origin).toBe(first.url)
    expect(second.pki.origin).not.toBe(second.url)
  } finally {
    await second.close()
    rmSync(other, { recursive: true, force: true })
  }
}, 60_000)
