import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type GenerateKeyPairResult, SignJWT } from 'jose'
import { accessConfig } from './access.config.js'
import { BearerTokens } from './bearer-token.js'

const issuer = 'https://login.example.org'
const now = new Date('2026-11-22T12:00:00Z')
const seconds = Math.floor(now.getTime() / 1000)
const goniec_tenant = '01980000-0000-7000-8000-000000000001'

describe('a token of an identity provider', () => {
  let keys: GenerateKeyPairResult
  let server: Server
  let jwksUri: string
  beforeAll(async () => {
    keys = await generateKeyPair('ES256')
    const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'ES256', kid: 'a' }] }
    server = createServer((_, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks))
    )
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })
  afterAll(() => server.close())

  const callerOf = async (claims: object, settings: object = {}) => {
    const issuers = JSON.stringify([{ issuer, audience: 'goniec', jwksUri, ...settings }])
    const { GONIEC_OIDC_ISSUERS } = accessConfig.parse({ GONIEC_OIDC_ISSUERS: issuers })
    const token = await new SignJWT({ iss: issuer, aud: 'goniec', exp: seconds + 60, goniec_tenant, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'a' })
      .sign(keys.privateKey)
    return new BearerTokens(GONIEC_OIDC_ISSUERS, { now: () => now }).caller(token)
  }

  const auth_time = seconds - 10
  it.each([
    ['somebody logged in', { sub: 'anna', client_id: 'portal', azp: 'portal', auth_time }, true],
    ['a program asked for itself (RFC 9068)', { sub: 'ezd', client_id: 'ezd' }, false],
    ['it says more than it should', { sub: 'ezd', client_id: 'ezd', auth_time }, false],
    ['it is named as authorized party', { sub: 'ezd', azp: 'ezd', auth_time }, false],
    ['it has an account of its own', { sub: '5f0c', azp: 'ezd', client_id: 'ezd', acr: '1' }, false],
    ['it has one, and a time that is none', { sub: '5f0c', azp: 'ezd', auth_time: 0 }, false],
    ['it says that nobody did', { sub: '5f0c', azp: 'ezd', auth_time: null }, false],
    ['nothing is said', { sub: 'anna' }, false]
  ])('speaks for a person, or not, when %s', async (_, claims, person) => {
    expect(await callerOf(claims)).toMatchObject({ tenantId: goniec_tenant, person })
  })

  it('of a provider that has another sign of people is read by that one', async () => {
    const settings = { personClaim: 'scp' }
    expect(await callerOf({ sub: 'anna', azp: 'portal', scp: 'seal' }, settings)).toMatchObject({ person: true })
    expect(await callerOf({ sub: '5f0c', azp: 'ezd', auth_time }, settings)).toMatchObject({ person: false })
  })
})
