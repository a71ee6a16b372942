import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { createHash } from 'node:crypto'
import { Unavailable, platformProblems } from '#platform'
import { EVIDENCE, KEYS, LETTER, pieces, startTestApp, World } from './testing/test-app.js'

const letter = {
  senderAde: 'AE:PL-10000-20001-GMINA-27',
  addressee: { ade: 'AE:PL-30000-40001-URZAD-23' },
  subject: 'Decyzja',
  text: 'W załączeniu\ndecyzja.',
  documents: ['0199d1a2-7b3c-7d4e-8f50-61728394a5b6'],
  reference: 'OŚ.6220.1.2026'
}

describe('letters over HTTP', () => {
  const world = new World()
  let app: NestFastifyApplication

  beforeAll(async () => {
    app = await startTestApp(world)
    await app.listen(0, '127.0.0.1')
  })
  afterAll(() => app.close())

  let key = 0
  const post = (payload: unknown, headers: Record<string, string> = {}, url = '/v1/letters') =>
    app.inject({
      method: 'POST',
      url,
      headers: {
        authorization: KEYS.sender,
        'content-type': 'application/json',
        'idempotency-key': `key-${key++}`,
        ...headers
      },
      payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload)
    })
  const get = (url: string) => app.inject({ url, headers: { authorization: KEYS.sender } })
  const errorsOf = (answer: { json(): { errors: { pointer: string; en: string }[] } }) =>
    answer.json().errors.map(({ pointer, en }) => `${pointer}: ${en}`)

  it('are accepted with 202, a Location and what the use case says, and handed to it as they are', async () => {
    const answer = await post(letter)
    expect(answer.statusCode).toBe(202)
    expect(answer.headers['location']).toBe(`/v1/letters/${LETTER}`)
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.headers['idempotency-replayed']).toBeUndefined()
    expect(JSON.parse(JSON.stringify(world.accepted.at(-1)))).toEqual(letter)
  })

  it('are answered with the same bytes when the key comes back', async () => {
    const headers = { 'idempotency-key': 'the-same' }
    const [first, again] = [await post(letter, headers), await post(letter, headers)]
    expect(again.statusCode).toBe(202)
    expect(again.rawPayload).toEqual(first.rawPayload)
    expect(first.body).toBe(`{"id":"${LETTER}", "progress":"accepted","legalStatus":"not-dispatched"} `)
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect((await post({ ...letter, subject: 'Inna' }, headers)).statusCode).toBe(422)
  })

  it.each([[undefined], [''], ['k'.repeat(10_000)]])('need a key that can be kept (case %#)', async value => {
    const headers = { authorization: KEYS.sender, 'content-type': 'application/json' }
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/letters',
      headers: value === undefined ? headers : { ...headers, 'idempotency-key': value },
      payload: letter
    })
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'dispatch/idempotency-key-missing'])
  })

  it('cannot be given to another tenant, nor anything else that nobody asked for', async () => {
    const before = world.accepted.length
    const answer = await post({
      ...letter,
      tenantId: 'another',
      progress: 'archived',
      addressee: { ...letter.addressee, isPublic: true, 'a/b~c': 1 }
    })
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'gateway/body-invalid'])
    expect(errorsOf(answer).sort()).toEqual([
      '/addressee/a~1b~0c: Unknown field.',
      '/addressee/isPublic: Unknown field.',
      '/progress: Unknown field.',
      '/tenantId: Unknown field.'
    ])
    expect(world.accepted.length).toBe(before)
  })

  it.each([
    ['{"__proto__":{"isAdmin":true}}'],
    ['{"addressee":{"__proto__":{"ade":"x"}}}'],
    ['{"constructor":{"prototype":{"isAdmin":true}}}'],
    [`${'{"a":'.repeat(60)}1${'}'.repeat(60)}`],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['{"subject":"a"'],
    [''],
    ['\ufeff{'],
    [Buffer.from([0x22, 0xff, 0x22])]
  ])('are refused when the JSON is malformed or poisonous (case %#)', async payload => {
    const answer = await post(payload)
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'gateway/json-malformed'])
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })

  it.each([['null'], ['[]'], ['"x"'], ['1'], ['[{}]']])('must be an object: %s', async payload => {
    const answer = await post(payload)
    expect([answer.statusCode, errorsOf(answer)]).toEqual([422, [': A JSON object is required.']])
  })

  it.each([
    [{ subject: '' }, '/subject'],
    [{ subject: '   ' }, '/subject'],
    [{ subject: 'a'.repeat(256) }, '/subject'],
    [{ subject: 'a\nb' }, '/subject'],
    [{ subject: 'a\u0000b' }, '/subject'],
    [{ subject: '\ud800' }, '/subject'],
    [{ subject: { $ne: '' } }, '/subject'],
    [{ subject: null }, '/subject'],
    [{ text: 'a'.repeat(5001) }, '/text'],
    [{ text: 'a\u0000b' }, '/text'],
    [{ text: 5 }, '/text'],
    [{ documents: [] }, '/documents'],
    [{ documents: 'x' }, '/documents'],
    [{ documents: ['../etc/passwd'] }, '/documents'],
    [{ documents: Array(51).fill('0199d1a2-7b3c-7d4e-8f50-61728394a5b6') }, '/documents'],
    [{ documents: { length: 1, 0: '0199d1a2-7b3c-7d4e-8f50-61728394a5b6' } }, '/documents'],
    [{ reference: null }, '/reference'],
    [{ reference: 'a'.repeat(129) }, '/reference'],
    [{ addressee: null }, '/addressee'],
    [{ addressee: [] }, '/addressee'],
    [{ addressee: 'AE:PL' }, '/addressee'],
    [{ addressee: { ade: ['AE:PL'] } }, '/addressee/ade'],
    [{ addressee: { ade: null } }, '/addressee/ade'],
    [{ addressee: { entityName: 'X', address: [] } }, '/addressee/address'],
    [{ addressee: { entityName: 'X', address: { countryCode: 'PL' } } }, '/addressee/address/city'],
    [
      { addressee: { entityName: 'X', address: { countryCode: 'Polska', city: 'Y' } } },
      '/addressee/address/countryCode'
    ],
    [{ senderAde: undefined }, '/senderAde']
  ])('are refused when a field is wrong: %j', async (change, pointer) => {
    const answer = await post({ ...letter, ...change })
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'gateway/body-invalid'])
    const { errors } = answer.json()
    expect([...new Set(errors.map((error: { pointer: string }) => error.pointer))]).toEqual([pointer])
    for (const { pl, en } of errors) expect([pl, en].every(text => /^\p{Lu}.*\.$/u.test(text))).toBe(true)
  })

  it('never have their values repeated in a refusal', async () => {
    const answer = await post({ ...letter, addressee: { pesel: '44051401359'.repeat(3) }, subject: 'Tajne\u0007' })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).not.toMatch(/44051401359|Tajne/)
  })

  it.each([
    [{ 'content-type': 'text/plain' }, 415, 'gateway/media-type-unsupported'],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 415, 'gateway/media-type-unsupported'],
    [{ 'content-type': 'application/json', 'content-encoding': 'gzip' }, 415, 'gateway/content-encoding-unsupported']
  ])('come as plain JSON only: %j', async (headers, status, code) => {
    const answer = await post(letter, headers)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
  })

  it('have a largest size, announced or not', async () => {
    const large = JSON.stringify({ ...letter, text: 'a'.repeat(300_000) })
    const announced = await post(large)
    expect([announced.statusCode, announced.json().code]).toEqual([413, 'gateway/body-too-large'])
    const chunked = await fetch(`${await app.getUrl()}/v1/letters`, {
      method: 'POST',
      headers: { authorization: KEYS.sender, 'content-type': 'application/json', 'idempotency-key': 'chunked' },
      body: new Blob([large]).stream(),
      duplex: 'half'
    })
    expect(chunked.status).toBe(413)
  })

  it('are cancelled without showing what is inside', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: `/v1/letters/${LETTER}/cancellation`,
      headers: { authorization: KEYS.sender }
    })
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { id: LETTER, progress: 'cancelled', legalStatus: 'not-dispatched' }
    ])
  })

  it('are listed by filters in the URL, and by addressee in a body only', async () => {
    const cursor = Buffer.from(LETTER).toString('base64url')
    await get(
      `/v1/letters?limit=7&cursor=${cursor}&progress=held&legalStatus=delivered&createdFrom=2026-10-12T10:00:00%2B02:00`
    )
    expect(world.filters.at(-1)).toEqual({
      filter: { progress: 'held', legalStatus: 'delivered', createdFrom: new Date('2026-10-12T08:00:00Z') },
      limit: 7,
      cursor
    })
    const search = await post({ addresseeAde: 'AE:PL-30000-40001-URZAD-23' }, {}, '/v1/letters/search')
    expect(search.statusCode).toBe(200)
    expect(world.filters.at(-1)).toMatchObject({ filter: { addresseeAde: 'AE:PL-30000-40001-URZAD-23' }, limit: 50 })
  })

  it.each([
    ['limit=0'],
    ['limit=101'],
    ['limit=1.5'],
    ['limit=x'],
    ['limit='],
    ['limit=1&limit=2'],
    ['cursor=x'],
    [`cursor=${Buffer.from("' or 1=1 --").toString('base64url')}`],
    ['progress=new'],
    ['legalStatus=x'],
    ['createdFrom=2026-10-12'],
    ['createdTo=2026-13-45T00:00:00Z'],
    ['addresseeAde=AE:PL-30000-40001-URZAD-23'],
    ['tenantId=x'],
    ['reference=a%00b']
  ])('are not listed by nonsense: ?%s', async query => {
    const before = world.filters.length
    const answer = await get(`/v1/letters?${query}`)
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'gateway/query-invalid'])
    expect(answer.json().errors[0].parameter).toBe(query.split('=')[0])
    expect(world.filters.length).toBe(before)
  })

  it('give their evidence byte for byte, as an attachment that no browser runs', async () => {
    const answer = await get(`/v1/letters/${LETTER}/evidence/${EVIDENCE}`)
    expect(answer.statusCode).toBe(200)
    expect(answer.rawPayload).toEqual(Buffer.from('<a/>\r\n'))
    const sha256 = createHash('sha256').update(answer.rawPayload).digest('base64')
    expect(answer.headers).toMatchObject({
      'content-type': 'application/xml',
      'content-length': '6',
      'content-digest': `sha-256=:${sha256}:`,
      'content-disposition':
        `attachment; filename="BP.OX-__ty.xml"; filename*=UTF-8''BP.OX-%C5%BC%C3%B3%C5%82ty.xml`.replace(
          '__ty',
          '___ty'
        ),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store'
    })
  })

  it('end in a proper problem when the store is away before the first byte', async () => {
    const before = world.download
    world.download = { ...before, bytes: failing('') }
    const away = await get(`/v1/letters/${LETTER}/documents/${EVIDENCE}`)
    expect([away.statusCode, away.json().code]).toEqual([503, 'platform/database-unavailable'])
    expect(away.headers['content-disposition']).toBeUndefined()
    world.download = before
  })

  it('are never handed out half without the reader noticing', async () => {
    const before = world.download
    world.download = { ...before, bytes: failing('<a') }
    const url = `${await app.getUrl()}/v1/letters/${LETTER}/documents/${EVIDENCE}`
    const half = await fetch(url, { headers: { authorization: KEYS.sender } })
    await expect(half.arrayBuffer()).rejects.toThrow()
    world.download = { ...before, bytes: pieces('<a/>', '\r\n') }
    expect((await fetch(url, { headers: { authorization: KEYS.sender } })).status).toBe(200)
    world.download = before
  })

  it('let go of the store when the reader goes away', async () => {
    let closed: () => void = () => undefined
    const released = new Promise<void>(resolve => (closed = resolve))
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(64 * 1024)
      } finally {
        closed()
      }
    }
    const before = world.download
    world.download = { ...before, size: 1024 ** 3, bytes: endless() }
    const reader = new AbortController()
    const url = `${await app.getUrl()}/v1/letters/${LETTER}/documents/${EVIDENCE}`
    const answer = await fetch(url, { headers: { authorization: KEYS.sender }, signal: reader.signal })
    expect(answer.status).toBe(200)
    reader.abort()
    await released
    world.download = before
  })
})

async function* failing(first: string): AsyncIterable<Buffer> {
  if (first) yield Buffer.from(first)
  throw new Unavailable(platformProblems['database-unavailable'])
}
