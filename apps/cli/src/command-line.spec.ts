import { type Commands, parseCommandLine } from './command-line.js'
import { helpTexts } from './help-texts.js'
import type { Language } from './language.js'
import { exitCode } from './outcome.js'

interface Call {
  readonly command: string
  readonly files?: readonly string[]
  readonly options: object
}

async function parse(args: string, language: Language = 'en', code = exitCode.fine as 0 | 4) {
  const calls: Call[] = []
  const note =
    (command: string) =>
    async (files: readonly string[], options: object): Promise<0 | 4> => {
      calls.push({ command, files, options })
      return code
    }
  const commands: Commands = {
    seal: note('seal'),
    raise: note('raise'),
    validate: note('validate'),
    keys: async options => {
      calls.push({ command: 'keys', options })
      return code
    }
  }
  let [stdout, stderr] = ['', '']
  const result = await parseCommandLine(args.split(' ').filter(Boolean), commands, {
    language,
    version: '1.2.3',
    stdout: text => (stdout += text),
    stderr: text => (stderr += text)
  })
  return { calls, code: result, stdout, stderr }
}

describe('the command line', () => {
  it('takes files and options, and gives the code of the command back', async () => {
    const { calls, code } = await parse('seal a.pdf b.xml --profile p --level B-LTA --format PAdES --force', 'en', 4)
    expect(code).toBe(4)
    expect(calls).toEqual([
      {
        command: 'seal',
        files: ['a.pdf', 'b.xml'],
        options: { profile: 'p', level: 'B-LTA', format: 'PAdES', force: true, recursive: false, json: false }
      }
    ])
  })

  it.each(['seal --profile p', 'validate', 'raise --to B-T'])('%j takes a file with a password', async args => {
    const { calls } = await parse(`${args} a.pdf --password-file secret`)
    expect(calls[0]).toMatchObject({ files: ['a.pdf'], options: { passwordFile: 'secret' } })
  })

  it('takes one original per option, so that files may follow', async () => {
    const { calls } = await parse('validate --original a.txt --original b.txt sig.p7s')
    expect(calls[0]).toMatchObject({ files: ['sig.p7s'], options: { original: ['a.txt', 'b.txt'] } })
  })

  it.each([
    ['', 'Usage:'],
    ['seal a.pdf', "required option '--profile <name>' not specified"],
    ['seal --profile p', "missing required argument 'file'"],
    ['seal a --profile p --level B-X', 'Allowed choices are B-B, B-T, B-LT, B-LTA'],
    ['raise a --to B-B', 'Allowed choices are B-T, B-LT, B-LTA'],
    ['raise a', '--to <level>'],
    ['validate a --json --xml', 'cannot be used with option'],
    ['validate a --xml --html', 'cannot be used with option'],
    ['keys a', 'too many arguments'],
    ['seel a', "unknown command 'seel'"],
    ['seal a --profile p --lvel B-T', "unknown option '--lvel'"]
  ])('%j is wrong usage, is said on standard error, and does nothing', async (args, said) => {
    const { calls, code, stdout, stderr } = await parse(args)
    expect({ calls, code, stdout }).toEqual({ calls: [], code: exitCode.usage, stdout: '' })
    expect(stderr).toContain(said)
  })

  it.each([
    ['seal a.pdf', 'błąd: brakuje wymaganej opcji'],
    ['seal --profile p', "błąd: brakuje argumentu 'file'"],
    ['seal a --profile p --level B-X', "nie przyjmuje 'B-X'. Dozwolone: B-B, B-T, B-LT, B-LTA."],
    ['seal a --profile', "opcja '--profile <name>' wymaga wartości"],
    ['validate a --xml --html', 'nie można łączyć'],
    ['keys a', 'za dużo argumentów'],
    ['validat a', "nieznane polecenie 'validat'\n(Może chodziło o validate?)"]
  ])('%j is told in Polish', async (args, said) => {
    const { stderr } = await parse(args, 'pl')
    expect(stderr).toContain(said)
    expect(stderr).not.toMatch(/error|missing|unknown|required/)
  })

  it.each(['seal', 'validate', 'raise', 'keys', ''])(
    '%j has a help with the exit codes in both languages',
    async name => {
      for (const language of ['en', 'pl'] as const) {
        const { code, stdout } = await parse(`${name} --help`, language)
        expect(code).toBe(exitCode.fine)
        expect(stdout).toContain(helpTexts[language].codes)
        expect(stdout).toMatch(language === 'pl' ? /^Użycie: [^]*Opcje:/ : /^Usage: [^]*Options:/)
      }
    }
  )

  it('says its version', async () => {
    expect(await parse('--version')).toMatchObject({ code: 0, stdout: '1.2.3\n' })
  })
})
