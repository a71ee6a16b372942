import { createHash } from 'node:crypto'
import { examineToken, type TokenExamination } from '../timestamp/examine-token.js'
import type { Conclusion } from './conclusion.js'
import { judgePast, type PastTools } from './judge-past.js'
import { judgeToken, type TokenJudgement } from './judge-token.js'
import { isReliable } from './crypto-constraints.js'
import type { MaterialPool } from './material-pool.js'
import type { ReadTimestamp } from './read-signature.js'
import type { ValidationPolicy } from './validation-policy.js'

/** A time stamp with what its token says. */
export interface ExaminedTimestamp {
  readonly read: ReadTimestamp
  /** SHA-256 of the token: its key among proofs of existence. */
  readonly key: string
  readonly examination: TokenExamination
}

/** A time stamp judged: at the time of validation, and then in the light of later time stamps. */
export interface TimestampJudgement extends ExaminedTimestamp {
  readonly basic: TokenJudgement
  /** The last word: differs from `basic` where past validation helped. */
  conclusion: Conclusion
}

/** Takes tokens apart. Certificates that stand elsewhere in the file help where a token encloses none. */
export function examineTimestamp(read: ReadTimestamp, beside: readonly Buffer[]): ExaminedTimestamp {
  const key = createHash('sha256').update(read.token).digest('hex')
  return { read, key, examination: examineToken(read.token, read.imprint, beside) }
}

/** Time-stamp validation (EN 319 102-1, 5.4) at the time of validation. */
export function judgeTimestamp(
  examined: ExaminedTimestamp,
  at: Date,
  pool: MaterialPool,
  policy: ValidationPolicy
): TimestampJudgement {
  const { key, examination } = examined
  const { integrity, authority, algorithm, hashes, info } = examination
  const token = { key, use: 'time-stamp' as const, integrity, certificate: authority, algorithm, hashes }
  // What the authority's standing was is asked for the time at which it says that it used its key.
  const used = info && info.genTime < at ? info.genTime : at
  const basic = judgeToken(token, { at, used }, pool, policy)
  return { ...examined, basic, conclusion: basic.conclusion }
}

/**
 * Goes through time stamps from the newest to the oldest (5.6.3.4, 5): each that is good, now or in the light of those before,
 * proves that what it covers existed at its time.
 */
export function extractProofs(timestamps: readonly TimestampJudgement[], covers: Covers, tools: PastTools): void {
  for (const timestamp of byAge(timestamps).reverse()) {
    const time = timestamp.examination.info!.genTime
    if (timestamp.basic.conclusion.indication !== 'PASSED') {
      const past = judgePast(timestamp.basic, timestamp.basic.doubts, tools)
      timestamp.conclusion = past
      const proven = tools.proofs.earliest(timestamp.key).time
      if (past.indication !== 'PASSED' || !isReliable(timestamp.basic.reliability, proven)) continue
    }
    for (const key of covers(timestamp)) tools.proofs.add(key, { time, timestampId: timestamp.read.id })
  }
}

/** Keys of what a time stamp proves. */
export type Covers = (timestamp: TimestampJudgement) => Iterable<string>

/** Those that say a time, oldest first; those of the same time stay in their order. */
export const byAge = (timestamps: readonly TimestampJudgement[]): TimestampJudgement[] =>
  timestamps
    .filter(({ examination }) => examination.info)
    .sort((a, b) => a.examination.info!.genTime.getTime() - b.examination.info!.genTime.getTime())
