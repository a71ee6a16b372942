/** The characters of PDFDocEncoding (ISO 32000-2, annex D.2) at 0x18 to 0x1f and 0x80 to 0xa0, where it is not Latin-1. */
const accents = '˘ˇˆ˙˝˛˚˜'
const specials = '•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž\ufffd€'

/** A text string (ISO 32000-2, 7.9.2.2) as text: UTF-16 or UTF-8 with a mark, otherwise PDFDocEncoding. */
export function textOf(bytes: Buffer): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return swapped(bytes.subarray(2, bytes.length & ~1)).toString('utf16le')
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2)
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.toString('utf8', 3)
  return bytes
    .toString('latin1')
    .replace(/[\x18-\x1f]/g, character => accents[character.charCodeAt(0) - 0x18]!)
    .replace(/[\x80-\xa0]/g, character => specials[character.charCodeAt(0) - 0x80]!)
}

/** Text as the bytes of a text string: as they are where PDFDocEncoding and ASCII agree, otherwise UTF-16BE with a mark. */
export function textBytes(text: string): Buffer {
  if (/^[\x20-\x7e]*$/.test(text)) return Buffer.from(text, 'latin1')
  return swapped(Buffer.from(`\ufeff${text}`, 'utf16le'))
}

function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes).swap16()
}

/** A string written out (ISO 32000-2, 7.3.4): literal where it is readable, hexadecimal otherwise. */
export function writtenString(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  return /^[\x20-\x7e]*$/.test(text) ? `(${text.replace(/[\\()]/g, '\\$&')})` : `<${bytes.toString('hex')}>`
}

/** A date string in UTC (ISO 32000-2, 7.9.4), whole seconds. */
export function pdfDate(at: Date): string {
  return `D:${at.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
}

const datePattern = /^D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:([Zz+-])(\d\d)?'?(\d\d)?'?)?$/

/** The time that a date string says; undefined when it says none. Without a zone UTC is meant here. */
export function timeOf(text: string): Date | undefined {
  const match = datePattern.exec(text)
  if (!match) return undefined
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', sign, zoneHour, zoneMinute] =
    match
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(local)) return undefined
  const offset = (Number(zoneHour ?? 0) * 60 + Number(zoneMinute ?? 0)) * 60_000
  return new Date(sign === '+' ? local - offset : sign === '-' ? local + offset : local)
}
