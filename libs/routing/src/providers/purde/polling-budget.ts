import { Clock } from '#platform'

/** What questions are for: new evidence of a whole mailbox, or the fate of single letters. */
export type PollingLane = 'collect' | 'inquire'

/** May this question be put now? */
export type PollingGrant = { readonly granted: true } | { readonly granted: false; readonly retryAfterMs: number }

/** Numbers for metrics; sums over all addresses, because an address has no place in a metric. */
export interface PollingNumbers {
  readonly lane: PollingLane
  readonly perMinute: number
  readonly granted: number
  readonly denied: number
}

interface Bucket {
  left: number
  at: number
}

/**
 * How often one mailbox may be asked. Systems that asked without end were blamed for the outages of January 2025:
 * each address has a bucket per lane that fills at a set rate and holds at most one minute's worth.
 */
export class PollingBudget {
  private readonly buckets = new Map<string, Bucket>()
  private readonly counts: Record<PollingLane, { granted: number; denied: number }> = {
    collect: { granted: 0, denied: 0 },
    inquire: { granted: 0, denied: 0 }
  }

  constructor(
    private readonly clock: Clock,
    private readonly perMinute: Readonly<Record<PollingLane, number>>
  ) {}

  /** Takes one question out of the bucket, or says when there will be one. */
  take(ade: string, lane: PollingLane): PollingGrant {
    const rate = this.perMinute[lane] / 60_000
    const capacity = Math.max(1, this.perMinute[lane])
    const now = this.clock.now().getTime()
    const key = `${lane} ${ade}`
    const bucket = this.buckets.get(key) ?? { left: capacity, at: now }
    this.buckets.set(key, bucket)
    bucket.left = Math.min(capacity, bucket.left + Math.max(0, now - bucket.at) * rate)
    bucket.at = now
    if (bucket.left < 1) {
      this.counts[lane].denied += 1
      return { granted: false, retryAfterMs: Math.ceil((1 - bucket.left) / rate) }
    }
    bucket.left -= 1
    this.counts[lane].granted += 1
    return { granted: true }
  }

  numbers(): PollingNumbers[] {
    return (['collect', 'inquire'] as const).map(lane => ({
      lane,
      perMinute: this.perMinute[lane],
      ...this.counts[lane]
    }))
  }
}
