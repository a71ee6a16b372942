import { BufferSource } from '#sealing/plain'
import { atLeast } from './local-rows.js'
import { makeLtaFiles, type LtaFiles } from './lta-files.js'
import { type Contestant, type Effort, race, repeating } from './race.js'
import type { Subject } from './subjects.js'
import type { Row } from './table.js'

/** Different files, so that nothing about one of them can be remembered from just now. */
const different = 12

/** How many long-term sealed PDFs one thread validates. */
export async function validationRows(subjects: readonly Subject[], effort: Effort): Promise<Row[]> {
  const rows: Row[] = []
  for (const subject of subjects) {
    const { validated } = await race({ validated: validating(await makeLtaFiles(subject, different)) }, effort)
    const { best, median } = validated
    const what = `validation of PAdES-LTA, 100 kB, ${subject.name}`
    rows.push({ what, best, median, unit: '/s', target: atLeast(150, validated) })
  }
  return rows
}

/** Validates one file after another; all of them must be found valid. */
export function validating({ files, engine }: LtaFiles): Contestant['run'] {
  let next = 0
  return repeating(async () => {
    const report = await engine.validate(new BufferSource(files[next++ % files.length]!))
    const verdicts = report.signatures.map(({ indication }) => indication)
    if (verdicts.length !== 1 || verdicts[0] !== 'TOTAL-PASSED') throw new Error(`not valid: ${verdicts.join()}`)
    return 1
  })
}
