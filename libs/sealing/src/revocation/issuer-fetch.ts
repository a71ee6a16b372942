import { readableCertificates } from '../certificate/build-chain.js'
import { infoAccess } from '../certificate/certificate-extensions.js'
import { isSignedBy } from '../certificate/find-paths.js'
import { sameName } from '../certificate/names.js'
import type { Certificate } from '../certificate/read-certificate.js'
import type { RecentMap } from '../certificate/recent-map.js'
import { readCms } from '../cms/read-cms.js'
import { DerError } from '../der-reader.js'
import type { AuthorityHttp } from './authority-http.js'

/** A certificate has one to three KB; a bag of them in CMS some more. */
const largestAnswer = 256 * 1024

const longestClimb = 8

/**
 * Fetches the issuer of the topmost certificate that can be reached from `leaf`, from where that certificate says
 * (caIssuers, RFC 5280, 4.2.2.1). Only what really signed it is returned; nothing when there is none.
 */
export async function askForIssuers(
  leaf: Certificate,
  known: readonly Certificate[],
  mayFetch: (url: URL) => boolean,
  http: AuthorityHttp,
  fetched: RecentMap<string, readonly Certificate[]>
): Promise<readonly Certificate[]> {
  const top = topOf(leaf, known)
  for (const address of addressesOf(top)) {
    const before = fetched.get(address)
    const issuers = before ?? (mayFetch(new URL(address)) ? await fetchFrom(address, http) : [])
    const suitable = issuers.filter(issuer => isIssuer(issuer, top))
    if (!before && suitable.length > 0) fetched.set(address, suitable)
    if (suitable.length > 0) return suitable
  }
  return []
}

function topOf(leaf: Certificate, known: readonly Certificate[]): Certificate {
  let top = leaf
  for (let step = 0; step < longestClimb; step++) {
    const issuer = known.find(candidate => candidate !== top && isIssuer(candidate, top))
    if (!issuer || issuer.spki.equals(top.spki)) return top
    top = issuer
  }
  return top
}

const isIssuer = (issuer: Certificate, certificate: Certificate): boolean =>
  sameName(issuer.subjectDer, certificate.issuerDer) && isSignedBy(certificate, issuer)

function addressesOf(certificate: Certificate): readonly string[] {
  try {
    return infoAccess(certificate).caIssuers
  } catch (error) {
    if (error instanceof DerError) return []
    throw error
  }
}

/** A DER certificate or a CMS with nothing but certificates (RFC 5280, 4.2.2.1); PEM from those who do not know better. */
async function fetchFrom(address: string, http: AuthorityHttp): Promise<Certificate[]> {
  const answer = await http.get(address, largestAnswer)
  if ('failed' in answer) return []
  const one = readableCertificates([answer.body, ...pemBlocks(answer.body)])
  if (one.length > 0) return one
  try {
    return readableCertificates(readCms(answer.body).certificates)
  } catch (error) {
    if (error instanceof DerError) return []
    throw error
  }
}

const pemBlocks = (body: Buffer): Buffer[] =>
  [...body.toString('latin1').matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END/g)].map(match =>
    Buffer.from(match[1]!, 'base64')
  )
