import { Refused } from '#platform/plain'
import { sealingProblems } from '../../sealing.errors.js'

/** XML that no parser may accept, or whose namespaces do not hold. `at` counts bytes of the document in UTF-8. */
export const notWellFormed = (why: string, at: number): Refused =>
  new Refused(sealingProblems['xml-not-well-formed'], { why, at })

/** Legal XML that is not sealed or read, and why. */
export const unsupportedXml = (why: string): Refused => new Refused(sealingProblems['xml-unsupported'], { why })

/** One of the limits that keep hostile XML from costing time and memory. */
export const tooComplex = (limit: string): Refused => new Refused(sealingProblems['xml-too-complex'], { limit })
