import { Command, CommanderError, Option } from 'commander'
import { sealFormats, type SealFormat, sealLevels, type SealLevel } from '#sealing/plain'
import { helpTexts, parserText } from './help-texts.js'
import type { Language } from './language.js'
import { exitCode, type ExitCode } from './outcome.js'

/** What `goniec seal` was asked for. */
export interface SealCommand {
  readonly profile: string
  readonly config?: string
  readonly format?: SealFormat
  readonly level?: SealLevel
  readonly passwordFile?: string
  readonly out?: string
  readonly recursive: boolean
  readonly force: boolean
  readonly json: boolean
}

/** What `goniec raise` was asked for. */
export interface RaiseCommand {
  readonly to: SealLevel
  readonly original: readonly string[]
  readonly config?: string
  readonly passwordFile?: string
  readonly out?: string
  readonly recursive: boolean
  readonly force: boolean
  readonly json: boolean
}

/** What `goniec validate` was asked for. */
export interface ValidateCommand {
  readonly original: readonly string[]
  readonly config?: string
  readonly passwordFile?: string
  readonly out?: string
  readonly recursive: boolean
  readonly force: boolean
  readonly json: boolean
  readonly xml: boolean
  readonly html: boolean
}

/** What `goniec keys` was asked for. */
export interface KeysCommand {
  readonly config?: string
  readonly json: boolean
}

/** What each command does. */
export interface Commands {
  seal(files: readonly string[], options: SealCommand): Promise<ExitCode>
  raise(files: readonly string[], options: RaiseCommand): Promise<ExitCode>
  validate(files: readonly string[], options: ValidateCommand): Promise<ExitCode>
  keys(options: KeysCommand): Promise<ExitCode>
}

/** What the parser needs besides the commands. */
export interface Surroundings {
  readonly language: Language
  readonly version: string
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** Reads the arguments and does the command they name. @returns the exit code; errors of commands pass through */
export async function parseCommandLine(
  args: readonly string[],
  commands: Commands,
  { language, version, stdout, stderr }: Surroundings
): Promise<ExitCode> {
  const say = helpTexts[language]
  let code: ExitCode = exitCode.fine
  const program = new Command('goniec')
    .description(say.about)
    .version(version, '-V, --version', say.version)
    .helpOption('-h, --help', say.help)
    .helpCommand(`help [${say.command}]`, say.help)
    .exitOverride()
    .configureOutput({
      writeOut: stdout,
      writeErr: stderr,
      outputError: (text, write) => write(parserText(text, language))
    })
    .configureHelp({
      styleTitle: title => say.commander[title] ?? title,
      optionDescription: ({ description, argChoices }) =>
        argChoices ? `${description}; ${say.choices}: ${argChoices.join(', ')}` : description
    })
    .addHelpText('after', `\n${say.codes}`)

  const config = () => new Option('--config <file>', say.config)
  const password = () => new Option('--password-file <file>', say.password)
  const out = (text: string) => new Option('--out <folder>', text)
  const force = () => new Option('--force', say.force).default(false)
  const recursive = () => new Option('-r, --recursive', say.recursive).default(false)
  const json = (text: string = say.json) => new Option('--json', text).default(false)
  const original = () =>
    new Option('--original <file>', say.original)
      .argParser((file: string, before: readonly string[]) => [...before, file])
      .default([])
  const working = (name: string, description: string, more: string) =>
    program
      .command(name)
      .description(description)
      .helpOption('-h, --help', say.help)
      .argument('<file...>', say.files)
      .addHelpText('after', `\n${more}\n\n${say.codes}`)
  const done = (result: ExitCode): void => {
    code = result
  }

  working('seal', say.seal, say.sealMore)
    .requiredOption('--profile <name>', say.profile)
    .addOption(config())
    .addOption(new Option('--format <format>', say.format).choices(sealFormats))
    .addOption(new Option('--level <level>', say.level).choices(sealLevels))
    .addOption(password())
    .addOption(recursive())
    .addOption(out(say.out))
    .addOption(force())
    .addOption(json())
    .action((files: string[], options: SealCommand) => commands.seal(files, options).then(done))

  working('validate', say.validate, say.validateMore)
    .addOption(original())
    .addOption(config())
    .addOption(password())
    .addOption(recursive())
    .addOption(json().conflicts(['xml', 'html']))
    .addOption(new Option('--xml', say.xml).default(false).conflicts('html'))
    .addOption(new Option('--html', say.html).default(false))
    .addOption(out(say.reports))
    .addOption(force())
    .action((files: string[], options: ValidateCommand) => commands.validate(files, options).then(done))

  working('raise', say.raise, say.raiseMore)
    .addOption(new Option('--to <level>', say.to).choices(sealLevels.slice(1)).makeOptionMandatory())
    .addOption(original())
    .addOption(config())
    .addOption(password())
    .addOption(recursive())
    .addOption(out(say.out))
    .addOption(force())
    .addOption(json())
    .action((files: string[], options: RaiseCommand) => commands.raise(files, options).then(done))

  program
    .command('keys')
    .description(say.keys)
    .helpOption('-h, --help', say.help)
    .addOption(config())
    .addOption(json(say.keysJson))
    .addHelpText('after', `\n${say.codes}`)
    .action((options: KeysCommand) => commands.keys(options).then(done))

  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    // the parser has said what it had to say; help and version that were asked for are no error
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.fine : exitCode.usage
    throw error
  }
}
