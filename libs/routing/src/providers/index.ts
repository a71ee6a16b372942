import type { BearerTokens } from '#platform'
import type { DeliveryProvider } from '../provider.js'
import { connectPurde, type PurdeSurroundings } from './purde/connect-purde.js'
import type { PollingBudget } from './purde/polling-budget.js'
import type { PurdeConfig } from './purde/purde.config.js'

// The only file that knows which providers there are: a new one adds its folder and its lines here.
export { checkAttachmentName } from './purde/attachment-rules.js'
export { PollingBudget } from './purde/polling-budget.js'
export { purdeConfig } from './purde/purde.config.js'

/** Settings of all providers together. */
export type ProvidersConfig = PurdeConfig

/** The providers that are switched on, and what else comes with them. */
export interface OpenProviders {
  readonly providers: readonly DeliveryProvider[]
  /** Log-in at the operator, which opens the address register too; undefined where no operator is configured. */
  readonly tokens: BearerTokens | undefined
  /** For metrics. */
  readonly budget: PollingBudget | undefined
}

/** Connects every provider that the configuration switches on. */
export function openProviders(config: ProvidersConfig, surroundings: PurdeSurroundings): OpenProviders {
  const purde = connectPurde(config, surroundings)
  return { providers: purde ? [purde.provider] : [], tokens: purde?.tokens, budget: purde?.budget }
}
