import { weightedSum } from './weighted-sum.js'

/**
 * Whether nine or fourteen digits are a statistical number (REGON). The long form is the short one of the mother unit
 * followed by four digits and a check digit of its own. A remainder of 10 counts as 0.
 */
export function isValidRegon(text: string): boolean {
  if (/^0+$/.test(text)) return false
  if (/^\d{9}$/.test(text)) return last(text, [8, 9, 2, 3, 4, 5, 6, 7])
  if (!/^\d{14}$/.test(text)) return false
  return isValidRegon(text.slice(0, 9)) && last(text, [2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8])
}

function last(text: string, weights: readonly number[]): boolean {
  return (weightedSum(text, weights) % 11) % 10 === Number(text.at(-1))
}
