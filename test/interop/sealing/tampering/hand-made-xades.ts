import { createHash, sign, X509Certificate } from 'node:crypto'
import type { Seal } from '../../../../apps/sandbox/src/pki/pki.js'

const DS = 'http://www.w3.org/2000/09/xmldsig#'
const XADES = 'http://uri.etsi.org/01903/v1.3.2#'
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256'

const digest = (text: string) => createHash('sha256').update(text).digest('base64')
const empty = (name: string, attributes: string) => `<ds:${name} ${attributes}></ds:${name}>`
const digestOf = (text: string, namespace = '') =>
  `<ds:DigestMethod${namespace} Algorithm="${SHA256}"></ds:DigestMethod><ds:DigestValue${namespace}>${text}</ds:DigestValue>`

/**
 * A XAdES B-B signature by a P-256 key over an element with the id `p`, which must be its own canonical form; put together as
 * text that is canonical already, so no code of a canonicaliser takes part. `objects` stand in it unsigned.
 */
export function handMadeXades({ key, certificate }: Seal, element: string, objects = ''): string {
  const own = createHash('sha256').update(certificate).digest('base64')
  // Exclusive canonicalisation declares a prefix where it is used, so the text does so too.
  const signedProperties =
    `<xades:SignedProperties xmlns:xades="${XADES}" Id="sp"><xades:SignedSignatureProperties><xades:SigningTime>2026-11-22T12:00:00Z</xades:SigningTime>` +
    `<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>${digestOf(own, ` xmlns:ds="${DS}"`)}` +
    '</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties><xades:SignedDataObjectProperties>' +
    '<xades:DataObjectFormat ObjectReference="#r"><xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat>' +
    '</xades:SignedDataObjectProperties></xades:SignedProperties>'
  const transforms = (...all: string[]) =>
    `<ds:Transforms>${all.map(one => empty('Transform', `Algorithm="${one}"`)).join('')}</ds:Transforms>`
  const inner =
    empty('CanonicalizationMethod', `Algorithm="${EXCLUSIVE}"`) +
    empty('SignatureMethod', 'Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"') +
    `<ds:Reference Id="r" URI="#p">${transforms(`${DS}enveloped-signature`, EXCLUSIVE)}${digestOf(digest(element))}</ds:Reference>` +
    `<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#sp">${transforms(EXCLUSIVE)}` +
    `${digestOf(digest(signedProperties))}</ds:Reference>`
  const signed = `<ds:SignedInfo xmlns:ds="${DS}">${inner}</ds:SignedInfo>`
  const value = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64')
  const x509 = new X509Certificate(certificate).raw.toString('base64')
  return (
    `<ds:Signature xmlns:ds="${DS}" Id="s"><ds:SignedInfo>${inner}</ds:SignedInfo><ds:SignatureValue>${value}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${x509}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>${objects}` +
    `<ds:Object><xades:QualifyingProperties xmlns:xades="${XADES}" Target="#s">${signedProperties}</xades:QualifyingProperties></ds:Object></ds:Signature>`
  )
}
