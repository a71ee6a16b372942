import { Refused, Unavailable } from '#platform'

/** Longest pause between two tries, in seconds: whoever waits for a seal waits for hours, not days. */
const longestPause = 600

/**
 * How long to wait before something is tried again, in seconds: as long as whoever is away asks for, and longer each time.
 * @param tries how often it was tried in vain before
 */
export function pauseAfter(error: Refused | Unavailable, tries: number): number {
  const asked = error instanceof Unavailable ? error.retryAfterSeconds : error.facts['retryAfterSeconds']
  return Math.max(Number(asked ?? 0), Math.min(longestPause, 5 * 2 ** Math.min(tries, 10)))
}
