/**
 * Milliseconds to wait by a `Retry-After` header (RFC 9110, 10.2.3: seconds or an HTTP date), never less than zero and
 * never more than a day; undefined where there is none or it cannot be read.
 */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined
  const value = header.trim()
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now.getTime()
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), 86_400_000)
}
