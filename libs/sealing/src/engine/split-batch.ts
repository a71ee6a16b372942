import { Refused } from '#platform/plain'
import type { WireSource } from './wire-format.js'
import type { WireOutcome, Work, WorkResult } from './worker-protocol.js'

type Batch = Work & { readonly kind: 'seal' }

/** Whether there is nothing to divide. */
export const isSingle = (work: Work): boolean => work.kind !== 'seal' || work.orders.length === 1

/** The orders of a batch as batches of one. */
export const singles = (work: Work): Batch[] => {
  const batch = work as Batch
  return batch.orders.map(order => ({ ...batch, orders: [order] }))
}

/**
 * What came of the orders one by one, as if they had been done together.
 * @throws the first error that is not about one document
 */
export function togetherAgain(work: Work, results: readonly (WorkResult | Error)[]): WireOutcome[] {
  const { orders } = work as Batch
  let before = 0
  return results.flatMap((result, i): readonly WireOutcome[] => {
    const { id, documents } = orders[i]!
    const start = before
    before += documents.length
    if (result instanceof Refused) return [{ id, ok: false, code: result.type.code, facts: result.facts }]
    if (result instanceof Error) throw result
    return (result as readonly WireOutcome[]).map(outcome => shifted(outcome, start))
  })
}

/** Known sources are numbered through the whole batch. */
function shifted(outcome: WireOutcome, by: number): WireOutcome {
  if (!outcome.ok) return outcome
  return { ...outcome, sealed: { ...outcome.sealed, source: shiftedSource(outcome.sealed.source, by) } }
}

function shiftedSource(source: WireSource, by: number): WireSource {
  if (source.kind === 'known') return { ...source, index: source.index + by }
  if (source.kind === 'joined') return { ...source, parts: source.parts.map(part => shiftedSource(part, by)) }
  if (source.kind === 'slice') return { ...source, of: shiftedSource(source.of, by) }
  return source
}
