import { createHash, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import * as asn1js from 'asn1js'

/** A document that is its own exclusive canonical form, with the place where the signature goes between two halves. */
export interface UnsealedXml {
  before: string
  after: string
}

/** A key with its certificate and the certificates up to the root (DER), leaf excluded. */
export interface SealKey {
  key: KeyObject
  certificate: Buffer
  chain: Buffer[]
}

/** Asks a time-stamp authority for an RFC 3161 token (DER) over this SHA-256 imprint. */
export type StampTime = (sha256: Buffer) => Buffer | Promise<Buffer>

/** Facts of a certificate that proofs of the national template print about their issuer. */
export interface SealCertificateFacts {
  commonName: string
  organization: string
  /** Such as VATPL-…; ETSI EN 319 412-1, clause 5.1.4. */
  organizationIdentifier: string
  serialNumber: string
  notBefore: Date
  notAfter: Date
}

// The form with a callback runs in the thread pool and leaves the event loop free.
const signInPool = promisify<string, Buffer, KeyObject, Buffer>(sign)

const DS = 'http://www.w3.org/2000/09/xmldsig#'
const XADES = 'http://uri.etsi.org/01903/v1.3.2#'
const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256'

/**
 * Makes enveloped XAdES B-T signatures (ETSI EN 319 132-1) with an RSA key: RSA-SHA256, exclusive canonicalization,
 * SigningCertificateV2 with IssuerSerialV2, DataObjectFormat, and a SignatureTimeStamp over the signature value.
 *
 * Every element that gets digested is written here in canonical form and embedded as the same text, so no canonicalizer
 * takes part: a fault of the verifier's canonicalizer cannot be repeated on this side.
 */
export class XadesSealer {
  readonly facts: SealCertificateFacts
  private readonly key: KeyObject
  private readonly keyInfo: string
  private readonly signingCertificate: string

  constructor(
    seal: SealKey,
    private readonly stampTime: StampTime
  ) {
    this.key = seal.key
    const certificates = [seal.certificate, ...seal.chain]
    this.keyInfo = `<ds:KeyInfo><ds:X509Data>${certificates
      .map(certificate => `<ds:X509Certificate>${certificate.toString('base64')}</ds:X509Certificate>`)
      .join('')}</ds:X509Data></ds:KeyInfo>`
    this.signingCertificate = writeSigningCertificate(seal.certificate)
    this.facts = readFacts(seal.certificate)
  }

  /**
   * @param id NCName that makes the Ids of this signature unique in the document
   * @returns the sealed document, UTF-8 with XML declaration
   */
  async seal(document: UnsealedXml, signingTime: Date, id: string): Promise<Buffer> {
    const signedProperties = this.writeSignedProperties(signingTime, id)
    const signedInfo = writeSignedInfo(id, digest(document.before + document.after), digest(signedProperties))
    const value = (await signInPool('RSA-SHA256', Buffer.from(signedInfo), this.key)).toString('base64')
    const signatureValue = `<ds:SignatureValue xmlns:ds="${DS}" Id="${id}-value">${value}</ds:SignatureValue>`
    const token = await this.stampTime(createHash('sha256').update(signatureValue).digest())
    return Buffer.from(
      `<?xml version="1.0" encoding="UTF-8"?>\n${document.before}` +
        `<ds:Signature xmlns:ds="${DS}" Id="${id}">${signedInfo}${signatureValue}${this.keyInfo}<ds:Object>` +
        `<xades:QualifyingProperties xmlns:xades="${XADES}" Target="#${id}">${signedProperties}` +
        `<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp>` +
        `<ds:CanonicalizationMethod Algorithm="${EXC_C14N}"></ds:CanonicalizationMethod>` +
        `<xades:EncapsulatedTimeStamp>${token.toString('base64')}</xades:EncapsulatedTimeStamp>` +
        `</xades:SignatureTimeStamp></xades:UnsignedSignatureProperties></xades:UnsignedProperties>` +
        `</xades:QualifyingProperties></ds:Object></ds:Signature>${document.after}\n`
    )
  }

  private writeSignedProperties(signingTime: Date, id: string): string {
    return (
      `<xades:SignedProperties xmlns:xades="${XADES}" Id="${id}-properties"><xades:SignedSignatureProperties>` +
      `<xades:SigningTime>${signingTime.toISOString().slice(0, 19)}Z</xades:SigningTime>${this.signingCertificate}` +
      `</xades:SignedSignatureProperties><xades:SignedDataObjectProperties>` +
      `<xades:DataObjectFormat ObjectReference="#${id}-document"><xades:MimeType>text/xml</xades:MimeType>` +
      `</xades:DataObjectFormat></xades:SignedDataObjectProperties></xades:SignedProperties>`
    )
  }
}

function digest(canonical: string): string {
  return createHash('sha256').update(canonical).digest('base64')
}

function writeDigest(value: string, algorithm = SHA256): string {
  return `<ds:DigestMethod Algorithm="${algorithm}"></ds:DigestMethod><ds:DigestValue>${value}</ds:DigestValue>`
}

function writeSignedInfo(id: string, documentDigest: string, propertiesDigest: string): string {
  return (
    `<ds:SignedInfo xmlns:ds="${DS}"><ds:CanonicalizationMethod Algorithm="${EXC_C14N}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>` +
    `<ds:Reference Id="${id}-document" URI=""><ds:Transforms>` +
    `<ds:Transform Algorithm="${DS}enveloped-signature"></ds:Transform>` +
    `<ds:Transform Algorithm="${EXC_C14N}"></ds:Transform></ds:Transforms>${writeDigest(documentDigest)}` +
    `</ds:Reference><ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#${id}-properties">` +
    `<ds:Transforms><ds:Transform Algorithm="${EXC_C14N}"></ds:Transform></ds:Transforms>` +
    `${writeDigest(propertiesDigest)}</ds:Reference></ds:SignedInfo>`
  )
}

/** SigningCertificateV2 with IssuerSerialV2: IssuerSerial of RFC 5035 in DER, base64. */
function writeSigningCertificate(der: Buffer): string {
  const { issuer, serialNumber } = issuerAndSerial(der)
  const issuerSerial = new asn1js.Sequence({
    value: [
      new asn1js.Sequence({
        value: [new asn1js.Constructed({ idBlock: { tagClass: 3, tagNumber: 4 }, value: [issuer] })]
      }),
      serialNumber
    ]
  })
  // Inside SignedProperties the prefix ds is not yet in use, so canonical form declares it on each of these two.
  return (
    `<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>` +
    `<ds:DigestMethod xmlns:ds="${DS}" Algorithm="${SHA256}"></ds:DigestMethod>` +
    `<ds:DigestValue xmlns:ds="${DS}">${createHash('sha256').update(der).digest('base64')}</ds:DigestValue>` +
    `</xades:CertDigest><xades:IssuerSerialV2>${Buffer.from(issuerSerial.toBER()).toString('base64')}` +
    `</xades:IssuerSerialV2></xades:Cert></xades:SigningCertificateV2>`
  )
}

/** The two fields of TBSCertificate (RFC 5280, 4.1) as parsed, so that they are re-encoded byte for byte. */
function issuerAndSerial(der: Buffer): { issuer: asn1js.AsnType; serialNumber: asn1js.AsnType } {
  const parsed = asn1js.fromBER(der).result as asn1js.Sequence
  const fields = (parsed.valueBlock.value[0] as asn1js.Sequence).valueBlock.value
  // version is [0] EXPLICIT and always present in a v3 certificate: serialNumber, signature, issuer follow it.
  const [, serialNumber, , issuer] = fields as asn1js.AsnType[]
  if (!serialNumber || !issuer) throw new Error('the seal certificate is not an X.509 v3 certificate')
  return { issuer, serialNumber }
}

function readFacts(der: Buffer): SealCertificateFacts {
  const certificate = new X509Certificate(der)
  const attributeOf = (name: string): string =>
    new RegExp(`^${name}=(.*)$`, 'm').exec(certificate.subject)?.[1] ?? certificate.subject
  return {
    commonName: attributeOf('CN'),
    organization: attributeOf('O'),
    organizationIdentifier: attributeOf('organizationIdentifier'),
    serialNumber: certificate.serialNumber,
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo)
  }
}
