import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'

/** Digest algorithms a time stamp may be asked over, by OID: length of the digest in octets. */
const digestLengths: Record<string, number> = {
  '2.16.840.1.101.3.4.2.1': 32,
  '2.16.840.1.101.3.4.2.2': 48,
  '2.16.840.1.101.3.4.2.3': 64
}

/** Reasons why a request is turned down, with their bit in PKIFailureInfo (RFC 3161 2.4.2). */
export const failureBits = {
  badAlg: 0,
  badRequest: 2,
  badDataFormat: 5,
  unacceptedPolicy: 15,
  unacceptedExtension: 16
} as const
export type TimestampFailure = keyof typeof failureBits

/** A request that can be answered. */
export interface TimestampRequest {
  digestOid: string
  digest: Buffer
  /** Big-endian bytes of the INTEGER as sent, to be echoed. */
  nonce?: Buffer
  certReq: boolean
}

/**
 * Reads and checks a TimeStampReq (RFC 3161 2.4.1).
 *
 * @param policy the only policy that is served
 * @returns the request, or why it is turned down
 */
export function readTimestampRequest(bytes: Buffer, policy: string): TimestampRequest | TimestampFailure {
  const parsed = parse(bytes)
  if (!parsed) return 'badDataFormat'
  if (parsed.version !== 1) return 'badRequest'
  const digestOid = parsed.messageImprint.hashAlgorithm.algorithmId
  const digest = Buffer.from(parsed.messageImprint.hashedMessage.valueBlock.valueHexView)
  const length = digestLengths[digestOid]
  if (length === undefined) return 'badAlg'
  if (digest.length !== length) return 'badDataFormat'
  if (parsed.reqPolicy !== undefined && parsed.reqPolicy !== policy) return 'unacceptedPolicy'
  if (parsed.extensions?.length) return 'unacceptedExtension'
  return {
    digestOid,
    digest,
    certReq: parsed.certReq ?? false,
    ...(parsed.nonce ? { nonce: Buffer.from(parsed.nonce.valueBlock.valueHexView) } : {})
  }
}

function parse(bytes: Buffer): pkijs.TimeStampReq | undefined {
  const tree = asn1js.fromBER(new Uint8Array(bytes).buffer)
  // Anything after the request is as bad as a request that breaks off.
  if (tree.offset !== bytes.length) return undefined
  try {
    return new pkijs.TimeStampReq({ schema: tree.result })
  } catch {
    return undefined
  }
}
