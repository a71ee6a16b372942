/** What a byte may be. Bytes above 0x7F belong to characters that XML allows: UTF-8 is checked as a whole beforehand. */

/** In text: 1 for bytes that end a plain stretch: `<`, `&`, `>`, CR and what must not stand there. */
export const textStop = new Uint8Array(256)
/** In attribute values: 1 for quotes, `<`, `&`, white space other than the blank, and what must not stand there. */
export const valueStop = new Uint8Array(256)
/** In names: 1 for bytes that continue one. */
export const nameByte = new Uint8Array(256)
/** White space of XML. */
export const spaceByte = new Uint8Array(256)
/** Control characters that XML 1.0 forbids everywhere. */
export const forbidden = new Uint8Array(256)

for (let byte = 0; byte < 256; byte++) {
  const char = String.fromCharCode(byte)
  const space = ' \t\r\n'.includes(char)
  spaceByte[byte] = space ? 1 : 0
  forbidden[byte] = byte < 0x20 && !space ? 1 : 0
  textStop[byte] = forbidden[byte] || '<&>\r'.includes(char) ? 1 : 0
  valueStop[byte] = forbidden[byte] || '<&"\'\t\r\n'.includes(char) ? 1 : 0
  nameByte[byte] = byte >= 0x80 || /[A-Za-z0-9._:-]/.test(char) ? 1 : 0
}

const start =
  'A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}\\u{200D}\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}'
const ncName = `[${start}][${start}0-9.\\u{B7}\\u{300}-\\u{36F}\\u{203F}\\u{2040}-]*`
const qName = new RegExp(`^(?:${ncName}:)?${ncName}$`, 'u')

/** Whether text is a QName of Namespaces in XML 1.0 (third edition). */
export const isQName = (text: string): boolean => qName.test(text)

/** Whether a code point is a Char of XML 1.0, 2.2. */
export const isXmlChar = (code: number): boolean =>
  code >= 0x20
    ? code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
    : code === 9 || code === 10 || code === 13
