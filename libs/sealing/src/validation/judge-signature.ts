import { createHash } from 'node:crypto'
import { readableCertificates } from '../certificate/build-chain.js'
import { DerError } from '../der-reader.js'
import type { Material } from '../material.js'
import { readOcspResponse } from '../revocation/ocsp-response.js'
import { type Conclusion, type Doubt, failed, indeterminate, passed, weigh } from './conclusion.js'
import { isReliable } from './crypto-constraints.js'
import { isFresh } from './judge-certificate.js'
import { judgePast } from './judge-past.js'
import { type ExaminedTimestamp, extractProofs, judgeTimestamp, type TimestampJudgement } from './judge-timestamp.js'
import { judgeToken, type TokenJudgement } from './judge-token.js'
import type { MaterialPool } from './material-pool.js'
import { type ProofOfExistence, ProofsOfExistence } from './proofs-of-existence.js'
import type { ReadSignature } from './read-signature.js'
import { reason } from './reasons.js'
import type { ValidationPolicy } from './validation-policy.js'

/** A signature judged by the three processes of EN 319 102-1, each as far as it went. */
export interface SignatureJudgement {
  readonly read: ReadSignature
  readonly basic: TokenJudgement
  /** Clause 5.3: as if there were no time stamps but those over the content. */
  readonly basicConclusion: Conclusion
  /** Clause 5.5. */
  readonly withTime: Conclusion
  /** Clause 5.6; absent where there is no time stamp for it, or where it was not needed. */
  readonly archival?: Conclusion
  readonly conclusion: Conclusion
  /** The earliest time at which the signature is proven to have existed. */
  readonly best: ProofOfExistence
  readonly timestamps: readonly TimestampJudgement[]
}

/** What judging works with. */
export interface JudgeTools {
  readonly now: Date
  readonly pool: MaterialPool
  readonly policy: ValidationPolicy
}

/** Judges one signature with everything that the pool has. Pure. */
export function judgeSignature(
  read: ReadSignature,
  examined: readonly ExaminedTimestamp[],
  { now, pool, policy }: JudgeTools
): SignatureJudgement {
  const [certificate] = read.signingCertificate ? readableCertificates([read.signingCertificate]) : []
  const key = `signature ${read.id}`
  const { integrity, algorithm, hashes } = read
  const token = { key, use: 'signature' as const, integrity, certificate, algorithm, hashes }
  const basic = judgeToken(token, { at: now, used: now }, pool, policy)
  const timestamps = examined.map(one => judgeTimestamp(one, now, pool, policy))
  const afterContent = withContentTimestamps(basic, timestamps)
  const result = { read, basic, basicConclusion: afterContent, timestamps }
  if (basic.final || afterContent.indication === 'FAILED')
    return { ...result, withTime: afterContent, conclusion: afterContent, best: { time: now } }

  const early = earliestOf(timestamps, ['signature', 'document'], now)
  const left = doubtsAt(early.time, basic, policy)
  const withTime = timeConclusion(left, early, basic, read, timestamps, policy)
  if (!timestamps.some(({ read: { kind } }) => isArchival(kind)))
    return { ...result, withTime, conclusion: withTime, best: early }

  const proofs = new ProofsOfExistence(now)
  proofs.add(key, early)
  extractProofs(timestamps, timestamp => coveredBy(timestamp, timestamps, read, key), { now, proofs, pool, policy })
  const best = proofs.earliest(key)
  if (withTime.indication !== 'INDETERMINATE' || withTime.subIndication === 'TIMESTAMP_ORDER_FAILURE')
    return { ...result, withTime, conclusion: withTime, best }
  const past = judgePast(basic, basic.doubts, { now, proofs, pool, policy })
  const archival = past.indication === 'PASSED' ? (delayFault(best, read, policy) ?? past) : past
  return { ...result, withTime, archival, conclusion: archival, best }
}

/** Whether a time stamp is there to keep validation possible for long. */
const isArchival = (kind: string): boolean => kind === 'archive' || kind === 'document'

/**
 * Clause 5.3.4, 4 and 6: a time stamp over the content proves that the signature is younger than it, which turns some
 * doubts into certainty.
 */
function withContentTimestamps(basic: TokenJudgement, timestamps: readonly TimestampJudgement[]): Conclusion {
  const times = timestamps
    .filter(({ read, conclusion }) => read.kind === 'content' && conclusion.indication === 'PASSED')
    .map(({ examination }) => examination.info!.genTime)
  const certificate = basic.token.certificate
  for (const doubt of basic.doubts) {
    const after = (limit: Date) => times.some(time => time > limit)
    if (doubt.subIndication === 'REVOKED_NO_POE' && after(doubt.revokedAt))
      return failed('REVOKED', reason('revoked-before-signing', { revokedAt: doubt.revokedAt.toISOString() }))
    if (doubt.subIndication.startsWith('OUT_OF_BOUNDS') && certificate && after(certificate.notAfter))
      return failed('EXPIRED', reason('expired-before-signing', { notAfter: certificate.notAfter.toISOString() }))
  }
  return basic.conclusion
}

/** The earliest time stamp of some kinds that holds now; the time of validation when there is none. */
function earliestOf(timestamps: readonly TimestampJudgement[], kinds: readonly string[], now: Date): ProofOfExistence {
  let best: ProofOfExistence = { time: now }
  for (const { read, conclusion, examination } of timestamps) {
    const time = examination.info?.genTime
    if (kinds.includes(read.kind) && conclusion.indication === 'PASSED' && time && time < best.time)
      best = { time, timestampId: read.id }
  }
  return best
}

/** Clause 5.5.4, 4, 6 and 7: the doubts that stay when the signature existed at `best`. */
function doubtsAt(best: Date, basic: TokenJudgement, policy: ValidationPolicy): Doubt[] {
  const notAfter = basic.token.certificate!.notAfter
  return basic.doubts.flatMap((doubt): Doubt[] => {
    switch (doubt.subIndication) {
      case 'REVOKED_NO_POE':
      case 'REVOKED_CA_NO_POE':
        if (doubt.revokedAt <= best) return [doubt]
        return best <= notAfter ? [] : [{ subIndication: 'OUT_OF_BOUNDS_NOT_REVOKED', reason: reason('expired') }]
      case 'OUT_OF_BOUNDS_NOT_REVOKED':
        return best <= notAfter ? [] : [doubt]
      case 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE':
        return doubt.of === 'signature' && isReliable(doubt.until, best) ? [] : [doubt]
      case 'TRY_LATER':
        if (doubt.why === 'stale') return isFresh(doubt.fact, best, policy) ? [] : [doubt]
        return doubt.since > best ? [] : [doubt]
      default:
        return [doubt]
    }
  })
}

function timeConclusion(
  left: readonly Doubt[],
  best: ProofOfExistence,
  basic: TokenJudgement,
  read: ReadSignature,
  timestamps: readonly TimestampJudgement[],
  policy: ValidationPolicy
): Conclusion {
  const trustedItself = basic.certificate?.path.length === 1
  if (!trustedItself && best.time < basic.token.certificate!.notBefore)
    return failed('NOT_YET_VALID', reason('not-yet-valid', { time: best.time.toISOString() }))
  if (left.length > 0) return weigh(left)
  if (!isInOrder(timestamps)) return indeterminate('TIMESTAMP_ORDER_FAILURE', reason('timestamp-order'))
  return delayFault(best, read, policy) ?? passed
}

/** Clause 5.5.4, 5. */
function delayFault(best: ProofOfExistence, read: ReadSignature, policy: ValidationPolicy): Conclusion | undefined {
  if (policy.timestampDelaySeconds === undefined || !best.timestampId) return undefined
  const claimed = read.claimedSigningTime?.getTime()
  const inTime = claimed !== undefined && claimed + policy.timestampDelaySeconds * 1000 > best.time.getTime()
  return inTime ? undefined : indeterminate('SIG_CONSTRAINTS_FAILURE', reason('timestamp-late'))
}

/** What each kind must be later than (5.5.4, 4 e): what it covers was there first. */
const rank: Readonly<Record<string, number>> = {
  content: 0,
  signature: 1,
  'validation-data': 2,
  archive: 2,
  document: 2
}

/** Two authorities may differ a little beyond the accuracy that they state. */
const tolerance = 1_000

function isInOrder(timestamps: readonly TimestampJudgement[]): boolean {
  const good = timestamps.filter(({ conclusion }) => conclusion.indication === 'PASSED')
  return good.every((first, i) =>
    good.slice(i + 1).every(second => {
      const [a, b] = [first, second].map(({ read, examination }) => ({
        rank: rank[read.kind]!,
        info: examination.info!
      }))
      if (a!.rank === b!.rank) return true
      const [lower, upper] = a!.rank < b!.rank ? [a!.info, b!.info] : [b!.info, a!.info]
      const slack = lower.accuracyMs + upper.accuracyMs + tolerance
      return lower.genTime.getTime() <= upper.genTime.getTime() + slack
    })
  )
}

/** Clause 5.6.2.3: what a time stamp proves to have existed, by key. */
function* coveredBy(
  timestamp: TimestampJudgement,
  all: readonly TimestampJudgement[],
  read: ReadSignature,
  signatureKey: string
): Generator<string> {
  const { kind, covers } = timestamp.read
  if (kind === 'content') return
  yield* keysOf(covers)
  // Over references to validation data: whether the signature is under it too depends on the attribute; nobody said so.
  if (kind === 'validation-data') return
  yield signatureKey
  // The signed signing-certificate attribute binds the certificate to the signature value.
  if (read.signingCertificate) yield sha256(read.signingCertificate)
  if (kind === 'signature') return
  for (const earlier of all.slice(0, all.indexOf(timestamp))) {
    if (earlier.read.kind === 'content') continue
    yield earlier.key
    for (const certificate of earlier.examination.certificates) yield certificate.sha256
    yield* keysOf({ certificates: [], ...earlier.examination.material })
  }
}

function* keysOf(material: Material | undefined): Generator<string> {
  if (!material) return
  for (const der of [...material.certificates, ...material.crls, ...material.ocspResponses]) yield sha256(der)
  for (const der of material.ocspResponses) {
    try {
      for (const inside of readOcspResponse(der).certificates) yield sha256(inside)
    } catch (error) {
      if (!(error instanceof DerError)) throw error
    }
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
