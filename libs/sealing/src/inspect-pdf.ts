import { PdfReader } from './pades/pdf-reader.js'
import { planIncrement } from './pades/plan-increment.js'
import type { RandomAccessSource } from './pades/source.js'

/** Any time will do: the plan is thrown away. */
const SOME_TIME = new Date(0)

/**
 * Finds out whether a PDF can be sealed, without sealing it: the same reading and planning as for a seal, so that what
 * passes here does not fail later.
 * @throws Refused `sealing/pdf-not-a-pdf`, `sealing/pdf-encrypted`, `sealing/pdf-changes-forbidden` …
 */
export function inspectPdf(source: RandomAccessSource): void {
  planIncrement(PdfReader.open(source), { contentsBytes: 1, signingTime: SOME_TIME })
}
