import type { Accepted, Pending, Refusal, SealedParcel } from '../../provider.js'
import type { AttemptMemory } from './memory.js'
import { purdeProblems } from './purde.errors.js'
import { operatorsRefusal, refusal } from './refusals.js'
import type { UaApiClient } from './ua-api.client.js'
import type { TaskLine } from './ua-api.messages.js'

/** What one look at a sending task showed. `unknown-task`: the operator does not know it, or it names nobody. */
export type TaskLook =
  | Accepted
  | Refusal
  | { readonly outcome: 'in-work' }
  | { readonly outcome: 'unknown-task' }
  | { readonly outcome: 'no-answer'; readonly retryAfterMs?: number }

/** Looks once at the sending task of an attempt, and notes the message id it may have led to. */
export async function lookAtTask(
  client: UaApiClient,
  parcel: SealedParcel,
  memory: AttemptMemory,
  taskId: string
): Promise<TaskLook> {
  const status = await client.taskStatus(parcel.senderAde, taskId)
  if (status.kind === 'refused') return { outcome: 'unknown-task' }
  if (status.kind === 'later') return { outcome: 'no-answer', retryAfterMs: status.retryAfterMs }
  if (status.kind === 'lost') return { outcome: 'no-answer' }
  // Anything but FINISHED is some way of not being finished.
  if (status.value.messageTaskStatus !== 'FINISHED') return { outcome: 'in-work' }
  const result = await client.taskResult(parcel.senderAde, taskId)
  if (result.kind === 'refused') return { outcome: 'unknown-task' }
  if (result.kind === 'later') return { outcome: 'no-answer', retryAfterMs: result.retryAfterMs }
  if (result.kind === 'lost') return { outcome: 'no-answer' }
  const line = lineOf(result.value, parcel.recipientAde)
  if (line?.messageId) {
    await memory.note({ messageId: line.messageId })
    return { outcome: 'accepted', messageId: line.messageId, taskId, draftId: memory.notes.draftId }
  }
  if (line?.error || line?.error_description) {
    const error = { error: line.error ?? '', description: line.error_description ?? '' }
    const refused = operatorsRefusal({ kind: 'refused', status: 400, errors: [error] })
    // A task fails for its recipient; only a clearer word of the operator says otherwise.
    return refused.code === purdeProblems['request-refused'].code
      ? refusal('recipient-refused', refused.providerText)
      : refused
  }
  return { outcome: 'unknown-task' }
}

/** The letter is with the operator and not decided yet. */
export function inWork(retryAfterMs: number): Pending {
  return { outcome: 'pending', code: purdeProblems['in-work'].code, retryAfterMs }
}

function lineOf(lines: readonly TaskLine[], recipientAde: string): TaskLine | undefined {
  const ours = lines.find(line => line.addressee?.eDeliveryAddress?.toUpperCase() === recipientAde.toUpperCase())
  return ours ?? (lines.length === 1 ? lines[0] : undefined)
}
