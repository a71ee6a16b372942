import { createHash } from 'node:crypto'
import { attribute, head, integer, octetString, oid, sequence, setOf, time, tlv } from '../der.js'
import { Oid } from '../oids.js'
import { digestIdentifier, hashBytes, hashOf, longestSignature, signatureIdentifier } from '../seal-algorithm.js'
import type { Signer } from '../draft.js'
import { readCertificate } from '../certificate/read-certificate.js'

const dataType = oid(Oid.data)
const detachedContent = sequence(dataType)
const signedDataType = oid(Oid.signedData)

/** Templates of keys in use, by the very bytes of their certificate; they go when the key goes. */
const templates = new WeakMap<Buffer, { algorithm: string; chain: readonly Buffer[]; template: CadesTemplate }>()

/**
 * Writes CAdES signatures (ETSI EN 319 122-1, 5 and 6.3; CMS of RFC 5652) for one key. Everything that
 * is the same in every signature is encoded once; what remains per document is a digest, perhaps a time, a
 * signature value and perhaps a time stamp. A general ASN.1 library costs several RSA operations here.
 */
export class CadesTemplate {
  private readonly certificates: Buffer
  private readonly signerIdentifier: Buffer
  private readonly digestAlgorithm: Buffer
  private readonly digestAlgorithms: Buffer
  private readonly signatureAlgorithm: Buffer
  private readonly contentType: Buffer
  private readonly signingCertificate: Buffer

  constructor(key: Signer) {
    const signer = readCertificate(key.certificate)
    this.certificates = setOf([key.certificate, ...key.chain], 0xa0)
    this.signerIdentifier = sequence(signer.issuerDer, signer.serialDer)
    this.digestAlgorithm = digestIdentifier(hashOf(key.algorithm))
    this.digestAlgorithms = setOf([this.digestAlgorithm])
    this.signatureAlgorithm = signatureIdentifier(key.algorithm)
    this.contentType = attribute(Oid.contentType, oid(Oid.data))
    // RFC 5035, 3: the hash algorithm is SHA-256 by default, and DER forbids writing a default.
    const certificateHash = createHash('sha256').update(key.certificate).digest()
    const issuerSerial = sequence(sequence(tlv(0xa4, signer.issuerDer)), signer.serialDer)
    const certificateId = sequence(octetString(certificateHash), issuerSerial)
    this.signingCertificate = attribute(Oid.signingCertificateV2, sequence(sequence(certificateId)))
  }

  /**
   * Signed attributes as the SET OF that is signed (RFC 5652, 5.4). `signingTime` is for CAdES only: in PAdES the
   * time stands in the signature dictionary and must not stand here (EN 319 142-1, 6.3).
   */
  signedAttributes(messageDigest: Buffer, signingTime?: Date): Buffer {
    const attributes = [
      this.contentType,
      attribute(Oid.messageDigest, octetString(messageDigest)),
      this.signingCertificate
    ]
    if (signingTime) attributes.push(attribute(Oid.signingTime, time(signingTime)))
    return setOf(attributes)
  }

  /** The template of a key. Building one costs more than using it, so those of keys in use are kept. */
  static of(key: Signer): CadesTemplate {
    const known = templates.get(key.certificate)
    if (known && known.algorithm === key.algorithm && known.chain.length === key.chain.length) {
      if (known.chain.every((certificate, i) => certificate.equals(key.chain[i]!))) return known.template
    }
    const template = new CadesTemplate(key)
    templates.set(key.certificate, { algorithm: key.algorithm, chain: [...key.chain], template })
    return template
  }

  /**
   * The whole ContentInfo, DER. `timestamp` is an RFC 3161 token over the signature value and becomes the unsigned
   * signature-time-stamp attribute (EN 319 122-1, 5.3), which makes level B-T.
   */
  contentInfo(signedAttributes: Buffer, signature: Buffer, timestamp?: Buffer): Buffer {
    const signedData = sequence(
      integer(1),
      this.digestAlgorithms,
      detachedContent,
      this.certificates,
      this.signerInfos(signedAttributes, signature, timestamp)
    )
    return sequence(signedDataType, tlv(0xa0, signedData))
  }

  /** What stands before and after a content of `size` bytes in a ContentInfo that has it inside, DER. */
  aroundContent(
    size: number,
    signedAttributes: Buffer,
    signature: Buffer,
    timestamp?: Buffer
  ): { before: Buffer; after: Buffer } {
    const signerInfos = this.signerInfos(signedAttributes, signature, timestamp)
    const version = integer(1)
    const octets = head(0x04, size)
    const explicit = head(0xa0, octets.length + size)
    const encapsulatedLength = dataType.length + explicit.length + octets.length + size
    const encapsulated = head(0x30, encapsulatedLength)
    const length =
      version.length +
      this.digestAlgorithms.length +
      encapsulated.length +
      encapsulatedLength +
      this.certificates.length +
      signerInfos.length
    const signedData = head(0x30, length)
    const wrapped = head(0xa0, signedData.length + length)
    const contentInfo = head(0x30, signedDataType.length + wrapped.length + signedData.length + length)
    return {
      before: Buffer.concat([
        contentInfo,
        signedDataType,
        wrapped,
        signedData,
        version,
        this.digestAlgorithms,
        encapsulated,
        dataType,
        explicit,
        octets
      ]),
      after: Buffer.concat([this.certificates, signerInfos])
    }
  }

  private signerInfos(signedAttributes: Buffer, signature: Buffer, timestamp?: Buffer): Buffer {
    const implicitAttributes = Buffer.from(signedAttributes)
    implicitAttributes[0] = 0xa0
    const signerInfo = [
      integer(1),
      this.signerIdentifier,
      this.digestAlgorithm,
      implicitAttributes,
      this.signatureAlgorithm,
      octetString(signature)
    ]
    if (timestamp) signerInfo.push(setOf([attribute(Oid.signatureTimeStamp, timestamp)], 0xa1))
    return tlv(0x31, sequence(...signerInfo))
  }
}

/** The most bytes a ContentInfo can take: for PAdES (no signing-time), with a token of `tokenBytes`, 0 for none. */
export function longestContentInfo(template: CadesTemplate, key: Signer, tokenBytes: number): number {
  const attributes = template.signedAttributes(Buffer.alloc(hashBytes[hashOf(key.algorithm)]))
  const signature = Buffer.alloc(longestSignature(readCertificate(key.certificate).x509.publicKey))
  return template.contentInfo(attributes, signature, tokenBytes > 0 ? Buffer.alloc(tokenBytes) : undefined).length
}
