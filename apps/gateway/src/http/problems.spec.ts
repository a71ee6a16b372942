import { connect, type AddressInfo } from 'node:net'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { letterProblems } from '#letter'
import { platformProblems, problemCatalogue, Refused, Unavailable } from '#platform'
import { EVIDENCE, KEYS, LETTER, startTestApp, World } from './testing/test-app.js'

const NOBODY = '0199d1a2-0000-7000-8000-00000000ffff'

describe('problems', () => {
  const world = new World()
  let app: NestFastifyApplication

  beforeAll(async () => {
    app = await startTestApp(world)
    await app.listen(0, '127.0.0.1')
  })
  afterAll(() => app.close())
  beforeEach(() => {
    world.refusals.length = 0
    world.logLines.length = 0
  })

  const get = (url: string, headers: Record<string, string> = { authorization: KEYS.sender }) =>
    app.inject({ url, headers })

  it('are told in Polish by default, in English when asked, and always in both', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const pl = await get(`/v1/letters/${NOBODY}`, { authorization: KEYS.sender, traceparent })
    expect(pl.statusCode).toBe(404)
    expect(pl.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(pl.headers['content-language']).toBe('pl')
    expect(pl.headers['trace-id']).toBe('4bf92f3577b34da6a3ce929d0e0e4736')
    expect(pl.json()).toEqual({
      type: '/problems/letter/not-found',
      title: 'Nie znaleziono',
      status: 404,
      detail: letterProblems['not-found'].pl,
      code: 'letter/not-found',
      pl: letterProblems['not-found'].pl,
      en: letterProblems['not-found'].en,
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736'
    })
    const en = await get(`/v1/letters/${NOBODY}`, { authorization: KEYS.sender, 'accept-language': 'en-GB,pl;q=0.5' })
    expect(en.json()).toMatchObject({
      title: 'Not Found',
      detail: letterProblems['not-found'].en,
      pl: letterProblems['not-found'].pl
    })
    expect(en.headers['trace-id']).toBe(en.json().traceId)
  })

  it('without a credential are 401 with a challenge, and are written down with the route pattern', async () => {
    const answer = await get(`/v1/letters/${LETTER}`, {})
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="goniec"')
    expect(world.refusals).toEqual([
      {
        caller: undefined,
        action: 'GET /v1/letters/:letterId',
        code: 'access/unauthenticated',
        traceId: answer.json().traceId
      }
    ])
    const wrong = await get(`/v1/letters/${LETTER}`, { authorization: 'Bearer stolen' })
    expect(wrong.headers['www-authenticate']).toContain('error="invalid_token"')
    expect(wrong.json().code).toBe('access/key-invalid')
  })

  it.each([
    ['GET', '/v1/letters'],
    ['POST', '/v1/letters'],
    ['POST', '/v1/letters/search'],
    ['GET', `/v1/letters/${LETTER}`],
    ['POST', `/v1/letters/${LETTER}/cancellation`],
    ['GET', `/v1/letters/${LETTER}/timeline`],
    ['GET', `/v1/letters/${LETTER}/evidence`],
    ['GET', `/v1/letters/${LETTER}/evidence/${EVIDENCE}`],
    ['GET', `/v1/letters/${LETTER}/documents/${EVIDENCE}`],
    ['POST', '/v1/documents']
  ] as const)('meet whoever has no credential: %s %s', async (method, url) => {
    const answer = await app.inject({ method, url })
    expect(answer.statusCode).toBe(401)
  })

  it('of a missing role are 403, and are written down with the caller', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: `/v1/letters/${LETTER}/cancellation`,
      headers: { authorization: KEYS.auditor }
    })
    expect(answer.statusCode).toBe(403)
    expect(answer.json()).toMatchObject({ code: 'access/role-missing', facts: { needed: ['sender'] } })
    expect(world.refusals).toMatchObject([
      { caller: { id: 'key:auditor' }, action: 'POST /v1/letters/:letterId/cancellation', code: 'access/role-missing' }
    ])
  })

  it('are told even when they cannot be written down', async () => {
    const record = world.recordRefusal.execute
    world.recordRefusal.execute = () => Promise.reject(new Unavailable(platformProblems['database-unavailable']))
    try {
      expect((await get('/v1/letters', {})).statusCode).toBe(401)
    } finally {
      world.recordRefusal.execute = record
    }
    expect(world.logLines.join('')).toContain('a refusal could not be written down')
  })

  it('of something that is away are 503 and say when to come back', async () => {
    world.fault = new Unavailable(platformProblems['database-unavailable'], {}, { retryAfterSeconds: 7.2 })
    const answer = await get('/v1/letters')
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toBe('8')
    expect(answer.json().code).toBe('platform/database-unavailable')
  })

  it('that nobody foresaw say nothing to the caller, and neither query nor data to the log', async () => {
    const secret = 'Kowalska 44051401359'
    const cause = Object.assign(new Error(`invalid input: "${secret}"`), {
      severity: 'ERROR',
      routine: 'r',
      code: '22P02'
    })
    world.fault = Object.assign(new Error('it broke', { cause }), { parameters: [secret], query: secret })
    const answer = await get('/v1/letters')
    expect(answer.statusCode).toBe(500)
    expect(answer.json().code).toBe('platform/internal-error')
    expect(answer.body).not.toMatch(/broke|Kowalska/)
    const line = world.logLines.map(text => JSON.parse(text)).find(entry => entry.err)
    expect(line).toMatchObject({
      level: 'error',
      traceId: answer.json().traceId,
      err: { message: 'it broke', cause: { code: '22P02' } }
    })
    expect(world.logLines.join('')).not.toContain('Kowalska')
  })

  it('keep their facts, but facts cannot overwrite the rest', async () => {
    world.fault = new Refused(letterProblems['not-found'], { status: 200, code: 'x', absent: undefined })
    expect((await get('/v1/letters')).json()).toMatchObject({
      status: 404,
      code: 'letter/not-found',
      facts: { status: 200, code: 'x' }
    })
  })

  it.each([
    ['GET', '/v2/letters', 404, 'gateway/route-unknown'],
    ['GET', '/', 404, 'gateway/route-unknown'],
    ['DELETE', `/v1/letters/${LETTER}`, 405, 'gateway/method-not-allowed'],
    ['PUT', '/v1/letters', 405, 'gateway/method-not-allowed'],
    ['GET', '/%zz', 400, 'gateway/request-malformed'],
    ['GET', `/v1/letters/${'a'.repeat(300)}`, 414, 'gateway/url-too-long'],
    ['GET', '/docs/no-such-file.js', 404, 'gateway/route-unknown']
  ] as const)('of routes: %s %s is %i', async (method, url, status, code) => {
    const answer = await app.inject({ method, url, headers: { authorization: KEYS.sender } })
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.headers['trace-id']).toBe(answer.json().traceId)
    if (status === 405) expect(answer.headers['allow']).toContain('GET')
  })

  it.each([`/v1/letters/abc`, `/v1/letters/${LETTER}x/timeline`, `/v1/letters/1%20or%201`, '/v1/letters/../x'])(
    'of ids that are none: %s',
    async url => {
      expect((await get(url)).statusCode).toBe(404)
    }
  )

  it('of ids name what is missing', async () => {
    const code = async (url: string) => (await get(url)).json().code
    expect(await code(`/v1/letters/${LETTER}/evidence/x`)).toBe('letter/evidence-not-found')
    expect(await code(`/v1/letters/${LETTER}/evidence/${NOBODY}`)).toBe('letter/evidence-not-found')
    expect(await code(`/v1/letters/${LETTER}/documents/x`)).toBe('letter/document-not-found')
    expect((await get(`/v1/letters/${LETTER.toUpperCase()}`)).statusCode).toBe(200)
  })

  it('of something that is not HTTP are problems too', async () => {
    const { port } = app.getHttpServer().address() as AddressInfo
    const answered = async (sent: string) => {
      const socket = connect(port, '127.0.0.1')
      socket.write(sent)
      let text = ''
      for await (const chunk of socket) text += chunk
      return text
    }
    const malformed = await answered('NONSENSE\r\n\r\n')
    expect(malformed).toMatch(/^HTTP\/1\.1 400 /)
    expect(malformed).toContain('"code":"gateway/request-malformed"')
    const large = await answered(`GET /livez HTTP/1.1\r\nHost: x\r\nX-Big: ${'a'.repeat(20_000)}\r\n\r\n`)
    expect(large).toMatch(/^HTTP\/1\.1 431 /)
    expect(large).toContain('"code":"gateway/headers-too-large"')
    expect((await get('/livez')).statusCode).toBe(200)
  })

  it('stand in a catalogue, for programs and for people', async () => {
    const json = await get('/problems', { accept: '*/*' })
    expect(json.json()).toEqual(problemCatalogue())
    const html = await get('/problems', { accept: 'text/html,*/*', 'accept-language': 'en' })
    expect(html.headers['content-type']).toContain('text/html')
    for (const { code } of problemCatalogue()) expect(html.body).toContain(`<a href="/problems/${code}">`)
    expect(html.body).not.toMatch(/<script|https?:/)
    expect(html.body).toContain('<html lang="en">')
  })

  it('lead from their type into the catalogue', async () => {
    const { type } = (await get(`/v1/letters/${NOBODY}`)).json()
    expect((await get(type, {})).json()).toEqual(letterProblems['not-found'])
    expect((await get('/problems/letter/nonsense', {})).json().code).toBe('gateway/problem-unknown')
  })
})
