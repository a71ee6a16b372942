import type { StateStore } from '../world/state-store.js'
import { tenantOne, tenantTwo } from '../world/scenarios.js'
import { keptSecrets } from './kept-secrets.js'

/** What a caller may do at the gateway. */
export type Role = 'sender' | 'auditor' | 'operator'

/** A caller of the gateway, known to the identity provider from the start. */
export interface ReadyClient {
  clientId: string
  clientSecret: string
  tenantId: string
  roles: Role[]
}

const plans: Omit<ReadyClient, 'clientSecret'>[] = [
  { clientId: 'clerk-gmina', tenantId: tenantOne, roles: ['sender'] },
  { clientId: 'auditor-gmina', tenantId: tenantOne, roles: ['auditor'] },
  { clientId: 'operator-gmina', tenantId: tenantOne, roles: ['operator'] },
  { clientId: 'clerk-drugi', tenantId: tenantTwo, roles: ['sender'] }
]

/** The ready-made callers; their secrets are drawn at the first start and kept in the state. */
export function readyClients(store: StateStore): ReadyClient[] {
  const ids = plans.map(({ clientId }) => clientId)
  const secrets = keptSecrets(store, 'oidc-secrets', ids, 24)
  return plans.map(plan => ({ ...plan, clientSecret: secrets[plan.clientId] ?? '' }))
}
