import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { call, digest, makeProfile, postSeal, sha256, stream, type SealAsk } from './seal-api.js'
import { pdf, until, World } from './world.js'

const xml = Buffer.from('<?xml version="1.0"?><pismo xmlns="urn:x"><tresc>zażółć</tresc></pismo>')
const MEGABYTE = 1024 * 1024
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

interface Verdict {
  conclusion: string
  format: string
  level: string
}

describe('a document sealed while the caller waits', () => {
  let world: World
  let dir: string
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'goniec-seals-'))
    world = await World.start({ GONIEC_MAX_DOCUMENT_BYTES: String(210 * MEGABYTE) })
    await makeProfile(world, 'odlaczona', { level: 'B-B', formats: { pdf: 'CAdES-detached', other: 'CAdES-detached' } })
  })
  afterAll(async () => {
    rmSync(dir, { recursive: true, force: true })
    await world?.close()
  })

  const seal = (ask: Partial<SealAsk> = {}) =>
    postSeal(world.gateway.url, {
      credential: world.key(),
      body: pdf(),
      ...ask,
      query: { profile: 'urzad', ...ask.query }
    })
  const api = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
    call(world.gateway.url, world.key(), method, path, body, headers)
  const verdicts = async (bytes: Buffer, query = ''): Promise<Verdict[]> => {
    const { json } = await api('POST', `/v1/validations${query}`, bytes)
    return (json.signatures as (Omit<Verdict, 'conclusion'> & { indication: string })[]).map(
      ({ indication, format, level }) => ({ conclusion: indication, format, level })
    )
  }
  const tool = (name: string, ...args: string[]) => {
    const { stdout, stderr, error, status } = spawnSync(name, args, { encoding: 'utf8' })
    if (error) console.warn(`${name} is not on this machine: its opinion is not asked`)
    return error ? undefined : { output: stdout + stderr, status }
  }
  const file = (name: string, bytes: Buffer) => {
    const path = join(dir, name)
    writeFileSync(path, bytes)
    return path
  }

  it('comes back as a PDF with a visible seal and a time stamp, told in the headers', async () => {
    const document = pdf('Decyzja')
    const answer = await seal({ body: document, fileName: 'decyzja ż.pdf' })
    expect([answer.status, answer.bytes.toString('latin1', 0, 300)]).toEqual([200, expect.stringMatching(/^%PDF/)])
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(answer.bytes.length),
      'content-digest': digest(answer.bytes),
      'content-disposition': `attachment; filename="decyzja _.pdf"; filename*=UTF-8''decyzja%20%C5%BC.pdf`,
      'goniec-seal-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'goniec-seal-format': 'PAdES',
      'goniec-seal-level': 'B-T',
      'cache-control': 'no-store'
    })
    expect(answer.headers.get('goniec-raise-to')).toBeNull()
    expect(answer.bytes.subarray(0, document.length).equals(document)).toBe(true)
    expect(await verdicts(answer.bytes)).toEqual([{ conclusion: 'TOTAL-PASSED', format: 'PAdES', level: 'B-T' }])
    const said = tool('pdfsig', file('sealed.pdf', answer.bytes))
    if (said) {
      expect(said.output).toContain('Signature is Valid.')
      expect(said.output).toContain('Total document signed')
    }
    const sound = tool('qpdf', '--check', file('sealed.pdf', answer.bytes))
    if (sound) expect(sound.status).toBe(0)
    // the widget has a size: somebody can see it
    expect(answer.bytes.toString('latin1')).toMatch(/\/Rect \[\s*[1-9]/)
    const { json } = await api('GET', `/v1/seals/${answer.headers.get('goniec-seal-id')}`)
    expect(json).toMatchObject({
      profile: 'urzad',
      state: 'made',
      level: 'B-T',
      documentSha256: sha256(document),
      sealedSha256: sha256(answer.bytes),
      documentId: null
    })
  })

  it.each([
    ['pismo.xml', 'application/xml', xml, 'XAdES-enveloped', 'application/xml', 'pismo.xml'],
    [
      'notatka.txt',
      'text/plain',
      Buffer.from('Ala ma kota\r\n'),
      'ASiC-E-XAdES',
      'application/vnd.etsi.asic-e+zip',
      'notatka.txt.asice'
    ],
    [
      'pismo.doc',
      'application/msword',
      Buffer.from('\xd0\xcf\x11\xe0', 'latin1'),
      'ASiC-E-XAdES',
      'application/vnd.etsi.asic-e+zip',
      'pismo.doc.asice'
    ],
    [
      'styl.xsl',
      'application/xml',
      Buffer.from('<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"/>'),
      'ASiC-E-XAdES',
      'application/vnd.etsi.asic-e+zip',
      'styl.xsl.asice'
    ],
    [
      'dane.bin',
      'application/octet-stream',
      Buffer.from([0, 1, 2]),
      'ASiC-E-XAdES',
      'application/vnd.etsi.asic-e+zip',
      'dane.bin.asice'
    ],
    ['bez-typu.pdf', 'application/octet-stream', pdf(), 'PAdES', 'application/octet-stream', 'bez-typu.pdf']
  ])(
    'gets the kind of seal that its type asks for: %s',
    async (fileName, mediaType, body, format, sealedType, name) => {
      const answer = await seal({ fileName, mediaType, body })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('goniec-seal-format')).toBe(format)
      expect(answer.headers.get('content-type')).toBe(sealedType)
      expect(answer.headers.get('content-disposition')).toContain(`filename="${name}"`)
      expect(answer.headers.get('content-digest')).toBe(digest(answer.bytes))
      expect(await verdicts(answer.bytes)).toEqual([
        { conclusion: 'TOTAL-PASSED', format: expect.any(String), level: 'B-T' }
      ])
    }
  )

  it('may have kind, level, page, place, reason and number of its own', async () => {
    const detached = await seal({ query: { format: 'CAdES-detached', level: 'B-B' } })
    expect(detached.headers.get('goniec-seal-format')).toBe('CAdES-detached')
    expect(detached.headers.get('goniec-seal-level')).toBe('B-B')
    const long = await seal({ query: { level: 'B-LTA' } })
    expect(long.headers.get('goniec-seal-level')).toBe('B-LTA')
    expect(await verdicts(long.bytes)).toEqual([{ conclusion: 'TOTAL-PASSED', format: 'PAdES', level: 'B-LTA' }])

    const rectangle = (bytes: Buffer) =>
      /\/Rect \[\s*([\d.]+) ([\d.]+)/.exec(bytes.toString('latin1'))!.slice(1).map(Number)
    const corner = await seal({ query: { page: 'first', corner: 'top-left', reason: 'Inny powod', number: '7/2026' } })
    const [x, y] = rectangle(corner.bytes)
    expect([x! < 100, y! > 600]).toEqual([true, true])
    expect(corner.bytes.toString('latin1')).toContain('/Reason (Inny powod)')
    const [left] = rectangle((await seal({ query: { x: '100', y: '100', page: '-1' } })).bytes)
    expect(Math.round(left!)).toBe(283)
  })

  it.each([
    ['an unknown kind', { format: 'PAdES-super' }],
    ['an unknown level', { level: 'B-X' }],
    ['page zero', { page: '0' }],
    ['an unknown corner', { corner: 'middle' }],
    ['a corner and coordinates', { corner: 'top-left', x: '1', y: '1' }],
    ['half of the coordinates', { x: '1' }],
    ['control characters', { reason: 'a\u0000b' }],
    ['no document id', { documentId: '7' }],
    ['an unknown parameter', { pagee: '1' }]
  ])('is not sealed with %s', async (_what, query) => {
    const answer = await seal({ query })
    expect([answer.status, answer.json['code']]).toEqual([400, 'gateway/query-invalid'])
  })

  it.each([
    ['a PDF that is none', { body: Buffer.from('To nie jest PDF') }, 422, 'sealing/pdf-not-a-pdf'],
    ['an empty PDF', { body: Buffer.alloc(0) }, 422, 'sealing/pdf-not-a-pdf'],
    ['a torn PDF', { body: pdf().subarray(0, 200) }, 422, /^sealing\/pdf-/],
    [
      'broken XML',
      { mediaType: 'application/xml', body: Buffer.from('<a><b></a>') },
      422,
      'sealing/xml-not-well-formed'
    ],
    [
      'XML with a DOCTYPE',
      { mediaType: 'text/xml', body: Buffer.from('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>') },
      422,
      'sealing/xml-doctype'
    ],
    ['a field that is not there', { query: { field: 'Podpis1' } }, 422, 'sealing/pdf-field-missing'],
    [
      'another digest than announced',
      { headers: { 'content-digest': digest(Buffer.from('x')) } },
      422,
      'archive/digest-mismatch'
    ],
    ['a digest of no form', { headers: { 'content-digest': 'sha-256=x' } }, 400, 'gateway/digest-malformed'],
    ['a compressed body', { headers: { 'content-encoding': 'gzip' } }, 415, 'gateway/content-encoding-unsupported'],
    ['a name with a path', { fileName: 'a/b.pdf' }, 400, 'gateway/file-name-malformed'],
    ['a profile that is not there', { query: { profile: 'nie-ma' } }, 404, 'seals/profile-unknown'],
    [
      'a document that is not there',
      { body: undefined, query: { documentId: '01980000-0000-7000-8000-0000000000ff' } },
      404,
      'letter/document-not-found'
    ]
  ])('ends in a problem with its code: %s', async (_what, ask: Partial<SealAsk>, status, code) => {
    const answer = await seal({ headers: { 'accept-language': 'en' }, ...ask })
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect([answer.status, answer.json['code']]).toEqual([
      status,
      typeof code === 'string' ? code : expect.stringMatching(code)
    ])
    expect(answer.headers.get('goniec-seal-id')).toBeNull()
  })

  it('wants a length and a name', async () => {
    const post = (headers: Record<string, string>) =>
      new Promise<number>((resolve, reject) => {
        const sent = request(`${world.gateway.url}/v1/seals?profile=urzad`, { method: 'POST', headers }, response => {
          response.resume()
          resolve(response.statusCode!)
        })
        sent.once('error', reject)
        sent.end(pdf())
      })
    const authorization = `Bearer ${world.key()}`
    const name = { 'content-disposition': 'attachment; filename=a.pdf' }
    expect(await post({ authorization, ...name, 'transfer-encoding': 'chunked' })).toBe(411)
    expect(await post({ authorization, 'content-length': String(pdf().length) })).toBe(400)
  })

  it('opens an encrypted PDF by a password in a header', async () => {
    const [plain, encrypted] = [file('plain.pdf', pdf()), join(dir, 'encrypted.pdf')]
    if (!tool('qpdf', '--encrypt', 'żółw', 'właściciel', '256', '--', plain, encrypted)) return
    const body = readFileSync(encrypted)
    expect((await seal({ body })).json['code']).toBe('sealing/pdf-password-needed')
    const wrong = await seal({ body, headers: { 'goniec-pdf-password': 'kot' } })
    expect(wrong.json['code']).toBe('sealing/pdf-password-needed')
    const broken = await seal({ body, headers: { 'goniec-pdf-password': '%zz' } })
    expect(broken.json['code']).toBe('gateway/request-malformed')
    const answer = await seal({ body, headers: { 'goniec-pdf-password': encodeURIComponent('właściciel') } })
    expect(answer.status).toBe(200)
    const said = tool('pdfsig', '-upw', 'żółw', file('sealed-encrypted.pdf', answer.bytes))
    if (said) expect(said.output).toContain('Signature is Valid.')

    // by reference too; and of neither is the password kept
    const documentId = (
      await api('POST', '/v1/documents?purpose=seal', body, {
        'content-digest': digest(body),
        'content-disposition': 'attachment; filename=szyfrowany.pdf'
      })
    ).json['id'] as string
    const kept = await seal({
      body: undefined,
      query: { documentId },
      headers: { 'goniec-pdf-password': encodeURIComponent('właściciel') }
    })
    expect(kept.status).toBe(201)
    const tables = await world.sql<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
        where table_schema in ('public', 'jobs') and table_type = 'BASE TABLE'`
    )
    for (const { name } of tables)
      for (const secret of [
        'właściciel',
        encodeURIComponent('właściciel'),
        Buffer.from('właściciel').toString('hex')
      ]) {
        const found = await world.sql(`select 1 from ${name} t where position($1 in t::text) > 0 limit 1`, [secret])
        expect([name, found.length]).toEqual([name, 0])
      }
  })

  it('is sealed by reference, kept, and handed out like any document', async () => {
    const document = pdf('kept')
    const documentId = await world.api().upload('umowa.pdf', 'application/pdf', document)
    const answer = await seal({ body: undefined, query: { documentId } })
    expect(answer.status).toBe(201)
    expect(answer.json).toMatchObject({ fileName: 'umowa.pdf', format: 'PAdES', level: 'B-T', raiseTo: null })
    expect(answer.headers.get('goniec-seal-id')).toBe(answer.json['id'])
    const kept = await api('GET', `/v1/documents/${answer.json['documentId']}/content`)
    expect(kept.headers.get('content-disposition')).toContain('filename="umowa.pdf"')
    expect(kept.headers.get('content-digest')).toBe(digest(kept.bytes))
    expect(await verdicts(kept.bytes)).toEqual([{ conclusion: 'TOTAL-PASSED', format: 'PAdES', level: 'B-T' }])
    const use = await api('GET', `/v1/seals/${answer.json['id']}`)
    expect(use.json).toMatchObject({
      state: 'made',
      documentSha256: sha256(document),
      sealedSha256: sha256(kept.bytes),
      documentId: answer.json['documentId']
    })
  })

  it('is not taken when it is too large, before it is read', async () => {
    const answer = await stream(
      `${world.gateway.url}/v1/seals?profile=urzad`,
      {
        authorization: `Bearer ${world.key()}`,
        'content-disposition': 'attachment; filename=a.bin',
        'content-length': String(211 * MEGABYTE)
      },
      []
    )
    expect(JSON.parse(answer.start.toString())).toMatchObject({ status: 413, code: 'archive/too-large' })
    const validation = await stream(
      `${world.gateway.url}/v1/validations`,
      { authorization: `Bearer ${world.key()}`, 'content-length': String(211 * MEGABYTE) },
      []
    )
    expect(validation.status).toBe(413)
  })

  it('may be large: 200 MB pass through in bounded memory', async () => {
    const piece = Buffer.alloc(MEGABYTE, 'To jest duży plik. ')
    const large = function* () {
      for (let i = 0; i < 200; i++) yield piece
    }
    const headers = {
      authorization: `Bearer ${world.key()}`,
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename=duzy.bin',
      'content-length': String(200 * MEGABYTE)
    }
    const send = () => stream(`${world.gateway.url}/v1/seals?profile=urzad`, headers, large())
    // the first one fills the pools of buffers
    await send()
    const before = bytesAlive()
    let most = before
    const watch = setInterval(() => (most = Math.max(most, bytesAlive())), 1000)
    const answer = await send()
    clearInterval(watch)
    expect(answer.status).toBe(200)
    expect(answer.headers['goniec-seal-format']).toBe('ASiC-E-XAdES')
    expect(answer.headers['content-digest']).toBe(`sha-256=:${answer.sha256.toString('base64')}:`)
    expect(answer.size).toBeGreaterThan(200 * MEGABYTE)
    expect((most - before) / MEGABYTE).toBeLessThan(60)
  }, 60_000)

  it('leaves nothing open when the caller goes away in the middle', async () => {
    const open = () => readlinks().filter(link => link.includes('/goniec-') && link.includes('deleted')).length
    expect(open()).toBe(0)
    const size = 30 * MEGABYTE
    const headers = {
      authorization: `Bearer ${world.key()}`,
      'content-disposition': 'attachment; filename=duzy.bin',
      'content-length': String(size)
    }
    // once while it goes up, once while the answer comes down
    const halfway = request(`${world.gateway.url}/v1/seals?profile=odlaczona`, { method: 'POST', headers })
    halfway.on('error', () => undefined)
    halfway.write(Buffer.alloc(size / 2))
    await until('the upload has begun', () => open() === 1)
    halfway.destroy()
    await until('the upload is forgotten', () => open() === 0)

    const whole = request(`${world.gateway.url}/v1/seals?profile=urzad`, { method: 'POST', headers })
    const answered = new Promise<void>(resolve =>
      whole.once('response', response => {
        response.once('readable', () => {
          expect(open()).toBe(1)
          response.destroy()
          resolve()
        })
      })
    )
    whole.on('error', () => undefined)
    whole.end(Buffer.alloc(size))
    await answered
    await until('the answer is forgotten', () => open() === 0)
  })
})

/** Bytes in buffers that somebody still holds: when the collector comes round by itself says nothing about us. */
function bytesAlive(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

/** What this process has open. */
function readlinks(): string[] {
  const said = spawnSync('ls', ['-l', `/proc/${process.pid}/fd`], { encoding: 'utf8' })
  return said.stdout.split('\n')
}
