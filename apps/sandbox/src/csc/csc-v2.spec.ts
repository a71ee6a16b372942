import { verify } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSandbox, type Sandbox } from '../sandbox.js'
import { CscClient, ecdsaSha256, type Json, messages, rsaSha256, sha256Oid } from './test/csc-client.js'

let dir: string
let sandbox: Sandbox
let client: CscClient

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'goniec-csc2-'))
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
const hashAlgorithmOID = sha256Oid

async function authorised(question: Json): Promise<string> {
  const { status, body } = await client.call('v2/credentials/authorize', question)
  expect([status, body['error_description']]).toEqual([200, undefined])
  return String(body['SAD'])
}

test('info tells of algorithms and of signing in the background', async () => {
  const { body } = await client.call('v2/info')
  expect(body).toMatchObject({ specs: '2.0.0.2', asynchronousOperationMode: true })
  expect((body['signAlgorithms'] as { algos: string[] }).algos).toContain(ecdsaSha256)
})

test('the list describes credentials, and leaves out those that cannot sign', async () => {
  const question = { userID: 'gmina', credentialInfo: true, certificates: 'none', authInfo: true }
  const listed = async (more: Json) =>
    (await client.call<{ credentialInfos: Json[] }>('v2/credentials/list', { ...question, ...more })).body
  const [first] = (await listed({})).credentialInfos
  expect(first).toMatchObject({ credentialID: implicit, auth: { mode: 'explicit', objects: [] }, multisign: 1000 })
  const ids = (infos: Json[]) => infos.map(info => info['credentialID'])
  expect(ids((await listed({})).credentialInfos)).toContain('seal-expired')
  const usable = await listed({ onlyValid: true })
  expect(usable).toMatchObject({ onlyValid: true })
  expect(ids(usable.credentialInfos)).not.toContain('seal-expired')
  expect(ids(usable.credentialInfos)).not.toContain('seal-disabled')
})

test.each([
  [withPin, 'PIN', ['Password']],
  ['seal-otp', 'OTP', ['Password']],
  ['seal-push', 'telephone', ['ChallengeResponseOOB']]
])('%s says what has to be shown', async (credentialID, expression, types) => {
  const { body } = await client.call<{ auth: { objects: { type: string }[] } }>('v2/credentials/info', {
    credentialID,
    authInfo: true
  })
  expect(body.auth).toMatchObject({ mode: 'explicit', expression })
  expect(body.auth.objects.map(({ type }) => type)).toEqual(types)
})

test('a bound batch with a PIN is signed in order', async () => {
  const asked = messages(4)
  const hashes = asked.map(one => one.hash)
  const authData = [{ id: 'PIN', value: client.secrets.pin }]
  const question = { credentialID: withPin, numSignatures: 4, hashes, hashAlgorithmOID, authData }
  const SAD = await authorised(question)
  const sign = { credentialID: withPin, SAD, hashes, hashAlgorithmOID, signAlgo: rsaSha256 }
  const { body } = await client.call<{ signatures: string[] }>('v2/signatures/signHash', sign)
  const { publicKey } = await client.certificate(withPin)
  const right = asked.map(({ bytes }, index) =>
    verify('sha256', bytes, publicKey, Buffer.from(body.signatures[index]!, 'base64'))
  )
  expect(right).toEqual([true, true, true, true])
})

test('wrong PINs are wrong authentication data, until the credential is locked', async () => {
  const [message] = messages(1)
  const authorize = (authData: unknown) =>
    client.call('v2/credentials/authorize', {
      credentialID: withPin,
      numSignatures: 1,
      hashes: [message!.hash],
      hashAlgorithmOID,
      authData
    })
  expect((await authorize(undefined)).body['error_description']).toContain('array parameter authData')
  expect((await authorize([{ id: 'OTP', value: '1' }])).body['error_description']).toContain('authData')
  for (let count = 0; count < 3; count++) {
    const { status, body } = await authorize([{ id: 'PIN', value: '0000' }])
    expect([status, body['error']]).toEqual([400, 'invalid_authentication_data'])
  }
  const right = await authorize([{ id: 'PIN', value: client.secrets.pin }])
  expect(right.body).toEqual({ error: 'invalid_request', error_description: 'Credential locked' })
})

test('a person approves on a telephone while the client asks how it went', async () => {
  const credentialID = 'seal-push'
  const asked = await client.call('v2/credentials/authorize', { credentialID, numSignatures: 1 })
  expect(asked.status).toBe(202)
  const { handle } = asked.body
  const check = () => client.call('v2/credentials/authorizeCheck', { handle })
  expect(await check()).toMatchObject({ status: 202, body: { handle } })
  expect(await client.control('POST', 'csc/approve')).toEqual({ approved: 1 })
  const given = await check()
  expect(given).toMatchObject({ status: 200, body: { SAD: expect.any(String) } })
  expect((await check()).status).toBe(400)
  const sign = { credentialID, SAD: given.body['SAD'], hashes: [messages(1)[0]!.hash], signAlgo: ecdsaSha256 }
  expect((await client.call('v2/signatures/signHash', sign)).status).toBe(200)
  expect((await client.call('v2/credentials/authorize', { credentialID, numSignatures: 6 })).status).toBe(400)
})

describe('in the background', () => {
  const order = async (more: Json = {}) => {
    const [message] = messages(1)
    const SAD = await authorised({ credentialID: implicit, numSignatures: 1 })
    const question = { credentialID: implicit, SAD, hashes: [message!.hash], signAlgo: ecdsaSha256, operationMode: 'A' }
    return { message: message!, ...(await client.call('v2/signatures/signHash', { ...question, ...more })) }
  }
  const poll = (requestID: unknown) => client.call<Json>('v2/signatures/signPolling', { requestID })

  async function polledUntilDone(requestID: unknown): Promise<Json> {
    for (;;) {
      const { status, body } = await poll(requestID)
      if (status !== 202) return body
      expect(body['error']).toBe('accepted_request')
    }
  }

  test('signatures are ordered and fetched, until they are too old', async () => {
    const { status, body, message } = await order({ validity_period: 60_000 })
    expect([status, body['signatures']]).toEqual([200, undefined])
    const { signatures } = await polledUntilDone(body['responseID'])
    const [signature] = signatures as string[]
    const { publicKey } = await client.certificate(implicit)
    expect(verify('sha256', message.bytes, publicKey, Buffer.from(signature!, 'base64'))).toBe(true)
    sandbox.clock.advance('PT1M')
    expect(await poll(body['responseID'])).toMatchObject({
      status: 400,
      body: { error_description: 'Invalid parameter requestID' }
    })
  })

  test.each<[Json, string]>([
    [{ operationMode: 'X' }, 'Invalid parameter operationMode'],
    [{ validity_period: 0 }, 'Invalid parameter validity_period'],
    [{ validity_period: 1e9 }, 'Out of bounds parameter validity_period'],
    [{ response_uri: 'http://127.0.0.1/' }, 'Invalid parameter response_uri']
  ])('%j is refused', async (changes, description) => {
    expect((await order(changes)).body['error_description']).toBe(description)
  })
})
