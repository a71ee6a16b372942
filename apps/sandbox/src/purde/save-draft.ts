import { Injectable } from '@nestjs/common'
import { Faults } from '../world/faults.js'
import { freshId } from '../world/fresh-id.js'
import { Ledger } from '../world/ledger.js'
import { scenarioOf } from '../world/scenarios.js'
import { WorldClock } from '../world/world-clock.js'
import { KeepAttachments } from './keep-attachments.js'
import type { MessageContent, StoredDraft } from './mailbox-state.js'
import { PurdeStore } from './purde-store.js'
import { readMessage } from './read-message.js'
import { ServiceDown } from './ua-error.js'

/** Seconds after which a client of the service that is down is told to come back. */
const RETRY_AFTER = 1

/** Creates a draft or replaces what a draft says. */
@Injectable()
export class SaveDraft {
  constructor(
    private readonly store: PurdeStore,
    private readonly keepAttachments: KeepAttachments,
    private readonly faults: Faults,
    private readonly clock: WorldClock,
    private readonly ledger: Ledger
  ) {}

  /**
   * @param old the draft to replace; its attachments stay when the body names none
   * @throws UaRefusal, ServiceDown
   */
  async execute(mailbox: string, body: unknown, old?: StoredDraft): Promise<StoredDraft> {
    const { content, attachments } = readMessage(body, mailbox)
    refuseWhenDown(this.faults, content)
    const draft: StoredDraft = {
      draftId: old?.draftId ?? freshId(),
      mailbox,
      content,
      attachments: attachments
        ? await this.keepAttachments.fromJson(attachments, old?.attachments ?? [])
        : (old?.attachments ?? []),
      createdAt: old?.createdAt ?? this.clock.now().toISOString()
    }
    this.store.putDraft(draft)
    this.ledger.write({
      surface: 'purde',
      action: old ? 'draft-replaced' : 'draft-created',
      draftId: draft.draftId,
      sender: mailbox,
      recipients: content.to.map(recipient => recipient.eDeliveryAddress),
      attachments: draft.attachments.map(attachment => attachment.sha256),
      marker: content.additionalData
    })
    return draft
  }
}

/** The scenario "service down": nothing works for its addressee until somebody says that the service is up. */
export function refuseWhenDown(faults: Faults, content: MessageContent): void {
  const hit = content.to.some(to => scenarioOf(to.eDeliveryAddress ?? '')?.behaviour === 'service-down')
  const fault = faults.of('purde')
  if (hit && !(fault.told && fault.mode === 'up')) throw new ServiceDown(RETRY_AFTER)
}
