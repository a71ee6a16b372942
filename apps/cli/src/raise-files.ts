import { basename } from 'node:path'
import type { SealEngine, SealLevel } from '#sealing/plain'
import type { Input } from './inputs.js'
import { openOriginals } from './originals.js'
import { type FileResult, produceFiles, type ProduceOptions } from './produce-files.js'

/** How far seals are to be raised. */
export interface RaiseFilesOptions extends Omit<ProduceOptions, 'suffix'> {
  readonly to: SealLevel
  /** Files that detached signatures sign; the one beside each signature when empty. */
  readonly originals: readonly string[]
  readonly pdfPassword?: string
}

/** Raises the level of every seal in files, and writes the results. */
export async function raiseFiles(
  engine: SealEngine,
  inputs: readonly Input[],
  { to, originals, pdfPassword, ...options }: RaiseFilesOptions,
  tell: (result: FileResult) => void
): Promise<void> {
  await produceFiles(
    inputs,
    { ...options, suffix: '.raised' },
    async ({ source }, { path }) => {
      const { documents, close } = openOriginals(path, originals)
      try {
        const raised = await engine.raise(source, to, { originals: documents, pdfPassword })
        return { fileName: basename(path), source: raised, facts: { level: to } }
      } finally {
        close()
      }
    },
    tell
  )
}
