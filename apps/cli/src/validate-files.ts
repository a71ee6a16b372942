import { closeSync, openSync } from 'node:fs'
import { basename } from 'node:path'
import { Refused } from '#platform/plain'
import { FileSource, type SealEngine, type ValidationReport } from '#sealing/plain'
import { exitCode } from './outcome.js'

/** What was found in one file. */
export interface FileVerdict {
  readonly file: string
  readonly code: number
  readonly report?: ValidationReport
  readonly problem?: string
  readonly text?: { readonly pl: string; readonly en: string }
}

/** Validates the signatures of files. @param originals files that detached signatures speak of */
export async function validateFiles(
  engine: SealEngine,
  files: readonly string[],
  originals: readonly string[],
  report: (verdict: FileVerdict) => void
): Promise<number[]> {
  const verdicts = await Promise.all(files.map(file => validateFile(engine, file, originals)))
  verdicts.forEach(report)
  return verdicts.map(({ code }) => code)
}

async function validateFile(engine: SealEngine, file: string, originals: readonly string[]): Promise<FileVerdict> {
  const opened: number[] = []
  const open = (path: string): FileSource => {
    const descriptor = openSync(path, 'r')
    opened.push(descriptor)
    return new FileSource(descriptor)
  }
  try {
    const documents = originals.map(path => ({ fileName: basename(path), mediaType: '', source: open(path) }))
    const report = await engine.validate(open(file), documents)
    return { file, code: codeOf(report), report }
  } catch (error) {
    if (error instanceof Refused)
      return { file, code: exitCode.failed, problem: error.type.code, text: { pl: error.type.pl, en: error.type.en } }
    const { code } = error as NodeJS.ErrnoException
    if (code) return { file, code: exitCode.failed, problem: code }
    throw error
  } finally {
    opened.forEach(descriptor => closeSync(descriptor))
  }
}

/** By the worst of the signatures; a file without any is nothing that could be relied on. */
function codeOf({ signatures, timestamps }: ValidationReport): number {
  const indications = [...signatures, ...timestamps].map(({ indication }) => indication as string)
  if (indications.some(indication => indication.endsWith('FAILED'))) return exitCode.failed
  if (indications.length === 0 || indications.includes('INDETERMINATE')) return exitCode.indeterminate
  return exitCode.fine
}
