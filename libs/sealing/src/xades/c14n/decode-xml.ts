import { isUtf8 } from 'node:buffer'
import { readAll, type RandomAccessSource } from '../../source.js'
import { spaceByte } from './byte-classes.js'
import { notWellFormed, tooComplex, unsupportedXml } from './xml-problems.js'

/** XML larger than this is neither sealed inside nor read: it is held in memory. As one file among others it may be. */
export const MOST_XML_BYTES = 64 * 1024 * 1024

/** An XML document in UTF-8, and the way back to the bytes that it came in. */
export interface DecodedXml {
  /** UTF-8, perhaps with a byte order mark; the very bytes of the source where it is UTF-8 already. */
  readonly bytes: Buffer
  /** First byte after byte order mark and XML declaration. */
  readonly start: number
  /** The place in the source of a place in `bytes`. */
  place(at: number): number
  /** ASCII text in the encoding of the source. */
  encode(ascii: Buffer): Buffer
}

type Charset =
  | 'utf-8'
  | 'utf-16le'
  | 'utf-16be'
  | 'us-ascii'
  | 'iso-8859-1'
  | 'iso-8859-2'
  | 'iso-8859-15'
  | 'windows-1250'
  | 'windows-1252'

const charsets: Record<string, Charset> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'us-ascii',
  ascii: 'us-ascii',
  'iso-8859-1': 'iso-8859-1',
  latin1: 'iso-8859-1',
  'iso-8859-2': 'iso-8859-2',
  latin2: 'iso-8859-2',
  'iso-8859-15': 'iso-8859-15',
  'windows-1250': 'windows-1250',
  cp1250: 'windows-1250',
  'windows-1252': 'windows-1252',
  cp1252: 'windows-1252',
  'utf-16': 'utf-16le',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be'
}

/**
 * Reads an XML document into memory, in UTF-8 (XML 1.0, 4.3.3 and appendix F).
 * @throws Refused `sealing/xml-too-complex` above MOST_XML_BYTES, `sealing/xml-unsupported` for encodings other than
 * UTF-8, UTF-16, ISO-8859-1, -2, -15, windows-1250, -1252 and for versions of XML above 1.0,
 * `sealing/xml-not-well-formed` for wrong bytes.
 */
export function decodeXml(source: RandomAccessSource): DecodedXml {
  if (source.size > MOST_XML_BYTES) throw tooComplex('size')
  return decodeXmlBytes(readAll(source))
}

/** The same for bytes in memory. */
export function decodeXmlBytes(original: Buffer): DecodedXml {
  const seen = lookAt(original)
  const [width, mark] = seen === 'utf-8' ? [1, original[0] === 0xef ? 3 : 0] : [2, markBytes(original)]
  const head =
    width === 1 ? original.toString('latin1', mark, mark + 1024) : decodeAs(seen, original.subarray(mark, 1024))
  const declared = readDeclaration(head)
  let charset: Charset = seen
  if (declared.encoding) {
    const named = charsets[declared.encoding.toLowerCase()]
    if (!named) throw unsupportedXml('encoding')
    const wide = named.startsWith('utf-16')
    // a mark and a declaration that disagree would let two readers read two documents
    const otherEnd = /^utf-16[bl]e$/i.test(declared.encoding) && named !== seen
    if (wide !== (width === 2) || (mark === 3 && named !== 'utf-8') || otherEnd) throw notWellFormed('encoding', 0)
    if (width === 1) charset = named
  }
  if (charset === 'utf-8' || charset === 'us-ascii') {
    checkUtf8(original)
    if (charset === 'us-ascii' && original.some(byte => byte > 0x7f)) throw notWellFormed('encoding', 0)
    return { bytes: original, start: mark + declared.length, place: at => at, encode: ascii => ascii }
  }
  const text = decodeAs(charset, original.subarray(mark))
  // bytes to which these give no character: some programs make controls of them, others do not read on
  if (charset.startsWith('windows-') && /[\x80-\x9f]/.test(text)) throw notWellFormed('encoding', 0)
  const bytes = Buffer.from(text, 'utf8')
  checkUtf8(bytes)
  return {
    bytes,
    start: declared.length,
    place: at => mark + width * codeUnits(bytes, at, width === 2),
    encode: ascii => {
      if (width === 1) return ascii
      const wide = Buffer.from(ascii.toString('latin1'), 'utf16le')
      return charset === 'utf-16be' ? wide.swap16() : wide
    }
  }
}

const markBytes = (bytes: Buffer): number => (bytes[0] === 0xff || bytes[0] === 0xfe ? 2 : 0)

/** UTF-16 by its mark or by the zeros around the first `<?`; everything else begins like ASCII. */
function lookAt(bytes: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (bytes.length === 0) throw notWellFormed('document ends early', 0)
  const start = bytes.toString('hex', 0, 4)
  if (start.startsWith('fffe') || start === '3c003f00') return 'utf-16le'
  if (start.startsWith('feff') || start === '003c003f') return 'utf-16be'
  if (start.startsWith('ef') && !start.startsWith('efbbbf')) throw notWellFormed('encoding', 0)
  return 'utf-8'
}

function decodeAs(charset: Charset, bytes: Buffer): string {
  try {
    // What the web calls ISO-8859-1 is windows-1252.
    if (charset === 'iso-8859-1') return bytes.toString('latin1')
    if (charset === 'utf-16le' && bytes.length % 2 === 0)
      return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes)
    if (charset === 'utf-16be' && bytes.length % 2 === 0)
      return new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes).swap16())
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) throw notWellFormed('encoding', 0)
    throw error
  }
}

const space = '[ \\t\\r\\n]'
const declaration = new RegExp(
  `^<\\?xml${space}+version${space}*=${space}*(?:'([^']*)'|"([^"]*)")` +
    `(?:${space}+encoding${space}*=${space}*(?:'([^']*)'|"([^"]*)"))?` +
    `(?:${space}+standalone${space}*=${space}*(?:'(?:yes|no)'|"(?:yes|no)"))?${space}*\\?>`
)

/** The XML declaration at the start of `head`: its length in characters (0: none) and the encoding that it names. */
function readDeclaration(head: string): { length: number; encoding?: string } {
  if (!head.startsWith('<?xml') || !spaceByte[head.charCodeAt(5)]) return { length: 0 }
  const found = declaration.exec(head)
  if (!found) throw notWellFormed('XML declaration', 0)
  const version = found[1] ?? found[2]!
  // the fifth edition would read 1.2 as 1.0; most programs do not
  if (/^1\.[0-9]+$/.test(version) && version !== '1.0') throw unsupportedXml(`XML ${version.slice(0, 5)}`)
  if (version !== '1.0') throw notWellFormed('XML declaration', 0)
  const encoding = found[3] ?? found[4]
  if (encoding !== undefined && !/^[A-Za-z][A-Za-z0-9._-]*$/.test(encoding)) throw notWellFormed('XML declaration', 0)
  return { length: found[0].length, encoding }
}

const notChars = [Buffer.from('efbfbe', 'hex'), Buffer.from('efbfbf', 'hex')]

function checkUtf8(bytes: Buffer): void {
  if (!isUtf8(bytes)) throw notWellFormed('encoding', 0)
  for (const char of notChars) {
    const at = bytes.indexOf(char)
    if (at >= 0) throw notWellFormed('character', at)
  }
}

/** Characters before `at`, those beyond the basic plane counted twice where `pairs`. */
function codeUnits(bytes: Buffer, at: number, pairs: boolean): number {
  let count = 0
  for (let i = 0; i < at; i++) {
    const byte = bytes[i]!
    if ((byte & 0xc0) !== 0x80) count += pairs && byte >= 0xf0 ? 2 : 1
  }
  return count
}
