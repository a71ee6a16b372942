import { randomBytes } from 'node:crypto'
import type { StateStore } from '../world/state-store.js'

/**
 * A secret for each name, drawn when the name is first met and kept in the state from then on.
 * @param kind under which they are kept
 * @param bytes of randomness in each
 */
export function keptSecrets(
  store: StateStore,
  kind: string,
  names: readonly string[],
  bytes: number
): Record<string, string> {
  const secrets = store.load<Record<string, string>>(kind) ?? {}
  for (const name of names) secrets[name] ??= randomBytes(bytes).toString('base64url')
  store.save(kind, secrets)
  return secrets
}
