import { accessConfig } from '#access'
import { addresseeConfig } from '#addressee'
import { evidenceConfig } from '#evidence'
import { loadConfig } from '#platform'
import { purdeConfig } from '#routing'
import { sealingConfig } from '#sealing'
import { gatewayConfig } from './gateway.config.js'

/** Everything that the gateway reads from its environment; fails with all problems at once. */
export function readConfig(env: NodeJS.ProcessEnv) {
  return loadConfig(env, gatewayConfig, accessConfig, addresseeConfig, evidenceConfig, purdeConfig, sealingConfig)
}

/** Workers that collect evidence: a fraction of those that move letters on, because one serves a whole address. */
export function collectors(config: { GONIEC_CONCURRENCY: number }): number {
  return Math.ceil(config.GONIEC_CONCURRENCY / 4)
}

/** Configuration of the whole program. */
export type Config = ReturnType<typeof readConfig>
