import { Refused, type ProblemType } from '#platform'
import { addresseeProblems } from './addressee.errors.js'

declare const adeBrand: unique symbol

/**
 * Adres do doręczeń elektronicznych (ADE) of the Polish service in its one written form, `AE:PL-ddddd-ddddd-LLLLL-cc`.
 * Only `readAde` and `parseAde` make one, so a value of this type has a right shape and right check digits.
 * That says nothing about its existence: only BAE does.
 */
export type Ade = string & { readonly [adeBrand]: true }

/** What reading a text as an ADE came to. */
export type AdeReading =
  { readonly ok: true; readonly ade: Ade } | { readonly ok: false; readonly problem: ProblemType }

const shape = /^AE:PL-(\d{5})-(\d{5})-([A-Z]{5})-(\d{2})$/
const foreignShape = /^AE:(?!PL-)[A-Z]{2}-[0-9A-Z-]+$/

/** Reads an ADE as people write it: letter case, spaces and long dashes do not matter. */
export function readAde(text: string): AdeReading {
  const normal = text
    .replace(/\s/g, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .toUpperCase()
  const match = shape.exec(normal)
  if (!match) {
    const foreign = foreignShape.test(normal)
    return { ok: false, problem: addresseeProblems[foreign ? 'ade-foreign' : 'ade-malformed'] }
  }
  if (adeCheckDigits(match[1]!, match[2]!, match[3]!) !== match[4])
    return { ok: false, problem: addresseeProblems['ade-check-digits'] }
  return { ok: true, ade: normal as Ade }
}

/** Like `readAde`, but a text that is no ADE is `Refused`. */
export function parseAde(text: string): Ade {
  const reading = readAde(text)
  if (!reading.ok) throw new Refused(reading.problem)
  return reading.ade
}

/** Whether a text can be read as an ADE. */
export function isValidAde(text: string): boolean {
  return readAde(text).ok
}

/**
 * The two check digits: the digit sum of |sum of letter codes − sum of both groups|. The rule is not published;
 * it holds for every real address known to us (see README). It is a guard against typing errors and no more:
 * swapped groups or letters pass.
 */
export function adeCheckDigits(group1: string, group2: string, letters: string): string {
  const codes = [...letters].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
  const distance = Math.abs(codes - (Number(group1) + Number(group2)))
  const digitSum = [...String(distance)].reduce((sum, digit) => sum + Number(digit), 0)
  return String(digitSum).padStart(2, '0')
}
