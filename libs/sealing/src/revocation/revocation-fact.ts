import { createHash } from 'node:crypto'
import { ExtensionOid, isOcspResponder } from '../certificate/certificate-extensions.js'
import { isSignedBy } from '../certificate/find-paths.js'
import { sameName } from '../certificate/names.js'
import { basicConstraints, type Certificate, keyUsages } from '../certificate/read-certificate.js'
import { nodeHash, type SignatureScheme, verifyScheme } from '../certificate/signature-scheme.js'
import { DerError, readDer } from '../der-reader.js'
import { type Crl, findRevoked } from './crl.js'
import { issuerHashes } from './ocsp-request.js'
import type { OcspResponse, OcspStatus } from './ocsp-response.js'

/** Why a certificate was revoked (RFC 5280, 5.3.1). */
export const revocationReasons = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  undefined,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise'
] as const

/** One of `revocationReasons`. */
export type RevocationReason = NonNullable<(typeof revocationReasons)[number]>

/** What one OCSP response or CRL, signed by somebody who may say so, says of one certificate. */
export interface RevocationFact {
  readonly kind: 'ocsp' | 'crl'
  /** The response or list, DER, and its SHA-256. */
  readonly data: Buffer
  readonly sha256: string
  readonly status: 'good' | 'revoked' | 'on-hold'
  readonly revokedAt?: Date
  readonly reason?: RevocationReason
  readonly thisUpdate: Date
  readonly nextUpdate?: Date
  /** When it was made: producedAt of OCSP, thisUpdate of a CRL. */
  readonly issuedAt: Date
  /** Who signed it: the issuer itself, or somebody to whom the issuer gave that right. */
  readonly signer: Certificate
  /** Undefined: by an algorithm that is not known; then it is worth nothing. */
  readonly scheme: SignatureScheme
}

/** Where facts are looked for. */
export interface RevocationPool {
  readonly ocspResponses: readonly OcspResponse[]
  readonly crls: readonly Crl[]
  /** Certificates that may be of responders or CRL signers, beside those inside OCSP responses. */
  readonly certificates: readonly Certificate[]
  /** Responders that are trusted by themselves (a trusted list names them). */
  readonly trustedResponders?: readonly Certificate[]
  /** Reads the certificates inside an OCSP response. */
  readonly certificatesOf: (response: OcspResponse) => readonly Certificate[]
}

/**
 * Everything that the pool says of a certificate issued by `issuer`, newest first. Signatures are verified and the right to
 * say so is checked (RFC 6960, 4.2.2.2; RFC 5280, 6.3.3); time and freshness are the caller's. "Unknown" is not a fact.
 */
export function factsAbout(certificate: Certificate, issuer: Certificate, pool: RevocationPool): RevocationFact[] {
  const facts = [
    ...pool.ocspResponses.flatMap(response => guarded(() => ocspFact(certificate, issuer, response, pool))),
    ...pool.crls.flatMap(crl => guarded(() => crlFact(certificate, issuer, crl, pool)))
  ]
  return facts.sort((a, b) => b.issuedAt.getTime() - a.issuedAt.getTime())
}

/** A list with what `read` gives, or an empty one: bytes that cannot be read say nothing. */
function guarded(read: () => RevocationFact | undefined): RevocationFact[] {
  try {
    const fact = read()
    return fact ? [fact] : []
  } catch (error) {
    if (error instanceof DerError) return []
    throw error
  }
}

function ocspFact(
  certificate: Certificate,
  issuer: Certificate,
  response: OcspResponse,
  pool: RevocationPool
): RevocationFact | undefined {
  const status = response.statuses.find(one => isAbout(one, certificate, issuer))
  if (!status || status.status === 'unknown' || !response.scheme) return undefined
  if (status.thisUpdate < certificate.notBefore) return undefined
  if (status.status === 'good' && !coversExpired(status, certificate)) return undefined
  const signer = ocspSigner(response, issuer, pool)
  if (!signer) return undefined
  const reason = revocationReasons[status.reason ?? -1]
  return {
    kind: 'ocsp',
    data: response.der,
    sha256: response.sha256,
    status: status.status === 'good' ? 'good' : reason === 'certificateHold' ? 'on-hold' : 'revoked',
    revokedAt: status.revokedAt,
    reason,
    thisUpdate: status.thisUpdate,
    nextUpdate: status.nextUpdate,
    issuedAt: response.producedAt,
    signer,
    scheme: response.scheme
  }
}

function isAbout(status: OcspStatus, certificate: Certificate, issuer: Certificate): boolean {
  if (!status.serialDer.equals(certificate.serialDer) || !status.hash) return false
  const { name, key } = issuerHashes(issuer, status.hash)
  if (!status.issuerNameHash.equals(name) || !status.issuerKeyHash.equals(key)) return false
  return !status.certificateHash || knowsIt(status.certificateHash, certificate)
}

function knowsIt({ hash, value }: NonNullable<OcspStatus['certificateHash']>, certificate: Certificate): boolean {
  return !!hash && createHash(nodeHash(hash)).update(certificate.der).digest().equals(value)
}

/** "Good" about a certificate that had expired is worth something only if the responder still keeps its record. */
function coversExpired(status: OcspStatus, certificate: Certificate): boolean {
  if (status.thisUpdate <= certificate.notAfter || status.certificateHash) return true
  return !!status.archiveCutoff && status.archiveCutoff <= certificate.notAfter
}

/** The certificate whose key signed the response, if it may: the issuer, one that the issuer certified for this, or one that is trusted for it. */
function ocspSigner(response: OcspResponse, issuer: Certificate, pool: RevocationPool): Certificate | undefined {
  if (isResponder(issuer, response) && isSignedWith(response, issuer)) return issuer
  const candidates = [...pool.certificatesOf(response), ...pool.certificates, ...(pool.trustedResponders ?? [])]
  for (const candidate of candidates.filter(one => isResponder(one, response)).slice(0, mostNamesakes)) {
    if (response.producedAt < candidate.notBefore || response.producedAt > candidate.notAfter) continue
    const trusted = pool.trustedResponders?.some(({ sha256 }) => sha256 === candidate.sha256)
    const delegated =
      isOcspResponder(candidate) && sameName(candidate.issuerDer, issuer.subjectDer) && isSignedBy(candidate, issuer)
    if ((trusted || delegated) && isSignedWith(response, candidate)) return candidate
  }
  return undefined
}

/** Certificates of one name that are tried: a file full of namesakes must not keep us busy. */
const mostNamesakes = 8

function isResponder(candidate: Certificate, response: OcspResponse): boolean {
  return response.responderName
    ? sameName(response.responderName, candidate.subjectDer)
    : issuerHashes(candidate, 'sha1').key.equals(response.responderKeyHash!)
}

type Signed = Pick<OcspResponse, 'tbs' | 'scheme' | 'signature'>

const verified = new WeakMap<Signed, WeakMap<Certificate, boolean>>()

/** Whether a response or list was signed with a certificate's key; worked out once. */
function isSignedWith(signed: Signed, signer: Certificate): boolean {
  let signers = verified.get(signed)
  if (!signers) verified.set(signed, (signers = new WeakMap()))
  let holds = signers.get(signer)
  if (holds === undefined) {
    holds = !!signed.scheme && verifyScheme(signed.scheme, signer.publicKey, signed.tbs, signed.signature)
    signers.set(signer, holds)
  }
  return holds
}

function crlFact(
  certificate: Certificate,
  issuer: Certificate,
  crl: Crl,
  pool: RevocationPool
): RevocationFact | undefined {
  if (crl.unusable || !crl.scheme || !sameName(crl.issuerDer, certificate.issuerDer)) return undefined
  if (!isInScope(certificate, crl) || crl.thisUpdate < certificate.notBefore) return undefined
  const signer = crlSigner(crl, issuer, pool)
  if (!signer) return undefined
  const entry = findRevoked(crl, certificate.serialDer)
  const reason = revocationReasons[entry?.reason ?? -1]
  const revoked = entry && reason !== 'removeFromCRL'
  const keptAfterExpiry =
    crl.thisUpdate <= certificate.notAfter || (crl.expiredSince && crl.expiredSince <= certificate.notAfter)
  if (!revoked && !keptAfterExpiry) return undefined
  return {
    kind: 'crl',
    data: crl.der,
    sha256: crl.sha256,
    status: !revoked ? 'good' : reason === 'certificateHold' ? 'on-hold' : 'revoked',
    ...(revoked ? { revokedAt: entry.revokedAt, reason } : {}),
    thisUpdate: crl.thisUpdate,
    nextUpdate: crl.nextUpdate,
    issuedAt: crl.thisUpdate,
    signer,
    scheme: crl.scheme
  }
}

/** RFC 5280, 6.3.3 b: the list is for this kind of certificate and for the distribution point that the certificate names. */
function isInScope(certificate: Certificate, { scope }: Crl): boolean {
  if (!scope) return true
  if (scope.only === 'attribute') return false
  if (scope.only && (scope.only === 'authority') !== basicConstraints(certificate).ca) return false
  if (!scope.points) return true
  const extension = certificate.extensions.get(ExtensionOid.crlDistributionPoints)
  if (!extension) return false
  const own = readDer(extension.value)
    .children()
    .flatMap(
      point =>
        point
          .children()
          .find(part => part.tag === 0xa0)
          ?.children()[0]
          ?.children() ?? []
    )
  return scope.points.some(point => own.some(name => name.raw.equals(point)))
}

/**
 * The certificate whose key signed the list, if it may: the issuer, or another certificate of the same name (a CA may have a key
 * for certificates and one for lists) that the issuer, or whoever issued the issuer, certified.
 */
function crlSigner(crl: Crl, issuer: Certificate, pool: RevocationPool): Certificate | undefined {
  const may = (candidate: Certificate) => keyUsages(candidate)?.includes('cRLSign') !== false
  if (may(issuer) && isSignedWith(crl, issuer)) return issuer
  return pool.certificates
    .filter(candidate => candidate !== issuer && sameName(candidate.subjectDer, crl.issuerDer) && may(candidate))
    .slice(0, mostNamesakes)
    .find(
      candidate =>
        (isSignedBy(candidate, issuer) || haveOneParent(candidate, issuer, pool)) && isSignedWith(crl, candidate)
    )
}

const haveOneParent = (candidate: Certificate, issuer: Certificate, pool: RevocationPool): boolean =>
  sameName(candidate.issuerDer, issuer.issuerDer) &&
  pool.certificates
    .filter(parent => sameName(parent.subjectDer, issuer.issuerDer))
    .slice(0, mostNamesakes)
    .some(parent => isSignedBy(issuer, parent) && isSignedBy(candidate, parent))
