import { channelRules, type Channel, type ChannelFacts, type ChannelRule } from './channel-rules.js'

/** The channel of one letter, and why: enough to explain the choice years later. */
export interface ChannelChoice {
  readonly channel: Channel
  readonly ruleId: string
  readonly legalBasis: { readonly pl: string; readonly en: string }
  /** The facts the rule was asked about. */
  readonly inputs: Readonly<Record<string, string | boolean>>
}

/** What stands when no rule applies: nothing is sent by itself. */
const noRule = {
  channel: 'manual',
  id: 'no-rule',
  legalBasis: {
    pl: 'żadna reguła nie obejmuje tej przesyłki: sposób doręczenia wskazuje człowiek',
    en: 'no rule covers this letter: a person names the way of delivery'
  }
} as const

/**
 * The channel that the law of the day names. Pure. Whether Goniec can use that channel is not asked here.
 * @param date day of dispatch in Poland, `YYYY-MM-DD`
 */
export function chooseChannel(
  facts: ChannelFacts,
  date: string,
  rules: readonly ChannelRule[] = channelRules
): ChannelChoice {
  const rule = rules.find(candidate => inForce(candidate, date) && candidate.applies(facts)) ?? noRule
  const inputs: Record<string, string | boolean> = { date }
  for (const [name, value] of Object.entries(facts) as [string, string | boolean | undefined][])
    if (value !== undefined) inputs[name] = value
  return { channel: rule.channel, ruleId: rule.id, legalBasis: rule.legalBasis, inputs }
}

function inForce(rule: ChannelRule, date: string): boolean {
  return rule.validFrom <= date && (rule.validTo === undefined || date <= rule.validTo)
}
