import { X509Certificate } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate as ParsedCertificate
} from '@peculiar/x509'
import { keyFault } from './algorithms.js'
import { ValidationStop } from './report.js'

/** A certificate in PEM. */
export type Pem = string

/** What a leaf certificate must be allowed to do. */
export type Purpose = 'seal' | 'time-stamp'

/** A leaf that leads to a pinned anchor. */
export interface Chain {
  leaf: X509Certificate
  /** SHA-256 fingerprint of the anchor, lower-case hex. */
  anchorId: string
  /** From leaf to the last certificate before the anchor; only these are held to their validity. */
  path: X509Certificate[]
}

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
const LONGEST_PATH = 6
// RFC 5280, 4.2: an extension marked critical that we do not understand ends validation.
const UNDERSTOOD = new Set(['2.5.29.15', '2.5.29.19', '2.5.29.37', '2.5.29.32', '2.5.29.17', '2.5.29.14', '2.5.29.35'])

/**
 * Leads `leaf` to one of the pinned anchors (RFC 5280, 6.1, cryptographic part): signatures, names, basic constraints,
 * path length, key usage, key strength. Times are not judged here: see `chainTimeFault`. An anchor may be a CA or the very
 * certificate of the service, as trusted lists have both. Revocation is not asked: there is no network in this lib.
 * @throws ValidationStop NO_CERTIFICATE_CHAIN_FOUND, CHAIN_CONSTRAINTS_FAILURE or CRYPTO_CONSTRAINTS_FAILURE
 */
export function buildChain(
  leaf: X509Certificate,
  others: X509Certificate[],
  anchors: X509Certificate[],
  purpose: Purpose
): Chain {
  const itself = anchors.find(anchor => anchor.raw.equals(leaf.raw))
  if (itself) return accept({ leaf, anchorId: anchorIdOf(itself), path: [leaf] }, purpose)
  const path: X509Certificate[] = []
  for (let at = leaf; path.length < LONGEST_PATH;) {
    path.push(at)
    const anchor = anchors.find(candidate => issued(candidate, at))
    if (anchor) return accept({ leaf, anchorId: anchorIdOf(anchor), path }, purpose, anchor)
    const next = others.find(candidate => !path.some(p => p.raw.equals(candidate.raw)) && issued(candidate, at))
    if (!next) break
    at = next
  }
  throw new ValidationStop(
    'NO_CERTIFICATE_CHAIN_FOUND',
    'trust',
    'the certificate does not lead to a pinned trust anchor'
  )
}

/** Whether the chain is out of its validity at an instant, and on which side; `undefined` when all of it is valid. */
export function chainTimeFault(chain: Chain, at: Date): 'not-yet-valid' | 'expired' | undefined {
  // not by node's validFromDate: where it is missing (before Node 22.10), every comparison would let everything pass
  const validities = chain.path.map(parsed)
  if (!validities.every(v => at >= v.notBefore)) return 'not-yet-valid'
  if (!validities.every(v => at <= v.notAfter)) return 'expired'
  return undefined
}

/** Reads DER as exactly one certificate: nothing may follow it. `undefined` when it is none. */
export function readCertificate(der: Buffer): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(der)
    return certificate.raw.equals(der) ? certificate : undefined
  } catch {
    return undefined
  }
}

/** Certificates met before, by the SHA-256 of their DER: a parse is a pure function of these bytes. */
const known = new Map<string, ParsedCertificate>()

/** More than all services and authorities of the network together; a flood of strange ones only empties it. */
const MOST_KNOWN = 200

/** The content of a certificate. A few services seal everything, and parsing theirs anew cost more than all signatures. */
function parsed(certificate: X509Certificate): ParsedCertificate {
  const digest = certificate.fingerprint256
  const before = known.get(digest)
  if (before) return before
  const content = new ParsedCertificate(certificate.raw)
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(digest, content)
  return content
}

function anchorIdOf(anchor: X509Certificate): string {
  return anchor.fingerprint256.replaceAll(':', '').toLowerCase()
}

function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey)
}

function accept(chain: Chain, purpose: Purpose, anchor?: X509Certificate): Chain {
  const line = anchor ? [...chain.path, anchor] : chain.path
  line.forEach((certificate, i) => {
    const content = parsed(certificate)
    const weak = keyFault(certificate.publicKey)
    if (weak) throw new ValidationStop('CRYPTO_CONSTRAINTS_FAILURE', 'algorithms', weak)
    if (certificate !== anchor && /sha-?1|md5/i.test(content.signatureAlgorithm.hash.name)) {
      throw new ValidationStop('CRYPTO_CONSTRAINTS_FAILURE', 'algorithms', 'a certificate is signed with a weak digest')
    }
    const strange = content.extensions.find(e => e.critical && !UNDERSTOOD.has(e.type))
    if (strange) throw constraint(`critical extension ${strange.type} is not understood`)
    if (i === 0) checkLeaf(content, purpose)
    else checkIssuer(content, i - 1)
  })
  return chain
}

function checkIssuer(certificate: ParsedCertificate, casBelow: number): void {
  const basic = certificate.getExtension(BasicConstraintsExtension)
  if (!basic?.ca) throw constraint('an issuer is not a CA')
  if (basic.pathLength !== undefined && basic.pathLength < casBelow) throw constraint('path is longer than allowed')
  const usages = certificate.getExtension(KeyUsagesExtension)
  if (usages && !(usages.usages & KeyUsageFlags.keyCertSign)) throw constraint('an issuer may not sign certificates')
}

function checkLeaf(certificate: ParsedCertificate, purpose: Purpose): void {
  if (certificate.getExtension(BasicConstraintsExtension)?.ca) throw constraint('the signing certificate is a CA')
  const usages = certificate.getExtension(KeyUsagesExtension)
  if (usages && !(usages.usages & (KeyUsageFlags.nonRepudiation | KeyUsageFlags.digitalSignature))) {
    throw constraint('the key may not make signatures')
  }
  const extended = certificate.getExtension(ExtendedKeyUsageExtension)
  if (purpose === 'time-stamp') {
    // RFC 3161, 2.3: this purpose alone, and critical
    const alone = extended?.usages.length === 1 && extended.usages[0] === TIME_STAMPING
    if (!alone || !extended.critical) throw constraint('not a certificate of a time-stamping authority')
  } else if (extended?.usages.includes(TIME_STAMPING) || isTlsOnly(extended)) {
    throw constraint('the certificate is for another purpose')
  }
}

function isTlsOnly(extended: ExtendedKeyUsageExtension | null | undefined): boolean {
  const tls = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']
  return extended !== null && extended !== undefined && extended.usages.every(u => tls.includes(String(u)))
}

const constraint = (detail: string) => new ValidationStop('CHAIN_CONSTRAINTS_FAILURE', 'trust', detail)
