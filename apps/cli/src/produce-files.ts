import { Refused, Unavailable } from '#platform/plain'
import type { RandomAccessSource } from '#sealing/plain'
import { cliProblems } from './cli.errors.js'
import { inOrder } from './in-order.js'
import type { Input } from './inputs.js'
import { type OpenedFile, openFile } from './open-file.js'
import { exitCode, type ExitCode } from './outcome.js'
import { ResultPlaces } from './result-places.js'
import { problemIn, type ToldProblem } from './told-problem.js'
import { writeResult } from './write-result.js'

/** A result before it is written. */
export interface Product {
  /** Without folder. */
  readonly fileName: string
  readonly source: RandomAccessSource
  /** What there is to say about it. */
  readonly facts: Readonly<Record<string, string>>
  /** Present when less was reached than was asked for, because someone was away. */
  readonly shortfall?: ToldProblem
}

/** What became of one file, as it is printed; the facts of its product stand beside these. */
export interface FileResult {
  readonly file: string
  readonly status: 'done' | 'incomplete' | 'failed' | 'away'
  readonly output?: string
  readonly problem?: ToldProblem
  readonly [fact: string]: string | ToldProblem | undefined
}

/** Where results go, and what they may replace. */
export interface ProduceOptions {
  readonly out?: string
  readonly force: boolean
  readonly suffix: string
}

/** Files open at once: enough to fill one call to a remote key, few enough for any limit on open files. */
const atOnce = 32

/** After so many files in a row for which someone was away, the rest is not tried: each would only wait as long. */
const patience = 8

const codes: Readonly<Record<FileResult['status'], ExitCode>> = {
  done: exitCode.fine,
  incomplete: exitCode.away,
  failed: exitCode.failed,
  away: exitCode.away
}

/** The exit code that one result asks for. */
export const codeOfResult = ({ status }: FileResult): ExitCode => codes[status]

/** Makes a result of each file and writes it; the files themselves are only read. Results are told in the files' order. */
export async function produceFiles(
  inputs: readonly Input[],
  options: ProduceOptions,
  make: (file: OpenedFile, input: Input) => Promise<Product>,
  tell: (result: FileResult) => void
): Promise<void> {
  const places = new ResultPlaces(inputs, options.out, options.suffix)
  let away = 0
  const work = async (input: Input): Promise<FileResult> => {
    const { path: file } = input
    try {
      if (away >= patience) throw new Unavailable(cliProblems['not-tried'])
      const result = await produce(input, places, options, make)
      away = 0
      return result
    } catch (error) {
      if (error instanceof Unavailable) away++
      return { file, status: error instanceof Unavailable ? 'away' : 'failed', problem: problemIn(error) }
    }
  }
  await inOrder(inputs, { atOnce }, work, tell)
}

async function produce(
  input: Input,
  places: ResultPlaces,
  { force }: ProduceOptions,
  make: (file: OpenedFile, input: Input) => Promise<Product>
): Promise<FileResult> {
  const opened = openFile(input.path)
  try {
    const { fileName, source, facts, shortfall } = await make(opened, input)
    const output = places.take(input, fileName)
    try {
      await writeResult(output, source, { force, mode: opened.mode, beforeNaming: () => opened.assertUnchanged() })
    } catch (error) {
      // what is there stands in the way by a name that the caller may not have thought of
      if (error instanceof Refused) throw new Refused(error.type, { ...error.facts, output }, { cause: error })
      throw error
    }
    const told = { file: input.path, output, ...facts }
    return shortfall ? { ...told, status: 'incomplete', problem: shortfall } : { ...told, status: 'done' }
  } finally {
    opened.close()
  }
}
