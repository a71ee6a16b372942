import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OutboundHttp, Refused, SystemClock, Unavailable, type BearerTokens } from '#platform'
import { SeApiClient } from './se-api.client.js'

const SENDER = 'AE:PL-10000-20001-GMINA-27'
const record = { recipientEda: 'AE:PL-30000-40002-ODBIE-32', edaStatus: 'ACTIVE', designatedOperator: true }
const error = (code: string) => ({
  httpCode: '400',
  id: 'x',
  errorCodes: [{ errorCode: code, language: 'GB', message: 'm' }]
})

describe('SE API client', () => {
  let server: Server
  let http: OutboundHttp | undefined
  let seen: { url: string; authorization: string | undefined; body: string }[]
  let reply: (response: ServerResponse, call: number) => void
  let rejected: (string | undefined)[]
  let client: SeApiClient

  const tokens: BearerTokens = {
    tokenFor: (_, bad) => {
      rejected.push(bad)
      return Promise.resolve({ kind: 'token', token: bad ? 'fresh' : 'stale' })
    }
  }

  const clientWith = (totalTimeoutMs?: number) => {
    http?.close()
    const { port } = server.address() as AddressInfo
    http = new OutboundHttp({ baseUrl: `http://127.0.0.1:${port}/api/se/v4`, totalTimeoutMs })
    return new SeApiClient(http, tokens, new SystemClock())
  }

  beforeEach(async () => {
    seen = []
    rejected = []
    server = createServer((request: IncomingMessage, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        seen.push({ url: request.url ?? '', authorization: request.headers.authorization, body })
        reply(response, seen.length)
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    client = clientWith()
  })

  afterEach(() => {
    http?.close()
    server.closeAllConnections()
    server.close()
  })

  const answerWith = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    reply = response => response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const byNip = () =>
    client.baeSearch({
      senderEda: SENDER,
      recipientEdasOnly: false,
      searchCategory: ['COMPANY'],
      officialIds: [{ id: '5260250274', referenceRegistry: 'nip' }]
    })

  it('keeps the question and the answer byte for byte', async () => {
    const text =
      ' {"totalResults":1, "new":"ż", "baeSearchResponses":[{"recipientEda":' + JSON.stringify(record) + '}]}'
    answerWith(200, text)
    const lookUp = await byNip()
    expect(lookUp).toMatchObject({ outcome: 'answered', record: { operation: 'bae_search', status: 200 } })
    expect(lookUp.record.response.toString()).toBe(text)
    expect(lookUp.record.request.toString()).toBe(seen[0]!.body)
    expect(JSON.parse(seen[0]!.body)).toEqual({
      senderEda: SENDER,
      recipientEdasOnly: false,
      searchCategory: ['COMPANY'],
      officialIds: [{ id: '5260250274', referenceRegistry: 'nip' }]
    })
    expect(seen[0]).toMatchObject({ url: '/api/se/v4/search/bae_search', authorization: 'Bearer stale' })
  })

  it('asks all three questions at their own paths', async () => {
    answerWith(200, { recipientEda: record, edaSearchResponses: [{ recipientEda: record }] })
    const question = { senderEda: SENDER, recipientEda: record.recipientEda }
    expect((await client.edaConfirmation(question)).outcome).toBe('answered')
    expect((await client.edaSearch({ senderEda: SENDER, recipientEdas: [record.recipientEda] })).outcome).toBe(
      'answered'
    )
    expect(seen.map(call => call.url)).toEqual(['/api/se/v4/search/eda-confirmation', '/api/se/v4/search/eda-search'])
  })

  it('tells "nothing found" in every form it comes in', async () => {
    answerWith(404, error('SEAPI-00010'))
    expect((await byNip()).outcome).toBe('not-found')
    answerWith(200, { baeSearchResponses: [], totalResults: 0 })
    expect((await byNip()).outcome).toBe('not-found')
  })

  it('does not take a bare 404 for "nothing found"', async () => {
    answerWith(404, '<html>not here</html>')
    await expect(byNip()).rejects.toThrow(Unavailable)
  })

  it('passes on the codes of a refusal', async () => {
    answerWith(400, error('SEAPI-00009'))
    expect(await byNip()).toMatchObject({ outcome: 'refused', codes: ['SEAPI-00009'] })
  })

  it('asks for a new token once after 401', async () => {
    reply = (response, call) => {
      if (call === 1) response.writeHead(401).end()
      else response.writeHead(200).end(JSON.stringify({ baeSearchResponses: [{ recipientEda: record }] }))
    }
    expect((await byNip()).outcome).toBe('answered')
    expect(rejected).toEqual([undefined, 'stale'])
    expect(seen.map(call => call.authorization)).toEqual(['Bearer stale', 'Bearer fresh'])
    seen = []
    answerWith(401, '')
    await expect(byNip()).rejects.toThrow(Unavailable)
    expect(seen).toHaveLength(2)
  })

  it('is Unavailable, with the time asked for, when told to wait', async () => {
    answerWith(503, '', { 'retry-after': '17' })
    await expect(byNip()).rejects.toMatchObject({ name: 'Unavailable', retryAfterSeconds: 17 })
  })

  it('is Unavailable when the answer is cut, late or unreadable', async () => {
    reply = response => response.destroy()
    await expect(byNip()).rejects.toThrow(Unavailable)
    answerWith(200, '{"baeSearchResponses":[{"recipientEda":{"recipientEda":7}}]}')
    await expect(byNip()).rejects.toMatchObject({ facts: { cause: 'unreadable-answer' } })
    client = clientWith(200)
    reply = () => undefined
    await expect(byNip()).rejects.toMatchObject({ facts: { cause: 'timeout' } })
  })

  it('refuses questions outside the contract before sending, naming fields and no values', async () => {
    answerWith(200, {})
    const wrong = [
      client.baeSearch({ senderEda: SENDER, recipientEdasOnly: false }),
      client.baeSearch({ senderEda: SENDER, recipientEdasOnly: true, entityName: 'TAJNE' }),
      client.baeSearch({ senderEda: SENDER, recipientEdasOnly: false, surname: 'X' }),
      client.edaSearch({ senderEda: SENDER, recipientEdas: [] })
    ]
    for (const question of wrong) {
      const refusal: unknown = await question.catch((failure: unknown) => failure)
      expect(refusal).toBeInstanceOf(Refused)
      expect(JSON.stringify(refusal)).not.toContain('TAJNE')
    }
    await expect(wrong[1]).rejects.toMatchObject({ facts: { fields: ['recipientEdas', 'entityName'] } })
    expect(seen).toEqual([])
  })
})
