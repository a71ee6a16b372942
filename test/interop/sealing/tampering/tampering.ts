import type { Document } from '#sealing/plain'

/** A file that somebody has meddled with. */
export interface Tampering {
  readonly name: string
  readonly file: Buffer
  /** What a detached signature is said to be over. */
  readonly original?: Document
  /** What happens in the world before it is judged, and after. */
  readonly before?: () => Promise<void>
  readonly after?: () => Promise<void>
}

/** A copy with one bit changed in the byte at a place (negative: from the end). */
export function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  const place = at < 0 ? copy.length + at : at
  copy[place]! ^= 1
  return copy
}

/** A copy with one hexadecimal digit changed to another one. */
export function otherDigit(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = copy[at] === 0x31 ? 0x32 : 0x31
  return copy
}

/** A copy with one stretch replaced by another, which is found exactly once or at its first place. */
export function replaced(bytes: Buffer, wanted: string | Buffer, by: string | Buffer): Buffer {
  const old = Buffer.from(wanted)
  const at = bytes.indexOf(old)
  if (at < 0) throw new Error('nothing to replace')
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(by), bytes.subarray(at + old.length)])
}
