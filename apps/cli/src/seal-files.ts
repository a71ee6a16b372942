import { basename } from 'node:path'
import { Refused } from '#platform/plain'
import type { SealEngine, SealFormat, SealLevel, SealStyle } from '#sealing/plain'
import type { Input } from './inputs.js'
import { type FileResult, produceFiles, type ProduceOptions } from './produce-files.js'
import { toldProblem } from './told-problem.js'

/** How files are to be sealed. */
export interface SealFilesOptions extends Omit<ProduceOptions, 'suffix'> {
  readonly style: SealStyle
  readonly format?: SealFormat
  readonly level?: SealLevel
  readonly pdfPassword?: string
}

/** Seals files, each by itself, and writes the results. */
export async function sealFiles(
  engine: SealEngine,
  inputs: readonly Input[],
  { style, format, level, pdfPassword, ...options }: SealFilesOptions,
  tell: (result: FileResult) => void
): Promise<void> {
  const pdf = pdfPassword === undefined ? {} : { pdf: { password: pdfPassword } }
  await produceFiles(
    inputs,
    { ...options, suffix: '.sealed' },
    async ({ source }, { path }) => {
      const document = { fileName: basename(path), mediaType: '', source }
      const [outcome] = await engine.seal([{ id: path, documents: [document], format, level, ...pdf }], style)
      if (!outcome!.ok) throw new Refused(outcome!.problem, outcome!.facts)
      const { sealed, raiseLater, signingTime, timestamp } = outcome!
      return {
        ...sealed,
        facts: {
          format: outcome!.format,
          level: outcome!.level,
          signingTime: signingTime.toISOString(),
          ...(timestamp ? { timestamp: timestamp.genTime.toISOString() } : {}),
          ...(raiseLater ? { wantedLevel: raiseLater.to } : {})
        },
        ...(raiseLater ? { shortfall: toldProblem(raiseLater.problem, raiseLater.facts) } : {})
      }
    },
    tell
  )
}
