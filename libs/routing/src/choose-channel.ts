import { DateTime } from 'luxon'
import { EventRecorder, LetterRow, LetterStep, PartyRow, type StepOutcome } from '#letter'
import { Clock, Database } from '#platform'
import { chooseChannel } from './policy/channel-policy.js'
import type { DeliveryProvider } from './provider.js'
import { routingProblems } from './routing.errors.js'

/** Lets the law of the day name the channel, and writes down which rule did. */
export class ChooseChannel extends LetterStep {
  readonly name = 'choose-channel'

  constructor(
    private readonly database: Database,
    private readonly recorder: EventRecorder,
    private readonly clock: Clock,
    /** Provider of each channel that this installation serves. */
    private readonly providers: ReadonlyMap<string, DeliveryProvider>
  ) {
    super()
  }

  async execute(tenantId: string, letterId: string): Promise<StepOutcome> {
    await this.database.inTenant(tenantId, async tx => {
      const letter = await tx.findOneByOrFail(LetterRow, { id: letterId })
      const party = await tx.findOneByOrFail(PartyRow, { letterId, role: 'addressee' })
      const { channel, ruleId, legalBasis, inputs } = chooseChannel(
        {
          senderIsPublic: letter.senderIsPublic,
          senderKind: letter.senderKind,
          hasAddressInBae: party.designatedOperator !== null,
          ...(party.isPublic === null ? {} : { addresseeIsPublic: party.isPublic }),
          ...(party.designatedOperator === null ? {} : { designatedOperator: party.designatedOperator })
        },
        DateTime.fromJSDate(this.clock.now(), { zone: 'Europe/Warsaw' }).toISODate()!
      )
      const chosen = { version: 1, channel, ruleId, legalBasis, inputs } as const
      const { code, pl, en } = routingProblems['channel-not-available']
      await this.recorder.record(tx, letterId, {
        event: this.providers.has(channel)
          ? { type: 'ChannelChosen', ...chosen }
          : { type: 'ChannelUnavailable', ...chosen, code, text: { pl, en } },
        dedupeKey: `channel:${letter.version}`,
        actor: 'goniec',
        patch: { channel }
      })
    })
    return { kind: 'done' }
  }
}
