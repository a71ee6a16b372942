import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, jwtVerify } from 'jose'
import { Clock, OutboundHttp, UuidV7 } from '#platform'
import { purdeConfig } from './purde.config.js'
import { KeyDirectory } from './system-keys.js'
import { PurdeTokens } from './token.js'

const ADE = 'AE:PL-10000-20001-GMINA-27'
const OTHER = 'AE:PL-10000-20002-POWIA-26'
const REALM = 'https://ow.example.test/auth/realms/EDOR'

class HandClock extends Clock {
  at = Date.parse('2026-03-02T10:00:00Z')
  now(): Date {
    return new Date(this.at)
  }
}

describe('tokens of the operator', () => {
  let folder: string
  let publicKey: KeyObject
  let server: Server
  let http: OutboundHttp
  let asked: { url: string; form: URLSearchParams }[]
  let reply: (response: ServerResponse, call: number) => void
  let clock: HandClock
  let tokens: PurdeTokens

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'goniec-keys-'))
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    publicKey = pair.publicKey
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' })
    await writeFile(join(folder, 'purde-client-GMINA.key.pem'), pem)
    await writeFile(join(folder, 'AE_PL-10000-20002-POWIA-26.key.pem'), pem)
    await writeFile(join(folder, 'purde-client-DRUGI.key.pem'), 'no key')
  })
  afterAll(() => rm(folder, { recursive: true }))

  beforeEach(async () => {
    asked = []
    clock = new HandClock()
    reply = (response, call) =>
      response.writeHead(200).end(JSON.stringify({ access_token: `t${call}`, expires_in: 300, token_type: 'Bearer' }))
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        asked.push({ url: request.url ?? '', form: new URLSearchParams(body) })
        reply(response, asked.length)
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    http = new OutboundHttp({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth/token` })
    const names = { system: 'GONIEC', realmUrl: REALM }
    tokens = new PurdeTokens(http, new KeyDirectory(folder), clock, new UuidV7(clock), names)
  })
  afterEach(() => {
    http.close()
    server.closeAllConnections()
    server.close()
  })

  it('asks with an assertion that holds for a few minutes and is never used twice', async () => {
    expect(await tokens.tokenFor(ADE)).toEqual({ kind: 'token', token: 't1' })
    const { url, form } = asked[0]!
    expect(decodeURIComponent(url)).toBe(`/auth/token?login_hint=ADE.${ADE}`)
    expect(form.get('grant_type')).toBe('client_credentials')
    expect(form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    const { payload } = await jwtVerify(form.get('client_assertion')!, publicKey, {
      algorithms: ['RS256'],
      issuer: `${ADE}.SYSTEM.GONIEC`,
      subject: `${ADE}.SYSTEM.GONIEC`,
      audience: REALM,
      currentDate: clock.now()
    })
    expect(payload.exp! - payload.iat!).toBeLessThanOrEqual(300)
    expect(payload.nbf).toBe(payload.iat)
    expect(payload.jti).toMatch(/\S/)
    await tokens.tokenFor(ADE, 't1')
    expect(decodeJwt(asked[1]!.form.get('client_assertion')!).jti).not.toBe(payload.jti)
  })

  it('keeps a token until shortly before its end, one per address', async () => {
    await tokens.tokenFor(ADE)
    clock.at += 269_000
    expect(await tokens.tokenFor(ADE)).toEqual({ kind: 'token', token: 't1' })
    expect(await tokens.tokenFor(OTHER)).toEqual({ kind: 'token', token: 't2' })
    clock.at += 2_000
    expect(await tokens.tokenFor(ADE)).toEqual({ kind: 'token', token: 't3' })
    expect(asked).toHaveLength(3)
  })

  it('asks once for many callers, and again for a token that was rejected', async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => tokens.tokenFor(ADE)))
    expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1)
    expect(asked).toHaveLength(1)
    const renewed = await Promise.all([1, 2, 3].map(() => tokens.tokenFor(ADE, 't1')))
    expect(renewed).toEqual([1, 2, 3].map(() => ({ kind: 'token', token: 't2' })))
    expect(await tokens.tokenFor(ADE, 't1')).toEqual({ kind: 'token', token: 't2' })
    expect(asked).toHaveLength(2)
  })

  it('tells a refusal from an outage', async () => {
    reply = response => response.writeHead(401).end('{"error":"invalid_client","error_description":"secret"}')
    expect(await tokens.tokenFor(ADE)).toEqual({ kind: 'refused', cause: 'invalid_client' })
    reply = response => response.writeHead(302, { location: 'https://elsewhere.test' }).end()
    expect(await tokens.tokenFor(ADE)).toEqual({ kind: 'refused', cause: 'http-302' })
    reply = response => response.writeHead(503, { 'retry-after': '9' }).end()
    expect(await tokens.tokenFor(ADE)).toEqual({ kind: 'unavailable', cause: 'http-503', retryAfterMs: 9000 })
    reply = response => response.destroy()
    expect(await tokens.tokenFor(ADE)).toEqual({ kind: 'unavailable', cause: 'connection-lost' })
    reply = response => response.writeHead(200).end('<html>')
    expect(await tokens.tokenFor(ADE)).toEqual({ kind: 'unavailable', cause: 'unreadable-answer' })
  })

  it.each(['AE:PL-10000-20003-DRUGI-23', 'AE:PL-10000-20004-BRAKU-24', '../../etc/passwd'])(
    'has no key for %s and asks nobody',
    async ade => {
      expect(await tokens.tokenFor(ade)).toEqual({ kind: 'refused', cause: 'no-key' })
      expect(asked).toEqual([])
    }
  )
})

describe('configuration of the public service', () => {
  it('needs nothing while it is switched off', () => expect(purdeConfig.safeParse({}).success).toBe(true))

  it('names all that is missing once it is switched on', () => {
    const result = purdeConfig.safeParse({ GONIEC_PURDE_URL: 'https://ua.example.test/api/v3' })
    expect(result.error?.issues.map(issue => issue.path.join())).toEqual([
      'GONIEC_PURDE_TOKEN_URL',
      'GONIEC_PURDE_REALM_URL',
      'GONIEC_PURDE_KEY_DIR'
    ])
  })
})
