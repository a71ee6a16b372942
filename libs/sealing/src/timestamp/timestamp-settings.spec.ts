import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { Refused } from '#platform'
import { digitalSignature, type Identity, issue, pem, timeStampingOnly } from '../../test/test-authority.js'
import { TestTsa } from '../../test/test-tsa.js'
import { openTimestampAuthority, readTimestampFile, timestampSettings } from './timestamp-settings.js'

const clock = { now: () => new Date('2026-11-22T12:00:00Z') }
const folder = mkdtempSync(join(tmpdir(), 'goniec-tsa-'))
afterAll(() => rmSync(folder, { recursive: true }))
const put = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content)
  return name
}
const keyOf = ({ key }: Identity): string => key.export({ type: 'pkcs8', format: 'pem' }) as string

describe('a time-stamp authority over TLS', () => {
  let tsa: TestTsa
  let office: Identity
  const tried: TestTsa[] = []
  afterAll(() => Promise.all(tried.map(one => one.stop())))

  beforeAll(async () => {
    const root = await issue({ subject: 'CN=Private Root', ca: true })
    const host = new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])
    const server = await issue({ subject: 'CN=TSA host', issuer: root, extensions: [host] })
    office = await issue({ subject: 'CN=Office', issuer: root, extensions: [digitalSignature] })
    const stranger = await issue({ subject: 'CN=Stranger', extensions: [digitalSignature] })
    tsa = new TestTsa(await issue({ subject: 'CN=TSA', extensions: [timeStampingOnly, digitalSignature] }))
    put('ca.pem', pem(root))
    for (const [name, one] of Object.entries({ office, stranger })) {
      put(`${name}.pem`, pem(one))
      put(`${name}.key`, keyOf(one))
    }
    put('tsa.password', '\ufeffzażółć:gęślą\nsecond line\n')
    put('wrong.password', 'wrong')
    const tls = { cert: pem(server), key: keyOf(server), ca: pem(root) }
    for (const requestCert of [false, true]) {
      const one = new TestTsa(tsa.identity)
      await one.start({ ...tls, requestCert, rejectUnauthorized: requestCert })
      tried.push(one)
    }
  })

  const stamp = async (which: 0 | 1, settings: object): Promise<string> => {
    const server = tried[which]!
    const [one] = readTimestampFile(join(folder, put('tsa.json', JSON.stringify([{ url: server.url, ...settings }]))))
    const authority = openTimestampAuthority(one!, [tsa.identity.certificate], clock)
    try {
      await authority.stamp(Buffer.alloc(32))
      return 'stamped'
    } catch (error) {
      const { type, facts } = error as Refused
      return `${type.code} ${String(facts['httpStatus'] ?? facts['cause'])}`
    } finally {
      authority.close()
    }
  }

  it('is logged in to by name and password, which is the first line of a file', async () => {
    const server = tried[0]!
    const expected = `Basic ${Buffer.from('urząd:zażółć:gęślą').toString('base64')}`
    server.admits = ({ authorization }) => authorization === expected
    const caFile = 'ca.pem'
    expect(await stamp(0, { caFile, user: 'urząd', passwordFile: 'tsa.password' })).toBe('stamped')
    expect(await stamp(0, { caFile, user: 'urząd', passwordFile: 'wrong.password' })).toBe(
      'sealing/timestamp-refused 401'
    )
    expect(await stamp(0, { caFile })).toBe('sealing/timestamp-refused 401')
  })

  it('is shown a client certificate', async () => {
    const caFile = 'ca.pem'
    expect(await stamp(1, { caFile, certFile: 'office.pem', keyFile: 'office.key' })).toBe('stamped')
    expect(await stamp(1, { caFile })).toMatch(/^sealing\/timestamp-unavailable /)
    expect(await stamp(1, { caFile, certFile: 'stranger.pem', keyFile: 'stranger.key' })).toMatch(
      /^sealing\/timestamp-unavailable /
    )
  })

  it('is not believed to be who it says without its root', async () => {
    expect(await stamp(0, {})).toBe('sealing/timestamp-unavailable tls')
  })
})

describe('the file of time-stamp authorities', () => {
  const url = 'https://tsa.example.org/'
  const problems = (content: unknown): unknown => {
    const path = join(folder, put('x.json', typeof content === 'string' ? content : JSON.stringify(content)))
    try {
      for (const one of readTimestampFile(path)) openTimestampAuthority(one, [], clock).close()
    } catch (error) {
      const { type, facts } = error as Refused
      return [type.code.replace('sealing/timestamp-file-', ''), ...(facts['problems'] as string[])].join(' | ')
    }
    return 'fine'
  }

  it('names several, each with what it wants, and paths from its own folder', () => {
    put('a.password', 'x')
    const path = join(
      folder,
      put('two.json', JSON.stringify([{ url, user: 'a', passwordFile: 'a.password' }, { url }]))
    )
    expect(readTimestampFile(path)).toEqual([
      { url, timeoutMs: 10_000, maxSkewSeconds: 300, user: 'a', passwordFile: join(folder, 'a.password') },
      { url, timeoutMs: 10_000, maxSkewSeconds: 300 }
    ])
    expect(timestampSettings.parse({ url: 'http://a.test/' })).toEqual({
      url: 'http://a.test/',
      timeoutMs: 10_000,
      maxSkewSeconds: 300
    })
  })

  it.each([
    ['what is not JSON', '[{"user": "x" secret', /is not JSON$/],
    ['nothing', [], /^wrong \| /],
    ['a name without a password', [{ url, user: 'a' }], /0: user and passwordFile go together/],
    ['a name that Basic cannot say', [{ url, user: 'a:b', passwordFile: 'a' }], /0.user: must have no colon/],
    ['a certificate without its key', [{ url }, { url, certFile: 'a' }], /1: certFile and keyFile go together/],
    ['a certificate without TLS', [{ url: 'http://a.test', certFile: 'a', keyFile: 'b' }], /are for https/],
    ['a password for all to read', [{ url: 'http://a.test', user: 'a', passwordFile: 'a' }], /0: user and .* https$/],
    ['a host that only looks near', [{ url: 'http://127.0.0.1@a.test', user: 'a', passwordFile: 'a' }], /for https/],
    ['a certificate that is none', [{ url, certFile: 'empty', keyFile: 'empty' }], /is no PEM/],
    ['an unknown word', [{ url, password: 'secret' }], /0: /],
    ['a file that is not there', [{ url, caFile: 'none.pem' }], /none.pem: cannot be read/],
    ['an empty password', [{ url, user: 'a', passwordFile: 'empty' }], /empty: a password must not be empty/]
  ])('is refused with %s, and no secret is repeated', (_, content, expected) => {
    put('empty', '\n')
    const found = problems(content)
    expect(found).toMatch(expected)
    expect(found).not.toContain('secret')
  })
})
