/** Longest file name taken, in bytes of UTF-8: what common file systems allow. */
const LONGEST_NAME = 255

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const QUOTED = '"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\x20-\\x7e])*"'
const PARAMETER = new RegExp(`;[ \\t]*(${TOKEN})[ \\t]*=[ \\t]*(${TOKEN}|${QUOTED})[ \\t]*`, 'y')
const TYPE = new RegExp(`^[ \\t]*(${TOKEN})[ \\t]*`)

/** Characters that change how a name is read: controls, separators of paths, directions of writing, non-characters. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}/\\\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/u

/**
 * The file name of an uploaded document, in Unicode normal form C.
 *
 * Strict where browsers are lenient (RFC 6266, 4; RFC 8187, 3.2): one `attachment`, no parameter twice, `filename*` in
 * UTF-8 only and stronger than `filename`, and a plain `filename` in ASCII, because nothing says how other bytes
 * are to be read.
 * @param header value of `Content-Disposition`
 * @returns undefined when the header or the name in it cannot be accepted
 */
export function parseFileName(header: string): string | undefined {
  const type = TYPE.exec(header)
  if (type?.[1]?.toLowerCase() !== 'attachment') return undefined
  const parameters = new Map<string, string>()
  PARAMETER.lastIndex = type[0].length
  for (let end = type[0].length; end < header.length; end = PARAMETER.lastIndex) {
    const found = PARAMETER.exec(header)
    const name = found?.[1]?.toLowerCase()
    if (!found || !name || parameters.has(name)) return undefined
    parameters.set(name, found[2]!)
  }
  const [extended, plain] = [parameters.get('filename*'), parameters.get('filename')]
  const fileName = extended !== undefined ? decodeExtended(extended) : plain !== undefined ? unquote(plain) : undefined
  return fileName === undefined ? undefined : acceptable(fileName.normalize('NFC'))
}

/**
 * The value of `Content-Disposition` for handing a file out: always an attachment, with an ASCII name for old
 * clients and the true one beside it (RFC 6266, appendix D).
 */
export function attachment(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\/%]/g, '_')
  const extended = encodeURIComponent(fileName.toWellFormed()).replace(
    /['()*]/g,
    char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${extended}`
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}

/** `UTF-8'language'percent-encoded` (RFC 8187, 3.2.1). */
function decodeExtended(value: string): string | undefined {
  const encoded = /^utf-8'[A-Za-z0-9-]*'((?:[!#$&+.^_`|~0-9A-Za-z-]|%[0-9A-Fa-f]{2})+)$/i.exec(value)?.[1]
  if (encoded === undefined) return undefined
  try {
    return decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}

function acceptable(name: string): string | undefined {
  if (name.trim() === '' || name !== name.trim() || name === '.' || name === '..') return undefined
  return FORBIDDEN.test(name) || Buffer.byteLength(name) > LONGEST_NAME ? undefined : name
}
