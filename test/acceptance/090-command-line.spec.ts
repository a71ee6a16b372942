import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createSandbox } from '../../apps/sandbox/src/sandbox.js'
import { itWith, qpdf } from '../interop/sealing/tools.js'

const program = resolve('dist/apps/cli/src/main.js')
const built = existsSync(program)
if (!built) console.warn('SKIPPED: no build in dist/, the command line is not looked at')

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** What `--json` writes. */
interface Line {
  readonly file: string
  readonly status: string
  readonly output?: string
  readonly format?: string
  readonly level?: string
  readonly problem?: { readonly code: string }
  readonly originals?: readonly string[]
  readonly report?: {
    readonly signatures: readonly {
      readonly indication: string
      readonly subIndication?: string
      readonly level: string
    }[]
  }
}

const inEnglish = { ...process.env, LC_ALL: 'C.UTF-8' }

function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((settle, fail) => {
    child.on('error', fail)
    child.on('close', (code, signal) => settle({ code, signal, stdout, stderr }))
  })
}

;(built ? describe : describe.skip)('the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'goniec wiersz ąę '))
  const at = (...path: string[]): string => join(folder, ...path)
  let sandbox: Awaited<ReturnType<typeof createSandbox>>

  const start = (args: readonly string[], cwd = folder, env: NodeJS.ProcessEnv = inEnglish): ChildProcess =>
    spawn(process.execPath, [program, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const goniec = (...args: string[]): Promise<Ended> => ended(start(args))
  const lines = ({ stdout }: Ended): Line[] =>
    stdout
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as Line)
  const fault = async (surface: string, mode: string): Promise<void> => {
    const answer = await fetch(`${sandbox.url}/control/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ surface, mode })
    })
    expect(answer.ok).toBe(true)
  }
  const put = (path: string, content: string | Buffer): string => {
    mkdirSync(join(at(path), '..'), { recursive: true })
    writeFileSync(at(path), content)
    return path
  }
  const digest = (path: string): string =>
    createHash('sha256')
      .update(readFileSync(at(path)))
      .digest('hex')

  beforeAll(async () => {
    sandbox = await createSandbox({ port: 0, dir: at('sandbox'), pkiDir: join(tmpdir(), 'goniec-test-pki') })
    const { institution, tsa } = (await (await fetch(`${sandbox.url}/control/trust-anchors`)).json()) as {
      institution: string[]
      tsa: string[]
    }
    put('trust.pem', institution.join('\n'))
    put('tsa.pem', tsa.join('\n'))
    // a sandbox with shared keys issues certificates for its own address
    const pki = existsSync(at('sandbox', 'pki')) ? at('sandbox', 'pki') : join(tmpdir(), 'goniec-test-pki')
    for (const name of ['institution', 'institution-p256'])
      for (const ending of ['p12', 'password']) copyFileSync(join(pki, `${name}.${ending}`), at(`${name}.${ending}`))
    const key = (name: string): object => ({ kind: 'pkcs12', file: `${name}.p12`, passwordFile: `${name}.password` })
    put('keys.json', JSON.stringify({ office: key('institution'), quick: key('institution-p256') }))
    const service = {
      keys: 'keys.json',
      timestampAuthorities: [{ url: `${sandbox.url}/tsa` }],
      timestampTrustFile: 'tsa.pem',
      trustFile: 'trust.pem'
    }
    const design = { width: 70, height: 25, text: { lines: ['{organization}', '{reason}', '{date}'] } }
    const profiles = {
      office: { key: 'office', reason: 'Decyzja', design },
      quick: { key: 'quick', level: 'B-B' },
      later: { key: 'quick', level: 'B-LTA', whenAway: 'raise-later' },
      keyless: { key: 'none' }
    }
    put('goniec.json', JSON.stringify({ ...service, profiles }))
    put('alone.json', JSON.stringify({ keys: 'keys.json', profiles: { office: { key: 'office' } } }))
  }, 60_000)

  afterAll(async () => {
    await sandbox?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('seals files of every kind beside each other, alters none of them, and finds all seals valid', async () => {
    const files = [
      put('różne/decyzja ąę.pdf', readFileSync('docs/samples/decyzja.pdf')),
      put('różne/dane.xml', '<?xml version="1.0"?><dane>1</dane>'),
      put('różne/pismo.txt', 'Zażółć gęślą jaźń\n'),
      put('różne/pusty.doc', ''),
      put('różne/wzór.xsl', '<?xml version="1.0"?><x/>')
    ]
    const before = files.map(digest)
    const sealed = await goniec('seal', ...files, '--profile', 'office', '--json')
    expect({ code: sealed.code, stderr: sealed.stderr }).toEqual({ code: 0, stderr: '' })
    expect(
      lines(sealed).map(({ file, output, format, level, status }) => [file, output, format, level, status])
    ).toEqual([
      [files[0], 'różne/decyzja ąę.sealed.pdf', 'PAdES', 'B-T', 'done'],
      [files[1], 'różne/dane.sealed.xml', 'XAdES-enveloped', 'B-T', 'done'],
      [files[2], 'różne/pismo.txt.asice', 'ASiC-E-XAdES', 'B-T', 'done'],
      [files[3], 'różne/pusty.doc.asice', 'ASiC-E-XAdES', 'B-T', 'done'],
      [files[4], 'różne/wzór.xsl.asice', 'ASiC-E-XAdES', 'B-T', 'done']
    ])
    expect(files.map(digest)).toEqual(before)

    const outputs = lines(sealed).map(({ output }) => output!)
    const validated = await goniec('validate', ...outputs, '--json')
    expect(validated.code).toBe(0)
    expect(lines(validated).map(({ file, status }) => [file, status])).toEqual(outputs.map(file => [file, 'passed']))
    // each found with the level it was said to have
    expect(lines(validated).map(({ report }) => report!.signatures.map(one => one.level))).toEqual(
      outputs.map(() => ['B-T'])
    )
  })

  it('raises a seal to B-LTA from any folder, and renews it', async () => {
    put('raise/a.txt', 'a')
    await goniec('seal', 'raise/a.txt', '--profile', 'quick')
    const config = at('goniec.json')
    const raised = await ended(start(['raise', 'a.txt.asice', '--to', 'B-LTA', '--config', config], at('raise')))
    expect(raised).toMatchObject({ code: 0, stdout: 'a.txt.asice -> a.txt.raised.asice  B-LTA\n' })
    const renewed = await goniec('raise', 'raise/a.txt.raised.asice', '--to', 'B-LTA', '--out', 'raise/new')
    expect(renewed.code).toBe(0)
    const validated = await goniec('validate', '-r', 'raise', '--json')
    expect(lines(validated).map(({ file, report }) => [file, report?.signatures[0]?.level])).toEqual([
      ['raise/a.txt', undefined],
      ['raise/a.txt.asice', 'B-B'],
      ['raise/a.txt.raised.asice', 'B-LTA'],
      ['raise/new/a.txt.raised.asice', 'B-LTA']
    ])
  })

  itWith(qpdf)('seals, raises and validates an encrypted PDF with its password', async () => {
    mkdirSync(at('encrypted'))
    const qpdfSays = (...args: string[]): number | null => spawnSync('qpdf', args, { cwd: at('encrypted') }).status
    copyFileSync('docs/samples/decyzja.pdf', at('encrypted/plain.pdf'))
    expect(qpdfSays('--encrypt', 'łoś', 'owner', '128', '--use-aes=y', '--', 'plain.pdf', 'a.pdf')).toBe(0)
    // as an editor of Windows writes it
    const password = ['--password-file', put('encrypted/password', '\ufeffłoś\r\n')]
    const wrong = ['--password-file', put('encrypted/wrong', 'kot')]
    expect(await goniec('seal', 'encrypted/a.pdf', '--profile', 'quick', ...password)).toMatchObject({ code: 0 })

    const raise = ['raise', 'encrypted/a.sealed.pdf', '--to', 'B-LTA', '--json']
    for (const args of [raise, [...raise, ...wrong]]) {
      const refused = await goniec(...args)
      expect(refused.code).toBe(1)
      expect(lines(refused)[0]).toMatchObject({ status: 'failed', problem: { code: 'sealing/pdf-password-needed' } })
    }
    expect(await goniec(...raise, ...password)).toMatchObject({ code: 0 })
    expect(qpdfSays('--check', '--password=łoś', 'a.sealed.raised.pdf')).toBe(0)

    const validate = ['validate', 'encrypted/a.sealed.raised.pdf', '--json']
    const passed = await goniec(...validate, ...password)
    expect([passed.code, lines(passed)[0]!.report!.signatures.map(one => one.level)]).toEqual([0, ['B-LTA']])
    for (const args of [validate, [...validate, ...wrong]]) {
      const refused = await goniec(...args)
      expect(refused.code).toBe(1)
      expect(lines(refused)[0]).toMatchObject({ status: 'error', problem: { code: 'sealing/pdf-password-needed' } })
    }
  })

  it('finds what a detached signature signs beside it, and says when it is missing or another', async () => {
    put('detached/a.txt', 'a')
    await goniec('seal', 'detached/a.txt', '--profile', 'quick', '--format', 'CAdES-detached')
    const beside = await goniec('validate', 'detached/a.txt.CAdES', '--json')
    expect(beside.code).toBe(0)
    expect(lines(beside)[0]!.originals).toEqual(['detached/a.txt'])

    copyFileSync(at('detached/a.txt.CAdES'), at('lonely.CAdES'))
    const lonely = await goniec('validate', 'lonely.CAdES', '--json')
    expect(lonely.code).toBe(4)
    expect(lines(lonely)[0]!.report!.signatures[0]).toMatchObject({ subIndication: 'SIGNED_DATA_NOT_FOUND' })
    expect(await goniec('validate', '--original', 'detached/a.txt', 'lonely.CAdES')).toMatchObject({ code: 0 })
    put('other.txt', 'b')
    expect(await goniec('validate', 'lonely.CAdES', '--original', 'other.txt')).toMatchObject({ code: 1 })
  })

  it('validates without a configuration: intact is indeterminate, changed is failed, unsigned is neither', async () => {
    put('bare/a.xml', '<?xml version="1.0"?><a>tekst</a>')
    await goniec('seal', 'bare/a.xml', '--profile', 'quick')
    const intact = readFileSync(at('bare/a.sealed.xml'), 'utf8')
    put('bare/changed.xml', intact.replace('tekst', 'testk'))
    const bare = (...args: string[]): Promise<Ended> => ended(start(['validate', ...args], at('bare')))
    const found = await bare('a.sealed.xml')
    expect(found).toMatchObject({ code: 4, stderr: expect.stringContaining('No trust anchors') as string })
    expect(found.stdout).toContain('INDETERMINATE  NO_CERTIFICATE_CHAIN_FOUND')
    expect(await bare('changed.xml')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('TOTAL-FAILED  HASH_FAILURE') as string
    })
    expect(await bare('a.xml')).toMatchObject({ code: 4 })
    expect(await bare('none.xml')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[cli/file-missing]') as string
    })
  })

  it('writes one report a file: a page, ETSI XML, or JSON', async () => {
    put('reports/a.txt', 'a')
    put('reports/b.txt', 'b')
    await goniec('seal', 'reports/a.txt', 'reports/b.txt', '--profile', 'quick')
    const both = ['reports/a.txt.asice', 'reports/b.txt.asice']
    expect(await goniec('validate', ...both, '--html')).toMatchObject({ code: 2 })
    for (const [option, ending, start] of [
      ['--html', 'html', '<!doctype html>\n<html lang="en">'],
      ['--xml', 'xml', '<?xml version="1.0" encoding="UTF-8"?>\n<ValidationReport'],
      ['--json', 'json', '{\n  "validationTime"']
    ] as const) {
      expect(await goniec('validate', ...both, option, '--out', 'reports/out')).toMatchObject({ code: 0 })
      for (const name of ['a', 'b'])
        expect(readFileSync(at(`reports/out/${name}.txt.asice.${ending}`), 'utf8').startsWith(start)).toBe(true)
    }
    const page = await goniec('validate', both[0]!, '--html')
    expect(page.stdout.startsWith('<!doctype html>')).toBe(true)
    // never over an earlier report
    expect(await goniec('validate', ...both, '--html', '--out', 'reports/out')).toMatchObject({ code: 1 })
  })

  it('says that a service is away and writes nothing, or seals at the level that can be reached', async () => {
    put('away/a.txt', 'a')
    await fault('tsa', 'down')
    try {
      const failed = await goniec('seal', 'away/a.txt', '--profile', 'office', '--json')
      expect(failed.code).toBe(3)
      expect(lines(failed)[0]).toMatchObject({ status: 'away', problem: { code: 'sealing/timestamp-unavailable' } })
      expect(readdirSync(at('away'))).toEqual(['a.txt'])
      const lower = await goniec('seal', 'away/a.txt', '--profile', 'later', '--json')
      expect(lower.code).toBe(3)
      expect(lines(lower)[0]).toMatchObject({ status: 'incomplete', level: 'B-B', wantedLevel: 'B-LTA' })
    } finally {
      await fault('tsa', 'up')
    }
    expect(await goniec('raise', 'away/a.txt.asice', '--to', 'B-LTA')).toMatchObject({ code: 0 })
  })

  it.each([
    [['seal', 'x', '--profile', 'none'], 'cli/profile-unknown'],
    [['seal', 'x', '--profile', 'keyless'], 'sealing/key-unknown'],
    [['seal', 'x', '--profile', 'office', '--config', 'none.json'], 'cli/config-missing'],
    [['seal', 'x', '--profile', 'office', '--config', 'alone.json'], 'sealing/timestamp-not-configured'],
    [['raise', 'x', '--to', 'B-T', '--config', 'alone.json'], 'sealing/timestamp-not-configured'],
    [['seal', 'x', '--profile', 'office', '--password-file', 'none'], 'cli/password-unreadable'],
    [['raise', 'x', '--to', 'B-T', '--password-file', 'none'], 'cli/password-unreadable'],
    [['validate', 'x', '--password-file', 'none'], 'cli/password-unreadable'],
    [['seal', '1/x', '2/x', '--profile', 'office', '--out', 'o'], 'cli/results-collide'],
    [['seal', '-r', '.', '--profile', 'office'], 'cli/folder-needs-out']
  ])('%j is wrong usage', async (args, code) => {
    expect(await goniec(...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`[${code}]`) as string
    })
  })

  it('tells what is wrong in Polish where the environment says so', async () => {
    const env = { ...process.env, LC_ALL: '', LC_MESSAGES: '', LANG: 'pl_PL.UTF-8' }
    const { code, stderr } = await ended(start(['seal', 'none.pdf', '--profile', 'quick'], folder, env))
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'none.pdf: Nie ma takiego pliku. (errno: ENOENT) [cli/file-missing]\nzapieczętowano: 0/1; błędy: 1\n'
    })
  })

  it('replaces a result only when told to, and goes on with the other files', async () => {
    for (const name of ['a', 'b']) put(`twice/${name}.xml`, `<?xml version="1.0"?><${name}/>`)
    await goniec('seal', 'twice/a.xml', '--profile', 'quick')
    const first = digest('twice/a.sealed.xml')
    const again = await goniec('seal', 'twice/a.xml', 'twice/b.xml', '--profile', 'quick', '--json')
    expect(again.code).toBe(1)
    expect(lines(again).map(({ status, problem }) => [status, problem?.code])).toEqual([
      ['failed', 'cli/result-exists'],
      ['done', undefined]
    ])
    expect(digest('twice/a.sealed.xml')).toBe(first)
    expect(await goniec('seal', 'twice/a.xml', '--profile', 'quick', '--force')).toMatchObject({ code: 0 })
    expect(digest('twice/a.sealed.xml')).not.toBe(first)
  })

  it('says of every key what it is, also where one cannot be opened, and no secret', async () => {
    const secret = readFileSync(at('institution.password'), 'utf8').trim()
    const good = await goniec('keys', '--json')
    expect(good.code).toBe(0)
    expect(good.stdout + good.stderr).not.toContain(secret)
    expect(
      good.stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as object)
    ).toMatchObject([
      { name: 'office', kind: 'pkcs12', status: 'usable', certificate: { qualification: 'advanced-seal' } },
      { name: 'quick', kind: 'pkcs12', status: 'usable', certificate: { keyType: 'ec', keyBits: 256 } }
    ])
    const key = { kind: 'pkcs12', file: 'institution.p12', passwordFile: 'wrong.password' }
    put('wrong.password', 'nie to')
    put('some-keys.json', JSON.stringify({ wrong: key, right: { ...key, passwordFile: 'institution.password' } }))
    put('some.json', JSON.stringify({ keys: 'some-keys.json' }))
    const mixed = await goniec('keys', '--config', 'some.json')
    expect(mixed.code).toBe(1)
    expect(mixed.stdout).toMatch(
      /^wrong: PKCS#12 file, unusable\n.*\[sealing\/pkcs12-wrong-password\]\nright: PKCS#12 file, usable\n/
    )
    expect(mixed.stdout).toContain('advanced seal, not a qualified one')
  })

  it('works on many files with few open at once', async () => {
    for (let i = 0; i < 300; i++) put(`many/${i}.txt`, String(i))
    const script = `ulimit -n 160 && exec "$0" "$@"`
    const args = [
      '-c',
      script,
      process.execPath,
      program,
      'seal',
      '-r',
      'many',
      '--profile',
      'quick',
      '--out',
      'many-out'
    ]
    const sealed = await ended(spawn('bash', args, { cwd: folder, env: inEnglish, stdio: ['ignore', 'pipe', 'pipe'] }))
    expect(sealed).toMatchObject({ code: 0, stderr: 'sealed: 300/300\n' })
    expect(readdirSync(at('many-out'))).toHaveLength(300)
  })

  it('is quiet when whoever reads it has read enough', async () => {
    const child = start(['validate', '-r', 'many-out', '--json'])
    child.stdout!.once('data', () => child.stdout!.destroy())
    expect(await ended(child)).toMatchObject({ code: 141, stderr: '' })
  })

  it('leaves nothing half-done behind when it is interrupted', async () => {
    put('large/a.bin', '')
    // mostly a hole: large for whoever copies it, nothing on the disk
    truncateSync(at('large/a.bin'), 700_000_000)
    mkdirSync(at('large-out'))
    const child = start(['seal', 'large/a.bin', '--profile', 'quick', '--out', 'large-out'])
    const end = ended(child)
    const parts = (): string[] => readdirSync(at('large-out'))
    while (parts().length === 0 && child.exitCode === null) await pause(5)
    expect(parts()).toEqual([expect.stringMatching(/\.part$/)])
    child.kill('SIGINT')
    expect(await end).toMatchObject({ code: null, signal: 'SIGINT', stdout: '' })
    expect(parts()).toEqual([])
  })

  it('works through a link, as package managers make for it', async () => {
    symlinkSync(program, at('link'))
    const linked = spawn(process.execPath, [at('link'), '--version'], {
      cwd: tmpdir(),
      stdio: ['ignore', 'pipe', 'pipe']
    })
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(await ended(linked)).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
    expect(readFileSync(program, 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true)
  })
})
