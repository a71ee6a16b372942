import { createHash, createHmac, createPublicKey } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { pdf, SENDER, until, World } from './world.js'

interface Problem {
  code: string
}
interface Answer {
  status: number
  code: string | undefined
  traceId: string
}

describe('who may do what', () => {
  let world: World
  let letter: string
  let evidence: string
  let paper: string
  let document: string
  let batch: string
  let seal: string

  beforeAll(async () => {
    world = await World.start()
    letter = await world.send('AE:PL-30000-40001-URZAD-23')
    await world.until(letter, l => l.progress === 'archived')
    evidence = (await world.evidence(letter))[0]!.id
    paper = (await world.letter(letter)).sealedDocuments[0]!.id
    document = await world.api().upload('pismo.pdf', 'application/pdf', pdf())
    const key = { 'content-type': 'application/json', 'idempotency-key': 'access' }
    const items = Buffer.from(JSON.stringify({ profile: 'urzad', items: [{ documentId: document }] }))
    batch = (await world.api().json<{ id: string }>('POST', '/v1/seal-batches', items, key)).body.id
    const stateOf = async () =>
      (await world.api().get<{ items: { state: string; sealId: string }[] }>(`/v1/seal-batches/${batch}/items`)).body
        .items[0]!
    await until('the batch is sealed', async () => (await stateOf()).state === 'sealed')
    await until(
      'the batch is done',
      async () => (await world.api().get<{ state: string }>(`/v1/seal-batches/${batch}`)).body.state === 'done'
    )
    seal = (await stateOf()).sealId
  })
  afterAll(() => world.close())

  /** Every operation of the API, as its own description lists them, with a request that a sender would be let through with. */
  const operations = async (): Promise<{ method: string; route: string; path: string; init: RequestInit }[]> => {
    const response = await fetch(`${world.gateway.url}/openapi.json`)
    const { paths } = (await response.json()) as { paths: Record<string, Record<string, unknown>> }
    return Object.entries(paths)
      .filter(([route]) => route.startsWith('/v1/'))
      .flatMap(([route, methods]) =>
        Object.keys(methods).map(method => {
          const path = route
            .replace('{letterId}', letter)
            .replace('{evidenceId}', evidence)
            .replace('{batchId}', batch)
            .replace('{position}', '0')
            .replace('{sealId}', seal)
            .replace('{documentId}', route.startsWith('/v1/documents') ? document : paper)
          const query = route === '/v1/seals' ? '?profile=urzad' : ''
          return { method: method.toUpperCase(), route, path: path + query, init: requestFor(method, route) }
        })
      )
  }

  const requestFor = (method: string, route: string): RequestInit => {
    if (method === 'get' || route.endsWith('/cancellation')) return {}
    if (route === '/v1/seals' || route === '/v1/validations')
      return {
        body: new Uint8Array(pdf()),
        headers: { 'content-type': 'application/pdf', 'content-disposition': 'attachment; filename=x.pdf' }
      }
    if (route === '/v1/documents')
      return {
        body: 'x',
        headers: {
          'content-digest': `sha-256=:${createHash('sha256').update('x').digest('base64')}:`,
          'content-disposition': 'attachment; filename=x.txt'
        }
      }
    const body =
      route === '/v1/letters'
        ? {
            senderAde: SENDER,
            addressee: { ade: 'AE:PL-30000-40001-URZAD-23' },
            subject: 'x',
            text: '',
            documents: [document]
          }
        : route === '/v1/seal-batches'
          ? { profile: 'urzad', items: [{ documentId: document }] }
          : route.endsWith('/decision')
            ? { decision: 'approve' }
            : {}
    return {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', 'idempotency-key': `matrix-${method}-${route}` }
    }
  }

  const ask = async (
    method: string,
    path: string,
    credential: string | undefined,
    init: RequestInit = {}
  ): Promise<Answer> => {
    const response = await fetch(world.gateway.url + path, {
      ...init,
      method,
      headers: { ...init.headers, ...(credential === undefined ? {} : { authorization: credential }) }
    })
    const problem = response.headers.get('content-type')?.includes('problem+json')
    const code = problem ? ((await response.json()) as Problem).code : (await response.arrayBuffer(), undefined)
    return { status: response.status, code, traceId: response.headers.get('trace-id')! }
  }

  /** What was written down about a refused request. */
  const written = (traceId: string) =>
    world.sql<{ action: string; code: string; tenant_id: string | null; actor: string }>(
      'select action, code, tenant_id, actor from access_refusal where trace_id = $1',
      [traceId]
    )

  const bearer = (text: string) => `Bearer ${text}`
  /** Seals have rights of their own besides roles: see 081. What the matrix expects where a role alone does not decide. */
  const ofSeals = (route: string) => route.startsWith('/v1/seal') || route === '/v1/validations'
  const expectedOfSeals: Record<string, Record<'sender' | 'auditor' | 'operator', number | string>> = {
    'GET /v1/seal-batches': { sender: 200, auditor: 200, operator: 200 },
    'GET /v1/seal-batches/{batchId}': { sender: 200, auditor: 200, operator: 'seals/batch-not-found' },
    'GET /v1/seal-batches/{batchId}/download': { sender: 200, auditor: 200, operator: 'seals/batch-not-found' },
    'GET /v1/seal-batches/{batchId}/events': { sender: 200, auditor: 200, operator: 'seals/batch-not-found' },
    'GET /v1/seal-batches/{batchId}/items': { sender: 200, auditor: 200, operator: 'seals/batch-not-found' },
    'GET /v1/seal-batches/{batchId}/items/{position}/content': {
      sender: 200,
      auditor: 200,
      operator: 'seals/batch-not-found'
    },
    'GET /v1/seal-profiles': { sender: 200, auditor: 200, operator: 200 },
    'GET /v1/seal-uses': { sender: 'access/role-missing', auditor: 200, operator: 'access/role-missing' },
    'GET /v1/seals/{sealId}': { sender: 200, auditor: 200, operator: 'seals/seal-not-found' },
    'POST /v1/seal-batches': { sender: 202, auditor: 'access/role-missing', operator: 'access/role-missing' },
    'POST /v1/seal-batches/{batchId}/cancellation': {
      sender: 'seals/batch-over',
      auditor: 'seals/batch-not-yours',
      operator: 'seals/batch-not-yours'
    },
    'POST /v1/seal-batches/{batchId}/decision': {
      sender: 'seals/batch-needs-person',
      auditor: 'seals/batch-needs-person',
      operator: 'seals/batch-needs-person'
    },
    'POST /v1/seals': { sender: 200, auditor: 'seals/profile-unknown', operator: 'seals/profile-unknown' },
    'POST /v1/validations': { sender: 200, auditor: 200, operator: 200 }
  }
  const mayWrite = (route: string, method: string) =>
    method === 'POST' && (route === '/v1/documents' || route === '/v1/letters' || route.endsWith('/cancellation'))

  it('knows every route, so that a new one cannot be forgotten here', async () => {
    const known = (await operations()).map(({ method, route }) => `${method} ${route}`)
    expect(known.sort()).toEqual([
      'GET /v1/documents/{documentId}',
      'GET /v1/documents/{documentId}/content',
      'GET /v1/letters',
      'GET /v1/letters/{letterId}',
      'GET /v1/letters/{letterId}/documents/{documentId}',
      'GET /v1/letters/{letterId}/evidence',
      'GET /v1/letters/{letterId}/evidence/{evidenceId}',
      'GET /v1/letters/{letterId}/timeline',
      ...Object.keys(expectedOfSeals).filter(name => name.startsWith('GET')),
      'POST /v1/documents',
      'POST /v1/letters',
      'POST /v1/letters/search',
      'POST /v1/letters/{letterId}/cancellation',
      ...Object.keys(expectedOfSeals).filter(name => name.startsWith('POST'))
    ])
  })

  it.each([
    ['no credential', () => undefined, 'access/unauthenticated'],
    ['another scheme', () => `Basic ${Buffer.from('a:b'.repeat(9)).toString('base64')}`, 'access/unauthenticated'],
    ['garbage', () => bearer('to-nie-jest-zaden-token-ani-klucz'), 'access/token-invalid'],
    ['a key of no form', () => bearer('gnc_to-nie-jest-zaden-klucz-tej-bramki'), 'access/key-invalid'],
    ['a key with another secret', () => bearer(`${world.key().slice(0, -6)}AAAAAA`), 'access/key-invalid'],
    ['two keys', () => bearer(`${world.key()}, Bearer ${world.key()}`), 'access/unauthenticated']
  ])('lets nobody in anywhere with %s, and writes it down', async (_what, credential, code) => {
    for (const { method, path, route, init } of await operations()) {
      const answer = await ask(method, path, credential(), init)
      expect([method, route, answer.status, answer.code]).toEqual([method, route, 401, code])
      expect(await written(answer.traceId)).toEqual([
        {
          action: `${method} ${route.replaceAll(/\{(\w+)\}/g, ':$1')}`,
          code,
          tenant_id: null,
          actor: 'unknown'
        }
      ])
    }
  })

  it('shows another tenant nothing: its letters are not there', async () => {
    for (const { method, path, route, init } of await operations()) {
      if (!route.includes('{letterId}')) continue
      const role = mayWrite(route, method) ? 'sender' : 'auditor'
      for (const credential of [bearer(world.key(role, 1)), bearer(world.key('sender', 1))]) {
        const answer = await ask(method, path, credential, init)
        expect([route, answer.status, answer.code]).toEqual([route, 404, 'letter/not-found'])
      }
    }
    const { body } = await world.api('sender', 1).get<{ items: unknown[] }>('/v1/letters')
    expect(body.items).toEqual([])
  })

  it('shows another tenant no batch and no seal either', async () => {
    for (const { method, path, route, init } of await operations()) {
      if (!route.includes('{batchId}') && !route.includes('{sealId}')) continue
      for (const role of ['sender', 'auditor', 'operator'] as const) {
        const answer = await ask(method, path, bearer(world.key(role, 1)), init)
        const code = route.includes('{sealId}') ? 'seals/seal-not-found' : 'seals/batch-not-found'
        expect([route, role, answer.status, answer.code]).toEqual([route, role, 404, code])
      }
    }
  })

  it('asks for seals what their own rights and the roles say', async () => {
    for (const { method, path, route, init } of (await operations()).filter(({ route }) => ofSeals(route)))
      for (const role of ['sender', 'auditor', 'operator'] as const) {
        const answer = await ask(method, path, bearer(world.key(role)), init)
        const expected = expectedOfSeals[`${method} ${route}`]![role]
        expect([method, route, role, answer.code ?? answer.status]).toEqual([method, route, role, expected])
        if (answer.status === 403) expect(await written(answer.traceId)).toHaveLength(1)
      }
  })

  it('lets auditors read everything and write nothing, and operators see nothing of letters', async () => {
    for (const role of ['auditor', 'operator'] as const)
      for (const { method, path, route, init } of await operations()) {
        if (ofSeals(route)) continue
        const answer = await ask(method, path, bearer(world.key(role)), init)
        if (role === 'auditor' && !mayWrite(route, method)) {
          expect([route, answer.status]).toEqual([route, 200])
          continue
        }
        expect([role, route, answer.status, answer.code]).toEqual([role, route, 403, 'access/role-missing'])
        const [refusal] = await written(answer.traceId)
        expect(refusal).toMatchObject({ code: 'access/role-missing', tenant_id: world.tenants[0] })
        expect(refusal!.actor).toMatch(/^key:[0-9a-f-]{36}$/)
      }
  })

  it('lets senders through everywhere in their own house', async () => {
    for (const { method, path, route, init } of await operations()) {
      if (ofSeals(route)) continue
      const { status } = await ask(method, path, bearer(world.key()), init)
      expect([route, status]).toEqual([route, route.endsWith('/cancellation') ? 409 : expect.any(Number)])
      if (!route.endsWith('/cancellation')) expect(status).toBeLessThan(300)
    }
  })

  it('does not take a key that was revoked', async () => {
    const digits = world.key('auditor', 1).slice(4, 36)
    const id = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    expect((await ask('GET', '/v1/letters', bearer(world.key('auditor', 1)))).status).toBe(200)
    await world.sql('update api_key set revoked_at = now() where id = $1', [id])
    expect(await ask('GET', '/v1/letters', bearer(world.key('auditor', 1)))).toMatchObject({
      status: 401,
      code: 'access/key-invalid'
    })
  })

  describe('by a token of the identity provider', () => {
    interface Credentials {
      oidc: {
        issuer: string
        audience: string
        clients: { clientId: string; clientSecret: string; tenantId: string; roles: string[] }[]
      }
    }
    let oidc: Credentials['oidc']
    beforeAll(async () => {
      const response = await fetch(`${world.sandbox.url}/control/credentials`)
      oidc = ((await response.json()) as Credentials).oidc
    })

    const tokenOf = async (clientId: string) => {
      const { clientSecret } = oidc.clients.find(client => client.clientId === clientId)!
      const response = await fetch(`${oidc.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' })
      })
      expect(response.status).toBe(200)
      return ((await response.json()) as { access_token: string }).access_token
    }
    const statusOf = async (token: string, path = `/v1/letters/${letter}`) =>
      (await ask('GET', path, bearer(token))).status

    it('each ready client has its role and its tenant', async () => {
      const path = `/v1/letters/${letter}`
      const statuses: Record<string, number> = {}
      for (const { clientId } of oidc.clients) statuses[clientId] = await statusOf(await tokenOf(clientId), path)
      expect(statuses).toEqual({ 'clerk-gmina': 200, 'auditor-gmina': 200, 'operator-gmina': 403, 'clerk-drugi': 404 })
      const auditor = await tokenOf('auditor-gmina')
      const post = (await operations()).find(({ method, route }) => method === 'POST' && route === '/v1/letters')!
      expect(await ask('POST', post.path, bearer(auditor), post.init)).toMatchObject({ status: 403 })
    })

    it('that somebody else made, or made over, opens nothing', async () => {
      const good = await tokenOf('clerk-gmina')
      expect(await statusOf(good)).toBe(200)
      const [header, payload, signature] = good.split('.') as [string, string, string]
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
      const head = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string; typ: string }
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

      const jwks = (await (await fetch(`${oidc.issuer}/jwks`)).json()) as { keys: object[] }
      const publicPem = createPublicKey({ key: jwks.keys[0] as never, format: 'jwk' }).export({
        type: 'spki',
        format: 'pem'
      })
      const hs256 = `${part({ ...head, alg: 'HS256' })}.${payload}`
      const own = await generateKeyPair('ES256', { extractable: true })
      const sign = (changes: object, head_: object = {}) =>
        new SignJWT({ ...claims, ...changes } as never)
          .setProtectedHeader({ ...head, alg: 'ES256', ...head_ } as never)
          .sign(own.privateKey)

      const forged: Record<string, string> = {
        'alg none': `${part({ alg: 'none' })}.${payload}.`,
        'alg none with the old signature': `${part({ ...head, alg: 'none' })}.${payload}.${signature}`,
        'HS256 with the public key': `${hs256}.${createHmac('sha256', publicPem).update(hs256).digest('base64url')}`,
        'HS256 with the key set': `${hs256}.${createHmac('sha256', JSON.stringify(jwks.keys[0])).update(hs256).digest('base64url')}`,
        'other roles': `${header}.${part({ ...claims, goniec_roles: ['sender', 'auditor', 'operator'] })}.${signature}`,
        'another tenant': `${header}.${part({ ...claims, goniec_tenant: world.tenants[1] })}.${signature}`,
        'no signature': `${header}.${payload}.`,
        'a key of my own': await sign({}),
        'a key of my own, sent along': await sign({}, { jwk: await exportJWK(own.publicKey) }),
        'an issuer of my own': await sign({ iss: 'https://example.org' })
      }
      for (const [what, token] of Object.entries(forged)) {
        const answer = await ask('GET', `/v1/letters/${letter}`, bearer(token))
        expect([what, answer.status]).toEqual([what, 401])
        expect(await written(answer.traceId)).toHaveLength(1)
      }
    })

    it('made by the right key for somebody else, or without an end, or too late, opens nothing', async () => {
      const good = await tokenOf('clerk-gmina')
      const [header, payload] = good.split('.').map(text => Buffer.from(text, 'base64url').toString())
      const claims = JSON.parse(payload!) as Record<string, unknown>
      const sign = (changes: object) =>
        new SignJWT({ ...claims, ...changes } as never)
          .setProtectedHeader(JSON.parse(header!) as never)
          .sign(world.sandbox.pki.bareKey('oidc') as never)
      const now = Math.floor(world.sandbox.clock.now().getTime() / 1000)
      expect(await statusOf(await sign({}))).toBe(200)
      for (const changes of [
        { aud: 'somebody-else' },
        { aud: undefined },
        { exp: undefined },
        { exp: now - 60 },
        { nbf: now + 3600 },
        { sub: undefined }
      ]) {
        const answer = await ask('GET', '/v1/letters', bearer(await sign(changes)))
        expect([changes, answer.status, answer.code]).toEqual([changes, 401, 'access/token-invalid'])
      }
      for (const goniec_tenant of ['01980000-0000-7000-8000-0000000000ff', 'x', undefined, ['a']]) {
        const answer = await ask('GET', '/v1/letters', bearer(await sign({ goniec_tenant })))
        expect([answer.status, answer.code]).toEqual([403, 'access/tenant-unknown'])
      }
      // roles that are not a list of known words are no roles
      for (const goniec_roles of [undefined, 'sender', ['root'], { sender: true }])
        expect(await statusOf(await sign({ goniec_roles }))).toBe(403)
    })

    it('ends when its time is over', async () => {
      const token = await tokenOf('clerk-gmina')
      expect(await statusOf(token)).toBe(200)
      await world.advance('PT11M')
      await until('the token is over', async () => (await statusOf(token)) === 401)
      expect(await statusOf(await tokenOf('clerk-gmina'))).toBe(200)
    })
  })
})
