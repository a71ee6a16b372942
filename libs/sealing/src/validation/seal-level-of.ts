import { needsNoRevocation } from '../certificate/certificate-extensions.js'
import { isSignedBy } from '../certificate/find-paths.js'
import type { Certificate } from '../certificate/read-certificate.js'
import type { SealLevel } from '../seal-format.js'
import type { SignatureJudgement } from './judge-signature.js'
import type { TimestampJudgement } from './judge-timestamp.js'
import type { MaterialPool } from './material-pool.js'

/** What level a signature's form has, whether or not anyone trusts it; null: not even B-B, for these faults. */
export interface DetectedLevel {
  readonly level: SealLevel | null
  readonly faults: readonly string[]
}

/**
 * Detects the AdES baseline level by form (the tables in clause 6.3 of EN 319 122-1, 132-1 and 142-1): B-T has a time stamp over
 * the signature that fits it; B-LT has inside everything that the paths of the signer and of that time stamp need; B-LTA has a
 * time stamp over that.
 */
export function detectLevel({ read, basic, timestamps }: SignatureJudgement, pool: MaterialPool): DetectedLevel {
  if (read.baselineFaults.length > 0) return { level: null, faults: read.baselineFaults }
  const fitting = timestamps.filter(
    ({ examination }) => examination.info && examination.integrity.indication === 'PASSED'
  )
  const proving = fitting.find(({ read: { kind } }) => kind === 'signature' || kind === 'document')
  if (!proving) return { level: 'B-B', faults: [] }

  const leaves = [basic.token.certificate, isOverRevocation(proving) ? undefined : proving.examination.authority]
  const complete = leaves.every(leaf => !leaf || isDocumented(leaf, pool))
  const hasMaterial = read.material.ocspResponses.length + read.material.crls.length > 0
  if (!complete || !(hasMaterial || isTrustedItself(basic.token.certificate, pool))) return { level: 'B-T', faults: [] }

  const last = fitting.some(
    timestamp =>
      timestamp.read.kind === 'archive' || (timestamp.read.kind === 'document' && isOverRevocation(timestamp))
  )
  return { level: last ? 'B-LTA' : 'B-LT', faults: [] }
}

const isOverRevocation = ({ read: { covers } }: TimestampJudgement): boolean =>
  !!covers && covers.ocspResponses.length + covers.crls.length > 0

const isTrustedItself = (certificate: Certificate | undefined, pool: MaterialPool): boolean =>
  !!certificate && pool.isAnchor(certificate)

/** Whether the file itself tells of the standing of every certificate from here up to an anchor or a root. */
function isDocumented(leaf: Certificate, pool: MaterialPool): boolean {
  let certificate = leaf
  for (let step = 0; step < 8; step++) {
    if (pool.isAnchor(certificate) || isSignedBy(certificate, certificate)) return true
    const issuer = pool.issuerOf(certificate)
    if (!issuer) return false
    const told = pool.factsAbout(certificate, issuer).some(({ sha256 }) => pool.originOf(sha256) === 'embedded')
    if (!told && !needsNoRevocation(certificate)) return false
    certificate = issuer
  }
  return false
}
