import { constants, type KeyObject } from 'node:crypto'
import { type AnyHash, type SignatureScheme, verifyScheme } from '../certificate/signature-scheme.js'
import { DerError, readDer, Tag } from '../der-reader.js'
import type { HashName, SealAlgorithm } from '../seal-algorithm.js'
import type { C14nMethod } from './c14n/canonicalize.js'
import { DS, EXCLUSIVE } from './names.js'

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#'
const MORE_2007 = 'http://www.w3.org/2007/05/xmldsig-more#'
const MORE_2021 = 'http://www.w3.org/2021/04/xmldsig-more#'
const DS_11 = 'http://www.w3.org/2009/xmldsig11#'
const ENC = 'http://www.w3.org/2001/04/xmlenc#'

/** Digest algorithms by URI (RFC 9231, 2.1). */
export const digestUris: Record<HashName, string> = {
  sha256: `${ENC}sha256`,
  sha384: `${MORE}sha384`,
  sha512: `${ENC}sha512`
}

/** Digests of signatures made by others; MD5 and its kind prove nothing and are not here. */
const hashes = new Map<string, AnyHash>([
  ...(Object.keys(digestUris) as HashName[]).map(hash => [digestUris[hash], hash] as const),
  [`${DS}sha1`, 'sha1'],
  [`${MORE}sha224`, 'sha224'],
  ...(['sha3-256', 'sha3-384', 'sha3-512'] as const).map(hash => [`${MORE_2007}${hash}`, hash] as const)
])

const urisOfHashes = new Map<string, string>([...hashes].map(([uri, hash]) => [hash, uri]))

/** The URI of a digest algorithm; undefined for what has none, and for broken ones. */
export const uriOfHash = (hash: string): string | undefined => urisOfHashes.get(hash)

/** The digest algorithm of a URI; undefined for unknown and broken ones. */
export const hashOfUri = (uri: string): AnyHash | undefined => hashes.get(uri)

/** Signature algorithms by URI (RFC 9231, 2.3). */
export const signatureUris: Record<SealAlgorithm, string> = {
  'RSA-SHA256': `${MORE}rsa-sha256`,
  'RSA-SHA384': `${MORE}rsa-sha384`,
  'RSA-SHA512': `${MORE}rsa-sha512`,
  'RSASSA-PSS-SHA256': `${MORE_2007}sha256-rsa-MGF1`,
  'RSASSA-PSS-SHA384': `${MORE_2007}sha384-rsa-MGF1`,
  'RSASSA-PSS-SHA512': `${MORE_2007}sha512-rsa-MGF1`,
  'ECDSA-SHA256': `${MORE}ecdsa-sha256`,
  'ECDSA-SHA384': `${MORE}ecdsa-sha384`,
  'ECDSA-SHA512': `${MORE}ecdsa-sha512`
}

const { RSA_PSS_SALTLEN_DIGEST: saltLength } = constants
const sha2 = ['sha224', 'sha256', 'sha384', 'sha512'] as const
const sha3 = ['sha3-256', 'sha3-384', 'sha3-512'] as const

/** HMAC has no place here: a secret that the verifier shares proves nothing. */
const methods = new Map<string, SignatureScheme>([
  [`${DS}rsa-sha1`, { family: 'rsa', hash: 'sha1' }],
  [`${DS}dsa-sha1`, { family: 'dsa', hash: 'sha1' }],
  [`${DS_11}dsa-sha256`, { family: 'dsa', hash: 'sha256' }],
  [`${MORE}ecdsa-sha1`, { family: 'ecdsa', hash: 'sha1' }],
  ...sha2.flatMap(hash => [
    [`${MORE}rsa-${hash}`, { family: 'rsa', hash }] as const,
    [`${MORE}ecdsa-${hash}`, { family: 'ecdsa', hash }] as const
  ]),
  ...sha3.map(hash => [`${MORE_2021}ecdsa-${hash}`, { family: 'ecdsa', hash }] as const),
  ...(['sha1', ...sha2, ...sha3] as const).map(
    hash => [`${MORE_2007}${hash}-rsa-MGF1`, { family: 'rsa-pss', hash, saltLength }] as const
  )
])

/** The signature scheme of a URI (RFC 9231, 2.3); undefined for HMAC, EdDSA and what is unknown or broken. */
export const schemeOfUri = (uri: string): SignatureScheme | undefined => methods.get(uri)

/** Verifies an XML signature value: ECDSA and DSA are r and s side by side (XMLDSig 1.1, 6.4). Never throws for wrong bytes. */
export const verifyXmlSignature = (scheme: SignatureScheme, key: KeyObject, signed: Buffer, value: Buffer): boolean =>
  verifyScheme(scheme, key, signed, scheme.family === 'ecdsa' ? fitted(value, key) : value, 'ieee-p1363')

/** Some programs write r and s as short as they happen to be, or with a zero before them: each half is brought to its length. */
function fitted(value: Buffer, key: KeyObject): Buffer {
  const length = numberBytes[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (!length || value.length === 2 * length || value.length % 2 !== 0) return value
  const raw = Buffer.alloc(2 * length)
  for (const [i, half] of [value.subarray(0, value.length / 2), value.subarray(value.length / 2)].entries()) {
    const number = half.subarray(Math.max(0, half.length - length))
    if (half.subarray(0, half.length - number.length).some(byte => byte !== 0)) return value
    number.copy(raw, (i + 1) * length - number.length)
  }
  return raw
}

/** Bytes of r and of s for a curve. */
const numberBytes: Record<string, number> = { prime256v1: 32, secp384r1: 48, secp521r1: 66 }

/**
 * A signature as it stands in XML: RSA as it is, ECDSA turned from DER `SEQUENCE { r, s }` into r and s side by side.
 * @throws DerError when an ECDSA signature is not DER or its numbers do not fit the curve
 */
export function xmlSignatureValue(signature: Buffer, key: KeyObject): Buffer {
  if (key.asymmetricKeyType !== 'ec') return signature
  const length = numberBytes[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 0
  const numbers = readDer(signature).expect(Tag.sequence).children()
  const raw = Buffer.alloc(2 * length)
  if (numbers.length !== 2) throw new DerError('not an ECDSA signature')
  numbers.forEach((number, i) => {
    let { content } = number.expect(Tag.integer)
    if (content[0] === 0) content = content.subarray(1)
    if (content.length > length) throw new DerError('number too long')
    content.copy(raw, (i + 1) * length - content.length)
  })
  return raw
}

const canonicalizations = new Map<string, C14nMethod>()
const TEN = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
for (const comments of [false, true]) {
  const hash = comments ? '#WithComments' : ''
  canonicalizations.set(`${TEN}${hash}`, { exclusive: false, comments })
  canonicalizations.set(`http://www.w3.org/2006/12/xml-c14n11${hash}`, { exclusive: false, comments, eleven: true })
  canonicalizations.set(EXCLUSIVE + hash.slice(1), { exclusive: true, comments })
}

/** Canonicalisation methods by URI: inclusive 1.0 and 1.1, exclusive 1.0, each with and without comments. */
export const canonicalizationOfUri = (uri: string) => canonicalizations.get(uri)

/** What applies where a signature names none (XMLDSig 1.1, 4.4.3.2). */
export const defaultCanonicalization: C14nMethod = { exclusive: false, comments: false }
