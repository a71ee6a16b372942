import { weightedSum } from './weighted-sum.js'

/** Added to the month by century (art. 18 of the act on population registration). */
const centuries: Readonly<Record<number, number>> = { 0: 1900, 20: 2000, 40: 2100, 60: 2200, 80: 1800 }

/** Whether eleven digits are a personal number (PESEL): a real date of birth and the right check digit. */
export function isValidPesel(text: string): boolean {
  if (!/^\d{11}$/.test(text)) return false
  const monthField = Number(text.slice(2, 4))
  const century = centuries[Math.floor(monthField / 20) * 20]!
  const year = century + Number(text.slice(0, 2))
  const day = Number(text.slice(4, 6))
  if (day < 1 || day > daysOfMonth(year, monthField % 20)) return false
  return (10 - (weightedSum(text, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === Number(text[10])
}

function daysOfMonth(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
}
