import { setTimeout as pause } from 'node:timers/promises'
import { Ids } from '#platform'
import type { Attempt, Deferred, HandOver, Refusal, SealedParcel, SealedPart } from '../../provider.js'
import { checkCarriage } from './attachment-rules.js'
import { PartChanged } from './checked-content.js'
import { divideParts, draftOf } from './draft.js'
import { findDraft } from './find-draft.js'
import { AttemptMemory } from './memory.js'
import type { PurdeSettings } from './purde.config.js'
import { purdeProblems } from './purde.errors.js'
import { deferral, operatorsRefusal, refusal } from './refusals.js'
import { inWork, lookAtTask } from './sending-task.js'
import type { UaApiClient } from './ua-api.client.js'

/** Milliseconds to wait after an answer that was lost before anything was sent. */
const SHORT_WAIT_MS = 1_000

/** An end of the hand-over that is reached before anything was sent. */
type Stop = Refusal | Deferred

/**
 * Hands one letter over in two steps, because the operator knows no idempotency key: make a draft, note its id, send
 * that draft. Sending consumes a draft, so however often one draft is sent, one letter goes out. Each note is
 * committed before the next call.
 */
export async function handOver(
  tools: { client: UaApiClient; ids: Ids; settings: PurdeSettings },
  parcel: SealedParcel,
  attempt: Attempt
): Promise<HandOver> {
  const memory = new AttemptMemory(attempt)
  try {
    return await new HandOverRun(tools.client, tools.ids, tools.settings, parcel, memory).run()
  } catch (error) {
    if (error instanceof PartChanged) return refusal('part-changed')
    throw new Interrupted(memory.notes.step === 'sending', { cause: error })
  }
}

/** Something on our own side broke (the database, the archive, a bug). */
export class Interrupted extends Error {
  constructor(
    /** The draft may have been sent. */
    readonly maybeSent: boolean,
    options: ErrorOptions
  ) {
    super('hand-over interrupted', options)
    this.name = 'Interrupted'
  }
}

class HandOverRun {
  constructor(
    private readonly client: UaApiClient,
    private readonly ids: Ids,
    private readonly settings: PurdeSettings,
    private readonly parcel: SealedParcel,
    private readonly memory: AttemptMemory
  ) {}

  async run(): Promise<HandOver> {
    const { step, draftId, taskId, messageId } = this.memory.notes
    if (messageId) return { outcome: 'accepted', messageId, taskId, draftId }
    if (taskId) return this.follow(taskId)
    // The last call may have sent the draft: whoever comes back without an answer has to inquire.
    if (step === 'sending') return { outcome: 'unknown', code: purdeProblems['answer-lost'].code }
    const carriage = checkCarriage(this.parcel, this.settings)
    if (!carriage.can) return { outcome: 'refused', ...carriage.reasons[0]! }
    const draft = draftId ?? (await this.makeDraft())
    if (typeof draft !== 'string') return draft
    return this.send(draft)
  }

  private async makeDraft(): Promise<string | Stop> {
    const { senderAde, parts } = this.parcel
    const { inline, uploads } = divideParts(parts, this.settings.inlineBytes)
    let draftId: string | undefined
    // Noted before: an earlier question may have made a draft whose id never reached us.
    if (this.memory.notes.step === 'creating') {
      const found = await findDraft(this.client, this.parcel, this.settings)
      if (found.kind === 'later') return deferral(found)
      draftId = found.draftId
    } else {
      await this.memory.note({ step: 'creating' })
    }
    const resumed = draftId !== undefined
    if (draftId === undefined) {
      const created = await this.client.createDraft(senderAde, await draftOf(this.parcel, inline, this.ids))
      if (created.kind === 'refused') return operatorsRefusal(created)
      if (created.kind === 'later') return deferral(created)
      if (created.kind === 'lost') return deferral({ problem: 'draft-answer-lost', retryAfterMs: SHORT_WAIT_MS })
      draftId = created.value.messageId
    }
    const stop = await this.uploadAll(draftId, uploads, resumed)
    if (stop) return stop
    // Noted only now: until its uploads are complete, a draft is found again by its marker and completed.
    await this.memory.note({ step: 'drafted', draftId })
    return draftId
  }

  private async uploadAll(
    draftId: string,
    uploads: readonly SealedPart[],
    resumed: boolean
  ): Promise<Stop | undefined> {
    if (uploads.length === 0) return undefined
    const { senderAde } = this.parcel
    const present = new Set<string>()
    if (resumed) {
      const draft = await this.client.draft(senderAde, draftId, 'full')
      if (draft.kind === 'refused') return deferral({ problem: 'draft-answer-lost', retryAfterMs: SHORT_WAIT_MS })
      if (draft.kind === 'later') return deferral(draft)
      if (draft.kind === 'lost') return deferral({ problem: 'draft-answer-lost', retryAfterMs: SHORT_WAIT_MS })
      for (const entry of draft.value.attachments ?? []) {
        const name = entry.file?.fileMetadata?.filename
        if (name) present.add(name)
      }
    }
    for (const part of uploads) {
      if (present.has(part.fileName)) continue
      const uploaded = await this.client.upload(senderAde, draftId, part)
      if (uploaded.kind === 'refused') return operatorsRefusal(uploaded)
      if (uploaded.kind === 'later') return deferral(uploaded)
      if (uploaded.kind === 'lost') return deferral({ problem: 'draft-answer-lost', retryAfterMs: SHORT_WAIT_MS })
    }
    return undefined
  }

  private async send(draftId: string): Promise<HandOver> {
    const { senderAde } = this.parcel
    await this.memory.note({ step: 'sending', notTakenSince: undefined })
    const sent = await this.client.sendDraft(senderAde, draftId)
    if (sent.kind === 'ok') {
      await this.memory.note({ taskId: sent.value.messageTaskId })
      return this.follow(sent.value.messageTaskId)
    }
    // A 503 may come from a proxy behind which the operator took the letter: only a look can tell.
    if (sent.kind === 'later' && sent.status === 503)
      return { outcome: 'unknown', code: purdeProblems['answer-lost'].code, retryAfterMs: sent.retryAfterMs }
    if (sent.kind === 'later') {
      await this.memory.note({ step: 'drafted' })
      return deferral(sent)
    }
    if (sent.kind === 'lost') return { outcome: 'unknown', code: purdeProblems['answer-lost'].code }
    // A no to a draft that is still there is about the letter; a no to one that is gone may be an echo of our own
    // earlier sending.
    const draft = await this.client.draft(senderAde, draftId, 'metadata')
    if (draft.kind === 'ok') {
      await this.memory.note({ step: 'drafted' })
      return operatorsRefusal(sent)
    }
    return { outcome: 'unknown', code: purdeProblems[draft.kind === 'refused' ? 'draft-gone' : 'answer-lost'].code }
  }

  private async follow(taskId: string): Promise<HandOver> {
    for (const delay of this.settings.taskDelaysMs) {
      await pause(delay)
      const look = await lookAtTask(this.client, this.parcel, this.memory, taskId)
      if (look.outcome === 'accepted' || look.outcome === 'refused') return look
      if (look.outcome === 'unknown-task') return { outcome: 'unknown', code: purdeProblems['task-unknown'].code }
      if (look.outcome === 'no-answer') return inWork(look.retryAfterMs ?? this.settings.taskRetryMs)
    }
    return inWork(this.settings.taskRetryMs)
  }
}
