import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'

/**
 * The design of a visible seal cannot be used.
 * @param path the entry at fault, as in `graphic.data`
 * @param why what is wrong with it, in a few English words for the person who designs the seal
 */
export function wrongDesign(path: string, why: string, cause?: unknown): Refused {
  return new Refused(sealingProblems['seal-design-invalid'], { path, why }, cause === undefined ? {} : { cause })
}
