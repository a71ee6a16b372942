import { Refused, Unavailable } from '#platform/plain'
import { isDetached, type SealEngine, sealingProblems, type ValidationReport } from '#sealing/plain'
import { inOrder } from './in-order.js'
import type { Input } from './inputs.js'
import { openFile } from './open-file.js'
import { openOriginals } from './originals.js'
import { exitCode, type ExitCode } from './outcome.js'
import { problemIn, type ToldProblem } from './told-problem.js'

/** What was found in one file. */
export interface FileVerdict {
  readonly file: string
  /** The worst of its signatures and time stamps; `unsigned` when it has none, `error` when it could not be looked at. */
  readonly status: 'passed' | 'indeterminate' | 'failed' | 'unsigned' | 'error' | 'away'
  /** The files that detached signatures in it were checked against; absent where there is no such signature. */
  readonly originals?: readonly string[]
  readonly report?: ValidationReport
  /** Where the report was written. */
  readonly output?: string
  readonly problem?: ToldProblem
}

/** Reports are larger than results, and reading is all there is to wait for. */
const atOnce = 32

const codes: Readonly<Record<FileVerdict['status'], ExitCode>> = {
  passed: exitCode.fine,
  indeterminate: exitCode.indeterminate,
  unsigned: exitCode.indeterminate,
  failed: exitCode.failed,
  error: exitCode.failed,
  away: exitCode.away
}

/** The exit code that one verdict asks for. */
export const codeOfVerdict = ({ status }: FileVerdict): ExitCode => codes[status]

/** How files are to be validated. */
export interface ValidateFilesOptions {
  /** Files that detached signatures sign; the one beside each signature when empty. */
  readonly originals: readonly string[]
  readonly pdfPassword?: string
  /** Writes a report somewhere, and says where; what it throws is the file's problem. */
  readonly keep?: (report: ValidationReport, input: Input) => Promise<string>
}

/** Validates the signatures of files; verdicts are told in the files' order. */
export async function validateFiles(
  engine: SealEngine,
  inputs: readonly Input[],
  options: ValidateFilesOptions,
  tell: (verdict: FileVerdict) => void
): Promise<void> {
  await inOrder(inputs, { atOnce, waiting: 128 }, input => validateFile(engine, input, options), tell)
}

async function validateFile(
  engine: SealEngine,
  input: Input,
  { keep, ...options }: ValidateFilesOptions
): Promise<FileVerdict> {
  const { path: file } = input
  try {
    const { report, checkedAgainst } = await read(engine, file, options)
    const output = await keep?.(report, input)
    return {
      file,
      status: statusOf(report),
      ...(checkedAgainst.length > 0 ? { originals: checkedAgainst } : {}),
      ...(output === undefined ? {} : { output }),
      report
    }
  } catch (error) {
    return { file, status: statusAfter(error), problem: problemIn(error) }
  }
}

async function read(
  engine: SealEngine,
  file: string,
  { originals, pdfPassword }: Omit<ValidateFilesOptions, 'keep'>
): Promise<{ report: ValidationReport; checkedAgainst: readonly string[] }> {
  const opened = openFile(file)
  try {
    const { paths, documents, close } = openOriginals(file, originals)
    try {
      const report = await engine.validate(opened.source, { originals: documents, pdfPassword })
      opened.assertUnchanged()
      return { report, checkedAgainst: report.signatures.some(({ format }) => isDetached(format)) ? paths : [] }
    } finally {
      close()
    }
  } finally {
    opened.close()
  }
}

/** What is of no signed kind was read: it has no signature. */
function statusAfter(error: unknown): FileVerdict['status'] {
  if (error instanceof Unavailable) return 'away'
  return error instanceof Refused && error.type === sealingProblems['file-kind-unknown'] ? 'unsigned' : 'error'
}

/** By the worst of the signatures; a file without any, or with some that were not judged, is nothing that could be relied on. */
function statusOf({ signatures, timestamps, notJudged }: ValidationReport): FileVerdict['status'] {
  const found = [...signatures, ...timestamps].map(({ indication }) => indication)
  if (found.length === 0) return 'unsigned'
  if (found.includes('TOTAL-FAILED') || found.includes('FAILED')) return 'failed'
  return notJudged > 0 || found.includes('INDETERMINATE') ? 'indeterminate' : 'passed'
}
