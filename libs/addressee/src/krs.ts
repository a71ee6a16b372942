/** Whether a text is a number of the National Court Register (KRS): ten digits, no check digit, not all zero. */
export function isValidKrs(text: string): boolean {
  return /^\d{10}$/.test(text) && !/^0+$/.test(text)
}
