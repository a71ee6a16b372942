import { crashPoint } from '#platform'
import type { Attempt } from '../../provider.js'

/**
 * What this provider notes about an attempt:
 * `step` creating (a draft may have been asked for), drafted (our draft exists and was not sent), sending (the draft
 * may have been sent); the operator's ids; `notTakenSince`, when a look first found the draft unsent (ISO 8601).
 */
export interface PurdeNotes {
  readonly step?: 'creating' | 'drafted' | 'sending'
  readonly draftId?: string
  readonly taskId?: string
  readonly messageId?: string
  readonly notTakenSince?: string
}

/** The notes of an attempt while it is being worked on; nothing is believed to be noted before it is committed. */
export class AttemptMemory {
  private current: PurdeNotes

  constructor(private readonly attempt: Attempt) {
    const { step, draftId, taskId, messageId, notTakenSince } = attempt.notes
    this.current = {
      step: step === 'creating' || step === 'drafted' || step === 'sending' ? step : undefined,
      draftId: draftId ?? undefined,
      taskId: taskId ?? undefined,
      messageId: messageId ?? undefined,
      notTakenSince: notTakenSince ?? undefined
    }
  }

  get notes(): PurdeNotes {
    return this.current
  }

  /** Changes some notes and resolves when they are committed. */
  async note(change: PurdeNotes): Promise<void> {
    const next = { ...this.current, ...change }
    const what = change.step ?? Object.keys(change)[0]!
    crashPoint(`before:note:${what}`)
    await this.attempt.remember({
      step: next.step ?? null,
      draftId: next.draftId ?? null,
      taskId: next.taskId ?? null,
      messageId: next.messageId ?? null,
      notTakenSince: next.notTakenSince ?? null
    })
    crashPoint(`after:note:${what}`)
    this.current = next
  }
}
