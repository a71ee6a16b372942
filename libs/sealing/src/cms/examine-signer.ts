import { createVerify } from 'node:crypto'
import { readableCertificates } from '../certificate/build-chain.js'
import { sameName } from '../certificate/names.js'
import type { Certificate } from '../certificate/read-certificate.js'
import {
  type AnyHash,
  nodeHash,
  readScheme,
  type SignatureScheme,
  verifyScheme
} from '../certificate/signature-scheme.js'
import { DerError, type DerNode, readDer, Tag } from '../der-reader.js'
import { Oid } from '../oids.js'
import { pieces, readAll, type RandomAccessSource } from '../source.js'
import type { IntegrityVerdict } from '../validation/read-signature.js'
import { type CmsSigner, inOrder } from './cms-signer.js'
import type { Cms } from './read-cms.js'
import { digestOf } from './digest-names.js'
import { digestOnce } from '../distinct.js'

/** The digest, by a hash of node:crypto, of what a signer signs; undefined when that is not at hand. */
export type ContentDigest = (hash: string) => Buffer | undefined

/** What can be said of one signer without trust in anyone. */
export interface SignerExamination {
  readonly integrity: IntegrityVerdict
  /** The certificate that the signing-certificate attribute names or, where there is no such attribute, the signer identifier. */
  readonly signingCertificate?: Buffer
  /** What baseline B-B asks for and is not there (facts of the CMS only; a PDF has more of its own). */
  readonly baselineFaults: readonly string[]
  readonly claimedSigningTime?: Date
  /** Signature algorithm, dotted OID. */
  readonly algorithm: string
  readonly hashes: readonly (AnyHash | 'other')[]
  /** Signature policy (EN 319 122-1, 5.2.9.1), dotted OID; absent: none or implied. */
  readonly policy?: string
}

/** How to examine: `content` is needed only for the rare signer without signed attributes. */
export interface ExamineOptions {
  /**
   * Whose table of clause 6.3: CAdES (EN 319 122-1) wants the signing-time attribute; PAdES (EN 319 142-1) forbids it, wants DER
   * throughout, one signer and nothing encapsulated, because the PDF holds the time and the content.
   */
  readonly rules: 'CAdES' | 'PAdES'
  readonly content?: RandomAccessSource
  /** Certificates known from elsewhere (a DSS dictionary), DER. */
  readonly beside?: readonly Buffer[]
}

/** Certificates larger than this are looked for by digest only. */
const largestCertificate = 64 * 1024

/** Content that a signature without signed attributes may have: node:crypto verifies it from memory for some keys. */
const largestDirect = 256 * 1024 * 1024

/** Examines one signer of a CMS: form, digest of the content, signing certificate, signature value, attributes. Never throws. */
export function examineSigner(
  cms: Cms,
  signer: CmsSigner,
  contentDigest: ContentDigest,
  options: ExamineOptions
): SignerExamination {
  const faults = new Set<string>()
  const algorithm = guarded(() => signer.signatureAlgorithm.children()[0]?.oid()) ?? ''
  const scheme = guarded(() => readScheme(signer.signatureAlgorithm, signer.digestAlgorithm))
  const hashes = new Set<AnyHash | 'other'>([digestOf(signer.digestAlgorithm) ?? 'other'])
  if (scheme?.hash) hashes.add(scheme.hash)

  const named = namedCertificate(signer, [...cms.certificates, ...(options.beside ?? [])])
  for (const fault of named.faults) faults.add(fault)
  if (named.hash) hashes.add(named.hash)
  if (named.certificate && !cms.certificates.some(der => der.equals(named.certificate!.der)))
    faults.add('signing-certificate-not-enclosed')
  attributeFaults(cms, signer, options.rules, faults)

  return {
    integrity: guarded(judge) ?? failed('FORMAT_FAILURE', 'attributes cannot be read'),
    signingCertificate: named.certificate?.der,
    baselineFaults: [...faults],
    claimedSigningTime: guarded(() => signer.attributes.get(Oid.signingTime)?.[0]?.time()),
    algorithm,
    hashes: [...hashes],
    policy: guarded(() => signer.attributes.get(Oid.signaturePolicy)?.[0]?.children()[0]?.oid())
  }

  function judge(): IntegrityVerdict {
    const signed = signer.signedAttributes
    if (signed) {
      const wrong = checkContent(cms, signer, contentDigest)
      if (wrong) return wrong
    } else if (!options.content) return indeterminate('SIGNED_DATA_NOT_FOUND', 'the signed content is not at hand')
    if (named.contradicted) return indeterminate('NO_SIGNING_CERTIFICATE_FOUND', 'no certificate is the one named')
    if (!named.certificate) return indeterminate('NO_SIGNING_CERTIFICATE_FOUND', 'the signing certificate is not there')
    if (!scheme) return indeterminate('CRYPTO_CONSTRAINTS_FAILURE', 'unknown signature algorithm')
    // RFC 5652, 5.4: what is signed is the DER encoding, whatever order the attributes stand in.
    const holds = signed
      ? verifyScheme(scheme, named.certificate.x509.publicKey, inOrder(signed), signer.signature)
      : verifyDirect(scheme, named.certificate, options.content!, signer.signature)
    if (!holds) return failed('SIG_CRYPTO_FAILURE', 'the signature value is not of this key')
    // RFC 2634, 5.4: the two must name one certificate. What nobody signed must not name a person beside the signer.
    if (!isIdentified(named.certificate, signer))
      return indeterminate('NO_SIGNING_CERTIFICATE_FOUND', 'the signer identifier names another certificate')
    // The same value could be over a content that is an encoding of attributes: nothing says which of the two was meant.
    return signed
      ? { indication: 'PASSED' }
      : indeterminate('SIG_CONSTRAINTS_FAILURE', 'there are no signed attributes')
  }
}

/** RFC 5652, 11.1 to 11.3: attributes that must not stand among the unsigned ones. */
const onlySigned: readonly string[] = [Oid.contentType, Oid.messageDigest, Oid.signingTime]

/** Whether the content is what the signed attributes say; the verdict when it is not. */
function checkContent(cms: Cms, signer: CmsSigner, contentDigest: ContentDigest): IntegrityVerdict | undefined {
  const sole = (type: string): DerNode | undefined => {
    const values = signer.attributes.get(type)
    if (values && (values.length !== 1 || signer.repeated.includes(type))) throw new DerError('attribute not single')
    return values?.[0]
  }
  const stated = sole(Oid.messageDigest)?.expect(Tag.octetString).content
  if (!stated) return failed('FORMAT_FAILURE', 'no message digest')
  if (sole(Oid.contentType)?.oid() !== cms.contentType)
    return failed('FORMAT_FAILURE', 'the content is of another type than was signed')
  if (signer.unsigned.some(({ type }) => onlySigned.includes(type)))
    return failed('FORMAT_FAILURE', 'an attribute is unsigned that may only be signed')
  const hash = digestOf(signer.digestAlgorithm)
  if (!hash) return indeterminate('CRYPTO_CONSTRAINTS_FAILURE', 'unknown digest algorithm')
  const digest = contentDigest(hash)
  if (!digest) return indeterminate('SIGNED_DATA_NOT_FOUND', 'the signed content is not at hand')
  return digest.equals(stated) ? undefined : failed('HASH_FAILURE', 'the content is not what was signed')
}

/** RFC 5652, 5.4: without signed attributes the content itself is signed. */
function verifyDirect(
  scheme: SignatureScheme,
  certificate: Certificate,
  content: RandomAccessSource,
  signature: Buffer
): boolean {
  const key = certificate.x509.publicKey
  if (scheme.family !== 'ecdsa' || !scheme.hash)
    return content.size <= largestDirect && verifyScheme(scheme, key, readAll(content), signature)
  try {
    const verifier = createVerify(nodeHash(scheme.hash))
    for (const piece of pieces(content)) verifier.update(piece)
    return verifier.verify(key, signature)
  } catch {
    return false
  }
}

/** What the ESS attribute (RFC 5035) or the signer identifier leads to. */
export interface Named {
  readonly certificate?: Certificate
  /** There is an ESS attribute, and none of the certificates is the one. */
  readonly contradicted: boolean
  readonly hash?: AnyHash
  readonly faults: readonly string[]
}

/** Finds the signing certificate among `candidates` (DER). Only certificates that may be it are taken apart. Never throws. */
export function namedCertificate(signer: CmsSigner, candidates: readonly Buffer[]): Named {
  const second = signer.attributes.get(Oid.signingCertificateV2)
  const first = signer.attributes.get(Oid.signingCertificate)
  const values = second ?? first
  if (!values) {
    const { serialDer, subjectKeyIdentifier } = signer
    const wanted = [serialDer, subjectKeyIdentifier].filter(part => part !== undefined)
    const likely = candidates.filter(
      der => der.length <= largestCertificate && wanted.every(part => der.includes(part))
    )
    const certificate = readableCertificates(likely.slice(0, 8)).find(one => isIdentified(one, signer))
    return { certificate, contradicted: false, faults: ['signing-certificate-missing'] }
  }
  const faults: string[] = []
  const twice = [Oid.signingCertificate, Oid.signingCertificateV2].some(type => signer.repeated.includes(type))
  if (values.length !== 1 || twice || (first && second)) faults.push('signing-certificate-repeated')
  const id = guarded(() => values[0]?.children()[0]?.children()[0]?.children()) ?? []
  const withAlgorithm = !!second && id[0]?.tag === Tag.sequence
  // ESSCertID (RFC 2634) is SHA-1 by its definition; the newer one is SHA-256 unless it says otherwise.
  const hash = !second ? 'sha1' : withAlgorithm ? guarded(() => digestOf(id[0]?.children()[0]?.oid() ?? '')) : 'sha256'
  if (second && hash === 'sha1') faults.push('signing-certificate-v2-with-sha1')
  const digest = guarded(() => id[withAlgorithm ? 1 : 0]?.expect(Tag.octetString).content)?.toString('base64')
  const der = hash && digest && candidates.find(one => digestOnce(one, hash, one) === digest)
  const certificate = der ? readableCertificates([der])[0] : undefined
  if (!certificate) return { contradicted: true, hash, faults }
  const issuerSerial = id[withAlgorithm ? 2 : 1]
  if (issuerSerial && !guarded(() => namesIssuer(issuerSerial, certificate))) faults.push('issuer-serial-mismatch')
  if (!isIdentified(certificate, signer)) faults.push('signer-identifier-mismatch')
  return { certificate, contradicted: false, hash, faults }
}

/** Whether the SignerIdentifier is the certificate's. */
export function isIdentified(certificate: Certificate, signer: CmsSigner): boolean {
  if (signer.subjectKeyIdentifier) {
    const extension = certificate.extensions.get('2.5.29.14')
    return !!extension && !!guarded(() => readDer(extension.value).content.equals(signer.subjectKeyIdentifier!))
  }
  const { issuerDer, serialDer } = signer
  return !!issuerDer && sameName(issuerDer, certificate.issuerDer) && !!serialDer?.equals(certificate.serialDer)
}

/** IssuerSerial (RFC 5035, 5): GeneralNames with one directoryName, and the serial number. */
function namesIssuer(issuerSerial: DerNode, certificate: Certificate): boolean {
  const [names, serial] = issuerSerial.children()
  const name = names
    ?.children()
    .find(({ tag }) => tag === 0xa4)
    ?.children()[0]
  return !!name && sameName(name.raw, certificate.issuerDer) && !!serial?.raw.equals(certificate.serialDer)
}

function attributeFaults(cms: Cms, signer: CmsSigner, rules: 'CAdES' | 'PAdES', faults: Set<string>): void {
  if (cms.certificates.length === 0) faults.add('certificates-missing')
  if (!signer.attributes.has(Oid.contentType)) faults.add('content-type-missing')
  if (!signer.attributes.has(Oid.messageDigest)) faults.add('message-digest-missing')
  if (signer.repeated.length > 0) faults.add('attribute-repeated')
  if (cms.contentType !== Oid.data) faults.add('content-type-not-data')
  const signingTime = signer.attributes.has(Oid.signingTime)
  if (rules === 'CAdES') {
    if (!signingTime) faults.add('signing-time-missing')
    return
  }
  if (signingTime) faults.add('signing-time-attribute')
  if (cms.content) faults.add('content-encapsulated')
  if (cms.signers.length !== 1) faults.add('not-one-signer')
  if (!cms.der) faults.add('not-der')
  if (signer.unsigned.some(({ type }) => type === Oid.countersignature)) faults.add('counter-signature')
}

/** What `read` gives, or undefined when the bytes are not what they should be. */
function guarded<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

const failed = (
  subIndication: Extract<IntegrityVerdict, { indication: 'FAILED' }>['subIndication'],
  why: string
): IntegrityVerdict => ({ indication: 'FAILED', subIndication, why })

const indeterminate = (
  subIndication: Extract<IntegrityVerdict, { indication: 'INDETERMINATE' }>['subIndication'],
  why: string
): IntegrityVerdict => ({ indication: 'INDETERMINATE', subIndication, why })
