import { tenantOne, tenantTwo } from '../world/scenarios.js'
import type { StateStore } from '../world/state-store.js'
import { keptSecrets } from './kept-secrets.js'
import type { Role } from './ready-clients.js'

/** Somebody in an office, known to the identity provider from the start. */
export interface ReadyPerson {
  username: string
  password: string
  tenantId: string
  roles: Role[]
}

const plans: Omit<ReadyPerson, 'password'>[] = [
  { username: 'sekretarz-gminy', tenantId: tenantOne, roles: ['sender'] },
  { username: 'skarbnik-gminy', tenantId: tenantOne, roles: ['auditor'] },
  { username: 'sekretarz-drugi', tenantId: tenantTwo, roles: ['sender'] }
]

/** The ready-made people; their passwords are drawn at the first start and kept in the state. */
export function readyPersons(store: StateStore): ReadyPerson[] {
  const names = plans.map(({ username }) => username)
  const passwords = keptSecrets(store, 'oidc-passwords', names, 12)
  return plans.map(plan => ({ ...plan, password: passwords[plan.username] ?? '' }))
}
