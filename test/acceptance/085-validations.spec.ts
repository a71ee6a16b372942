import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { itWith, qpdf, Workbench } from '../interop/sealing/tools.js'
import { call, digest, makeProfile, postSeal } from './seal-api.js'
import { pdf, World } from './world.js'

describe('a file whose signatures are validated', () => {
  let world: World
  let sealed: Buffer
  beforeAll(async () => {
    world = await World.start()
    await makeProfile(world, 'bez-znacznika', { level: 'B-B' })
    sealed = (await seal()).bytes
  })
  afterAll(() => world?.close())

  const seal = (query: Record<string, string> = {}, body = pdf()) =>
    postSeal(world.gateway.url, { credential: world.key(), query: { profile: 'urzad', ...query }, body })
  const validate = (bytes: Buffer, headers: Record<string, string> = {}, query = '', credential = world.key()) =>
    call(world.gateway.url, credential, 'POST', `/v1/validations${query}`, bytes, headers)
  const upload = async (bytes: Buffer, fileName = 'pismo.pdf') => {
    const headers = {
      'content-digest': digest(bytes),
      'content-disposition': `attachment; filename=${fileName}`
    }
    const answer = await call(world.gateway.url, world.key(), 'POST', '/v1/documents?purpose=seal', bytes, headers)
    return answer.json['id'] as string
  }

  it('gets a report as JSON, unless something else is asked for', async () => {
    for (const accept of [undefined, '*/*', 'application/json', 'image/png', 'application/json, text/html;q=0.1']) {
      const { status, headers, json } = await validate(sealed, accept === undefined ? {} : { accept })
      expect([accept, status, headers.get('content-type')]).toEqual([accept, 200, 'application/json; charset=utf-8'])
      expect(json['signatures']).toHaveLength(1)
      expect(json['signatures'][0]).toMatchObject({ indication: 'TOTAL-PASSED', format: 'PAdES', level: 'B-T' })
    }
  })

  it('gets an ETSI report as XML', async () => {
    const { headers, bytes } = await validate(sealed, { accept: 'application/xml' })
    expect(headers.get('content-type')).toBe('application/xml; charset=utf-8')
    expect(bytes.toString()).toContain('urn:etsi:019102:mainindication:total-passed')
    const said = spawnSync('xmllint', ['--noout', '--nonet', '-'], { input: bytes })
    if (said.error) console.warn('xmllint is not on this machine: its opinion of the report is not asked')
    else expect([said.status, said.stderr.toString()]).toEqual([0, ''])
  })

  it.each([
    ['pl', 'pl-PL,pl;q=0.9', '<html lang="pl">'],
    ['en', 'en', '<html lang="en">']
  ])(
    'gets a page for people in their language (%s), under a policy that allows its own style alone',
    async (_l, language, start) => {
      const { headers, bytes } = await validate(sealed, {
        accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
        'accept-language': language
      })
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
      const page = bytes.toString()
      expect(page).toContain(start)
      expect(page).not.toContain('<script')
      const [, style] = /<style>([\s\S]*?)<\/style>/.exec(page)!
      const hash = createHash('sha256').update(style!).digest('base64')
      expect(headers.get('content-security-policy')).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
      )
    }
  )

  it('is told to be changed, unsigned, or of an unknown kind', async () => {
    const changed = Buffer.from(sealed)
    changed[changed.indexOf('/MediaBox') + 12]! ^= 1
    expect((await validate(changed)).json['signatures'][0].indication).toBe('TOTAL-FAILED')
    expect((await validate(pdf())).json['signatures']).toEqual([])
    const unknown = await validate(Buffer.from('Ala ma kota'))
    expect([unknown.status, unknown.json['code']]).toEqual([422, 'sealing/file-kind-unknown'])
    const empty = await validate(Buffer.alloc(0))
    expect(empty.json['code']).toBe('sealing/file-kind-unknown')
  })

  itWith(qpdf)('may be an encrypted PDF, whose password is in a header', async () => {
    const bench = new Workbench()
    try {
      bench.run('qpdf', '--encrypt', 'żółw', 'owner', '256', '--', bench.put('plain.pdf', pdf()), 'encrypted.pdf')
      const password = { 'goniec-pdf-password': encodeURIComponent('żółw') }
      const body = readFileSync(bench.path('encrypted.pdf'))
      const credential = world.key()
      const made = await postSeal(world.gateway.url, {
        credential,
        query: { profile: 'urzad' },
        body,
        headers: password
      })
      expect(made.status).toBe(200)
      const { status, json } = await validate(made.bytes, password)
      expect([status, json['signatures']]).toEqual([
        200,
        [expect.objectContaining({ indication: 'TOTAL-PASSED', level: 'B-T' })]
      ])
      // documents that are named beside it do not stand in its way
      const beside = await validate(made.bytes, password, `?original=${await upload(pdf())}`)
      expect(beside.json['signatures'][0].indication).toBe('TOTAL-PASSED')
      for (const [headers, code] of [
        [{}, 'sealing/pdf-password-needed'],
        [{ 'goniec-pdf-password': 'kot' }, 'sealing/pdf-password-needed'],
        [{ 'goniec-pdf-password': '%zz' }, 'gateway/request-malformed']
      ] as const)
        expect((await validate(made.bytes, headers)).json['code']).toBe(code)
    } finally {
      bench.clear()
    }
  })

  it('may be a detached signature, whose documents are named in their order', async () => {
    const document = pdf('odłączony')
    for (const format of ['CAdES-detached', 'XAdES-detached']) {
      const signature = (await seal({ format, profile: 'bez-znacznika' }, document)).bytes
      const [right, wrong] = [await upload(document), await upload(pdf('inny'))]
      const verdict = async (query: string) => {
        const [found] = (await validate(signature, {}, query)).json['signatures']
        return [found.indication, found.subIndication]
      }
      expect([format, await verdict(`?original=${right}`)]).toEqual([format, ['TOTAL-PASSED', undefined]])
      expect([format, (await verdict(`?original=${wrong}`))[0]]).toEqual([format, 'TOTAL-FAILED'])
      expect([format, (await verdict(''))[0]]).toEqual([format, 'INDETERMINATE'])
      const none = await validate(signature, {}, '?original=01980000-0000-7000-8000-0000000000ff')
      expect(none.json['code']).toBe('letter/document-not-found')
      const foreign = await validate(signature, {}, `?original=${right}`, world.key('sender', 1))
      expect(foreign.json['code']).toBe('letter/document-not-found')
      const operator = await validate(signature, {}, `?original=${right}`, world.key('operator'))
      expect(operator.json['code']).toBe('access/role-missing')
    }
    expect((await validate(sealed, {}, '?original=7')).json['code']).toBe('gateway/query-invalid')
  })
})
