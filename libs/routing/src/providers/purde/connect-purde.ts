import { Clock, Ids, OutboundHttp, type BearerTokens, type HttpExchange } from '#platform'
import { PollingBudget } from './polling-budget.js'
import type { PurdeConfig, PurdeSettings } from './purde.config.js'
import { PurdeProvider } from './purde.provider.js'
import { KeyDirectory } from './system-keys.js'
import { PurdeTokens } from './token.js'
import { UaApiClient } from './ua-api.client.js'

/** The public service, connected. */
export interface PurdeConnection {
  readonly provider: PurdeProvider
  /** The same log-in opens the address register (SE API). */
  readonly tokens: BearerTokens
  /** For metrics. */
  readonly budget: PollingBudget
}

export interface PurdeSurroundings {
  readonly clock: Clock
  readonly ids: Ids
  /** Hears of what broke on our own side; must not throw. */
  readonly onFault: (fault: unknown) => void
  /** Sees every answered exchange of the mailbox interface; for tests against the contract. */
  readonly onExchange?: (exchange: HttpExchange) => void
  readonly settings?: Partial<PurdeSettings>
}

/** Builds the provider from its configuration; undefined where it is switched off (no `GONIEC_PURDE_URL`). */
export function connectPurde(config: PurdeConfig, surroundings: PurdeSurroundings): PurdeConnection | undefined {
  const { GONIEC_PURDE_URL: url, GONIEC_PURDE_TOKEN_URL: tokenUrl, GONIEC_PURDE_REALM_URL: realmUrl } = config
  const keys = config.GONIEC_PURDE_KEY_DIR
  // The schema demands the other three with the first.
  if (url === undefined || tokenUrl === undefined || realmUrl === undefined || keys === undefined) return undefined
  const { clock, ids, onFault, onExchange, settings } = surroundings
  const timeouts = {
    connectTimeoutMs: config.GONIEC_PURDE_CONNECT_TIMEOUT_MS,
    totalTimeoutMs: config.GONIEC_PURDE_TIMEOUT_MS
  }
  const tokenHttp = new OutboundHttp({ baseUrl: tokenUrl, ...timeouts })
  const mailboxHttp = new OutboundHttp({ baseUrl: url, ...timeouts, onExchange })
  const names = { system: config.GONIEC_PURDE_SYSTEM, realmUrl }
  const tokens = new PurdeTokens(tokenHttp, new KeyDirectory(keys), clock, ids, names)
  const budget = new PollingBudget(clock, {
    collect: config.GONIEC_PURDE_COLLECT_PER_MINUTE,
    inquire: config.GONIEC_PURDE_INQUIRE_PER_MINUTE
  })
  const provider = new PurdeProvider({
    client: new UaApiClient(mailboxHttp, tokens, clock, ids, config.GONIEC_PURDE_TIMEOUT_MS),
    budget,
    clock,
    ids,
    settings: {
      settleMs: config.GONIEC_PURDE_SETTLE_MS,
      maxTotalBytes: config.GONIEC_PURDE_MAX_BYTES,
      ...settings
    },
    onFault
  })
  return { provider, tokens, budget }
}
