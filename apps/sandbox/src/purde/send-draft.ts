import { Inject, Injectable } from '@nestjs/common'
import { Faults } from '../world/faults.js'
import { freshId } from '../world/fresh-id.js'
import { Ledger } from '../world/ledger.js'
import type { Behaviour, Scenario } from '../world/scenario.js'
import { scenarioOf } from '../world/scenarios.js'
import { WorldClock } from '../world/world-clock.js'
import { DeliveryEngine } from './delivery-engine.js'
import type { AddressData, StoredDraft, StoredMessage, StoredTask, TaskResult } from './mailbox-state.js'
import { PURDE_SETTINGS, type PurdeSettings } from './purde-settings.js'
import { deriveId, PurdeStore } from './purde-store.js'
import { checkSendable } from './read-message.js'
import { refuseWhenDown } from './save-draft.js'
import { storyline } from './storyline.js'
import { CutConnection, UaRefusal } from './ua-error.js'

/** Sends a draft: it is used up, and one message for each recipient appears in OUTBOX. */
@Injectable()
export class SendDraft {
  constructor(
    private readonly store: PurdeStore,
    private readonly engine: DeliveryEngine,
    private readonly faults: Faults,
    private readonly clock: WorldClock,
    private readonly ledger: Ledger,
    @Inject(PURDE_SETTINGS) private readonly settings: PurdeSettings
  ) {}

  /**
   * @returns identifier of the send task
   * @throws UaRefusal, ServiceDown; CutConnection where the scenario loses the request or the answer
   */
  execute(draft: StoredDraft): string {
    refuseWhenDown(this.faults, draft.content)
    this.refuseUnsendable(draft)
    const identity = this.identityOf(draft)
    if (this.isFirstTry(draft, 'lost-request', identity)) throw new CutConnection()
    const taskId = this.take(draft)
    if (this.isFirstTry(draft, 'lost-answer', identity)) throw new CutConnection()
    return taskId
  }

  private refuseUnsendable(draft: StoredDraft): void {
    const faults = checkSendable(draft.content)
    if (hasRecipient(draft, 'mailbox-full')) {
      faults.push({
        error: 'MAILBOX_FULL',
        error_description: 'Brak miejsca w skrzynce nadawcy, the mailbox of the sender has no free space'
      })
    }
    const refused = faults.map(fault => ({ ...fault, messageId: draft.draftId }))
    if (refused.length > 0) throw new UaRefusal(refused)
  }

  /** A letter that is sent without a draft has no identifier of ours: what it says must do. */
  private identityOf(draft: StoredDraft): string {
    if (this.store.draft(draft.mailbox, draft.draftId)) return draft.draftId
    return JSON.stringify([draft.content, draft.attachments.map(attachment => attachment.sha256)])
  }

  private isFirstTry(draft: StoredDraft, behaviour: Behaviour, identity: string): boolean {
    if (!hasRecipient(draft, behaviour)) return false
    const key = deriveId(behaviour, draft.mailbox, identity)
    if (this.store.state.lostOnce[key]) return false
    this.store.state.lostOnce[key] = true
    this.store.changed()
    return true
  }

  private take(draft: StoredDraft): string {
    const now = this.clock.now()
    const slow = hasRecipient(draft, 'slow')
    const task: StoredTask = {
      taskId: deriveId('task', draft.draftId),
      mailbox: draft.mailbox,
      finishedAt: new Date(now.getTime() + (slow ? this.settings.slowMs : this.settings.stepMs)).toISOString(),
      results: []
    }
    const givenBack: AddressData[] = []
    for (const recipient of draft.content.to) {
      const scenario = scenarioOf(recipient.eDeliveryAddress ?? '')
      if (!scenario?.registered || scenario.edaStatus !== 'ACTIVE') {
        task.results.push(failed(recipient))
        givenBack.push(recipient)
        continue
      }
      const message = this.messageFor(draft, recipient, scenario, task.taskId, now)
      task.results.push({ recipient, messageId: message.messageId })
    }
    this.store.putTask(task)
    this.store.removeDraft(draft.draftId)
    if (givenBack.length > 0) {
      const content = { ...draft.content, to: givenBack }
      this.store.putDraft({ ...draft, draftId: freshId(), content, createdAt: now.toISOString() })
    }
    return task.taskId
  }

  private messageFor(
    draft: StoredDraft,
    recipient: AddressData,
    scenario: Scenario,
    taskId: string,
    now: Date
  ): StoredMessage {
    const message: StoredMessage = {
      messageId: `PPSA-E-${deriveId('message', draft.draftId, scenario.ade)}`,
      mailbox: draft.mailbox,
      recipient: scenario.ade,
      taskId,
      draftId: draft.draftId,
      content: {
        ...draft.content,
        to: [recipient],
        // Compulsory in the public service: a message that answers none opens a thread of its own.
        threadId: draft.content.threadId ?? deriveId('thread', draft.draftId)
      },
      attachments: draft.attachments,
      takenAt: now.toISOString(),
      folder: 'OUTBOX',
      inTrash: false,
      opened: true,
      plan: storyline(scenario, now, this.settings),
      stepsDone: 0,
      evidenceIds: []
    }
    this.store.putMessage(message)
    this.ledger.write({
      surface: 'purde',
      action: 'letter-taken',
      messageId: message.messageId,
      draftId: draft.draftId,
      taskId,
      sender: draft.mailbox,
      recipient: scenario.ade,
      attachments: draft.attachments.map(attachment => attachment.sha256),
      marker: draft.content.additionalData
    })
    this.engine.follow(message)
    return message
  }
}

function hasRecipient(draft: StoredDraft, behaviour: Behaviour): boolean {
  return draft.content.to.some(to => scenarioOf(to.eDeliveryAddress ?? '')?.behaviour === behaviour)
}

function failed(recipient: AddressData): TaskResult {
  const error_description = 'Nieaktywny lub nieznany adres adresata, address of the recipient is unknown or not active'
  return { recipient, error: { error: 'INVALID_RECIPIENT', error_description } }
}
