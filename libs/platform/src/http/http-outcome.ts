/**
 * What became of one request. The three kinds are what a caller who must not repeat himself needs to know:
 * the other side answered; it cannot have seen the request; or nobody knows.
 */
export type HttpOutcome = HttpAnswer | HttpNotSent | HttpLost

/** A complete answer, whatever its status. Header names are in lower case. */
export interface HttpAnswer {
  readonly kind: 'answer'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** The other side cannot have received a byte of this request: asking again is safe. */
export interface HttpNotSent {
  readonly kind: 'not-sent'
  readonly cause:
    'connection-refused' | 'name-not-found' | 'unreachable' | 'tls' | 'timeout' | 'breaker-open' | 'bad-path'
  /** With `breaker-open`: milliseconds until the next call is let through. */
  readonly retryAfterMs?: number
}

/** The request, or a part of it, may have arrived, and no complete answer came back. */
export interface HttpLost {
  readonly kind: 'lost'
  readonly cause: 'timeout' | 'connection-lost' | 'answer-too-large' | 'request-body-failed'
}
