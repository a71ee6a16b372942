import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refused } from '#platform/plain'
import { readCliConfig } from './cli-config.js'

let folder: string
const at = (path: string): string => join(folder, path)
const put = (path: string, value: unknown): string => {
  writeFileSync(at(path), typeof value === 'string' ? value : JSON.stringify(value))
  return at(path)
}
const problemsIn = (value: unknown): unknown => {
  try {
    readCliConfig(put('wrong.json', value))
  } catch (error) {
    expect((error as Refused).type.code).toBe('cli/config-wrong')
    return (error as Refused).facts['problems']
  }
  return 'no error'
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'goniec-config-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('readCliConfig', () => {
  it('reads paths from the folder of the file and fills in what is usual', () => {
    const config = readCliConfig(
      put('goniec.json', {
        keys: 'k/keys.json',
        trustFile: 'trust.pem',
        trustedLists: [{ file: 'pl.xml', signersFile: '/signers.pem' }],
        profiles: { a: { key: 'institution' } }
      })
    )!
    expect(config.keyFile).toBe(at('k/keys.json'))
    expect(config.engine).toMatchObject({
      trustFile: at('trust.pem'),
      timestampTrustFile: undefined,
      trustedLists: [{ file: at('pl.xml'), signersFile: '/signers.pem' }],
      timestampAuthorities: [],
      revocation: true
    })
    expect(config.profiles.get('a')).toEqual({
      key: 'institution',
      level: 'B-T',
      formats: { pdf: 'PAdES', xml: 'XAdES-enveloped', other: 'ASiC-E-XAdES' },
      whenAway: 'fail'
    })
  })

  it('finds what a time-stamp authority wants for a log-in', () => {
    const entry = { url: 'https://a.test/', user: 'a', passwordFile: 's/a.password', caFile: '/ca.pem' }
    const { engine } = readCliConfig(put('tsa.json', { timestampAuthorities: [entry] }))!
    expect(engine.timestampAuthorities).toEqual([
      { ...entry, passwordFile: at('s/a.password'), timeoutMs: 10_000, maxSkewSeconds: 300 }
    ])
    expect(problemsIn({ timestampAuthorities: [{ url: 'https://a.test/', user: 'a' }] })).toEqual([
      expect.stringContaining('timestampAuthorities.0: user and passwordFile go together')
    ])
  })

  it('takes a design from a file, and its picture from one beside it', () => {
    mkdirSync(at('designs'))
    put('designs/herb.svg', '<svg/>')
    put('designs/d.json', { width: 60, height: 20, graphic: { file: 'herb.svg', share: 0.3 } })
    const inline = { width: 60, height: 20, graphic: { file: 'designs/herb.svg' } }
    const config = readCliConfig(
      put('c.json', { profiles: { a: { key: 'k', design: 'designs/d.json' }, b: { key: 'k', design: inline } } })
    )!
    const data = Buffer.from('<svg/>').toString('base64')
    expect(config.profiles.get('a')!.design).toEqual({ width: 60, height: 20, graphic: { share: 0.3, data } })
    expect(config.profiles.get('b')!.design).toEqual({ width: 60, height: 20, graphic: { data } })
  })

  it('says everything that is wrong at once', () => {
    expect(problemsIn({ keyz: 1, profiles: { a: { level: 'B-X' } } })).toEqual([
      expect.stringContaining('profiles.a.key: '),
      expect.stringContaining('profiles.a.level: '),
      expect.stringContaining('keyz')
    ])
    expect(problemsIn('{"a": ')).toEqual([expect.stringContaining(at('wrong.json'))])
    expect(problemsIn({ profiles: { a: { key: 'k', design: 'none.json' } } })).toEqual([
      expect.stringContaining('ENOENT')
    ])
    expect(problemsIn({ profiles: { a: { key: 'k', design: { width: 1e9, height: 20 } } } })).toEqual([
      expect.stringContaining('profiles.a.design: width: ')
    ])
    expect(problemsIn({ profiles: { a: { key: 'k', design: null } } })).not.toBe('no error')
    put('null.json', 'null')
    expect(problemsIn({ profiles: { a: { key: 'k', design: 'null.json' } } })).not.toBe('no error')
  })

  it('misses a file only when it was named', () => {
    const before = process.cwd()
    process.chdir(folder)
    try {
      expect(readCliConfig(undefined)).toBeUndefined()
      put('goniec.json', {})
      expect(readCliConfig(undefined)).toMatchObject({ keyFile: undefined })
    } finally {
      process.chdir(before)
    }
    expect(() => readCliConfig(at('none.json'))).toThrow('cli/config-missing')
  })
})
