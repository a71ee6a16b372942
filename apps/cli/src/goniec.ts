import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { z } from 'zod'
import { type Clock, Refused, Unavailable } from '#platform/plain'
import {
  BufferSource,
  firstLineOf,
  type KeyEntry,
  openEngine,
  readKeyFile,
  renderReport,
  type SealEngine,
  type SealLevel,
  sealingProblems,
  writeEtsiReport
} from '#sealing/plain'
import { cliProblems, fileProblem } from './cli.errors.js'
import { type CliConfig, emptyConfig, readCliConfig } from './cli-config.js'
import type { Commands, KeysCommand, RaiseCommand, SealCommand, ValidateCommand } from './command-line.js'
import { keyLines } from './describe-keys.js'
import { verdictLines } from './describe-verdict.js'
import { helpTexts } from './help-texts.js'
import { assertOutside, gatherInputs, type Input } from './inputs.js'
import type { Language } from './language.js'
import { codeOfNotice, listKeys } from './list-keys.js'
import { exitCode, type ExitCode, worst } from './outcome.js'
import { codeOfResult, type FileResult } from './produce-files.js'
import { raiseFiles } from './raise-files.js'
import { ResultPlaces } from './result-places.js'
import type { Screen } from './screen.js'
import { sealFiles } from './seal-files.js'
import { problemIn, problemLines } from './told-problem.js'
import { codeOfVerdict, type FileVerdict, validateFiles, type ValidateFilesOptions } from './validate-files.js'
import { writeResult } from './write-result.js'

/** What the commands work with. */
export interface GoniecParts {
  readonly language: Language
  readonly clock: Clock
  readonly screen: Screen
  /** Compiled `engine-worker.js` of the sealing lib. */
  readonly workerFile: string
}

type Keep = NonNullable<ValidateFilesOptions['keep']>

/** The commands of the program `goniec`. */
export class Goniec implements Commands {
  private readonly say

  constructor(private readonly parts: GoniecParts) {
    this.say = helpTexts[parts.language]
    // what the schemas say about a wrong configuration
    if (parts.language === 'pl') z.config(z.locales.pl())
  }

  async seal(files: readonly string[], options: SealCommand): Promise<ExitCode> {
    const inputs = this.inputs(files, options)
    const config = this.requiredConfig(options.config)
    const style = config.profiles.get(options.profile)
    if (!style)
      throw new Refused(cliProblems['profile-unknown'], {
        profile: options.profile,
        known: [...config.profiles.keys()].join(', ')
      })
    assertProvided(options.level ?? style.level, config)
    const pdfPassword = passwordIn(options.passwordFile)
    // only the key that seals: every log-in to a device is one that can fail
    const keys = new Map([...keysOf(config)].filter(([name]) => name === style.key))
    if (keys.size === 0) throw new Refused(sealingProblems['key-unknown'], { key: style.key })
    return this.produce(inputs, options.json, this.say.sealed, config, keys, (engine, tell) =>
      sealFiles(engine, inputs, { ...options, style, pdfPassword }, tell)
    )
  }

  async raise(files: readonly string[], options: RaiseCommand): Promise<ExitCode> {
    const inputs = this.inputs(files, options)
    const config = this.requiredConfig(options.config)
    assertProvided(options.to, config)
    const pdfPassword = passwordIn(options.passwordFile)
    return this.produce(inputs, options.json, this.say.raised, config, new Map(), (engine, tell) =>
      raiseFiles(engine, inputs, { ...options, originals: options.original, pdfPassword }, tell)
    )
  }

  async validate(files: readonly string[], options: ValidateCommand): Promise<ExitCode> {
    const { screen } = this.parts
    const inputs = gatherInputs(files, options.recursive)
    if (inputs.length === 0) throw new Refused(cliProblems['nothing-given'])
    if ((options.xml || options.html) && options.out === undefined && inputs.length > 1)
      throw new Refused(cliProblems['one-file-only'])
    const config = readCliConfig(options.config) ?? emptyConfig
    const pdfPassword = passwordIn(options.passwordFile)
    const { trustFile, trustedLists } = config.engine
    if (trustFile === undefined && trustedLists.length === 0) screen.complain(this.say.untrusted)
    const codes: ExitCode[] = []
    const keep = options.out === undefined ? undefined : this.keeper(inputs, options.out, options)
    await this.withEngine(config, new Map(), inputs.length, async engine => {
      screen.begin(inputs.length)
      await validateFiles(engine, inputs, { originals: options.original, pdfPassword, keep }, verdict => {
        codes.push(codeOfVerdict(verdict))
        this.show(verdict, options)
        screen.step()
      })
      screen.end()
    })
    if (inputs.length > 1 && !options.json) {
      const passed = codes.filter(code => code === exitCode.fine).length
      screen.complain(`${this.say.validated}: ${passed}/${inputs.length}`)
    }
    return worst(codes)
  }

  async keys(options: KeysCommand): Promise<ExitCode> {
    const { screen, clock, language } = this.parts
    const codes: ExitCode[] = []
    await listKeys(keysOf(this.requiredConfig(options.config)), clock, notice => {
      codes.push(codeOfNotice(notice))
      if (options.json) screen.put(JSON.stringify(notice))
      else keyLines(notice, language).forEach(line => screen.say(line))
    })
    return worst(codes)
  }

  /** Says what ended a command before it began, or a fault of the program. */
  explain(error: unknown): ExitCode {
    const problem = problemIn(error)
    problemLines(problem, this.parts.language).forEach(line => this.parts.screen.complain(line))
    if (error instanceof Unavailable) return exitCode.away
    return problem.code === cliProblems.internal.code ? exitCode.failed : exitCode.usage
  }

  private inputs(files: readonly string[], { recursive, out }: { recursive: boolean; out?: string }): Input[] {
    if (recursive) assertOutside(files, out)
    const inputs = gatherInputs(files, recursive)
    if (inputs.length === 0) throw new Refused(cliProblems['nothing-given'])
    return inputs
  }

  private requiredConfig(path: string | undefined): CliConfig {
    const config = readCliConfig(path)
    if (!config) throw new Refused(cliProblems['config-missing'])
    return config
  }

  private async produce(
    inputs: readonly Input[],
    json: boolean,
    doneWord: string,
    config: CliConfig,
    keys: ReadonlyMap<string, KeyEntry>,
    work: (engine: SealEngine, tell: (result: FileResult) => void) => Promise<void>
  ): Promise<ExitCode> {
    const { screen } = this.parts
    const results = { done: 0, incomplete: 0, failed: 0, away: 0 }
    const codes = new Set<ExitCode>()
    await this.withEngine(config, keys, inputs.length, async engine => {
      screen.begin(inputs.length)
      await work(engine, result => {
        results[result.status]++
        codes.add(codeOfResult(result))
        if (json) screen.put(JSON.stringify(result))
        else this.showResult(result)
        screen.step()
      })
      screen.end()
    })
    const words = { incomplete: this.say.incomplete, failed: this.say.failed, away: this.say.away }
    const rest = (['incomplete', 'failed', 'away'] as const).filter(status => results[status] > 0)
    const parts = rest.map(status => `${words[status]}: ${results[status]}`)
    if (!json) screen.complain([`${doneWord}: ${results.done}/${inputs.length}`, ...parts].join('; '))
    return worst(codes)
  }

  private showResult({ file, output, problem, format, level }: FileResult): void {
    const { screen, language } = this.parts
    if (output !== undefined) {
      const about = [format, level].filter(one => one !== undefined)
      screen.say(`${file} -> ${output}  ${about.map(String).join(' ')}`)
    }
    if (!problem) return
    const [first, ...rest] = problemLines(problem, language)
    screen.complain(`${file}: ${first!}`)
    rest.forEach(line => screen.complain(line))
  }

  private show(verdict: FileVerdict, { json, xml, html, out }: ValidateCommand): void {
    const { screen, language } = this.parts
    if (json) screen.put(JSON.stringify(verdict))
    else if ((xml || html) && out === undefined && verdict.report) screen.put(this.document(verdict.report, html))
    else verdictLines(verdict, language).forEach(line => (verdict.problem ? screen.complain(line) : screen.say(line)))
  }

  private document(report: NonNullable<FileVerdict['report']>, html: boolean): string {
    return html ? renderReport(report, this.parts.language) : writeEtsiReport(report)
  }

  private keeper(inputs: readonly Input[], out: string, { xml, html, force }: ValidateCommand): Keep {
    const places = new ResultPlaces(inputs, out, '.report')
    const ending = html ? 'html' : xml ? 'xml' : 'json'
    return async (report, input) => {
      const path = places.take(input, `${basename(input.place)}.${ending}`)
      const text = xml || html ? this.document(report, html) : JSON.stringify(report, undefined, 2)
      await writeResult(path, new BufferSource(Buffer.from(`${text}\n`)), { force, mode: 0o666 })
      return path
    }
  }

  private async withEngine(
    config: CliConfig,
    keys: ReadonlyMap<string, KeyEntry>,
    files: number,
    work: (engine: SealEngine) => Promise<void>
  ): Promise<void> {
    const { clock, workerFile } = this.parts
    // a thread takes as long to start as a file to seal
    const threads = config.engine.threads ?? Math.min(files, availableParallelism())
    const { engine } = await openEngine({ ...config.engine, threads }, { keys, clock, workerFile })
    try {
      await work(engine)
    } finally {
      await engine.close()
    }
  }
}

/** Said once and before any file, rather than of each. */
function assertProvided(level: SealLevel, { engine }: CliConfig): void {
  if (level !== 'B-B' && engine.timestampAuthorities.length === 0)
    throw new Refused(sealingProblems['timestamp-not-configured'])
  const asksForRevocation = engine.revocation && (engine.trustFile !== undefined || engine.trustedLists.length > 0)
  if ((level === 'B-LT' || level === 'B-LTA') && !asksForRevocation)
    throw new Refused(sealingProblems['revocation-not-configured'])
}

function keysOf({ keyFile }: CliConfig): ReadonlyMap<string, KeyEntry> {
  if (keyFile === undefined) throw new Refused(cliProblems['config-wrong'], { problems: ['keys'] })
  return readKeyFile(keyFile)
}

/** The password in a file: its first line. */
function passwordIn(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  try {
    return firstLineOf(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Refused(cliProblems['password-unreadable'], fileProblem(error)?.facts ?? {}, { cause: error })
  }
}
