import { randomBytes } from 'node:crypto'
import type { StateStore } from '../world/state-store.js'
import { tenantOne, tenantTwo } from '../world/scenarios.js'

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
  const secrets = store.load<Record<string, string>>('oidc-secrets') ?? {}
  for (const { clientId } of plans) secrets[clientId] ??= randomBytes(24).toString('base64url')
  store.save('oidc-secrets', secrets)
  return plans.map(plan => ({ ...plan, clientSecret: secrets[plan.clientId] ?? '' }))
}
