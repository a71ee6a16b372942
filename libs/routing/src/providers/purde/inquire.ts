import { Clock } from '#platform'
import type { Attempt, CannotAsk, Inquiry, SealedParcel, Unknown } from '../../provider.js'
import { findSent } from './find-sent.js'
import { AttemptMemory } from './memory.js'
import type { PollingBudget } from './polling-budget.js'
import type { PurdeSettings } from './purde.config.js'
import { purdeProblems, type PurdeProblem } from './purde.errors.js'
import { inWork, lookAtTask } from './sending-task.js'
import type { UaApiClient } from './ua-api.client.js'

/**
 * Learns what became of an attempt, by looking only: at the sending task if we know it, else at the draft, OUTBOX and
 * SENT. "Not taken" needs two looks, `settleMs` apart, that both find the draft and no letter: a request that is still
 * under way somewhere gets time to arrive. Should it come later still, it meets a draft that was sent meanwhile, and
 * nothing happens.
 */
export async function inquire(
  tools: { client: UaApiClient; budget: PollingBudget; clock: Clock; settings: PurdeSettings },
  parcel: SealedParcel,
  attempt: Attempt
): Promise<Inquiry> {
  const { client, budget, clock, settings } = tools
  const memory = new AttemptMemory(attempt)
  const { step, draftId, taskId, messageId } = memory.notes
  if (messageId) return { outcome: 'accepted', messageId, taskId, draftId }
  if (!draftId || (step !== 'sending' && !taskId)) return { outcome: 'not-taken' }
  const grant = budget.take(parcel.senderAde, 'inquire')
  if (!grant.granted) return cannotAsk('budget-spent', grant.retryAfterMs)
  if (taskId) {
    const look = await lookAtTask(client, parcel, memory, taskId)
    if (look.outcome === 'accepted' || look.outcome === 'refused') return look
    if (look.outcome === 'in-work') return inWork(settings.taskRetryMs)
    if (look.outcome === 'no-answer') return cannotAsk('provider-unavailable', look.retryAfterMs)
  }
  const draft = await client.draft(parcel.senderAde, draftId, 'metadata')
  if (draft.kind === 'later') return cannotAsk(draft.problem, draft.retryAfterMs)
  if (draft.kind === 'lost') return cannotAsk('provider-unavailable')
  const search = await findSent(client, parcel, attempt, settings)
  if (search.found === 'one') {
    await memory.note({ messageId: search.messageId })
    return { outcome: 'accepted', messageId: search.messageId, taskId, draftId }
  }
  if (search.found === 'cannot-ask') return cannotAsk(search.problem, search.retryAfterMs)
  if (search.found === 'several') return unknown('several-alike', settings.settleMs)
  // A task that was begun has taken the draft: only the folders can tell more.
  if (draft.kind === 'refused' || taskId) {
    if (memory.notes.notTakenSince) await memory.note({ notTakenSince: undefined })
    return unknown(search.found === 'incomplete' ? 'search-incomplete' : 'not-found-yet', settings.settleMs)
  }
  return settled(memory, clock.now(), settings.settleMs)
}

/** The draft is there and no letter: the first look starts the wait, a look after it decides. */
async function settled(memory: AttemptMemory, now: Date, settleMs: number): Promise<Inquiry> {
  const since = memory.notes.notTakenSince
  if (since === undefined) {
    await memory.note({ notTakenSince: now.toISOString() })
    return unknown('looking-again', settleMs)
  }
  const waited = now.getTime() - Date.parse(since)
  if (!(waited >= settleMs)) return unknown('looking-again', Math.max(1, settleMs - waited))
  await memory.note({ step: 'drafted', notTakenSince: undefined })
  return { outcome: 'not-taken' }
}

function unknown(problem: PurdeProblem, retryAfterMs: number): Unknown {
  return { outcome: 'unknown', code: purdeProblems[problem].code, retryAfterMs }
}

function cannotAsk(problem: PurdeProblem, retryAfterMs?: number): CannotAsk {
  return { outcome: 'cannot-ask', code: purdeProblems[problem].code, retryAfterMs }
}
