import { createHash } from 'node:crypto'
import { sameName } from '../certificate/names.js'
import { type Certificate } from '../certificate/read-certificate.js'
import { readableCertificates } from '../certificate/build-chain.js'
import { DerError, readDer } from '../der-reader.js'
import { distinct } from '../distinct.js'
import type { Material } from '../material.js'
import { hashOfUri } from './algorithms.js'
import { DS, XADES_141 } from './names.js'
import type { XmlSignature } from './read-structure.js'
import {
  attributeOf,
  base64Bytes,
  childOf,
  childrenOf,
  rawText,
  textOf,
  type XmlElement,
  type XmlTree
} from './xml-tree.js'

/** A certificate as the signed properties name it. */
export interface CertificateName {
  readonly digestUri: string
  readonly digest?: Buffer
  /** IssuerSerial of RFC 5035, DER; for the second version only. */
  readonly issuerSerial?: Buffer
}

/** What the signer has signed about the signature (EN 319 132-1, 5.2). */
export interface SignedClaims {
  readonly signingTime?: Date
  readonly certificates: readonly CertificateName[]
  /** 2: SigningCertificateV2; 1: the older SigningCertificate; 0: none. */
  readonly version: 0 | 1 | 2
  /** ObjectReference of each DataObjectFormat that has a MimeType. */
  readonly formats: ReadonlySet<string>
}

/** Reads the signed properties, which must be the ones that are really signed. */
export function readClaims(tree: XmlTree, { signedProperties, qualifying }: XmlSignature): SignedClaims {
  const uri = qualifying?.uri ?? ''
  const own = childOf(signedProperties, uri, 'SignedSignatureProperties')
  const second = childOf(own, uri, 'SigningCertificateV2')
  const first = childOf(own, uri, 'SigningCertificate')
  const time = childOf(own, uri, 'SigningTime')
  const data = childOf(signedProperties, uri, 'SignedDataObjectProperties')
  const formats = childrenOf(data, uri, 'DataObjectFormat')
    .filter(format => childOf(format, uri, 'MimeType'))
    .flatMap(format => attributeOf(format, 'ObjectReference') ?? [])
  return {
    signingTime: time && readTime(textOf(tree, time)),
    certificates: childrenOf(second ?? first, uri, 'Cert').map(one => readCertificateName(tree, uri, one)),
    version: second ? 2 : first ? 1 : 0,
    formats: new Set(formats)
  }
}

function readTime(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/.test(text)) return undefined
  // xs:dateTime without a zone: taken as UTC, since a claim needs no more precision than that
  const date = new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

function readCertificateName(tree: XmlTree, uri: string, element: XmlElement): CertificateName {
  const digest = childOf(element, uri, 'CertDigest')
  const method = childOf(digest, DS, 'DigestMethod')
  const value = childOf(digest, DS, 'DigestValue')
  const serial = childOf(element, uri, 'IssuerSerialV2')
  return {
    digestUri: (method && attributeOf(method, 'Algorithm')) ?? '',
    digest: value && base64Bytes(rawText(tree, value)),
    issuerSerial: serial && base64Bytes(rawText(tree, serial))
  }
}

/** Certificates with the digest that a name gives. A broken digest names nothing. */
export function certificatesNamed(name: CertificateName, certificates: readonly Buffer[]): Certificate[] {
  const hash = hashOfUri(name.digestUri)
  if (!hash || !name.digest) return []
  return readableCertificates(certificates.filter(der => createHash(hash).update(der).digest().equals(name.digest!)))
}

/** Whether IssuerSerialV2, where there is one, names the certificate too. */
export function serialAgrees({ issuerSerial }: CertificateName, certificate: Certificate): boolean {
  if (!issuerSerial) return true
  try {
    const [names, serial] = readDer(issuerSerial).children()
    const directory = names?.children()[0]?.children()[0]
    return !!directory && sameName(directory.raw, certificate.issuerDer) && !!serial?.raw.equals(certificate.serialDer)
  } catch (error) {
    if (error instanceof DerError) return false
    throw error
  }
}

/** What a set of values holds, DER, without duplicates. */
export function readMaterial(
  tree: XmlTree,
  { unsignedSignatureProperties, qualifying }: XmlSignature,
  properties: readonly XmlElement[] = unsignedSignatureProperties?.children ?? []
): Material {
  const uri = qualifying?.uri ?? ''
  const holders = properties.flatMap(property =>
    property.uri === XADES_141 && property.local === 'TimeStampValidationData' ? property.children : [property]
  )
  const of = (locals: readonly string[], path: readonly string[]): Buffer[] => {
    let elements = holders.filter(holder => holder.uri === uri && locals.includes(holder.local))
    for (const step of path) elements = elements.flatMap(element => childrenOf(element, uri, step))
    return distinct(elements.flatMap(element => base64Bytes(rawText(tree, element)) ?? []))
  }
  const revocation = ['RevocationValues', 'AttributeRevocationValues']
  return {
    certificates: of(['CertificateValues', 'AttrAuthoritiesCertValues'], ['EncapsulatedX509Certificate']),
    ocspResponses: of(revocation, ['OCSPValues', 'EncapsulatedOCSPValue']),
    crls: of(revocation, ['CRLValues', 'EncapsulatedCRLValue'])
  }
}
