import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import { Ledger } from '../world/ledger.js'
import { WorldClock } from '../world/world-clock.js'
import { IssueEvidence } from './issue-evidence.js'
import type { StoredMessage } from './mailbox-state.js'
import { PurdeStore } from './purde-store.js'

/** The longest wait that a timer of the machine can hold. */
const LONGEST_WAIT = 2 ** 31 - 1

/** Works through the plan of every message: evidence is issued when the world clock says that it is due. */
@Injectable()
export class DeliveryEngine implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly timers = new Map<string, NodeJS.Timeout>()
  private readonly busy = new Map<string, Promise<void>>()
  private readonly logger = new Logger(DeliveryEngine.name)
  private stopListening: (() => void) | undefined
  private stopped = false

  constructor(
    private readonly store: PurdeStore,
    private readonly issueEvidence: IssueEvidence,
    private readonly clock: WorldClock,
    private readonly ledger: Ledger
  ) {}

  /** Takes up the plans of an earlier run of the sandbox. */
  onApplicationBootstrap(): void {
    this.stopListening = this.clock.onAdvance(() => this.lookAtAll())
    this.lookAtAll()
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true
    this.stopListening?.()
    for (const timer of this.timers.values()) clearTimeout(timer)
    this.timers.clear()
    await Promise.all(this.busy.values())
  }

  /** Starts (or goes on with) the story of one message. */
  follow(message: StoredMessage): void {
    clearTimeout(this.timers.get(message.messageId))
    this.timers.delete(message.messageId)
    const next = message.plan[message.stepsDone]
    if (!next || this.stopped || this.busy.has(message.messageId)) return
    const wait = new Date(next.due).getTime() - this.clock.now().getTime()
    if (wait > 0) {
      this.timers.set(
        message.messageId,
        setTimeout(() => this.follow(message), Math.min(wait, LONGEST_WAIT))
      )
      return
    }
    const work = this.takeDueSteps(message).finally(() => {
      this.busy.delete(message.messageId)
      this.follow(message)
    })
    this.busy.set(message.messageId, work)
  }

  private lookAtAll(): void {
    for (const message of Object.values(this.store.state.messages)) this.follow(message)
  }

  private async takeDueSteps(message: StoredMessage): Promise<void> {
    for (;;) {
      const number = message.stepsDone
      const step = message.plan[number]
      if (!step || this.stopped || new Date(step.due) > this.clock.now()) return
      try {
        const evidence = await this.issueEvidence.execute(message, step, number)
        this.store.putEvidence(evidence)
        if (evidence.messageId === message.messageId) message.evidenceIds.push(evidence.evidenceId)
        this.ledger.write({
          surface: 'purde',
          action: 'evidence-issued',
          evidenceId: evidence.evidenceId,
          messageId: evidence.messageId,
          type: evidence.kind,
          sha256: evidence.sha256,
          ...(evidence.flaw ? { flaw: evidence.flaw } : {})
        })
      } catch (error) {
        // The story goes on without the step: a sandbox that stands still would hide the fault it should show.
        this.logger.error(`step ${step.kind} of a message failed: ${String(error)}`)
      }
      message.stepsDone = number + 1
      message.folder = 'SENT'
      this.store.changed()
    }
  }
}
