import { createHash, type KeyObject } from 'node:crypto'
import { readCertificate } from '../certificate/read-certificate.js'
import { sequence, tlv } from '../der.js'
import type { Signer } from '../draft.js'
import { type HashName, hashOf } from '../seal-algorithm.js'
import { digestUris, signatureUris } from './algorithms.js'
import { BASE64, DS, ENVELOPED, EXCLUSIVE, SIGNED_PROPERTIES_TYPE, XADES } from './names.js'

/** How the data of a reference is made from what it names (XMLDSig 1.1, 6.6). */
export const transforms = {
  /** The bytes of a file. */
  none: '',
  /** An element, by Exclusive XML Canonicalization. */
  element: transformList([EXCLUSIVE]),
  /** The document without this signature. */
  enveloped: transformList([ENVELOPED, EXCLUSIVE]),
  /** The bytes that stand as base64 in an element. */
  base64: transformList([BASE64])
}

function transformList(algorithms: readonly string[]): string {
  const inner = algorithms.map(uri => `<ds:Transform Algorithm="${uri}"></ds:Transform>`).join('')
  return `<ds:Transforms>${inner}</ds:Transforms>`
}

/** One thing to be signed. Texts are put into attributes and elements as they are: they must hold no markup. */
export interface SignedObject {
  /** '' for the document around the signature, `#id`, or a percent-encoded file name. */
  readonly uri: string
  readonly type?: string
  readonly mediaType: string
  /** One of `transforms`. */
  readonly transforms: string
  readonly digest: Buffer
}

/** What is signed, and the pieces that a finished signature is made of. */
export interface SignatureText {
  /** ds:SignedInfo in canonical form. */
  readonly toBeSigned: Buffer
  /** Canonical ds:SignatureValue for a base64 value: what a signature time stamp covers. */
  canonicalValue(value: string): string
  /** The ds:Signature element: before `payload` (ds:Object elements that are signed) and after it. */
  element(value: string, token?: Buffer): { readonly head: string; readonly tail: string }
}

const nsDs = ` xmlns:ds="${DS}"`
const nsXades = ` xmlns:xades="${XADES}"`

/**
 * Writes XAdES baseline signatures (EN 319 132-1, 6.3; XMLDSig 1.1) for one key. What is signed is written in its
 * canonical form at once, so that no canonicaliser has to run over it: attributes sorted, empty elements with both tags,
 * namespaces where exclusive canonicalisation puts them. In the file, elements stand without the declarations that they
 * inherit there.
 */
export class XadesTemplate {
  readonly hash: HashName
  readonly publicKey: KeyObject
  private readonly signedInfoStart: string
  private readonly digestMethod: string
  private readonly keyInfo: string
  /** SigningCertificateV2 in the file and in canonical form. */
  private readonly signingCertificate: string
  private readonly canonicalSigningCertificate: string

  constructor({ certificate, chain, algorithm }: Signer) {
    const signer = readCertificate(certificate)
    this.publicKey = signer.x509.publicKey
    this.hash = hashOf(algorithm)
    this.digestMethod = `<ds:DigestMethod Algorithm="${digestUris[this.hash]}"></ds:DigestMethod>`
    this.signedInfoStart =
      `<ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"></ds:CanonicalizationMethod>` +
      `<ds:SignatureMethod Algorithm="${signatureUris[algorithm]}"></ds:SignatureMethod>`
    const certificates = [certificate, ...chain].map(
      der => `<ds:X509Certificate>${der.toString('base64')}</ds:X509Certificate>`
    )
    this.keyInfo = `<ds:KeyInfo><ds:X509Data>${certificates.join('')}</ds:X509Data></ds:KeyInfo>`
    // RFC 5035, 4: GeneralNames with one directoryName, and the serial number
    const issuerSerial = sequence(sequence(tlv(0xa4, signer.issuerDer)), signer.serialDer).toString('base64')
    const digest = createHash('sha256').update(certificate).digest('base64')
    const named = (ns: string) =>
      '<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>' +
      `<ds:DigestMethod${ns} Algorithm="${digestUris.sha256}"></ds:DigestMethod>` +
      `<ds:DigestValue${ns}>${digest}</ds:DigestValue></xades:CertDigest>` +
      `<xades:IssuerSerialV2>${issuerSerial}</xades:IssuerSerialV2></xades:Cert></xades:SigningCertificateV2>`
    this.signingCertificate = named('')
    this.canonicalSigningCertificate = named(nsDs)
  }

  /** A signature over `objects`. `id` begins all ids in it and must occur nowhere else in the file. */
  signature(id: string, objects: readonly SignedObject[], signingTime: Date): SignatureText {
    let references = ''
    let formats = ''
    objects.forEach(({ uri, type, mediaType, transforms: list, digest }, i) => {
      const own = `${id}-r${i + 1}`
      const typed = type ? ` Type="${type}"` : ''
      references += this.reference(`Id="${own}"${typed} URI="${uri}"`, list, digest.toString('base64'))
      formats +=
        `<xades:DataObjectFormat ObjectReference="#${own}"><xades:MimeType>${mediaType}</xades:MimeType>` +
        '</xades:DataObjectFormat>'
    })
    const time = `${signingTime.toISOString().slice(0, 19)}Z`
    const properties = (ns: string, certificate: string) =>
      `<xades:SignedProperties${ns} Id="${id}-sp"><xades:SignedSignatureProperties>` +
      `<xades:SigningTime>${time}</xades:SigningTime>${certificate}</xades:SignedSignatureProperties>` +
      `<xades:SignedDataObjectProperties>${formats}</xades:SignedDataObjectProperties></xades:SignedProperties>`
    const signedDigest = createHash(this.hash)
      .update(properties(nsXades, this.canonicalSigningCertificate))
      .digest('base64')
    const signedInfo =
      this.signedInfoStart +
      references +
      this.reference(`Type="${SIGNED_PROPERTIES_TYPE}" URI="#${id}-sp"`, transforms.element, signedDigest) +
      '</ds:SignedInfo>'
    const canonicalValue = (value: string) => `<ds:SignatureValue${nsDs} Id="${id}-sv">${value}</ds:SignatureValue>`
    return {
      toBeSigned: Buffer.from(`<ds:SignedInfo${nsDs}>${signedInfo}`),
      canonicalValue,
      element: (value, token) => ({
        head:
          `<ds:Signature${nsDs} Id="${id}"><ds:SignedInfo>${signedInfo}` +
          `<ds:SignatureValue Id="${id}-sv">${value}</ds:SignatureValue>${this.keyInfo}`,
        tail:
          `<ds:Object><xades:QualifyingProperties${nsXades} Target="#${id}">` +
          properties('', this.signingCertificate) +
          (token ? unsignedProperties(timeStamp('xades:SignatureTimeStamp', `${id}-ts`, token)) : '') +
          '</xades:QualifyingProperties></ds:Object></ds:Signature>'
      })
    }
  }

  private reference(attributes: string, list: string, digest: string): string {
    return (
      `<ds:Reference ${attributes}>${list}${this.digestMethod}` +
      `<ds:DigestValue>${digest}</ds:DigestValue></ds:Reference>`
    )
  }
}

/** The properties that may come after signing, around those of the signature. */
export const unsignedProperties = (inner: string): string =>
  '<xades:UnsignedProperties><xades:UnsignedSignatureProperties>' +
  `${inner}</xades:UnsignedSignatureProperties></xades:UnsignedProperties>`

/** A property that carries a time stamp (EN 319 132-1, 5.1.4.4): exclusive canonicalisation, one token. */
export const timeStamp = (name: string, id: string, token: Buffer, namespaces = ''): string =>
  `<${name}${namespaces} Id="${id}"><ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"></ds:CanonicalizationMethod>` +
  `<xades:EncapsulatedTimeStamp>${token.toString('base64')}</xades:EncapsulatedTimeStamp></${name}>`

const templates = new WeakMap<Buffer, { readonly signer: Signer; readonly template: XadesTemplate }>()

/** The template of a signer, made once as long as its certificate is the same object. */
export function templateFor(signer: Signer): XadesTemplate {
  const known = templates.get(signer.certificate)
  if (known?.signer.algorithm === signer.algorithm && sameChain(known.signer.chain, signer.chain)) return known.template
  const { certificate, chain, algorithm } = signer
  const template = new XadesTemplate(signer)
  templates.set(certificate, { signer: { certificate, chain, algorithm }, template })
  return template
}

const sameChain = (a: readonly Buffer[], b: readonly Buffer[]): boolean =>
  a === b || (a.length === b.length && a.every((der, i) => der.equals(b[i]!)))
