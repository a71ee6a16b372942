import { Refused } from '#platform'
import { accessProblems } from './access.errors.js'

/** What a caller may do. `sender`: submit, cancel and follow letters; `auditor`: read letters and evidence, never
 * send; `operator`: see how the system fares, never the content of letters. */
export type Role = 'sender' | 'auditor' | 'operator'

/** All roles. */
export const ROLES: readonly Role[] = ['sender', 'auditor', 'operator']

/** Somebody whose credential was checked. */
export interface Caller {
  tenantId: string
  /** Stable and without personal data: `key:<id>` or `oidc:<digest of issuer and subject>`. */
  id: string
  roles: readonly Role[]
  /** Whether somebody logged in: an API key, and a token that a program got for itself, speak for no person. */
  person: boolean
}

/**
 * Lets the caller pass if they hold one of the roles.
 * @throws Refused `access/role-missing`
 */
export function requireRole(caller: Caller, ...wanted: Role[]): void {
  if (!wanted.some(role => caller.roles.includes(role)))
    throw new Refused(accessProblems['role-missing'], { needed: wanted })
}
