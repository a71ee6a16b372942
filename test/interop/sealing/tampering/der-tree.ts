/** A DER element that can be changed: constructed ones have children. Code of its own, for tampering. */
export interface Der {
  tag: number
  content: Buffer
  children: Der[]
}

export function parseDer(bytes: Buffer): Der {
  const [first] = parseAll(bytes)
  return first!
}

function parseAll(bytes: Buffer): Der[] {
  const found: Der[] = []
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at]!
    let length = bytes[at + 1]!
    let start = at + 2
    if (length & 0x80) {
      const count = length & 0x7f
      length = bytes.readUIntBE(start, count)
      start += count
    }
    const content = bytes.subarray(start, start + length)
    found.push({ tag, content, children: tag & 0x20 ? parseAll(content) : [] })
    at = start + length
  }
  return found
}

export function writeDer({ tag, content, children }: Der): Buffer {
  const inner = tag & 0x20 ? Buffer.concat(children.map(writeDer)) : content
  return Buffer.concat([Buffer.from([tag]), lengthOf(inner.length), inner])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const digits = length.toString(16)
  const bytes = Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex')
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

/** The same element with a length that is told by its end (BER), and so all constructed ones inside down to a depth. */
export function writeIndefinite(der: Der, depth: number): Buffer {
  if (depth === 0 || !(der.tag & 0x20)) return writeDer(der)
  const inner = der.children.map(child => writeIndefinite(child, depth - 1))
  return Buffer.concat([Buffer.from([der.tag, 0x80]), ...inner, Buffer.alloc(2)])
}
