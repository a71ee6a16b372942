import type { Ids } from '#platform'

const TRACE_PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/

/**
 * The trace that a request belongs to: the caller's, when its `traceparent` is well-formed (W3C Trace Context, 3.2.2),
 * else a fresh one.
 * @returns 32 hexadecimal digits
 */
export function traceIdOf(traceparent: unknown, ids: Ids): string {
  const [, version, traceId, parentId, rest] = (typeof traceparent === 'string' && TRACE_PARENT.exec(traceparent)) || []
  const known = version !== undefined && version !== 'ff' && (version !== '00' || rest === undefined)
  if (known && traceId && /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(parentId!)) return traceId
  return ids.next().replaceAll('-', '')
}
