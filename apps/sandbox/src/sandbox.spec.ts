import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { createSandbox, type Sandbox } from './sandbox.js'
import { tenantOne, tenantTwo } from './world/scenarios.js'

let dir: string
let sandbox: Sandbox

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'goniec-sandbox-'))
  sandbox = await createSandbox({ dir })
}, 60_000)

afterAll(async () => {
  await sandbox.close()
  rmSync(dir, { recursive: true, force: true })
})

async function get<T>(path: string): Promise<T> {
  const answer = await fetch(sandbox.url + path)
  expect(answer.status).toBe(200)
  return (await answer.json()) as T
}

async function send(path: string, body: unknown, method = 'POST'): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(sandbox.url + path, { method, headers, body: JSON.stringify(body) })
}

interface Reading {
  now: string
  offsetMs: number
}

describe('the clock', () => {
  test('moves forward by a duration and says so', async () => {
    const before = await get<Reading>('/control/clock')
    const answer = await send('/control/clock/advance', { by: 'P14DT1H' })
    expect(answer.status).toBe(200)
    const after = (await answer.json()) as Reading
    expect(after.offsetMs - before.offsetMs).toBe((14 * 24 + 1) * 3_600_000)
    expect(Date.parse(after.now) - Date.parse(before.now)).toBeGreaterThanOrEqual((14 * 24 + 1) * 3_600_000)
  })

  test.each(['P0D', '-P1D', 'tomorrow', '', 'PT'])('does not move by "%s"', async by => {
    const before = await get<Reading>('/control/clock')
    expect((await send('/control/clock/advance', { by })).status).toBe(400)
    expect((await get<Reading>('/control/clock')).offsetMs).toBe(before.offsetMs)
  })
})

describe('faults', () => {
  const tsa = (signal?: AbortSignal) =>
    fetch(`${sandbox.url}/tsa`, {
      method: 'POST',
      headers: { 'content-type': 'application/timestamp-query' },
      body: 'rubbish',
      ...(signal ? { signal } : {})
    })
  const stamped = () => sandbox.ledger.entries({ surface: 'tsa', action: 'rejected' }).length

  afterEach(async () => {
    await fetch(`${sandbox.url}/control/faults`, { method: 'DELETE' })
  })

  test('down: 503 with Retry-After and no work done', async () => {
    const before = stamped()
    await send('/control/faults', { surface: 'tsa', mode: 'down' })
    const answer = await tsa()
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect(stamped()).toBe(before)
    await send('/control/faults', { surface: 'tsa', mode: 'up' })
    expect((await tsa()).status).toBe(200)
  })

  test('lost-answer: the work is done and the connection is cut', async () => {
    const before = stamped()
    await send('/control/faults', { surface: 'tsa', mode: 'lost-answer' })
    await expect(tsa()).rejects.toThrow()
    expect(stamped()).toBe(before + 1)
  })

  test('hang: the request is taken and never answered', async () => {
    await send('/control/faults', { surface: 'tsa', mode: 'hang' })
    const caller = new AbortController()
    let answered = false
    const call = tsa(caller.signal).then(() => (answered = true))
    await sandbox.ledger.seen({ surface: 'tsa', action: 'fault-hang' })
    // A later request on another surface is answered while this one still waits.
    await get('/control/health')
    expect(answered).toBe(false)
    caller.abort()
    await expect(call).rejects.toThrow(/abort/i)
  })

  test('a share of the requests is hit, spread evenly', async () => {
    await send('/control/faults', { surface: 'tsa', mode: 'down', share: 0.25 })
    const statuses: number[] = []
    for (let count = 0; count < 8; count++) statuses.push((await tsa()).status)
    expect(statuses).toEqual([200, 200, 200, 503, 200, 200, 200, 503])
  })

  test('the second time-stamp authority works while the first is down', async () => {
    await send('/control/faults', { surface: 'tsa', mode: 'down' })
    expect((await tsa()).status).toBe(503)
    const { endpoints } = await get<{ endpoints: { secondTsa: string } }>('/control/credentials')
    const headers = { 'content-type': 'application/timestamp-query' }
    const answer = await fetch(endpoints.secondTsa, { method: 'POST', headers, body: 'rubbish' })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/timestamp-reply'])
    expect(sandbox.ledger.entries({ surface: 'tsa-2', action: 'rejected' })).toHaveLength(1)
    await send('/control/faults', { surface: 'tsa-2', mode: 'down' })
    expect((await fetch(endpoints.secondTsa, { method: 'POST', headers, body: 'rubbish' })).status).toBe(503)
  })

  test('an unknown surface or mode is turned down', async () => {
    expect((await send('/control/faults', { surface: 'moon', mode: 'down' })).status).toBe(400)
    expect((await send('/control/faults', { surface: 'tsa', mode: 'slow' })).status).toBe(400)
  })
})

test('the ledger can be asked by surface, action, number and any fact', async () => {
  const { seq } = sandbox.ledger.write({ surface: 'test', action: 'seen', colour: 'red' })
  sandbox.ledger.write({ surface: 'test', action: 'seen', colour: 'blue' })
  sandbox.ledger.write({ surface: 'test', action: 'gone', colour: 'red' })
  const count = async (query: string) => (await get<{ count: number }>(`/control/ledger?${query}`)).count
  expect(await count('surface=test')).toBe(3)
  expect(await count('surface=test&action=seen')).toBe(2)
  expect(await count(`surface=test&since=${seq}`)).toBe(2)
  expect(await count('surface=test&colour=red')).toBe(2)
  expect(await count('surface=test&shape=round')).toBe(0)
  expect((await fetch(`${sandbox.url}/control/ledger?since=x`)).status).toBe(400)
})

test('the front page names every address in both languages', async () => {
  const answer = await fetch(sandbox.url)
  expect(answer.headers.get('content-type')).toContain('text/html')
  const page = await answer.text()
  for (const { ade, description } of await get<{ ade: string; description: { en: string } }[]>('/control/scenarios')) {
    expect(page).toContain(ade)
    expect(page).toContain(description.en.slice(0, 8))
  }
})

interface Credentials {
  oidc: {
    issuer: string
    audience: string
    clients: { clientId: string; clientSecret: string }[]
    portal: string
    persons: { username: string; password: string }[]
  }
}

describe('the identity provider', () => {
  async function tokenFor(clientId: string, secret?: string): Promise<Response> {
    const { oidc } = await get<Credentials>('/control/credentials')
    const discovery = await get<{ token_endpoint: string }>('/oidc/.well-known/openid-configuration')
    const known = oidc.clients.find(client => client.clientId === clientId)?.clientSecret
    const basic = Buffer.from(`${clientId}:${secret ?? known}`).toString('base64')
    return fetch(discovery.token_endpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' })
    })
  }

  test.each([
    ['clerk-gmina', tenantOne, ['sender']],
    ['auditor-gmina', tenantOne, ['auditor']],
    ['operator-gmina', tenantOne, ['operator']],
    ['clerk-drugi', tenantTwo, ['sender']]
  ])('%s gets a token for the gateway, in the world’s time', async (clientId, tenant, roles) => {
    const { oidc } = await get<Credentials>('/control/credentials')
    const discovery = await get<{ issuer: string; jwks_uri: string }>('/oidc/.well-known/openid-configuration')
    expect(discovery.issuer).toBe(oidc.issuer)
    await send('/control/clock/advance', { by: 'P30D' })
    const answer = await tokenFor(clientId)
    expect(answer.status).toBe(200)
    const { access_token } = (await answer.json()) as { access_token: string }
    const { payload } = await jwtVerify(access_token, createRemoteJWKSet(new URL(discovery.jwks_uri)), {
      issuer: oidc.issuer,
      audience: 'goniec',
      currentDate: sandbox.clock.now(),
      requiredClaims: ['iat', 'nbf', 'exp', 'jti', 'sub']
    })
    expect(payload).toMatchObject({ sub: clientId, goniec_tenant: tenant, goniec_roles: roles })
  })

  async function logIn(username: string, password?: string): Promise<Response> {
    const { oidc } = await get<Credentials>('/control/credentials')
    const known = oidc.persons.find(person => person.username === username)?.password ?? ''
    return fetch(`${oidc.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: oidc.portal,
        username,
        password: password ?? known
      })
    })
  }

  test.each([
    ['sekretarz-gminy', tenantOne, ['sender']],
    ['skarbnik-gminy', tenantOne, ['auditor']],
    ['sekretarz-drugi', tenantTwo, ['sender']]
  ])('%s logs in, and the token says when', async (username, tenant, roles) => {
    const { oidc } = await get<Credentials>('/control/credentials')
    const answer = await logIn(username)
    expect(answer.status).toBe(200)
    const { access_token } = (await answer.json()) as { access_token: string }
    const { payload } = await jwtVerify(access_token, createRemoteJWKSet(new URL(`${oidc.issuer}/jwks`)), {
      issuer: oidc.issuer,
      audience: 'goniec',
      currentDate: sandbox.clock.now()
    })
    expect(payload).toMatchObject({
      sub: username,
      client_id: oidc.portal,
      goniec_tenant: tenant,
      goniec_roles: roles,
      auth_time: payload.iat
    })
  })

  test.each([
    ['with a wrong password', 'sekretarz-gminy', 'wrong'],
    ['as nobody', 'nikt', '']
  ])('nobody logs in %s', async (_, username, password) => {
    const answer = await logIn(username, password)
    expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ error: 'invalid_grant' })])
  })

  test('a wrong secret gets nothing', async () => {
    const answer = await tokenFor('clerk-gmina', 'wrong')
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ error: 'invalid_client' })
  })
})

test('what was set and seen survives a restart', async () => {
  const other = mkdtempSync(join(tmpdir(), 'goniec-sandbox-'))
  const first = await createSandbox({ dir: other })
  first.clock.advance('P3D')
  first.faults.set('bae', 'down', 0.5)
  const { seq } = first.ledger.write({ surface: 'test', action: 'seen' })
  const certificate = first.pki.seal('institution').certificate
  await first.close()
  const second = await createSandbox({ dir: other })
  try {
    expect(second.clock.offsetMs).toBe(3 * 86_400_000)
    expect(second.faults.of('bae')).toEqual({ mode: 'down', share: 0.5, told: true })
    expect(second.ledger.entries().map(entry => entry.seq)).toEqual([seq])
    expect(second.ledger.write({ surface: 'test', action: 'seen' }).seq).toBe(seq + 1)
    expect(second.pki.seal('institution').certificate).toEqual(certificate)
  } finally {
    await second.close()
    rmSync(other, { recursive: true, force: true })
  }
}, 60_000)
