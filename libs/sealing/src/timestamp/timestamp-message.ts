import { boolean, integer, octetString, oid, sequence } from '../der.js'
import { DerError, type DerNode, readDer, Tag } from '../der-reader.js'
import { digestIdentifier } from '../seal-algorithm.js'

/** TimeStampReq (RFC 3161, 2.4.1), DER: SHA-256 imprint, nonce, certificates asked for. */
export function timestampRequest(imprint: Buffer, nonce: Buffer, policy?: string): Buffer {
  const parts = [integer(1), sequence(digestIdentifier('sha256'), octetString(imprint))]
  if (policy) parts.push(oid(policy))
  return sequence(...parts, integer(nonce), boolean(true))
}

/** PKIFailureInfo bits that mean "later": timeNotAvailable, systemFailure (RFC 3161, 2.4.2). */
const laterBits = [14, 25]

/** TimeStampResp read. `later` tells a refusal that may pass from one that stays. */
export type TimestampResponse =
  | { readonly granted: true; readonly token: Buffer }
  | {
      readonly granted: false
      readonly status: number
      readonly failureBits: readonly number[]
      readonly later: boolean
    }

/** Reads a TimeStampResp (RFC 3161, 2.4.2): statuses 0 and 1 grant, all others refuse. Throws DerError for other bytes. */
export function readTimestampResponse(der: Buffer): TimestampResponse {
  const [info, token] = readDer(der).expect(Tag.sequence).children()
  const [status, ...details] = info?.expect(Tag.sequence).children() ?? []
  if (!status) throw new DerError('no status')
  const code = status.number()
  if (code === 0 || code === 1) {
    if (!token) throw new DerError('granted, but no token')
    return { granted: true, token: token.raw }
  }
  const bits = details.find(detail => detail.tag === Tag.bitString)?.bits() ?? Buffer.alloc(0)
  const failureBits = [...Array(bits.length * 8).keys()].filter(bit => (bits[bit >> 3]! >> (7 - (bit & 7))) & 1)
  return { granted: false, status: code, failureBits, later: failureBits.some(bit => laterBits.includes(bit)) }
}

/** TSTInfo (RFC 3161, 2.4.2): what the authority states. */
export interface TstInfo {
  readonly policy: string
  /** Dotted OID of the imprint's hash, and the hash. */
  readonly imprintAlgorithm: string
  readonly imprint: Buffer
  readonly serial: string
  readonly genTime: Date
  /** Stated accuracy of genTime, in milliseconds (rounded up); 0 when not stated. */
  readonly accuracyMs: number
  /** Upper-case hexadecimal; undefined when absent. */
  readonly nonce?: string
}

/** Reads a TSTInfo. Throws DerError for other bytes. */
export function readTstInfo(der: Buffer): TstInfo {
  const [version, policy, imprint, serial, genTime, ...optional] = readDer(der).expect(Tag.sequence).children()
  const [algorithm, hash] = imprint?.expect(Tag.sequence).children() ?? []
  const algorithmId = algorithm?.children()[0]
  if (version?.number() !== 1 || !policy || !algorithmId || !hash || !serial || !genTime)
    throw new DerError('not a TSTInfo')
  const accuracy = optional.find(part => part.tag === Tag.sequence)
  return {
    policy: policy.oid(),
    imprintAlgorithm: algorithmId.oid(),
    imprint: hash.expect(Tag.octetString).content,
    serial: serial.hex(),
    genTime: genTime.expect(Tag.generalizedTime).time(),
    accuracyMs: accuracy ? readAccuracy(accuracy) : 0,
    nonce: optional.find(part => part.tag === Tag.integer)?.hex()
  }
}

function readAccuracy(accuracy: DerNode): number {
  let ms = 0
  for (const part of accuracy.children()) {
    const value =
      part.content.length <= 6 && part.content.length > 0 ? part.content.readUIntBE(0, part.content.length) : 0
    ms +=
      part.tag === Tag.integer
        ? value * 1000
        : part.tag === 0x80
          ? value
          : part.tag === 0x81
            ? Math.ceil(value / 1000)
            : 0
  }
  return ms
}

/** The DER INTEGER of a nonce as the reader shows it: upper-case hexadecimal without leading zeros. */
export const nonceText = (nonce: Buffer): string => readDer(integer(nonce)).hex()
