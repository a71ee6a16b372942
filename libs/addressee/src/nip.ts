import { weightedSum } from './weighted-sum.js'

/** Whether ten digits are a tax number (NIP): weights 6 5 7 2 3 4 5 6 7, remainder of 11 as the last digit, never 10. */
export function isValidNip(text: string): boolean {
  if (!/^\d{10}$/.test(text) || /^0+$/.test(text)) return false
  return weightedSum(text, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === Number(text[9])
}
