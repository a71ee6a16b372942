import { type Clock, Refused, Unavailable } from '#platform/plain'
import type { Timestamp, TimestampAuthority } from './timestamp-authority.js'

/** How several authorities stand in for each other. */
export interface FailoverOptions {
  readonly clock: Clock
  /** How long one that failed is asked only when nobody else is left, in seconds. Default 60. */
  readonly cooldownSeconds?: number
}

/**
 * Several time-stamp authorities as one: the first that gives a stamp which passes all checks. One that is away, refuses or
 * answers wrongly is passed over for a while, and asked again at once when all the others fail too.
 */
export class FailoverTimestampAuthority implements TimestampAuthority {
  private readonly downUntil = new Map<TimestampAuthority, number>()

  /** `authorities` in the order of preference, at least one. */
  constructor(
    private readonly authorities: readonly TimestampAuthority[],
    private readonly options: FailoverOptions
  ) {
    if (authorities.length === 0) throw new Error('no time-stamp authority')
  }

  /** Room for a token of any of them, because any may be the one that answers. */
  get expectedTokenBytes(): number {
    return Math.max(...this.authorities.map(authority => authority.expectedTokenBytes))
  }

  /**
   * @throws Unavailable when at least one of them may answer later; Refused when all of them refuse for good.
   */
  async stamp(imprint: Buffer): Promise<Timestamp> {
    const failures: (Unavailable | Refused)[] = []
    for (const authority of this.inOrder()) {
      try {
        const stamp = await authority.stamp(imprint)
        this.downUntil.delete(authority)
        return stamp
      } catch (error) {
        if (!(error instanceof Unavailable || error instanceof Refused)) throw error
        const cooldownMs = (this.options.cooldownSeconds ?? 60) * 1000
        this.downUntil.set(authority, this.options.clock.now().getTime() + cooldownMs)
        failures.push(error)
      }
    }
    throw failures.find(failure => failure instanceof Unavailable) ?? failures[0]!
  }

  /** Those that work first; then those that are down, soonest back first. */
  private inOrder(): TimestampAuthority[] {
    const now = this.options.clock.now().getTime()
    const down = (authority: TimestampAuthority): number => {
      const until = this.downUntil.get(authority) ?? 0
      return until > now ? until : 0
    }
    return [...this.authorities].sort((a, b) => down(a) - down(b))
  }
}
