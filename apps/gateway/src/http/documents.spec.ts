import { createHash } from 'node:crypto'
import { connect, type AddressInfo } from 'node:net'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { dispatchProblems } from '#dispatch'
import { Refused } from '#platform'
import { KEYS, LETTER, startTestApp, World } from './testing/test-app.js'

const paper = Buffer.from('%PDF-1.7 …')
const digestOf = (bytes: Buffer) => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`

const headers = {
  authorization: KEYS.sender,
  'content-type': 'application/pdf',
  'content-digest': digestOf(paper),
  'content-disposition': `attachment; filename*=UTF-8''pismo%20%C5%BC.pdf`
}

describe('documents over HTTP', () => {
  const world = new World()
  let app: NestFastifyApplication

  beforeAll(async () => {
    app = await startTestApp(world)
    await app.listen(0, '127.0.0.1')
  })
  afterAll(() => app.close())

  const upload = (changes: Record<string, string | undefined> = {}, payload: Buffer = paper) => {
    const all = Object.entries({ ...headers, ...changes }).filter(([, value]) => value !== undefined)
    return app.inject({ method: 'POST', url: '/v1/documents', headers: Object.fromEntries(all) as never, payload })
  }
  const codeOf = async (...given: Parameters<typeof upload>) => {
    const answer = await upload(...given)
    return `${answer.statusCode} ${answer.json().code}`
  }

  it('are taken in as a stream, with what was announced', async () => {
    const answer = await upload()
    expect(answer.statusCode).toBe(201)
    expect(answer.headers['location']).toBe(`/v1/documents/${LETTER}`)
    expect(answer.json()).toEqual({
      id: LETTER,
      fileName: 'pismo ż.pdf',
      mediaType: 'application/pdf',
      size: paper.length,
      sha256: createHash('sha256').update(paper).digest('hex')
    })
    expect(world.uploads.at(-1)?.upload).toEqual({
      fileName: 'pismo ż.pdf',
      mediaType: 'application/pdf',
      purpose: 'letter',
      declaredSize: paper.length,
      declaredSha256: createHash('sha256').update(paper).digest()
    })
  })

  it.each([
    ['application/json', '{"__proto__": broken', 'application/json'],
    ['application/x-www-form-urlencoded', 'a=b', 'application/x-www-form-urlencoded'],
    ['Text/XML; charset=utf-8', '<a/>', 'text/xml'],
    [undefined, 'x', 'application/octet-stream'],
    ['text/html, evil', 'x', 'application/octet-stream']
  ])('are bytes, whatever they call themselves: %s', async (contentType, content, kept) => {
    const bytes = Buffer.from(content)
    const answer = await upload({ 'content-type': contentType, 'content-digest': digestOf(bytes) }, bytes)
    // a header that is no media type at all is turned away by the server itself
    if (answer.statusCode === 415) return expect(contentType).toContain(',')
    expect(answer.json()).toMatchObject({ size: bytes.length, mediaType: kept })
    expect(answer.statusCode).toBe(201)
  })

  it('must come with name, digest and credential', async () => {
    expect(await codeOf({ 'content-digest': undefined })).toBe('400 dispatch/digest-missing')
    expect(await codeOf({ 'content-digest': 'sha-256=x' })).toBe('400 gateway/digest-malformed')
    expect(await codeOf({ 'content-disposition': undefined })).toBe('400 dispatch/file-name-missing')
    expect(await codeOf({ 'content-disposition': 'attachment; filename="../x"' })).toBe(
      '400 gateway/file-name-malformed'
    )
    expect(await codeOf({ 'content-encoding': 'gzip' })).toBe('415 gateway/content-encoding-unsupported')
    expect(await codeOf({ authorization: undefined })).toBe('401 access/unauthenticated')
    expect(await codeOf({ authorization: KEYS.auditor })).toBe('403 access/role-missing')
  })

  it('must say how long they are', async () => {
    const answer = await fetch(`${await app.getUrl()}/v1/documents`, {
      method: 'POST',
      headers,
      body: new Blob([paper]).stream(),
      duplex: 'half'
    })
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([411, 'dispatch/length-missing'])
  })

  it('that break off end in that very problem, and nothing else suffers', async () => {
    const failed = new Promise<unknown>(resolve => (world.uploadFailed = resolve))
    const before = world.uploads.length
    const { port } = app.getHttpServer().address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    const lines = Object.entries({ ...headers, host: 'x', 'content-length': '1000000' }).map(([k, v]) => `${k}: ${v}`)
    socket.write(`POST /v1/documents HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${'x'.repeat(1000)}`, () =>
      socket.destroy()
    )
    const error = await failed
    expect(error).toBeInstanceOf(Refused)
    expect((error as Refused).type).toBe(dispatchProblems['upload-broken-off'])
    expect(world.uploads.length).toBe(before)
    expect((await upload()).statusCode).toBe(201)
  })

  it.each(['fault', 'faultInUpload'] as const)(
    'that are refused before or while they are read leave the connection fit for the next request (%s)',
    async moment => {
      const { port } = app.getHttpServer().address() as AddressInfo
      const socket = connect(port, '127.0.0.1')
      const large = Buffer.alloc(3_000_000)
      world[moment] = new Refused(dispatchProblems['document-unknown'])
      const lines = Object.entries({ ...headers, host: 'x', 'content-length': String(large.length) }).map(
        ([k, v]) => `${k}: ${v}`
      )
      socket.write(`POST /v1/documents HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      socket.write(large)
      socket.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      let text = ''
      for await (const chunk of socket) text += chunk
      world.faultInUpload = undefined
      expect(text).toMatch(/^HTTP\/1\.1 422 /)
      expect(text).toContain('{"status":"alive"}')
    }
  )
})
