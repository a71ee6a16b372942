import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { DerError, type DerNode, readDer, Tag } from '../der-reader.js'
import { Oid } from '../oids.js'
import { RecentMap } from './recent-map.js'
import { readScheme, type SignatureScheme } from './signature-scheme.js'

/** One certificate extension as it stands. */
export interface CertificateExtension {
  readonly critical: boolean
  readonly value: Buffer
}

/** The parts of an X.509 certificate (RFC 5280, 4.1) that seals need, with exact bytes where those are copied. */
export interface Certificate {
  readonly der: Buffer
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly sha256: string
  /** The same certificate for key operations and signature checks. */
  readonly x509: X509Certificate
  readonly publicKey: KeyObject
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer
  /** Names as DER, for byte-exact comparison and for the signer identifier. */
  readonly issuerDer: Buffer
  readonly subjectDer: Buffer
  /** INTEGER as DER, and as upper-case hexadecimal. */
  readonly serialDer: Buffer
  readonly serial: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** Algorithm of the issuer's signature, dotted OID. */
  readonly signatureAlgorithm: string
  /** The same taken apart; undefined when it is not known. */
  readonly signatureScheme?: SignatureScheme
  readonly extensions: ReadonlyMap<string, CertificateExtension>
}

/** Certificates read before: parsing costs a tenth of a millisecond, and a few authorities stand behind all seals. */
const known = new RecentMap<string, Certificate>(4096)

/** Larger ones are read each time: nobody is to fill the memory with certificates of a megabyte. */
const largestKept = 16 * 1024

/**
 * Reads a DER certificate. The same bytes give the same object as long as it is remembered, so that what is worked out
 * about a certificate can be kept beside it. Throws DerError when it is not one.
 */
export function readCertificate(der: Buffer): Certificate {
  const sha256 = createHash('sha256').update(der).digest('hex')
  const before = known.get(sha256)
  if (before) return before
  // A copy: what is handed in may be a view into a file of a gigabyte, which the memory must not hold on to.
  const certificate = parse(Buffer.from(der), sha256)
  if (der.length <= largestKept) known.set(sha256, certificate)
  return certificate
}

function parse(der: Buffer, sha256: string): Certificate {
  const [tbs, algorithm] = readDer(der).expect(Tag.sequence).children()
  if (!tbs || !algorithm) throw new DerError('not a certificate')
  const parts = tbs.children()
  if (parts[0]?.tag === Tag.context0) parts.shift()
  const [serial, inner, issuer, validity, subject, spki] = parts
  const [notBefore, notAfter] = validity?.children() ?? []
  const signatureAlgorithm = algorithm.children()[0]
  if (!serial || !inner || !issuer || !subject || !spki || !notBefore || !notAfter || !signatureAlgorithm)
    throw new DerError('not a certificate')
  // RFC 5280, 4.1.1.2: the algorithm outside, which is not signed, must be the one inside, which is.
  if (!inner.raw.equals(algorithm.raw)) throw new DerError('two signature algorithms')
  let x509: X509Certificate
  let publicKey: KeyObject
  try {
    x509 = new X509Certificate(der)
    // The key is decoded lazily and throws then; a certificate with an unreadable key is found out here.
    publicKey = x509.publicKey
  } catch (cause) {
    throw new DerError('not a certificate', { cause })
  }
  return {
    der,
    sha256,
    x509,
    publicKey,
    spki: spki.raw,
    issuerDer: issuer.raw,
    subjectDer: subject.raw,
    serialDer: serial.expect(Tag.integer).raw,
    serial: serial.content
      .toString('hex')
      .toUpperCase()
      .replace(/^(00)+(?=..)/, ''),
    notBefore: notBefore.time(),
    notAfter: notAfter.time(),
    signatureAlgorithm: signatureAlgorithm.oid(),
    signatureScheme: readScheme(algorithm),
    extensions: readExtensions(parts.find(part => part.tag === Tag.context3))
  }
}

function readExtensions(wrapped: DerNode | undefined): Map<string, CertificateExtension> {
  const extensions = new Map<string, CertificateExtension>()
  for (const extension of wrapped?.children()[0]?.children() ?? []) {
    const parts = extension.children()
    const id = parts[0]?.oid()
    const value = parts.at(-1)
    if (!id || !value) throw new DerError('bad extension')
    // RFC 5280, 4.2: an extension stands at most once; two would let two readers see two certificates.
    if (extensions.has(id)) throw new DerError('extension given twice')
    const critical = parts.length === 3 && parts[1]!.expect(Tag.boolean).content[0] !== 0
    extensions.set(id, { critical, value: value.expect(Tag.octetString).content })
  }
  return extensions
}

const keyUsageNames = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly'
] as const

/** A key usage bit by its name in RFC 5280, 4.2.1.3. */
export type KeyUsage = (typeof keyUsageNames)[number]

/** Key usages, or undefined when the certificate does not restrict them. */
export function keyUsages(certificate: Certificate): KeyUsage[] | undefined {
  const extension = certificate.extensions.get(Oid.keyUsage)
  if (!extension) return undefined
  const bits = readDer(extension.value).bits()
  return keyUsageNames.filter((_, bit) => ((bits[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1)
}

/** Extended key usages as dotted OIDs, and whether the extension is critical; undefined when there is none. */
export function extendedKeyUsages(certificate: Certificate): { critical: boolean; purposes: string[] } | undefined {
  const extension = certificate.extensions.get(Oid.extendedKeyUsage)
  if (!extension) return undefined
  const purposes = readDer(extension.value)
    .children()
    .map(purpose => purpose.oid())
  return { critical: extension.critical, purposes }
}

/** Basic constraints (RFC 5280, 4.2.1.9): whether this is a CA, and how many CAs may stand below it. */
export function basicConstraints(certificate: Certificate): { ca: boolean; pathLength?: number } {
  const extension = certificate.extensions.get(Oid.basicConstraints)
  if (!extension) return { ca: false }
  const parts = readDer(extension.value).children()
  const ca = parts[0]?.tag === Tag.boolean && parts[0].content[0] !== 0
  const pathLength = parts.find(part => part.tag === Tag.integer)?.number()
  return { ca, pathLength }
}

/** First value of an attribute in a DER name, as text; undefined when the name has none. */
export function nameAttribute(nameDer: Buffer, id: string): string | undefined {
  for (const relative of readDer(nameDer).children())
    for (const attribute of relative.children()) {
      const [type, value] = attribute.children()
      if (type?.oid() === id && value) return attributeText(value)
    }
  return undefined
}

function attributeText(value: DerNode): string {
  if (value.tag !== 0x1e) return value.content.toString(value.tag === 0x0c ? 'utf8' : 'latin1')
  return Buffer.from(value.content).swap16().toString('utf16le')
}
