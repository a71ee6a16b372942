import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhenResult,
  isBrokenCircuitError,
  type CircuitBreakerPolicy
} from 'cockatiel'
import type { HttpOutcome } from './http-outcome.js'

export interface CircuitSettings {
  /** Failures in a row that open the breaker. */
  readonly failures: number
  /** Milliseconds that it stays open before one call is let through. */
  readonly openMs: number
}

/**
 * A circuit breaker over HTTP outcomes, so that a dead target is not hammered by every letter's own patience.
 * Silence and 502/504 count as failures. 429 and 503 do not: there somebody is at home and says when to come back,
 * perhaps for this one request only.
 */
export class Circuit {
  private readonly policy: CircuitBreakerPolicy
  private readonly openMs: number
  private openedAt = 0

  constructor(settings: Partial<CircuitSettings> = {}) {
    this.openMs = settings.openMs ?? 10_000
    this.policy = circuitBreaker(
      handleWhenResult(result => isFailure(result as HttpOutcome)),
      { halfOpenAfter: this.openMs, breaker: new ConsecutiveBreaker(settings.failures ?? 8) }
    )
    // Monotonic time: the breaker is about the machine's own patience, not about the date of a letter.
    this.policy.onBreak(() => (this.openedAt = performance.now()))
  }

  async run(send: () => Promise<HttpOutcome>): Promise<HttpOutcome> {
    try {
      return await this.policy.execute(send)
    } catch (error) {
      if (!isBrokenCircuitError(error)) throw error
      const waited = performance.now() - this.openedAt
      return { kind: 'not-sent', cause: 'breaker-open', retryAfterMs: Math.max(1, Math.ceil(this.openMs - waited)) }
    }
  }

  get state(): 'closed' | 'open' | 'half-open' {
    if (this.policy.state === CircuitState.Closed) return 'closed'
    return this.policy.state === CircuitState.HalfOpen ? 'half-open' : 'open'
  }
}

function isFailure(outcome: HttpOutcome): boolean {
  if (outcome.kind === 'answer') return outcome.status === 502 || outcome.status === 504
  return outcome.cause !== 'request-body-failed' && outcome.cause !== 'answer-too-large'
}
