import { isXmlChar } from './byte-classes.js'
import { notWellFormed } from './xml-problems.js'

const named: Record<string, number> = { amp: 0x26, lt: 0x3c, gt: 0x3e, quot: 0x22, apos: 0x27 }

/** Far more digits than any character needs. */
const LONGEST = 64

/** A reference at `&` read: the code point that it stands for, and where the text goes on. */
export interface Reference {
  readonly code: number
  readonly end: number
}

/**
 * Reads the character reference or predefined entity at `at`. All other entities need a document type declaration and
 * are refused with it.
 */
export function readReference(bytes: Buffer, at: number, limit: number): Reference {
  const end = bytes.subarray(at, Math.min(limit, at + LONGEST)).indexOf(0x3b)
  const text = end < 0 ? '' : bytes.toString('latin1', at + 1, at + end)
  const numeric = /^#(?:x([0-9A-Fa-f]+)|([0-9]+))$/.exec(text)
  const code = numeric ? (numeric[1] ? parseInt(numeric[1], 16) : Number(numeric[2])) : named[text]
  if (code === undefined || !isXmlChar(code)) throw notWellFormed('reference', at)
  return { code, end: at + end + 1 }
}

/** A code point as UTF-8 in a byte string (each char one byte). */
export const utf8Char = (code: number): string =>
  code < 0x80 ? String.fromCharCode(code) : Buffer.from(String.fromCodePoint(code)).toString('latin1')

/**
 * An attribute value as its normalised text (XML 1.0, 3.3.3, for CDATA; there are no other types without a DTD), a byte
 * string: each char is one byte of UTF-8.
 */
export function attributeText(bytes: Buffer, start: number, end: number): string {
  let text = ''
  let from = start
  for (let i = start; i < end;) {
    const c = bytes[i]!
    if (c === 0x26) {
      const { code, end: next } = readReference(bytes, i, end)
      text += bytes.toString('latin1', from, i) + utf8Char(code)
      from = i = next
    } else if (c === 0x09 || c === 0x0a || c === 0x0d) {
      text += bytes.toString('latin1', from, i) + ' '
      i += c === 0x0d && bytes[i + 1] === 0x0a && i + 1 < end ? 2 : 1
      from = i
    } else i++
  }
  return text + bytes.toString('latin1', from, end)
}

/** A byte string as text. */
export const fromByteString = (text: string): string =>
  /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'latin1').toString('utf8')

/** Text as a byte string. */
export const toByteString = (text: string): string => Buffer.from(text).toString('latin1')
