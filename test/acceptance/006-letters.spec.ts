import { pdf, SENDER, World } from './world.js'

interface Body {
  id: string
  progress: string
  code: string
  pl: string
  en: string
  detail: string
  errors?: { pointer: string }[]
}

describe('a letter on its way in', () => {
  let world: World
  let document: string
  beforeAll(async () => {
    // nobody works on letters here: what is counted stays as it is
    world = await World.start({ GONIEC_ROLE: 'api' })
    document = await world.api().upload('pismo.pdf', 'application/pdf', pdf())
  })
  afterAll(() => world.close())

  const letter = (changes: object = {}) => ({
    senderAde: SENDER,
    addressee: { ade: 'AE:PL-30000-40001-URZAD-23' },
    subject: 'Decyzja',
    text: 'W załączeniu decyzja.',
    documents: [document],
    ...changes
  })

  let keys = 0
  const freshKey = () => `klucz-${keys++}`
  const post = (body: object | string, key: string | undefined = freshKey(), headers: Record<string, string> = {}) =>
    world.api().json<Body>('POST', '/v1/letters', Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...headers
    })

  const rows = async () =>
    (
      await world.sql(`select (select count(*) from letter) as letters, (select count(*) from party) as parties,
         (select count(*) from letter_document) as papers, (select count(*) from letter_event) as events,
         (select count(*) from submission) as submissions, (select count(*) from jobs.job) as jobs`)
    )[0]

  const wrong: [string, () => object | string, number, string, string?][] = [
    [
      'wrong check digits',
      () => letter({ addressee: { ade: 'AE:PL-30000-40001-URZAD-24' } }),
      422,
      'addressee/ade-check-digits'
    ],
    ['an ADE that is none', () => letter({ addressee: { ade: 'AE:PL-1' } }), 422, 'addressee/ade-malformed'],
    [
      'an ADE of another country',
      () => letter({ addressee: { ade: 'AE:DE-30000-40001-URZAD-23' } }),
      422,
      'addressee/ade-foreign'
    ],
    [
      'a wrong sender ADE',
      () => letter({ senderAde: 'AE:PL-10000-20001-GMINA-26' }),
      422,
      'addressee/ade-check-digits'
    ],
    [
      'a NIP with a wrong check digit',
      () => letter({ addressee: { nip: '9990010189' } }),
      422,
      'addressee/nip-invalid'
    ],
    ['a NIP with letters', () => letter({ addressee: { nip: '99900101AB' } }), 422, 'addressee/nip-invalid'],
    [
      'a PESEL with a wrong check digit',
      () => letter({ addressee: { pesel: '91821110073' } }),
      422,
      'addressee/pesel-invalid'
    ],
    [
      'a PESEL of an impossible day',
      () => letter({ addressee: { pesel: '91823210076' } }),
      422,
      'addressee/pesel-invalid'
    ],
    ['a KRS of nine digits', () => letter({ addressee: { krs: '000991009' } }), 422, 'addressee/krs-invalid'],
    [
      'a REGON with a wrong check digit',
      () => letter({ addressee: { regon: '990010665' } }),
      422,
      'addressee/regon-invalid'
    ],
    ['nobody to send to', () => letter({ addressee: {} }), 422, 'dispatch/addressee-unclear'],
    [
      'a name without a place',
      () => letter({ addressee: { givenName: 'Anna', familyName: 'Odbierająca' } }),
      422,
      'dispatch/addressee-unclear'
    ],
    [
      'a document that is not there',
      () => letter({ documents: ['01980000-0000-7000-8000-00000000dead'] }),
      422,
      'dispatch/document-unknown'
    ],
    ['a document twice', () => letter({ documents: [document, document] }), 422, 'dispatch/documents-repeated'],
    ['no document', () => letter({ documents: [] }), 422, 'gateway/body-invalid', '/documents'],
    ['51 documents', () => letter({ documents: Array(51).fill(document) }), 422, 'gateway/body-invalid', '/documents'],
    ['a blank subject', () => letter({ subject: '   ' }), 422, 'gateway/body-invalid', '/subject'],
    ['a subject of two lines', () => letter({ subject: 'a\nb' }), 422, 'gateway/body-invalid', '/subject'],
    ['a text of 5,001 characters', () => letter({ text: 'x'.repeat(5001) }), 422, 'gateway/body-invalid', '/text'],
    ['a number for a text', () => letter({ text: 5 }), 422, 'gateway/body-invalid', '/text'],
    ['a list for an addressee', () => letter({ addressee: [] }), 422, 'gateway/body-invalid', '/addressee'],
    ['nothing for an addressee', () => letter({ addressee: null }), 422, 'gateway/body-invalid', '/addressee'],
    ...['tenantId', 'status', 'progress', 'legalStatus', 'approvedBy', 'id', 'createdBy'].map(
      (name): (typeof wrong)[number] => [
        `“${name}” of its own`,
        () => letter({ [name]: 'archived' }),
        422,
        'gateway/body-invalid',
        `/${name}`
      ]
    ),
    [
      'a field too many in the addressee',
      () => letter({ addressee: { ade: 'AE:PL-30000-40001-URZAD-23', isPublic: true } }),
      422,
      'gateway/body-invalid',
      '/addressee/isPublic'
    ],
    [
      'a poisoned prototype',
      () => `{"__proto__":{"roles":["auditor"]},${JSON.stringify(letter()).slice(1)}`,
      400,
      'gateway/json-malformed'
    ],
    [
      'a poisoned constructor',
      () => letter({ addressee: { constructor: { prototype: { ade: 'x' } } } }),
      400,
      'gateway/json-malformed'
    ],
    ['half a body', () => JSON.stringify(letter()).slice(0, -5), 400, 'gateway/json-malformed'],
    ['a list for a letter', () => '[]', 422, 'gateway/body-invalid', '']
  ]

  it.each(wrong.map(([what, ...rest]) => ({ what, rest })))(
    'is refused with $what',
    async ({ rest: [body, status, code, pointer] }) => {
      const before = await rows()
      const answer = await post(body())
      expect([answer.status, answer.body.code]).toEqual([status, code])
      if (pointer !== undefined) expect(answer.body.errors?.map(error => error.pointer)).toContain(pointer)
      expect(await rows()).toEqual(before)
    }
  )

  it('is refused without a proper key, and when it is no JSON', async () => {
    const before = await rows()
    const codes = []
    for (const answer of [
      await world.api().json<Body>('POST', '/v1/letters', Buffer.from(JSON.stringify(letter())), {
        'content-type': 'application/json'
      }),
      await post(letter(), ''),
      await post(letter(), 'x'.repeat(256)),
      await post(letter(), freshKey(), { 'content-type': 'text/plain' })
    ])
      codes.push([answer.status, answer.body.code])
    const missing = [400, 'dispatch/idempotency-key-missing']
    expect(codes).toEqual([missing, missing, missing, [415, 'gateway/media-type-unsupported']])
    expect(await rows()).toEqual(before)
  })

  it('is not sent from an address, or with a document, of another tenant', async () => {
    const foreign = await world.api('sender', 1).upload('obcy.pdf', 'application/pdf', pdf())
    const before = await rows()
    const other = await post(letter({ senderAde: 'AE:PL-10000-20003-DRUGI-23' }))
    expect([other.status, other.body.code]).toEqual([403, 'access/sender-address-not-yours'])
    const theirs = await post(letter({ documents: [foreign] }))
    expect([theirs.status, theirs.body.code]).toEqual([422, 'dispatch/document-unknown'])
    expect(await rows()).toEqual(before)
  })

  it('does not hold two documents whose names look the same', async () => {
    const names = ['załącznik.pdf'.normalize('NFC'), 'załącznik.pdf'.normalize('NFD')]
    expect(names[0]).not.toBe(names[1])
    const api = world.api()
    const documents = await Promise.all(names.map(name => api.upload(name, 'application/pdf', pdf())))
    expect((await post(letter({ documents }))).body.code).toBe('dispatch/documents-repeated')
  })

  it('tells what is wrong in the language that is asked for, and always in both', async () => {
    const [pl, en] = await Promise.all(
      ['pl', 'en'].map(language => post(letter({ addressee: {} }), freshKey(), { 'accept-language': language }))
    )
    expect([pl!.body.detail, en!.body.detail]).toEqual([pl!.body.pl, pl!.body.en])
    expect(pl!.body.code).toBe(en!.body.code)
  })

  it('is found where the answer says, by the sender and the auditor', async () => {
    const answer = await post(letter({ reference: 'OŚ.6220.1.2026' }))
    expect([answer.status, answer.body.progress]).toEqual([202, 'accepted'])
    const path = answer.headers.get('location')!
    expect(path).toBe(`/v1/letters/${answer.body.id}`)
    for (const role of ['sender', 'auditor'] as const) {
      const { status, body } = await world.api(role).get<{ reference: string }>(path)
      expect([status, body.reference]).toEqual([200, 'OŚ.6220.1.2026'])
    }
  })

  it('is one letter for one key, however often and however written', async () => {
    const key = freshKey()
    const first = await rawPost(letter(), key)
    const reordered = Object.fromEntries(Object.entries(letter()).reverse())
    const before = await rows()
    for (const again of [letter(), reordered]) {
      const { status, bytes, replayed } = await rawPost(again, key)
      expect([status, replayed]).toEqual([202, 'true'])
      expect(bytes.equals(first.bytes)).toBe(true)
    }
    const other = await post(letter({ subject: 'Inna decyzja' }), key)
    expect([other.status, other.body.code]).toEqual([422, 'dispatch/idempotency-key-reused'])
    expect(await rows()).toEqual(before)
  })

  it('is one letter out of twenty at once', async () => {
    const key = freshKey()
    const before = await world.sql<{ n: string }>('select count(*) as n from letter')
    const answers = await Promise.all(Array.from({ length: 20 }, () => rawPost(letter(), key)))
    const taken = answers.filter(answer => answer.status === 202)
    const rest = answers.filter(answer => answer.status !== 202)
    expect(taken.filter(answer => answer.replayed === null)).toHaveLength(1)
    expect(new Set(taken.map(answer => answer.bytes.toString())).size).toBe(1)
    expect(rest.map(answer => (JSON.parse(answer.bytes.toString()) as Body).code)).toEqual(
      rest.map(() => 'dispatch/idempotency-key-in-flight')
    )
    const after = await world.sql<{ n: string }>('select count(*) as n from letter')
    expect(Number(after[0]!.n) - Number(before[0]!.n)).toBe(1)
  })

  it('belongs to the tenant whose key it is: the same key of another one is another letter', async () => {
    const key = freshKey()
    const mine = await post(letter(), key)
    const api = world.api('sender', 1)
    const theirs = await api.send(
      key,
      letter({
        senderAde: 'AE:PL-10000-20003-DRUGI-23',
        documents: [await api.upload('pismo.pdf', 'application/pdf', pdf())]
      })
    )
    expect(theirs.id).not.toBe(mine.body.id)
  })

  const rawPost = async (body: object, key: string) => {
    const response = await fetch(`${world.gateway.url}/v1/letters`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${world.key()}`,
        'content-type': 'application/json',
        'idempotency-key': key
      },
      body: JSON.stringify(body)
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    return { status: response.status, bytes, replayed: response.headers.get('idempotency-replayed') }
  }
})
