import type { Certificate } from '../certificate/read-certificate.js'
import { COUNTERSIGNED_TYPE, DS, SIGNED_PROPERTIES_TYPE, XADES } from './names.js'
import { serialAgrees, type SignedClaims } from './read-properties.js'
import type { XmlSignature } from './read-structure.js'
import { attributeOf, childOf, childrenOf } from './xml-tree.js'

/** What XAdES B-B asks for (EN 319 132-1, 6.3, table 2) and is not there, in words for the report. */
export function baselineFaults(
  signature: XmlSignature,
  claims: SignedClaims,
  certificate: Certificate | undefined
): string[] {
  const { qualifying, signedProperties, propertiesReference, keyInfoCertificates, references, canonicalization } =
    signature
  if (!qualifying) return ['QualifyingProperties missing']
  const faults: string[] = []
  const unless = (good: boolean, fault: string) => void (good || faults.push(fault))
  unless(qualifying.uri === XADES, 'outdated version of XAdES')
  unless(!!signedProperties, 'SignedProperties not signed')
  unless(propertiesReference?.type === SIGNED_PROPERTIES_TYPE, 'Type of the SignedProperties reference')
  unless(!!claims.signingTime, 'SigningTime missing')
  unless(
    claims.version === 2,
    claims.version === 1 ? 'SigningCertificate of version 1' : 'SigningCertificateV2 missing'
  )
  unless(!certificate || claims.certificates.some(name => serialAgrees(name, certificate)), 'IssuerSerialV2')
  unless(
    !!certificate && keyInfoCertificates.some(der => der.equals(certificate.der)),
    'signing certificate not in KeyInfo'
  )
  unless(!canonicalization || !canonicalization.comments, 'canonicalisation with comments')
  unless(references.length >= 2, 'fewer than two references')
  // what says whose key it is may be signed too, and is no data object
  const keyInfoId = signature.keyInfo && attributeOf(signature.keyInfo, 'Id')
  const keyInfoReference = references.find(({ uri }) => keyInfoId !== undefined && uri === `#${keyInfoId}`)
  for (const reference of references) {
    if (reference === propertiesReference || reference === keyInfoReference || reference.type === COUNTERSIGNED_TYPE)
      continue
    unless(
      reference.id !== undefined && claims.formats.has(`#${reference.id}`),
      'DataObjectFormat with MimeType missing for a signed object'
    )
  }
  const keyInfo = signature.keyInfo
  unless(!!childOf(keyInfo, DS, 'X509Data'), 'X509Data missing')
  const old = childrenOf(signature.unsignedSignatureProperties, XADES, 'ArchiveTimeStamp')
  unless(old.length === 0, 'ArchiveTimeStamp of XAdES 1.3.2')
  return [...new Set(faults)]
}
