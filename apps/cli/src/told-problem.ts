import { type ProblemFacts, type ProblemType, Refused, Unavailable } from '#platform/plain'
import { cliProblems, fileProblem } from './cli.errors.js'
import type { Language } from './language.js'

/** A problem as it is printed. */
export interface ToldProblem {
  /** Stable: programs branch on it. */
  readonly code: string
  readonly pl: string
  readonly en: string
  readonly facts: ProblemFacts
}

/** A problem with its facts, as it is printed. */
export const toldProblem = ({ code, pl, en }: ProblemType, facts: ProblemFacts): ToldProblem => ({
  code,
  pl,
  en,
  facts
})

/** What an error says. What nobody foresaw is a fault of the program, and says where. */
export function problemIn(error: unknown): ToldProblem {
  const known = error instanceof Refused || error instanceof Unavailable ? error : fileProblem(error)
  if (known) return toldProblem(known.type, known.facts)
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return toldProblem(cliProblems.internal, { problems: stack.split('\n').slice(0, 5) })
}

/** A problem for people: what is wrong, the facts, the code to look up. Lists stand in lines of their own. */
export function problemLines({ code, facts, ...texts }: ToldProblem, language: Language): string[] {
  const { problems, ...rest } = facts
  const more = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${String(value)}`)
  const told = more.length > 0 ? ` (${more.join(', ')})` : ''
  const list = Array.isArray(problems) ? (problems as readonly string[]) : []
  return [`${texts[language]}${told} [${code}]`, ...list.map(one => `  ${one}`)]
}
