import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { Refused, Unavailable } from '#platform/plain'
import {
  FileSource,
  pieces,
  type RandomAccessSource,
  type SealEngine,
  type SealFormat,
  type SealLevel,
  type SealStyle
} from '#sealing/plain'
import { exitCode } from './outcome.js'

/** How files are to be sealed. */
export interface SealFilesOptions {
  readonly style: SealStyle
  readonly format?: SealFormat
  readonly level?: SealLevel
  readonly password?: string
  /** Folder for results; beside each file when absent. */
  readonly out?: string
  /** Overwrite results that are there already. */
  readonly force: boolean
}

/** What became of one file, as it is printed. */
export interface FileResult {
  readonly file: string
  readonly code: number
  readonly output?: string
  readonly format?: string
  readonly level?: string
  readonly problem?: string
  readonly text?: { readonly pl: string; readonly en: string }
  readonly facts?: object
}

/** Files in the engine at once: enough to fill one call to a remote key. */
const atOnce = 64

/** Seals files and writes the results; the files themselves are only read. */
export async function sealFiles(
  engine: SealEngine,
  files: readonly string[],
  options: SealFilesOptions,
  report: (result: FileResult) => void
): Promise<number[]> {
  const codes: number[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < files.length; i = next++) {
      const result = await sealFile(engine, files[i]!, options)
      codes.push(result.code)
      report(result)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, files.length) }, work))
  return codes
}

async function sealFile(engine: SealEngine, file: string, options: SealFilesOptions): Promise<FileResult> {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (error) {
    return { file, code: exitCode.failed, problem: (error as NodeJS.ErrnoException).code ?? 'unreadable' }
  }
  try {
    const { style, format, level, password } = options
    const document = { fileName: basename(file), mediaType: '', source: new FileSource(descriptor) }
    const order = { id: file, documents: [document], format, level, ...(password ? { pdf: { password } } : {}) }
    const [outcome] = await engine.seal([order], style)
    if (!outcome!.ok) return failure(file, exitCode.failed, outcome!)
    const output = outputOf(file, outcome!.sealed.fileName, options)
    if (existsSync(output) && !options.force) return { file, code: exitCode.failed, problem: 'EEXIST', output }
    write(output, outcome!.sealed.source)
    return { file, code: exitCode.fine, output, format: outcome!.format, level: outcome!.level }
  } catch (error) {
    if (error instanceof Refused) return failure(file, exitCode.failed, { problem: error.type, facts: error.facts })
    if (error instanceof Unavailable) return failure(file, exitCode.away, { problem: error.type, facts: error.facts })
    throw error
  } finally {
    closeSync(descriptor)
  }
}

function failure(
  file: string,
  code: number,
  { problem, facts }: { problem: { code: string; pl: string; en: string }; facts: object }
): FileResult {
  return { file, code, problem: problem.code, text: { pl: problem.pl, en: problem.en }, facts }
}

/** A seal inside the file would give the result the file's own name: it gets `.sealed` before the extension. */
function outputOf(file: string, sealedName: string, { out }: SealFilesOptions): string {
  const folder = out ?? dirname(file)
  const direct = join(folder, sealedName)
  if (resolve(direct) !== resolve(file)) return direct
  const extension = extname(sealedName)
  return join(folder, `${basename(sealedName, extension)}.sealed${extension}`)
}

/** Whole or not at all: a result that is there can be trusted to be complete. */
function write(path: string, source: RandomAccessSource): void {
  const temporary = `${path}.part`
  const descriptor = openSync(temporary, 'w')
  try {
    for (const piece of pieces(source)) for (let at = 0; at < piece.length;) at += writeSync(descriptor, piece, at)
    fsyncSync(descriptor)
    closeSync(descriptor)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
