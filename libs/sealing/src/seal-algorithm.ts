import { constants, type KeyObject, verify } from 'node:crypto'
import { derNull, integer, oid, sequence, tlv } from './der.js'
import { Oid } from './oids.js'

const table = {
  'RSA-SHA256': { hash: 'sha256', key: 'rsa', oid: Oid.rsaSha256 },
  'RSA-SHA384': { hash: 'sha384', key: 'rsa', oid: Oid.rsaSha384 },
  'RSA-SHA512': { hash: 'sha512', key: 'rsa', oid: Oid.rsaSha512 },
  'RSASSA-PSS-SHA256': { hash: 'sha256', key: 'pss', oid: Oid.rsassaPss },
  'RSASSA-PSS-SHA384': { hash: 'sha384', key: 'pss', oid: Oid.rsassaPss },
  'RSASSA-PSS-SHA512': { hash: 'sha512', key: 'pss', oid: Oid.rsassaPss },
  'ECDSA-SHA256': { hash: 'sha256', key: 'ec', oid: Oid.ecdsaSha256 },
  'ECDSA-SHA384': { hash: 'sha384', key: 'ec', oid: Oid.ecdsaSha384 },
  'ECDSA-SHA512': { hash: 'sha512', key: 'ec', oid: Oid.ecdsaSha512 }
} as const

/**
 * A signature algorithm that a seal may use (ETSI TS 119 312): SHA-2 only. `RSA-…` is RSASSA-PKCS1-v1_5,
 * `RSASSA-PSS-…` has MGF1 over the same hash and a salt as long as it, `ECDSA-…` gives DER `SEQUENCE { r, s }`.
 */
export type SealAlgorithm = keyof typeof table

/** All of them. */
export const sealAlgorithms = Object.keys(table) as [SealAlgorithm, ...SealAlgorithm[]]

/** Digest algorithms of seals, as node:crypto names them. */
export type HashName = 'sha256' | 'sha384' | 'sha512'

export const hashBytes: Record<HashName, number> = { sha256: 32, sha384: 48, sha512: 64 }

/** The digest that goes with a signature algorithm; the document is hashed with the same one. */
export const hashOf = (algorithm: SealAlgorithm): HashName => table[algorithm].hash

/** AlgorithmIdentifier of a digest; parameters are left out, as RFC 5754, 2 wants. */
export const digestIdentifier = (hash: HashName): Buffer => sequence(oid(Oid[hash]))

/** AlgorithmIdentifier of a signature: NULL for RSA, full parameters for PSS (RFC 4055, 3.1), none for ECDSA (RFC 5758). */
export function signatureIdentifier(algorithm: SealAlgorithm): Buffer {
  const { hash, key, oid: id } = table[algorithm]
  if (key === 'ec') return sequence(oid(id))
  if (key === 'rsa') return sequence(oid(id), derNull)
  const digest = sequence(oid(Oid[hash]), derNull)
  return sequence(
    oid(id),
    sequence(tlv(0xa0, digest), tlv(0xa1, sequence(oid(Oid.mgf1), digest)), tlv(0xa2, integer(hashBytes[hash])))
  )
}

/** Options that make node:crypto sign and verify by `algorithm`. */
export function nodeKeyOptions(algorithm: SealAlgorithm): { padding?: number; saltLength?: number } {
  const { hash, key } = table[algorithm]
  if (key === 'ec') return {}
  if (key === 'rsa') return { padding: constants.RSA_PKCS1_PADDING }
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hashBytes[hash] }
}

/**
 * A key as node:crypto is to use it by `algorithm`. Where its natural way is meant this is the key alone: each call that is
 * given options as well takes ten microseconds longer, a third of a signature by P-256.
 */
export function nodeKey(algorithm: SealAlgorithm, key: KeyObject): KeyObject | { key: KeyObject } {
  // "rsa" and "ec" on both sides: PKCS#1 v1.5, and DER. A key of type "rsa-pss" would sign otherwise by itself.
  return key.asymmetricKeyType === table[algorithm].key ? key : { key, ...nodeKeyOptions(algorithm) }
}

/** Whether `signature` over `signed` is the public key's, by `algorithm`. Never throws for wrong bytes. */
export function verifySignature(algorithm: SealAlgorithm, key: KeyObject, signed: Buffer, signature: Buffer): boolean {
  try {
    return verify(hashOf(algorithm), signed, nodeKey(algorithm, key), signature)
  } catch {
    return false
  }
}

/** The same on libuv's thread pool, so that many checks leave the event loop free. Never rejects for wrong bytes. */
export function verifySignatureAsync(
  algorithm: SealAlgorithm,
  key: KeyObject,
  signed: Buffer,
  signature: Buffer
): Promise<boolean> {
  return new Promise(resolve => {
    try {
      verify(hashOf(algorithm), signed, nodeKey(algorithm, key), signature, (error, valid) => resolve(!error && valid))
    } catch {
      resolve(false)
    }
  })
}

/** The algorithm that suits a key best: ECDSA with the hash of the curve's strength, or PKCS#1 v1.5 with SHA-256 for RSA. */
export function algorithmFor(key: KeyObject): SealAlgorithm | undefined {
  const { namedCurve, hashAlgorithm } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'rsa') return 'RSA-SHA256'
  if (key.asymmetricKeyType === 'rsa-pss')
    return (
      ({ sha384: 'RSASSA-PSS-SHA384', sha512: 'RSASSA-PSS-SHA512' } as const)[hashAlgorithm ?? ''] ??
      'RSASSA-PSS-SHA256'
    )
  if (key.asymmetricKeyType !== 'ec') return undefined
  return ({ prime256v1: 'ECDSA-SHA256', secp384r1: 'ECDSA-SHA384', secp521r1: 'ECDSA-SHA512' } as const)[
    namedCurve ?? ''
  ]
}

/** Bytes of one number in an ECDSA signature, which is the length of the order of the curve; 0 for other keys. */
export function orderBytes(key: KeyObject): number {
  const { namedCurve } = key.asymmetricKeyDetails ?? {}
  return { prime256v1: 32, secp384r1: 48, secp521r1: 66 }[namedCurve ?? ''] ?? 0
}

/** The most bytes a signature by the key can take: the modulus for RSA, DER with two full-length numbers for ECDSA. */
export function longestSignature(key: KeyObject): number {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (modulusLength) return Math.ceil(modulusLength / 8)
  const numberBytes = namedCurve === 'prime256v1' ? 32 : namedCurve === 'secp384r1' ? 48 : 66
  return 2 * (numberBytes + 3) + 3
}
