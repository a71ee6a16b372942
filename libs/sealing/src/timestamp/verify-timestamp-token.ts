import { createHash } from 'node:crypto'
import { buildChain, readableCertificates } from '../certificate/build-chain.js'
import { type Certificate, extendedKeyUsages, keyUsages } from '../certificate/read-certificate.js'
import { DerError } from '../der-reader.js'
import { Oid } from '../oids.js'
import type { HashName } from '../seal-algorithm.js'
import type { FailedBecause, IndeterminateBecause } from '../validation/indication.js'
import { examineToken, type Imprint } from './examine-token.js'
import type { TstInfo } from './timestamp-message.js'

export type { Imprint } from './examine-token.js'

/** Whether a time-stamp token proves what it says, in the three values of EN 319 102-1. Only PASSED is "valid". */
export type TimestampVerdict =
  | {
      readonly indication: 'PASSED'
      readonly info: TstInfo
      /** From the authority's certificate to the trust anchor, DER. */
      readonly path: readonly Buffer[]
      /** Whether the authority's certificate was revoked was not asked: that belongs to level B-LT. */
      readonly revocation: 'not-checked'
    }
  | {
      readonly indication: 'INDETERMINATE' | 'FAILED'
      readonly subIndication: FailedBecause | IndeterminateBecause
      readonly info?: TstInfo
    }

/** The imprint of bytes at hand. */
export const imprintOf =
  (bytes: Buffer): Imprint =>
  hash =>
    createHash(hash).update(bytes).digest()

/**
 * Checks an RFC 3161 token that is to become part of a seal of ours: the imprint (the digest that `imprinted` gives), CMS
 * signature, ESS signing certificate (RFC 5816), critical extended key usage timeStamping and nothing else (RFC 3161, 2.3),
 * path to one of `trustAnchors` (DER). SHA-2 only, and DER throughout, since seals must be (ETSI EN 319 142-1, 6.3; PDF
 * validators refuse BER). The path is checked at the token's own time and, when `at` is given, at that time too. Tokens in
 * files of others are judged by `validate`, which asks for less form and for more trust.
 */
export function verifyTimestampToken(
  token: Buffer,
  imprinted: Imprint,
  trustAnchors: readonly Buffer[],
  at?: Date
): TimestampVerdict {
  const { integrity, info, authority, certificates, hashes, der } = examineToken(token, hash =>
    hash === 'sha1' ? Buffer.alloc(0) : imprinted(hash as HashName)
  )
  if (!info || (!der && integrity.indication === 'PASSED'))
    return { indication: 'FAILED', subIndication: 'FORMAT_FAILURE', info }
  if (hashes.length < 2 || hashes.some(hash => !current.has(hash)))
    return { indication: 'INDETERMINATE', subIndication: 'CRYPTO_CONSTRAINTS_FAILURE', info }
  if (integrity.indication !== 'PASSED') {
    const { indication, subIndication } = integrity
    return { indication, subIndication, info }
  }
  const indeterminate = (subIndication: IndeterminateBecause): TimestampVerdict => ({
    indication: 'INDETERMINATE',
    subIndication,
    info
  })
  if (!authority) return indeterminate('NO_SIGNING_CERTIFICATE_FOUND')
  if (!isForTimestampsOnly(authority)) return indeterminate('CHAIN_CONSTRAINTS_FAILURE')
  const anchors = readableCertificates(trustAnchors)
  const then = buildChain(authority, certificates, anchors, info.genTime)
  if (!then.trusted) return indeterminate(then.reason)
  const now = at ? buildChain(authority, certificates, anchors, at) : then
  if (!now.trusted) return indeterminate(now.reason)
  return { indication: 'PASSED', info, path: now.path.map(one => one.der), revocation: 'not-checked' }
}

const current = new Set<string>(['sha256', 'sha384', 'sha512'])

/** RFC 3161, 2.3: timeStamping, critical, alone; and a key that may sign. */
function isForTimestampsOnly(authority: Certificate): boolean {
  try {
    const purposes = extendedKeyUsages(authority)
    const usage = keyUsages(authority)
    const maySign = !usage || usage.includes('digitalSignature') || usage.includes('nonRepudiation')
    return !!purposes?.critical && purposes.purposes.join() === Oid.timeStamping && maySign
  } catch (error) {
    if (error instanceof DerError) return false
    throw error
  }
}
