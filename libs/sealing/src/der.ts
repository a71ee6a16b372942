/** Writing DER (ITU-T X.690): the few kinds that seals need. Pure functions over Buffers; definite lengths only. */

/** One element: tag byte, shortest definite length, the parts one after another. */
export function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  let length = 0
  for (const part of parts) length += part.length
  const lengthBytes = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4
  const out = Buffer.allocUnsafe(2 + lengthBytes + length)
  out[0] = tag
  let at = 2
  if (lengthBytes === 0) out[1] = length
  else {
    out[1] = 0x80 | lengthBytes
    out.writeUIntBE(length, 2, lengthBytes)
    at += lengthBytes
  }
  for (const part of parts) {
    part.copy(out, at)
    at += part.length
  }
  return out
}

/** Tag and shortest definite length of an element whose `length` content bytes (below 2^48) stand elsewhere. */
export function head(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length])
  let lengthBytes = 1
  while (length >= 2 ** (8 * lengthBytes)) lengthBytes++
  const out = Buffer.allocUnsafe(2 + lengthBytes)
  out[0] = tag
  out[1] = 0x80 | lengthBytes
  out.writeUIntBE(length, 2, lengthBytes)
  return out
}

export const sequence = (...parts: readonly Buffer[]): Buffer => tlv(0x30, ...parts)
export const octetString = (content: Buffer): Buffer => tlv(0x04, content)
export const derNull: Buffer = Buffer.from([0x05, 0x00])
export const boolean = (value: boolean): Buffer => Buffer.from([0x01, 0x01, value ? 0xff : 0x00])

/** SET OF (X.690, 11.6): members in ascending order of their encodings. `tag` for an IMPLICIT one. */
export function setOf(members: readonly Buffer[], tag = 0x31): Buffer {
  return tlv(tag, ...[...members].sort((a, b) => Buffer.compare(a, b)))
}

/** A non-negative INTEGER from a number or from big-endian magnitude bytes. */
export function integer(value: number | Buffer): Buffer {
  let bytes = value
  if (typeof bytes === 'number') {
    const hex = bytes.toString(16)
    bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
  }
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const magnitude = bytes.subarray(start)
  return magnitude[0]! & 0x80 ? tlv(0x02, Buffer.from([0]), magnitude) : tlv(0x02, magnitude)
}

/** Encodings of identifiers in use; no more are kept than standards have, since others may come from what is read. */
const identifiers = new Map<string, Buffer>()
const mostIdentifiers = 500

/** OBJECT IDENTIFIER from dotted text. The result must not be written to. */
export function oid(dotted: string): Buffer {
  const known = identifiers.get(dotted)
  if (known) return known
  const encoded = encodeOid(dotted)
  if (identifiers.size < mostIdentifiers) identifiers.set(dotted, encoded)
  return encoded
}

function encodeOid(dotted: string): Buffer {
  const arcs = dotted.split('.').map(Number)
  const bytes: number[] = []
  for (const arc of [arcs[0]! * 40 + arcs[1]!, ...arcs.slice(2)]) {
    const base128 = [arc % 128]
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) base128.unshift(0x80 | (rest % 128))
    bytes.push(...base128)
  }
  return tlv(0x06, Buffer.from(bytes))
}

/** Attribute of CMS (RFC 5652, 5.3): a type and its values; one is usual. */
export const attribute = (type: string, ...values: readonly Buffer[]): Buffer => sequence(oid(type), setOf(values))

/** Time as RFC 5280, 4.1.2.5 wants it: UTCTime until 2049, GeneralizedTime from 2050; whole seconds, UTC. */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/[-:T]/g, '').slice(0, 14)
  return at.getUTCFullYear() < 2050
    ? tlv(0x17, Buffer.from(`${digits.slice(2)}Z`, 'latin1'))
    : tlv(0x18, Buffer.from(`${digits}Z`, 'latin1'))
}
