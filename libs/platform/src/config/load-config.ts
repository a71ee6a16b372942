import type { z } from 'zod'

/** Configuration that cannot be used; lists every problem found, so that an operator mends them in one go. */
export class ConfigurationError extends Error {
  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions
  ) {
    super(`configuration has ${problems.length} problem(s):\n${problems.map(p => `  - ${p}`).join('\n')}`, options)
    this.name = 'ConfigurationError'
  }
}

type Schemas = readonly z.ZodObject[]
type Intersection<T extends Schemas> = T extends readonly [infer H extends z.ZodObject, ...infer R extends Schemas]
  ? z.infer<H> & Intersection<R>
  : unknown

/**
 * Reads the environment through all schemas (one per lib) at once. Empty variables count as absent, because
 * compose files and service units pass them so.
 * @throws ConfigurationError naming every variable that is wrong, never its value (it may be a secret).
 */
export function loadConfig<const T extends Schemas>(env: NodeJS.ProcessEnv, ...schemas: T): Intersection<T> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const problems: string[] = []
  const merged: Record<string, unknown> = {}
  for (const schema of schemas) {
    const result = schema.safeParse(given)
    if (result.success) Object.assign(merged, result.data)
    else problems.push(...result.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`))
  }
  if (problems.length > 0) throw new ConfigurationError([...new Set(problems)])
  return merged as Intersection<T>
}
