import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'

/** Refusals of archives; `why` is for people who look into one. */
export const broken = (why: string, cause?: unknown): Refused =>
  new Refused(sealingProblems['zip-broken'], { why }, { cause })
export const unsupported = (why: string): Refused => new Refused(sealingProblems['zip-unsupported'], { why })
export const tooLarge = (why: string): Refused => new Refused(sealingProblems['zip-too-large'], { why })
