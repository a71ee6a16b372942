/** The 32 bytes that fill up short passwords (ISO 32000-1, algorithm 2). */
export const passwordPadding = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex')

/** What of PDFDocEncoding is not Latin-1 (ISO 32000-1, D.2), by code point. */
const pdfDocCodes: Readonly<Record<string, number>> = {
  '\u02d8': 0x18,
  '\u02c7': 0x19,
  '\u02c6': 0x1a,
  '\u02d9': 0x1b,
  '\u02dd': 0x1c,
  '\u02db': 0x1d,
  '\u02da': 0x1e,
  '\u02dc': 0x1f,
  '\u2022': 0x80,
  '\u2020': 0x81,
  '\u2021': 0x82,
  '\u2026': 0x83,
  '\u2014': 0x84,
  '\u2013': 0x85,
  '\u0192': 0x86,
  '\u2044': 0x87,
  '\u2039': 0x88,
  '\u203a': 0x89,
  '\u2212': 0x8a,
  '\u2030': 0x8b,
  '\u201e': 0x8c,
  '\u201c': 0x8d,
  '\u201d': 0x8e,
  '\u2018': 0x8f,
  '\u2019': 0x90,
  '\u201a': 0x91,
  '\u2122': 0x92,
  '\ufb01': 0x93,
  '\ufb02': 0x94,
  '\u0141': 0x95,
  '\u0152': 0x96,
  '\u0160': 0x97,
  '\u0178': 0x98,
  '\u017d': 0x99,
  '\u0131': 0x9a,
  '\u0142': 0x9b,
  '\u0153': 0x9c,
  '\u0161': 0x9d,
  '\u017e': 0x9e,
  '\u20ac': 0xa0
}

/**
 * The bytes that a password may have been turned into when the file was made, likeliest first. Revisions 2 to 4 want
 * PDFDocEncoding, which has no room for most Polish letters; writers then used UTF-8 or the code page of their machine,
 * for Polish windows-1250. The right one proves itself.
 */
export function legacyPasswords(password: string): Buffer[] {
  const candidates = [encode(password, pdfDocCode), Buffer.from(password, 'utf8'), encode(password, windows1250Code)]
  const found: Buffer[] = []
  for (const one of candidates) if (one && !found.some(other => other.equals(one))) found.push(one)
  return found
}

/**
 * The bytes of a password for revisions 5 and 6: SASLprep, UTF-8, 127 bytes at most (ISO 32000-2, algorithm 2.A). Of
 * SASLprep (RFC 4013) the mappings are done; what it forbids no writer would have let through.
 */
export function modernPassword(password: string): Buffer {
  const mapped = password
    .replace(/[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]/g, '')
    .replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
    .normalize('NFKC')
  return Buffer.from(mapped, 'utf8').subarray(0, 127)
}

function encode(text: string, codeOf: (character: string) => number | undefined): Buffer | undefined {
  const codes = [...text].map(codeOf)
  return codes.includes(undefined) ? undefined : Buffer.from(codes as number[])
}

function pdfDocCode(character: string): number | undefined {
  const code = character.codePointAt(0)!
  const listed = pdfDocCodes[character]
  if (listed !== undefined) return listed
  return code < 0x18 || (code >= 0x20 && code < 0x7f) || (code > 0xa0 && code <= 0xff) ? code : undefined
}

const windows1250 = new TextDecoder('windows-1250')
const windows1250Codes = new Map<string, number>()
for (let code = 0; code < 256; code++) windows1250Codes.set(windows1250.decode(Uint8Array.of(code)), code)

function windows1250Code(character: string): number | undefined {
  return windows1250Codes.get(character)
}
