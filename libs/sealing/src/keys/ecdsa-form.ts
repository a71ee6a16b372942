import { integer, sequence } from '../der.js'
import { DerError, readDer, Tag } from '../der-reader.js'

/** DER `SEQUENCE { r, s }` (RFC 3279, 2.2.3) from the two numbers side by side, as PKCS#11 and IEEE P1363 give them. */
export function derOfRaw(raw: Buffer): Buffer {
  const half = raw.length >> 1
  return sequence(integer(raw.subarray(0, half)), integer(raw.subarray(half)))
}

/** Whether the bytes are `SEQUENCE { INTEGER, INTEGER }` in DER, each number of at most `numberBytes` bytes. */
export function isDerSignature(bytes: Buffer, numberBytes: number): boolean {
  try {
    const numbers = readDer(bytes).expect(Tag.sequence).children()
    return numbers.length === 2 && numbers.every(one => one.hex().length <= 2 * numberBytes)
  } catch (error) {
    if (error instanceof DerError) return false
    throw error
  }
}

/**
 * An ECDSA signature in DER from either form: services and devices differ. `numberBytes`: bytes of one number (32 for
 * P-256). Undefined when it is neither form.
 */
export function ecdsaToDer(bytes: Buffer, numberBytes: number): Buffer | undefined {
  if (isDerSignature(bytes, numberBytes)) return bytes
  return bytes.length === 2 * numberBytes ? derOfRaw(bytes) : undefined
}
