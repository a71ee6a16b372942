import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTcp, type AddressInfo } from 'node:net'
import { OutboundHttp, type HttpExchange, type OutboundHttpSettings } from './outbound-http.js'
import { retryAfterMs } from './retry-after.js'

describe('outbound HTTP', () => {
  const closers: (() => void)[] = []
  afterEach(() => {
    for (const close of closers.splice(0)) close()
  })

  async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
    const server = createServer(listener)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => {
      server.closeAllConnections()
      server.close()
    })
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
  }

  function client(baseUrl: string, settings: Partial<OutboundHttpSettings> = {}): OutboundHttp {
    const http = new OutboundHttp({ baseUrl, ...settings })
    closers.push(() => http.close())
    return http
  }

  it('fills the template, keeps the base path and gives the answer as it came', async () => {
    const seen: string[] = []
    const exchanges: HttpExchange[] = []
    const { url } = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['content-type']}`)
      request.resume().on('end', () => response.writeHead(202, { 'x-a': 'b' }).end('{"a":1}'))
    })
    const http = client(`${url}/api/v3/`, { onExchange: exchange => exchanges.push(exchange) })
    const outcome = await http.exchange({
      method: 'POST',
      pathTemplate: '/{ade}/drafts/{id}',
      params: { ade: 'AE:PL-10000-20001-GMINA-27', id: 'a/b c' },
      query: { format: 'full', nothing: undefined },
      body: { mediaType: 'application/json', bytes: Buffer.from('{}') }
    })
    expect(outcome).toMatchObject({ kind: 'answer', status: 202, body: Buffer.from('{"a":1}') })
    expect(seen).toEqual(['POST /api/v3/AE:PL-10000-20001-GMINA-27/drafts/a%2Fb%20c?format=full application/json'])
    expect(exchanges).toEqual([
      {
        method: 'POST',
        pathTemplate: '/{ade}/drafts/{id}',
        requestBody: Buffer.from('{}'),
        status: 202,
        responseBody: Buffer.from('{"a":1}')
      }
    ])
  })

  it('follows no redirect', async () => {
    let calls = 0
    const { url } = await serve((_, response) => {
      calls += 1
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    expect(await client(url).exchange({ method: 'GET', pathTemplate: '/' })).toMatchObject({ status: 302 })
    expect(calls).toBe(1)
  })

  it('says not-sent when nobody listens', async () => {
    const { url, server } = await serve(() => undefined)
    await new Promise(resolve => server.close(resolve))
    const outcome = await client(url).exchange({ method: 'GET', pathTemplate: '/' })
    expect(outcome).toEqual({ kind: 'not-sent', cause: 'connection-refused' })
  })

  it('says not-sent when the TLS handshake fails', async () => {
    const server = createTcp(socket => socket.end('this is not TLS'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => server.close())
    const outcome = await client(`https://127.0.0.1:${(server.address() as AddressInfo).port}`).exchange({
      method: 'POST',
      pathTemplate: '/',
      body: { mediaType: 'text/plain', bytes: Buffer.from('x') }
    })
    expect(outcome).toEqual({ kind: 'not-sent', cause: 'tls' })
  })

  it('refuses ids that would climb the path, and sends nothing', async () => {
    let calls = 0
    const { url } = await serve((_, response) => {
      calls += 1
      response.end()
    })
    const outcome = await client(url).exchange({ method: 'GET', pathTemplate: '/x/{id}', params: { id: '..' } })
    expect(outcome).toEqual({ kind: 'not-sent', cause: 'bad-path' })
    expect(calls).toBe(0)
  })

  it('says lost when the connection is cut after the request', async () => {
    const { url } = await serve((request, response) => request.resume().on('end', () => response.destroy()))
    const outcome = await client(url).exchange({
      method: 'POST',
      pathTemplate: '/',
      body: { mediaType: 'text/plain', bytes: Buffer.from('x') }
    })
    expect(outcome).toEqual({ kind: 'lost', cause: 'connection-lost' })
  })

  it('says lost when the answer is cut half-way', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => response.destroy())
    })
    const outcome = await client(url).exchange({ method: 'GET', pathTemplate: '/' })
    expect(outcome).toEqual({ kind: 'lost', cause: 'connection-lost' })
  })

  it('says lost when the answer does not come in time', async () => {
    const { url } = await serve(() => undefined)
    const outcome = await client(url, { totalTimeoutMs: 40 }).exchange({ method: 'GET', pathTemplate: '/' })
    expect(outcome).toEqual({ kind: 'lost', cause: 'timeout' })
  })

  it('stops reading an answer above the cap', async () => {
    const { url } = await serve((_, response) => response.end(Buffer.alloc(2000)))
    const outcome = await client(url, { maxAnswerBytes: 1000 }).exchange({ method: 'GET', pathTemplate: '/' })
    expect(outcome).toEqual({ kind: 'lost', cause: 'answer-too-large' })
  })

  it('streams a body, and names its own failing body', async () => {
    const sizes: number[] = []
    const { url } = await serve((request, response) => {
      let size = 0
      request.on('data', (chunk: Buffer) => (size += chunk.length))
      request.on('end', () => {
        sizes.push(size)
        response.end('ok')
      })
    })
    const http = client(url)
    async function* parts(fail: boolean): AsyncIterable<Buffer> {
      for (let n = 0; n < 20; n++) {
        if (fail && n === 10) throw new Error('archive is gone')
        yield Buffer.alloc(100_000, n)
      }
    }
    const good = await http.exchange({
      method: 'POST',
      pathTemplate: '/',
      body: { mediaType: 'application/octet-stream', stream: parts(false) }
    })
    const bad = await http.exchange({
      method: 'POST',
      pathTemplate: '/',
      body: { mediaType: 'application/octet-stream', stream: parts(true) }
    })
    expect(good).toMatchObject({ kind: 'answer', status: 200 })
    expect(sizes).toEqual([2_000_000])
    expect(bad).toEqual({ kind: 'lost', cause: 'request-body-failed' })
  })

  it('opens the breaker after failures in a row, says when, and closes it again', async () => {
    let healthy = false
    let calls = 0
    const { url } = await serve((_, response) => {
      calls += 1
      if (healthy) response.end('ok')
      else response.destroy()
    })
    const http = client(url, { circuit: { failures: 3, openMs: 60 } })
    const ask = () => http.exchange({ method: 'GET', pathTemplate: '/' })
    for (let n = 0; n < 3; n++) expect((await ask()).kind).toBe('lost')
    const open = await ask()
    expect(open).toMatchObject({ kind: 'not-sent', cause: 'breaker-open' })
    expect(calls).toBe(3)
    expect(http.circuitState).toBe('open')
    healthy = true
    let outcome = open
    while (outcome.kind !== 'answer') {
      if (outcome.kind !== 'not-sent') throw new Error('the breaker let a failing call through')
      const wait = outcome.retryAfterMs
      expect(wait).toBeGreaterThan(0)
      expect(wait).toBeLessThanOrEqual(60)
      await new Promise(resolve => setTimeout(resolve, wait))
      outcome = await ask()
    }
    expect(calls).toBe(4)
    expect(http.circuitState).toBe('closed')
  })

  it('does not count 429 and 503 as failures of the target', async () => {
    const { url } = await serve((_, response) => response.writeHead(503, { 'retry-after': '7' }).end())
    const http = client(url, { circuit: { failures: 2, openMs: 60_000 } })
    for (let n = 0; n < 5; n++)
      expect(await http.exchange({ method: 'GET', pathTemplate: '/' })).toMatchObject({ status: 503 })
    expect(http.circuitState).toBe('closed')
  })
})

describe('Retry-After', () => {
  const now = new Date('2026-03-02T10:00:00Z')
  it.each([
    ['7', 7_000],
    ['0', 0],
    ['Mon, 02 Mar 2026 10:00:30 GMT', 30_000],
    ['Mon, 02 Mar 2026 09:00:00 GMT', 0],
    ['999999999', 86_400_000],
    ['soon', undefined],
    [undefined, undefined]
  ])('%s', (header, expected) => expect(retryAfterMs(header, now)).toBe(expected))
})
