import { constants, createHash, verify, type KeyLike, type KeyObject } from 'node:crypto'
import { C14nCanonicalization, type HashAlgorithm, type SignatureAlgorithm } from 'xml-crypto'

/** Transforms and canonicalisations by URI (XMLDSig 6.5, 6.6.4). None that keeps comments is let in. */
export const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
export const C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
export const C14N11 = 'http://www.w3.org/2006/12/xml-c14n11'
export const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#'

/** Canonicalisations that we accept. */
export const canonicalisations: ReadonlySet<string> = new Set([C14N, C14N11, EXC_C14N])

/** Canonical XML 1.1. It differs from 1.0 only in `xml:` attributes, and a document with those is turned away before. */
export class C14n11 extends C14nCanonicalization {
  override getAlgorithmName(): string {
    return C14N11
  }
}

/** Digest methods that we accept, as node:crypto calls them (TS 119 312: SHA-2 and SHA-3 from 256 bits). */
export const digestMethods: Readonly<Record<string, string>> = {
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#sha384': 'sha384',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512',
  'http://www.w3.org/2007/05/xmldsig-more#sha3-256': 'sha3-256',
  'http://www.w3.org/2007/05/xmldsig-more#sha3-384': 'sha3-384',
  'http://www.w3.org/2007/05/xmldsig-more#sha3-512': 'sha3-512'
}

/** A signature method that we accept: which key it needs and which digest it uses. */
export interface SignatureMethod {
  key: 'rsa' | 'ec'
  digest: string
  pss?: boolean
}

/** Signature methods that we accept. No HMAC ever: its "key" would be the public one. No SHA-1. */
export const signatureMethods: Readonly<Record<string, SignatureMethod>> = {
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': { key: 'rsa', digest: 'sha256' },
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384': { key: 'rsa', digest: 'sha384' },
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': { key: 'rsa', digest: 'sha512' },
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1': { key: 'rsa', digest: 'sha256', pss: true },
  'http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1': { key: 'rsa', digest: 'sha384', pss: true },
  'http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1': { key: 'rsa', digest: 'sha512', pss: true },
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256': { key: 'ec', digest: 'sha256' },
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384': { key: 'ec', digest: 'sha384' },
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512': { key: 'ec', digest: 'sha512' }
}

/** Why a key is too weak or of the wrong kind for us, or `undefined` (TS 119 312: RSA from 2048 bits, NIST curves from 256). */
export function keyFault(key: KeyObject): string | undefined {
  const details = key.asymmetricKeyDetails
  if (key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'rsa-pss') {
    const bits = details?.modulusLength ?? 0
    return bits >= 2048 ? undefined : `RSA key of ${bits} bits`
  }
  if (key.asymmetricKeyType === 'ec') {
    const curve = details?.namedCurve ?? 'unnamed'
    const known = ['prime256v1', 'secp384r1', 'secp521r1', 'brainpoolP256r1', 'brainpoolP384r1', 'brainpoolP512r1']
    return known.includes(curve) ? undefined : `elliptic curve ${curve}`
  }
  return `key of type ${key.asymmetricKeyType ?? 'unknown'}`
}

/** Our digest methods in the shape xml-crypto wants them. */
export const hashAlgorithmClasses = mapValues(
  digestMethods,
  (name, uri) =>
    class implements HashAlgorithm {
      getAlgorithmName = () => uri
      getHash = (xml: string) => createHash(name).update(xml, 'utf8').digest('base64')
    }
)

/** Our signature methods in the shape xml-crypto wants them; they can check and cannot sign. */
export const signatureAlgorithmClasses = mapValues(
  signatureMethods,
  (method, uri) =>
    class implements SignatureAlgorithm {
      getAlgorithmName = () => uri
      getSignature = (): never => {
        throw new Error('this verifier does not sign')
      }
      verifySignature = (material: string, key: KeyLike, value: string): boolean =>
        verifyXmlSignature(method, Buffer.from(material, 'utf8'), key as KeyObject, Buffer.from(value, 'base64'))
    }
)

function verifyXmlSignature(method: SignatureMethod, data: Buffer, key: KeyObject, value: Buffer): boolean {
  // XMLDSig 6.4.3: an ECDSA value is r and s side by side, not DER
  if (method.key === 'ec') return verify(method.digest, data, { key, dsaEncoding: 'ieee-p1363' }, value)
  const padding = method.pss ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  return verify(
    method.digest,
    data,
    { key, padding, ...(method.pss ? { saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}) },
    value
  )
}

function mapValues<A, B>(from: Readonly<Record<string, A>>, make: (value: A, key: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, make(value, key)]))
}
