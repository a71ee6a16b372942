import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { askForToken, assertionOf, type Changes, drugi, gmina, tokenOf } from '../../test/operator-client.js'
import { createSandbox, type Sandbox } from '../sandbox.js'
import { OperatorTokens } from './operator-tokens.js'
import { Origin } from '../world/origin.js'

let dir: string
let sandbox: Sandbox

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'goniec-token-'))
  sandbox = await createSandbox({ dir })
}, 60_000)

afterAll(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true, force: true })
})

const seconds = () => Math.floor(sandbox.clock.now().getTime() / 1000)

test('a registered system gets a bearer token for its own mailbox', async () => {
  const answer = await askForToken(sandbox, gmina)
  expect(answer.status).toBe(200)
  const body = (await answer.json()) as { access_token: string }
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
  const claims = decodeJwt(body.access_token)
  expect(claims).toMatchObject({
    iss: `${sandbox.url}/auth/realms/EDOR`,
    azp: 'GONIEC',
    system_name: 'GONIEC',
    legal_person_identifier: 'VATPL-9990010030',
    mailbox: { address: gmina, status: 'ACTIVE' }
  })
  expect(claims.exp! - claims.iat!).toBe(300)
})

test('the token URL is an audience too, and the machine may be called localhost', async () => {
  const tokenUrl = `${sandbox.url}/auth/realms/EDOR/protocol/openid-connect/token`
  expect((await askForToken(sandbox, gmina, { claims: { aud: tokenUrl } })).status).toBe(200)
  const local = `${sandbox.url}/auth/realms/EDOR`.replace('127.0.0.1', 'localhost')
  expect((await askForToken(sandbox, gmina, { claims: { aud: local } })).status).toBe(200)
})

test.each<[string, () => Changes, number, string]>([
  ['a key that is not registered', () => ({ key: 'purde-client-DRUGI.key.pem' }), 400, 'invalid_client'],
  ['an unknown system', () => ({ claims: { iss: 'X.SYSTEM.Y', sub: 'X.SYSTEM.Y' } }), 401, 'invalid_client'],
  ['another subject', () => ({ claims: { sub: `${drugi}.SYSTEM.GONIEC` } }), 400, 'invalid_client'],
  ['another audience', () => ({ claims: { aud: 'https://example.test/auth/realms/EDOR' } }), 400, 'invalid_client'],
  ['a life over 300 s', () => ({ claims: { exp: seconds() + 301 } }), 400, 'invalid_client'],
  ['an expired assertion', () => ({ claims: { iat: seconds() - 300, exp: seconds() - 1 } }), 400, 'invalid_client'],
  [
    'an assertion of the future',
    () => ({ claims: { iat: seconds() + 60, exp: seconds() + 90 } }),
    400,
    'invalid_client'
  ],
  ['one not yet in force', () => ({ claims: { nbf: seconds() + 60 } }), 400, 'invalid_client'],
  ['no jti', () => ({ claims: { jti: undefined } }), 400, 'invalid_client'],
  ['no nbf', () => ({ claims: { nbf: undefined } }), 400, 'invalid_client'],
  ['rubbish', () => ({ form: { client_assertion: 'rubbish' } }), 400, 'invalid_client'],
  ['another kind of assertion', () => ({ form: { client_assertion_type: 'saml' } }), 400, 'invalid_client'],
  ['another grant', () => ({ form: { grant_type: 'password' } }), 400, 'unsupported_grant_type'],
  ['a client_id of somebody else', () => ({ form: { client_id: 'somebody' } }), 400, 'invalid_client'],
  ['no login_hint', () => ({ loginHint: undefined }), 400, 'invalid_request'],
  ['a login_hint for another address', () => ({ loginHint: `ADE.${drugi}` }), 400, 'invalid_request']
])('%s: no token', async (_what, changes, status, error) => {
  const answer = await askForToken(sandbox, gmina, changes())
  expect(answer.status).toBe(status)
  expect(await answer.json()).toEqual({ error, error_description: expect.any(String) })
})

test('an assertion works once', async () => {
  const form = { client_assertion: await assertionOf(sandbox, gmina, { claims: { jti: randomUUID() } }) }
  expect((await askForToken(sandbox, gmina, { form })).status).toBe(200)
  expect((await askForToken(sandbox, gmina, { form })).status).toBe(400)
})

test('the guard knows address, scope, expiry and forgery', async () => {
  const origin = new Origin()
  origin.announce(sandbox.url)
  const tokens = new OperatorTokens(sandbox.pki, sandbox.clock, origin)
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
  const token = await tokenOf(sandbox, gmina)
  await expect(tokens.requireOperatorToken(bearer(token), gmina, 'write_messages')).resolves.toMatchObject({
    ade: gmina
  })
  await expect(tokens.requireOperatorToken(bearer(token), drugi, 'read_messages')).rejects.toMatchObject({
    status: 403
  })
  await expect(tokens.requireOperatorToken({ headers: {} }, gmina, 'read_messages')).rejects.toMatchObject({
    status: 401
  })
  const [head, body, signature] = token.split('.')
  const raised = Buffer.from(Buffer.from(body!, 'base64url').toString().replaceAll(gmina, drugi)).toString('base64url')
  const forged = bearer(`${head}.${raised}.${signature}`)
  await expect(tokens.requireOperatorToken(forged, drugi, 'read_messages')).rejects.toMatchObject({ status: 401 })
  sandbox.clock.advance('PT5M')
  await expect(tokens.requireOperatorToken(bearer(token), gmina, 'read_messages')).rejects.toMatchObject({
    status: 401
  })
})
