#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { Refused, SystemClock } from '#platform/plain'
import {
  type KeyEntry,
  openEngine,
  readKeyFile,
  renderReport,
  type SealEngine,
  sealFormats,
  type SealFormat,
  sealLevels,
  type SealLevel,
  writeEtsiReport
} from '#sealing/plain'
import { type CliConfig, readCliConfig } from './cli-config.js'
import { exitCode, worst } from './outcome.js'
import { ProgressBar } from './progress-bar.js'
import { type FileResult, sealFiles } from './seal-files.js'
import { type FileVerdict, validateFiles } from './validate-files.js'

const language = /^pl/i.test(process.env['LC_ALL'] ?? process.env['LANG'] ?? '') ? 'pl' : 'en'
const workerFile = fileURLToPath(new URL('../../../libs/sealing/src/engine/engine-worker.js', import.meta.url))

const program = new Command('goniec')
  .description('Seals files and validates signatures, without a server.')
  .showHelpAfterError()
  .exitOverride()
  .addHelpText(
    'after',
    '\nExit codes: 0 fine, 1 something failed, 2 wrong usage, 3 a service is away, 4 indeterminate.\n'
  )

program
  .command('seal')
  .description('seal files; results stand beside them, or in --out')
  .argument('<file...>')
  .requiredOption('--profile <name>', 'profile of the configuration')
  .option('--config <file>', 'configuration', 'goniec.json')
  .addOption(new Option('--format <format>', 'kind of seal, instead of the one by file type').choices(sealFormats))
  .addOption(new Option('--level <level>', 'AdES baseline level').choices(sealLevels))
  .option('--password-file <file>', 'a file whose first line opens encrypted PDFs')
  .option('--out <folder>', 'folder for the results')
  .option('--force', 'overwrite results that are there already', false)
  .option('--json', 'one JSON object per file on standard output', false)
  .action((files: string[], options: SealOptions) => seal(files, options).then(finish))

program
  .command('validate')
  .description('validate the signatures and seals of files, ours and others')
  .argument('<file...>')
  .option('--original <file...>', 'what detached signatures speak of', [])
  .option('--config <file>', 'configuration with trust anchors', 'goniec.json')
  .option('--json', 'one JSON report per file on standard output', false)
  .option('--xml', 'ETSI TS 119 102-2 reports on standard output', false)
  .option('--html', 'reports as pages for people on standard output', false)
  .action((files: string[], options: ValidateOptions) => validate(files, options).then(finish))

interface SealOptions {
  profile: string
  config: string
  format?: SealFormat
  level?: SealLevel
  passwordFile?: string
  out?: string
  force: boolean
  json: boolean
}

interface ValidateOptions {
  original: string[]
  config: string
  json: boolean
  xml: boolean
  html: boolean
}

async function seal(files: string[], options: SealOptions): Promise<number> {
  const config = readCliConfig(options.config)
  const style = config.profiles.get(options.profile)
  if (!style) throw new Error(`${options.config}: no profile ${options.profile}`)
  return withEngine(config, true, async engine => {
    const bar = options.json ? undefined : new ProgressBar(files.length)
    const failures: FileResult[] = []
    const password = options.passwordFile && readFileSync(options.passwordFile, 'utf8').split(/\r?\n/)[0]
    const codes = await sealFiles(engine, files, { ...options, style, password }, result => {
      if (options.json) console.log(JSON.stringify(result))
      else if (result.code !== exitCode.fine) failures.push(result)
      bar?.step()
    })
    bar?.end()
    if (!options.json) {
      for (const { file, problem, text } of failures)
        console.error(`${file}: ${text?.[language] ?? problem} [${problem}]`)
      console.error(`${files.length - failures.length}/${files.length}`)
    }
    return worst(codes)
  })
}

async function validate(files: string[], options: ValidateOptions): Promise<number> {
  const config = readCliConfig(options.config)
  return withEngine(config, false, async engine =>
    worst(await validateFiles(engine, files, options.original, verdict => show(verdict, options)))
  )
}

function show({ file, report, problem, text, code }: FileVerdict, { json, xml, html }: ValidateOptions): void {
  if (json) console.log(JSON.stringify({ file, code, report, problem }))
  else if (!report) console.error(`${file}: ${text?.[language] ?? problem} [${problem}]`)
  else if (xml) console.log(writeEtsiReport(report))
  else if (html) console.log(renderReport(report, language))
  else {
    const found = [...report.signatures, ...report.timestamps]
    if (found.length === 0) console.log(`${file}: ${language === 'pl' ? 'brak podpisów' : 'no signatures'}`)
    for (const one of found)
      console.log(
        [file, one.id, one.indication, 'subIndication' in one ? one.subIndication : '', 'level' in one ? one.level : '']
          .filter(Boolean)
          .join('  ')
      )
  }
}

async function withEngine(
  config: CliConfig,
  sealing: boolean,
  work: (engine: SealEngine) => Promise<number>
): Promise<number> {
  const keys = sealing && config.keyFile ? readKeyFile(config.keyFile) : new Map<string, KeyEntry>()
  const { engine } = await openEngine(config.engine, { keys, clock: new SystemClock(), workerFile })
  try {
    return await work(engine)
  } finally {
    await engine.close()
  }
}

function finish(code: number): void {
  process.exitCode = code
}

program.parseAsync().catch((error: unknown) => {
  if (error instanceof Error && 'exitCode' in error) {
    // commander has said what it had to say; help that was asked for is no error
    process.exitCode = error.exitCode === 0 ? exitCode.fine : exitCode.usage
    return
  }
  console.error(error instanceof Refused ? `${error.type[language]} [${error.type.code}]` : (error as Error).message)
  process.exitCode = exitCode.usage
})
