import { constants, type KeyObject, verify } from 'node:crypto'
import { type DerNode, Tag } from '../der-reader.js'
import { Oid } from '../oids.js'

/** Every digest that certificates, OCSP responses, CRLs and tokens of others may stand on, trusted or long outdated. */
export type AnyHash =
  'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512' | 'sha3-256' | 'sha3-384' | 'sha3-512' | 'ripemd160'

/** Kinds of signature by the mathematics behind them. */
export type SignatureFamily = 'rsa' | 'rsa-pss' | 'ecdsa' | 'dsa' | 'eddsa'

/** How something was signed. Whether that may still be relied on is judged elsewhere, against dated limits. */
export interface SignatureScheme {
  readonly family: SignatureFamily
  /** Absent for EdDSA, whose hash is its own. */
  readonly hash?: AnyHash
  /** RSASSA-PSS only, in bytes. */
  readonly saltLength?: number
}

/** Digests by their OID (FIPS 180 and 202, RFC 1321, ISO 10118-3). */
const hashes: Readonly<Record<string, AnyHash>> = {
  '1.2.840.113549.2.5': 'md5',
  '1.3.14.3.2.26': 'sha1',
  '1.3.36.3.2.1': 'ripemd160',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '2.16.840.1.101.3.4.2.8': 'sha3-256',
  '2.16.840.1.101.3.4.2.9': 'sha3-384',
  '2.16.840.1.101.3.4.2.10': 'sha3-512'
}

/** Signature algorithms by their OID (RFC 8017, 5758, 3279, 8410, NIST CSOR). */
const schemes: Readonly<Record<string, SignatureScheme>> = {
  '1.2.840.113549.1.1.4': { family: 'rsa', hash: 'md5' },
  '1.2.840.113549.1.1.5': { family: 'rsa', hash: 'sha1' },
  '1.2.840.113549.1.1.14': { family: 'rsa', hash: 'sha224' },
  '1.2.840.113549.1.1.11': { family: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { family: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { family: 'rsa', hash: 'sha512' },
  '2.16.840.1.101.3.4.3.14': { family: 'rsa', hash: 'sha3-256' },
  '2.16.840.1.101.3.4.3.15': { family: 'rsa', hash: 'sha3-384' },
  '2.16.840.1.101.3.4.3.16': { family: 'rsa', hash: 'sha3-512' },
  '1.2.840.10045.4.1': { family: 'ecdsa', hash: 'sha1' },
  '1.2.840.10045.4.3.1': { family: 'ecdsa', hash: 'sha224' },
  '1.2.840.10045.4.3.2': { family: 'ecdsa', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { family: 'ecdsa', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { family: 'ecdsa', hash: 'sha512' },
  '2.16.840.1.101.3.4.3.10': { family: 'ecdsa', hash: 'sha3-256' },
  '2.16.840.1.101.3.4.3.11': { family: 'ecdsa', hash: 'sha3-384' },
  '2.16.840.1.101.3.4.3.12': { family: 'ecdsa', hash: 'sha3-512' },
  '1.2.840.10040.4.3': { family: 'dsa', hash: 'sha1' },
  '2.16.840.1.101.3.4.3.1': { family: 'dsa', hash: 'sha224' },
  '2.16.840.1.101.3.4.3.2': { family: 'dsa', hash: 'sha256' },
  '1.3.101.112': { family: 'eddsa' },
  '1.3.101.113': { family: 'eddsa' }
}

/**
 * The digest of an OID, outdated ones included; undefined for one that is not known. Some programs name a signature algorithm
 * where the digest should stand: then its digest.
 */
export const hashByOid = (oid: string): AnyHash | undefined => hashes[oid] ?? schemes[oid]?.hash

/**
 * The scheme that a DER AlgorithmIdentifier names. CMS may say only "RSA" or "an elliptic curve" and give the digest beside
 * it: then `digestOid` decides. Undefined for what is not known, for parameters that cannot be, and where the two disagree.
 */
export function readScheme(identifier: DerNode, digestOid?: string): SignatureScheme | undefined {
  const [id, parameters] = identifier.children()
  if (!id) return undefined
  const oid = id.oid()
  const beside = digestOid === undefined ? undefined : hashByOid(digestOid)
  if (oid === Oid.rsaEncryption) return beside && { family: 'rsa', hash: beside }
  if (oid === ecPublicKey) return beside && { family: 'ecdsa', hash: beside }
  const scheme = oid === Oid.rsassaPss ? readPss(parameters) : schemes[oid]
  if (scheme?.hash && digestOid !== undefined && scheme.hash !== beside) return undefined
  return scheme
}

const ecPublicKey = '1.2.840.10045.2.1'

/** RSASSA-PSS-params (RFC 4055, 3.1): absent fields mean SHA-1, MGF1 with SHA-1, salt of 20 bytes. */
function readPss(parameters: DerNode | undefined): SignatureScheme | undefined {
  const fields = parameters && parameters.tag === Tag.sequence ? parameters.children() : []
  const field = (tag: number) => fields.find(part => part.tag === tag)?.children()[0]
  const hashField = field(Tag.context0)
  const maskField = field(Tag.context1)
  const saltField = field(0xa2)
  const hash = hashField ? hashes[hashField.children()[0]?.oid() ?? ''] : 'sha1'
  const [maskId, maskHash] = maskField?.children() ?? []
  if (maskId && maskId.oid() !== Oid.mgf1) return undefined
  const mask = maskField ? hashes[maskHash?.children()[0]?.oid() ?? ''] : 'sha1'
  const saltLength = saltField ? saltField.number() : 20
  // The same hash in both places is what every standard asks for, and all that node:crypto can check.
  if (!hash || mask !== hash || saltLength > 1024) return undefined
  return { family: 'rsa-pss', hash, saltLength }
}

/** The family behind a signature algorithm named by dotted OID or by an XML Signature URI (RFC 9231); undefined: unknown. */
export function familyOf(algorithm: string): SignatureFamily | undefined {
  if (/^\d/.test(algorithm)) {
    if (algorithm === Oid.rsaEncryption) return 'rsa'
    if (algorithm === Oid.rsassaPss) return 'rsa-pss'
    return algorithm === ecPublicKey ? 'ecdsa' : schemes[algorithm]?.family
  }
  const name = /#(.+)$/.exec(algorithm)?.[1]?.toLowerCase() ?? ''
  if (/mgf1|rsa-pss/.test(name)) return 'rsa-pss'
  if (/^(rsa-(md5|sha|ripemd)|rsa)/.test(name)) return 'rsa'
  if (name.startsWith('ecdsa-')) return 'ecdsa'
  if (name.startsWith('eddsa-')) return 'eddsa'
  return name.startsWith('dsa-') ? 'dsa' : undefined
}

const nodeHashes: Partial<Record<AnyHash, string>> = { ripemd160: 'rmd160' }

/** Name of a digest for node:crypto. */
export const nodeHash = (hash: AnyHash): string => nodeHashes[hash] ?? hash

/**
 * Whether `signature` over `signed` is the key's by `scheme`. Wrong bytes and unsuitable keys are a plain no.
 * @param pair how the two numbers of ECDSA and DSA stand in it: as DER, or (XML) side by side
 */
export function verifyScheme(
  scheme: SignatureScheme,
  key: KeyObject,
  signed: Buffer,
  signature: Buffer,
  pair: 'der' | 'ieee-p1363' = 'der'
): boolean {
  const type = key.asymmetricKeyType
  const suits =
    scheme.family === 'rsa'
      ? type === 'rsa'
      : scheme.family === 'rsa-pss'
        ? type === 'rsa' || type === 'rsa-pss'
        : scheme.family === 'ecdsa'
          ? type === 'ec'
          : scheme.family === 'dsa'
            ? type === 'dsa'
            : type === 'ed25519' || type === 'ed448'
  if (!suits) return false
  const options =
    scheme.family === 'rsa'
      ? { key, padding: constants.RSA_PKCS1_PADDING }
      : scheme.family === 'rsa-pss'
        ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength }
        : { key, dsaEncoding: pair }
  try {
    return verify(scheme.hash ? nodeHash(scheme.hash) : null, signed, options, signature)
  } catch {
    return false
  }
}
