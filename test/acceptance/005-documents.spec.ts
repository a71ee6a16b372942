import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pdf, until, World } from './world.js'

const hasQpdf = spawnSync('qpdf', ['--version']).status === 0
if (!hasQpdf) console.warn('SKIPPED: qpdf is not installed, no encrypted PDF can be made')

interface Problem {
  code: string
  detail: string
  pl: string
  en: string
}

const digest = (bytes: Buffer) => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`
const disposition = (name: string) => `attachment; filename*=UTF-8''${encodeURIComponent(name).replace('*', '%2A')}`
const text = Buffer.from('treść')

describe('a document on its way in', () => {
  let world: World
  // nobody works on letters here: what is counted stays as it is
  beforeAll(async () => (world = await World.start({ GONIEC_ROLE: 'api', GONIEC_MAX_DOCUMENT_BYTES: '100000' })))
  afterAll(() => world.close())

  const upload = (bytes: Buffer, name: string, headers: Record<string, string | undefined> = {}) =>
    world.api().json<Problem>('POST', '/v1/documents', bytes, given(bytes, name, headers))

  const given = (bytes: Buffer, name: string, headers: Record<string, string | undefined>) => {
    const all = {
      'content-type': name.endsWith('.pdf') ? 'application/pdf' : 'application/octet-stream',
      'content-digest': digest(bytes),
      'content-disposition': disposition(name),
      ...headers
    }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<string, string>
  }

  /** Everything that an upload could leave behind. */
  const rows = async () =>
    (
      await world.sql(`select (select count(*) from document) as documents, (select count(*) from blob) as blobs,
                             (select count(*) from blob_chunk) as chunks`)
    )[0]

  const nothingKept = async (attempt: () => Promise<void>) => {
    const before = await rows()
    await attempt()
    expect(await rows()).toEqual(before)
  }

  const cases: [string, Buffer, string, Record<string, string | undefined>, number, string][] = [
    [
      'another digest',
      text,
      'a.txt',
      { 'content-digest': digest(Buffer.from('inna')) },
      422,
      'archive/digest-mismatch'
    ],
    ['no digest', text, 'a.txt', { 'content-digest': undefined }, 400, 'dispatch/digest-missing'],
    ['a digest that is none', text, 'a.txt', { 'content-digest': 'sha-256=abc' }, 400, 'gateway/digest-malformed'],
    ['only SHA-512', text, 'a.txt', { 'content-digest': 'sha-512=:YWJj:' }, 400, 'gateway/digest-malformed'],
    ['no file name', text, 'a.txt', { 'content-disposition': undefined }, 400, 'dispatch/file-name-missing'],
    ['a name with a path', text, '../a.txt', {}, 400, 'gateway/file-name-malformed'],
    ['a name read from right to left', text, 'a\u202etxt.exe', {}, 400, 'gateway/file-name-malformed'],
    ['a compressed body', text, 'a.txt', { 'content-encoding': 'gzip' }, 415, 'gateway/content-encoding-unsupported'],
    ['an empty file', Buffer.alloc(0), 'a.txt', {}, 422, 'archive/empty'],
    ['an empty PDF', Buffer.alloc(0), 'a.pdf', {}, 422, 'archive/empty'],
    ['a PDF that is none', Buffer.from('to nie jest PDF'), 'a.pdf', {}, 422, 'sealing/pdf-not-a-pdf'],
    ['a broken PDF', pdf().subarray(0, 300), 'a.pdf', {}, 422, 'sealing/pdf-broken'],
    [
      'a PDF that hides its type',
      Buffer.from('xx'),
      'a.pdf',
      { 'content-type': 'text/plain' },
      422,
      'sealing/pdf-not-a-pdf'
    ],
    ['more than may be taken', Buffer.alloc(100_001, 'x'), 'a.txt', {}, 413, 'archive/too-large'],
    ['a program', text, 'a.exe', {}, 422, 'purde/file-type-forbidden'],
    ['an extension in capitals', text, 'a.TXT', {}, 422, 'purde/file-type-forbidden'],
    ['no extension', text, 'CON', {}, 422, 'purde/file-type-forbidden'],
    ['129 characters', text, `${'a'.repeat(125)}.txt`, {}, 422, 'purde/file-name-forbidden'],
    ...[...' ~"#%&*:<>?!{|}'].map((sign): [string, Buffer, string, object, number, string] => [
      `“${sign}” in the name`,
      text,
      `a${sign}b.txt`,
      {},
      422,
      'purde/file-name-forbidden'
    ])
  ] as never

  it.each(cases)('is refused with %s', async (_what, bytes, name, headers, status, code) => {
    await nothingKept(async () => {
      const answer = await upload(bytes, name, headers)
      expect([answer.status, answer.body.code]).toEqual([status, code])
    })
  })

  ;(hasQpdf ? it : it.skip)('is refused when it is a PDF that opens with a password only', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'goniec-qpdf-'))
    writeFileSync(join(dir, 'plain.pdf'), pdf())
    const encrypted = (user: string): Buffer => {
      const files = [join(dir, 'plain.pdf'), join(dir, 'locked.pdf')]
      execFileSync('qpdf', ['--encrypt', user, 'wlasciciel', '256', '--', ...files])
      return readFileSync(files[1]!)
    }
    await nothingKept(async () => {
      const { status, body } = await upload(encrypted('tajne'), 'a.pdf')
      expect([status, body.code]).toEqual([422, 'sealing/pdf-password-needed'])
    })
    // what anybody may open can be sealed, and read by the addressee
    expect((await upload(encrypted(''), 'a.pdf')).status).toBe(201)
    rmSync(dir, { recursive: true })
  })

  it('may have a name of 128 characters, with letters of any language', async () => {
    const name = `${'zażółć-gęślą-jaźń-'.repeat(8).slice(0, 124)}.txt`
    const { status, body } = await upload(text, name)
    expect([status, (body as unknown as { fileName: string }).fileName]).toEqual([201, name])
  })

  it('says what is wrong in Polish and in English, under one code', async () => {
    const wrong = (language: string) => upload(text, 'a.exe', { 'accept-language': language })
    const [pl, en] = [await wrong('pl'), await wrong('en-GB,pl;q=0.5')]
    expect(pl.headers.get('content-type')).toContain('application/problem+json')
    expect([pl.headers.get('content-language'), en.headers.get('content-language')]).toEqual(['pl', 'en'])
    expect([pl.body.detail, en.body.detail]).toEqual([pl.body.pl, pl.body.en])
    expect(pl.body.pl).not.toBe(pl.body.en)
    expect([pl.body.code, en.body.code]).toEqual(Array(2).fill('purde/file-type-forbidden'))
  })

  /** Sends bytes as they are; gives whatever comes back until the connection ends. */
  const raw = (parts: (string | Buffer)[], then: 'wait' | 'end' | 'destroy') =>
    new Promise<string>(resolve => {
      const { hostname, port } = new URL(world.gateway.url)
      let answer = ''
      const socket = connect(Number(port), hostname, () => {
        socket.write(Buffer.concat(parts.map(part => Buffer.from(part))), () => {
          if (then !== 'wait') socket[then]()
        })
      })
      socket.on('data', chunk => (answer += chunk.toString()))
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(answer))
    })

  const head = (lines: string[]) =>
    [
      'POST /v1/documents HTTP/1.1',
      'host: x',
      'connection: close',
      `authorization: Bearer ${world.key()}`,
      `content-digest: ${digest(text)}`,
      `content-disposition: ${disposition('a.txt')}`,
      ...lines,
      '',
      ''
    ].join('\r\n')

  it('is not kept when fewer bytes come than were announced', async () => {
    const refusals = await rows()
    for (const then of ['end', 'destroy'] as const) {
      const answer = await raw([head([`content-length: ${text.length + 10}`]), text], then)
      expect(answer).not.toMatch(/^HTTP\/1\.1 2/)
    }
    // and the server is as well as before
    expect((await upload(Buffer.from('po przerwaniu'), 'b.txt')).status).toBe(201)
    await until('the broken uploads are over', async () => {
      const [open] = await world.sql<{ n: string }>(
        `select count(*) as n from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`
      )
      return open!.n === '0'
    })
    expect(Object.values((await rows()) as object).map(Number)).toEqual(
      Object.values(refusals as object).map(count => Number(count) + 1)
    )
  })

  it('is not kept when more bytes come than were announced, and nobody takes the rest for a request', async () => {
    await nothingKept(async () => {
      const answer = await raw([head([`content-length: ${text.length - 1}`]), text], 'wait')
      expect(answer).toMatch(/^HTTP\/1\.1 4/)
      expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
    })
  })

  it('must announce its length', async () => {
    await nothingKept(async () => {
      const chunk = `${text.length.toString(16)}\r\n${text.toString()}\r\n0\r\n\r\n`
      expect(await raw([head(['transfer-encoding: chunked']), chunk], 'wait')).toContain('dispatch/length-missing')
    })
  })
})
