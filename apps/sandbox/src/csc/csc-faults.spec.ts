import { verify } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSandbox, type Sandbox } from '../sandbox.js'
import { type Answer, CscClient, ecdsaSha256, type Json, type Message, messages } from './test/csc-client.js'

let dir: string
let sandbox: Sandbox
let client: CscClient

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'goniec-csc-faults-'))
  // Long enough to be told from no wait at all; the HSM makes at most a thousand signatures a second here.
  process.env['SANDBOX_CSC_SLOW_MS'] = '300'
  process.env['SANDBOX_CSC_RATE'] = '1000'
  sandbox = await createSandbox({ dir })
  client = await CscClient.open(sandbox)
}, 60_000)

afterEach(() => client.control('DELETE', 'faults'))

afterAll(async () => {
  delete process.env['SANDBOX_CSC_SLOW_MS']
  delete process.env['SANDBOX_CSC_RATE']
  await sandbox.close()
  rmSync(dir, { recursive: true, force: true })
})

const credentialID = 'seal-p256-implicit'
const fail = (mode: string, more: Json = {}) => client.control('POST', 'faults', { surface: 'csc', mode, ...more })
const made = async () => (await client.control('GET', 'csc'))['signatures'] as number

async function sign(asked: Message[]): Promise<Answer<{ signatures: string[] }>> {
  const SAD = await client.sad(credentialID, asked.length)
  const hash = asked.map(one => one.hash)
  return client.call('v1/signatures/signHash', { credentialID, SAD, hash, signAlgo: ecdsaSha256 })
}

/** Whose message each signature is for: its place among those asked for, or -1. */
async function placesOf(asked: Message[], signatures: string[]): Promise<number[]> {
  const { publicKey } = await client.certificate(credentialID)
  return signatures.map(text =>
    asked.findIndex(({ bytes }) => verify('sha256', bytes, publicKey, Buffer.from(text, 'base64')))
  )
}

test('misorder: right signatures in another order, for as many requests as were said', async () => {
  await fail('misorder', { times: 1 })
  const asked = messages(3)
  expect(await placesOf(asked, (await sign(asked)).body.signatures)).toEqual([2, 1, 0])
  expect(await placesOf(asked, (await sign(asked)).body.signatures)).toEqual([0, 1, 2])
  expect(sandbox.faults.of('csc')).toEqual({ mode: 'up', share: 1, told: true })
})

test('short-answer: one signature is missing', async () => {
  await fail('short-answer')
  const asked = messages(3)
  expect(await placesOf(asked, (await sign(asked)).body.signatures)).toEqual([0, 1])
})

test('wrong-key: as many, of the right form, and none verifies', async () => {
  await fail('wrong-key')
  const asked = messages(2)
  expect(await placesOf(asked, (await sign(asked)).body.signatures)).toEqual([-1, -1])
})

test('lost-answer: the signatures are made and counted, the connection is cut, the SAD is spent', async () => {
  await fail('lost-answer', { times: 1 })
  const before = await made()
  const SAD = await client.sad(credentialID, 1)
  const question = { credentialID, SAD, hash: [messages(1)[0]!.hash], signAlgo: ecdsaSha256 }
  await expect(client.call('v1/signatures/signHash', question)).rejects.toThrow()
  expect(await made()).toBe(before + 1)
  const { body } = await client.call('v1/signatures/signHash', question)
  expect(body['error_description']).toBe('Invalid parameter SAD')
})

test('429: nothing is signed, the SAD is good still, and the caller is told how long to wait', async () => {
  await fail('429', { times: 1 })
  const before = await made()
  const SAD = await client.sad(credentialID, 1)
  const question = { credentialID, SAD, hash: [messages(1)[0]!.hash], signAlgo: ecdsaSha256 }
  const refused = await client.call('v1/signatures/signHash', question)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
  expect(await made()).toBe(before)
  expect((await client.call('v1/signatures/signHash', question)).status).toBe(200)
})

test('expired-token: this token is over, a new one works', async () => {
  await fail('expired-token', { times: 1, only: 'credentials/authorize' })
  const authorize = () => client.call('v1/credentials/authorize', { credentialID, numSignatures: 1 })
  expect(await authorize()).toMatchObject({ status: 401, body: { error: 'expired_token' } })
  expect((await authorize()).status).toBe(401)
  await client.login()
  expect((await authorize()).status).toBe(200)
})

test('slow: the answer comes, but late', async () => {
  await fail('slow')
  const begun = performance.now()
  expect((await sign(messages(1))).status).toBe(200)
  expect(performance.now() - begun).toBeGreaterThan(290)
})

test('down: also the tokens', async () => {
  await fail('down')
  const answer = await fetch(client.secrets.tokenUrl, { method: 'POST' })
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
})

test('the HSM makes no more signatures a second than it was told to, however many calls are made', async () => {
  const begun = performance.now()
  await Promise.all([1, 2, 3].map(() => sign(messages(100))))
  expect(performance.now() - begun).toBeGreaterThan(290)
})

test.each([
  ['csc', 'garbled'],
  ['csc', 'stale'],
  ['ocsp', 'misorder'],
  ['purde', '429']
])('%s cannot fail by %s', async (surface, mode) => {
  const answer = await fetch(`${sandbox.url}/control/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ surface, mode })
  })
  expect(answer.status).toBe(400)
})
