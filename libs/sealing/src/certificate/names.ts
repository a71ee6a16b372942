import { DerError, type DerNode, readDer } from '../der-reader.js'

const canonical = new WeakMap<Buffer, string>()

/**
 * Whether two DER names are the same by RFC 5280, 7.1: kind of string, case and runs of spaces do not count. Nearly always
 * the bytes are equal and nothing is decoded.
 */
export function sameName(a: Buffer, b: Buffer): boolean {
  return a.equals(b) || canonicalName(a) === canonicalName(b)
}

/** A text that is equal for equal names. A name that cannot be read is equal to itself only. */
function canonicalName(der: Buffer): string {
  let text = canonical.get(der)
  if (text === undefined) {
    try {
      text = relativeNames(readDer(der)).join('/')
    } catch (error) {
      if (!(error instanceof DerError)) throw error
      text = der.toString('hex')
    }
    canonical.set(der, text)
  }
  return text
}

/** The relative distinguished names of a name, each as text that is equal for equal ones. */
export function relativeNames(name: DerNode): string[] {
  return name.children().map(relative =>
    relative
      .children()
      .map(attribute => {
        const [type, value] = attribute.children()
        if (!type || !value) throw new DerError('bad name')
        return `${type.oid()}=${JSON.stringify(comparable(value))}`
      })
      .sort()
      .join('+')
  )
}

function comparable(value: DerNode): string {
  return stringText(value).normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()
}

/** The text of a DER string; other kinds of value as hexadecimal. */
export function stringText(value: DerNode): string {
  switch (value.tag) {
    case 0x0c:
      return value.content.toString('utf8')
    case 0x13:
    case 0x14:
    case 0x16:
      return value.content.toString('latin1')
    case 0x1e:
      return value.content.length % 2 === 0
        ? Buffer.from(value.content).swap16().toString('utf16le')
        : value.content.toString('hex')
    default:
      return value.raw.toString('hex')
  }
}
