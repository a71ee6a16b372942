import type { Collected } from '#letter'
import { Clock, Ids } from '#platform'
import type {
  Attempt,
  AttemptNotes,
  Carriage,
  DeliveryProvider,
  HandOver,
  Inquiry,
  RoutableLetter,
  SealedParcel
} from '../../provider.js'
import { checkCarriage } from './attachment-rules.js'
import { collectNew, collectOf } from './collect.js'
import { handOver, Interrupted } from './hand-over.js'
import { inquire } from './inquire.js'
import type { PollingBudget } from './polling-budget.js'
import { defaultPurdeSettings, type PurdeSettings } from './purde.config.js'
import { purdeProblems } from './purde.errors.js'
import type { UaApiClient } from './ua-api.client.js'

/** What the provider works with. */
export interface PurdeTools {
  readonly client: UaApiClient
  readonly budget: PollingBudget
  readonly clock: Clock
  readonly ids: Ids
  readonly settings?: Partial<PurdeSettings>
  /** Hears of what broke on our own side, since nothing is thrown; must not throw. */
  readonly onFault: (fault: unknown) => void
}

/** The public registered delivery service (PURDE), by its mailbox interface UA API 3.0.8.2. */
export class PurdeProvider implements DeliveryProvider {
  readonly code = 'purde'
  private readonly settings: PurdeSettings

  constructor(private readonly tools: PurdeTools) {
    this.settings = { ...defaultPurdeSettings, ...tools.settings }
  }

  canCarry(letter: RoutableLetter): Carriage {
    return checkCarriage(letter, this.settings)
  }

  /** A draft is sent by its id, by us or by a clerk; before its id is known to us, nobody was asked to send it. */
  canStillGoOut(notes: AttemptNotes): boolean {
    return typeof notes['draftId'] === 'string'
  }

  async handOver(parcel: SealedParcel, attempt: Attempt): Promise<HandOver> {
    try {
      return await handOver({ ...this.tools, settings: this.settings }, parcel, attempt)
    } catch (error) {
      const maybeSent = !(error instanceof Interrupted) || error.maybeSent
      this.tools.onFault(error instanceof Interrupted ? error.cause : error)
      return { outcome: maybeSent ? 'unknown' : 'deferred', code: purdeProblems.interrupted.code }
    }
  }

  async inquire(parcel: SealedParcel, attempt: Attempt): Promise<Inquiry> {
    try {
      return await inquire({ ...this.tools, settings: this.settings }, parcel, attempt)
    } catch (error) {
      this.tools.onFault(error)
      return { outcome: 'cannot-ask', code: purdeProblems.interrupted.code }
    }
  }

  collect(senderAde: string): AsyncIterable<Collected> {
    return collectNew(this.collectTools, senderAde)
  }

  collectForMessage(senderAde: string, messageId: string, known: ReadonlySet<string>): AsyncIterable<Collected> {
    return collectOf(this.collectTools, senderAde, messageId, known)
  }

  private get collectTools() {
    const { client, budget } = this.tools
    return { client, budget, downloadsAtOnce: this.settings.downloadsAtOnce }
  }
}
