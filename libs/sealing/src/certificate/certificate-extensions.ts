import { DerError, type DerNode, readDer, Tag } from '../der-reader.js'
import { type Certificate, extendedKeyUsages } from './read-certificate.js'

/** Extensions (RFC 5280, 4.2) that path validation and revocation need, with their OIDs. */
export const ExtensionOid = {
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyConstraints: '2.5.29.36',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  /** RFC 6960, 4.2.2.2.1 */
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
  /** RFC 9608: there will never be revocation information. */
  noRevocationAvailable: '2.5.29.56',
  /** ETSI EN 319 412-1, 5.2: assured by a validity so short that nobody would have time to revoke. */
  validityAssuredShortTerm: '0.4.0.194121.2.1'
} as const

/** id-kp-OCSPSigning (RFC 6960, 4.2.2.2). */
export const ocspSigning = '1.3.6.1.5.5.7.3.9'

/** At most so many addresses of one kind are taken from a certificate: it may be a stranger's. */
const mostUrls = 4

/** Where an authority answers for a certificate: http and https only, in their order. */
export interface InfoAccess {
  readonly ocsp: readonly string[]
  readonly caIssuers: readonly string[]
  readonly crl: readonly string[]
}

/** The addresses in authority information access and CRL distribution points (RFC 5280, 4.2.2.1, 4.2.1.13). */
export function infoAccess(certificate: Certificate): InfoAccess {
  const ocsp: string[] = []
  const caIssuers: string[] = []
  const crl: string[] = []
  for (const access of inside(certificate, ExtensionOid.authorityInfoAccess)) {
    const [method, location] = access.children()
    const into = { '1.3.6.1.5.5.7.48.1': ocsp, '1.3.6.1.5.5.7.48.2': caIssuers }[method?.oid() ?? '']
    if (into && location) addUrl(into, location)
  }
  for (const point of inside(certificate, ExtensionOid.crlDistributionPoints)) {
    const parts = point.children()
    // A point that covers only some reasons, or is signed by somebody else, cannot settle the matter alone.
    if (parts.some(part => part.tag === 0x81 || part.tag === 0xa2)) continue
    const name = parts.find(part => part.tag === Tag.context0)?.children()[0]
    if (name?.tag === Tag.context0) for (const location of name.children()) addUrl(crl, location)
  }
  return { ocsp, caIssuers, crl }
}

function addUrl(urls: string[], location: DerNode): void {
  if (location.tag !== 0x86 || urls.length >= mostUrls) return
  const url = location.content.toString('latin1')
  if (url.length <= 2048 && /^https?:\/\//i.test(url) && URL.canParse(url)) urls.push(url)
}

/** The members of an extension that is a SEQUENCE OF; none when the certificate has no such extension. */
function inside(certificate: Certificate, oid: string): DerNode[] {
  const extension = certificate.extensions.get(oid)
  return extension ? readDer(extension.value).expect(Tag.sequence).children() : []
}

/** Whether the certificate may sign OCSP responses for others (id-kp-OCSPSigning). */
export const isOcspResponder = (certificate: Certificate): boolean =>
  !!extendedKeyUsages(certificate)?.purposes.includes(ocspSigning)

/** Whether nobody is to ask if this certificate was revoked: short-lived, or declared to have no revocation. */
export const needsNoRevocation = (certificate: Certificate): boolean =>
  certificate.extensions.has(ExtensionOid.validityAssuredShortTerm) ||
  certificate.extensions.has(ExtensionOid.noRevocationAvailable)

/** Certificate policies as dotted OIDs; undefined when there is no such extension. */
export function policiesOf(certificate: Certificate): string[] | undefined {
  if (!certificate.extensions.has(ExtensionOid.certificatePolicies)) return undefined
  return inside(certificate, ExtensionOid.certificatePolicies).map(policy => {
    const id = policy.children()[0]
    if (!id) throw new DerError('policy without identifier')
    return id.oid()
  })
}

/** `requireExplicitPolicy` of policy constraints (RFC 5280, 4.2.1.11): how many certificates may still go without. */
export function explicitPolicyAfter(certificate: Certificate): number | undefined {
  const field = inside(certificate, ExtensionOid.policyConstraints).find(part => part.tag === 0x80)
  if (!field) return undefined
  if (field.content.length === 0 || field.content.length > 4) throw new DerError('bad policy constraints')
  return field.content.readUIntBE(0, field.content.length)
}
