import { Unavailable } from '#platform/plain'
import type { SealEngine, ValidationReport } from '#sealing/plain'
import { inOrder } from './in-order.js'
import type { Input } from './inputs.js'
import { openFile } from './open-file.js'
import { openOriginals } from './originals.js'
import { exitCode, type ExitCode } from './outcome.js'
import { problemIn, type ToldProblem } from './told-problem.js'

/** What was found in one file. */
export interface FileVerdict {
  readonly file: string
  /** The worst of its signatures and time stamps; `unsigned` when it has none, `unread` when it could not be looked at. */
  readonly status: 'passed' | 'indeterminate' | 'failed' | 'unsigned' | 'unread' | 'away'
  /** What detached signatures were taken to sign. */
  readonly originals?: readonly string[]
  readonly report?: ValidationReport
  readonly problem?: ToldProblem
}

/** Reports are larger than results, and reading is all there is to wait for. */
const atOnce = 32

const codes: Readonly<Record<FileVerdict['status'], ExitCode>> = {
  passed: exitCode.fine,
  indeterminate: exitCode.indeterminate,
  unsigned: exitCode.indeterminate,
  failed: exitCode.failed,
  unread: exitCode.failed,
  away: exitCode.away
}

/** The exit code that one verdict asks for. */
export const codeOfVerdict = ({ status }: FileVerdict): ExitCode => codes[status]

/**
 * Validates the signatures of files; verdicts are told in the files' order.
 * @param originals files that detached signatures sign; the one beside each signature when empty
 */
export async function validateFiles(
  engine: SealEngine,
  inputs: readonly Input[],
  originals: readonly string[],
  tell: (verdict: FileVerdict) => void
): Promise<void> {
  await inOrder(inputs, { atOnce, waiting: 128 }, ({ path }) => validateFile(engine, path, originals), tell)
}

async function validateFile(engine: SealEngine, file: string, named: readonly string[]): Promise<FileVerdict> {
  try {
    const opened = openFile(file)
    try {
      const { paths, documents, close } = openOriginals(file, named)
      try {
        const report = await engine.validate(opened.source, documents)
        opened.assertUnchanged()
        return { file, status: statusOf(report), ...(paths.length > 0 ? { originals: paths } : {}), report }
      } finally {
        close()
      }
    } finally {
      opened.close()
    }
  } catch (error) {
    return { file, status: error instanceof Unavailable ? 'away' : 'unread', problem: problemIn(error) }
  }
}

/** By the worst of the signatures; a file without any is nothing that could be relied on. */
function statusOf({ signatures, timestamps }: ValidationReport): FileVerdict['status'] {
  const found = [...signatures, ...timestamps].map(({ indication }) => indication)
  if (found.length === 0) return 'unsigned'
  if (found.includes('TOTAL-FAILED') || found.includes('FAILED')) return 'failed'
  return found.includes('INDETERMINATE') ? 'indeterminate' : 'passed'
}
