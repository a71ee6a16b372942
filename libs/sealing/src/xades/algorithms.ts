import { constants, type KeyObject, verify } from 'node:crypto'
import { DerError, readDer, Tag } from '../der-reader.js'
import type { HashName, SealAlgorithm } from '../seal-algorithm.js'
import type { C14nMethod } from './c14n/canonicalize.js'
import { DS, EXCLUSIVE } from './names.js'

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#'
const MORE_2007 = 'http://www.w3.org/2007/05/xmldsig-more#'
const ENC = 'http://www.w3.org/2001/04/xmlenc#'

/** Digest algorithms that a signature may be found with. */
export type AnyHash = HashName | 'sha1'

/** Digest algorithms by URI (RFC 9231, 2.1). */
export const digestUris: Record<HashName, string> = {
  sha256: `${ENC}sha256`,
  sha384: `${MORE}sha384`,
  sha512: `${ENC}sha512`
}

const hashes = new Map<string, AnyHash>([
  ...(Object.keys(digestUris) as HashName[]).map(hash => [digestUris[hash], hash] as const),
  [`${DS}sha1`, 'sha1']
])

/** The digest algorithm of a URI; undefined for unknown and broken ones (MD5). */
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

/** What a signature algorithm URI means. HMAC has none: a secret that the verifier shares proves nothing here. */
export interface SignatureMethod {
  readonly kind: 'rsa' | 'pss' | 'ec'
  readonly hash: AnyHash
}

const methods = new Map<string, SignatureMethod>([
  ...(Object.keys(signatureUris) as SealAlgorithm[]).map(name => {
    const kind = name.startsWith('ECDSA') ? 'ec' : name.startsWith('RSASSA') ? 'pss' : 'rsa'
    return [signatureUris[name], { kind, hash: `sha${name.slice(-3)}` as HashName }] as const
  }),
  [`${DS}rsa-sha1`, { kind: 'rsa', hash: 'sha1' }],
  [`${MORE}ecdsa-sha1`, { kind: 'ec', hash: 'sha1' }],
  [`${MORE_2007}sha1-rsa-MGF1`, { kind: 'pss', hash: 'sha1' }]
])

/** The signature algorithm of a URI; undefined for HMAC, DSA and unknown ones. */
export const methodOfUri = (uri: string): SignatureMethod | undefined => methods.get(uri)

/** Verifies an XML signature value: ECDSA is r and s side by side (XMLDSig 1.1, 6.4.3). Never throws for wrong bytes. */
export function verifyXmlSignature(
  { kind, hash }: SignatureMethod,
  key: KeyObject,
  signed: Buffer,
  value: Buffer
): boolean {
  const type = key.asymmetricKeyType
  if (kind === 'ec' ? type !== 'ec' : kind === 'rsa' ? type !== 'rsa' : type !== 'rsa' && type !== 'rsa-pss')
    return false
  const padding = kind === 'pss' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  const options =
    kind === 'ec'
      ? { key, dsaEncoding: 'ieee-p1363' as const }
      : { key, padding, ...(kind === 'pss' ? { saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}) }
  try {
    return verify(hash, signed, options, value)
  } catch {
    return false
  }
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

const canonicalizations = new Map<string, C14nMethod & { readonly eleven?: boolean }>()
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
