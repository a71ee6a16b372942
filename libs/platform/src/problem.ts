/**
 * One kind of problem that Goniec can report (RFC 9457): a stable code, the HTTP status it is answered with,
 * and what to say in Polish and in English. No personal data ever stands in these texts.
 */
export interface ProblemType {
  /** `lib/what-is-wrong`, stable for ever: clients branch on it. */
  readonly code: string
  /** HTTP status when this problem ends a request. */
  readonly status: number
  readonly pl: string
  readonly en: string
}

const catalogue = new Map<string, ProblemType>()

/**
 * Declares a lib's problems. `declare('sealing', { 'pdf-encrypted': { status: 422, pl, en } })` gives an object
 * whose values carry the full code `sealing/pdf-encrypted`, and enters them in the catalogue that docs are made from.
 */
export function declareProblems<K extends string>(
  lib: string,
  kinds: Record<K, Omit<ProblemType, 'code'>>
): Record<K, ProblemType> {
  const declared = {} as Record<K, ProblemType>
  for (const name of Object.keys(kinds) as K[]) {
    const type = { code: `${lib}/${name}`, ...kinds[name] }
    declared[name] = type
    catalogue.set(type.code, type)
  }
  return declared
}

/** Every problem declared so far, by code. */
export function problemCatalogue(): ProblemType[] {
  return [...catalogue.values()].sort((a, b) => a.code.localeCompare(b.code))
}

/** Facts that go with a problem: numbers, ids, names of fields. Never personal data. */
export type ProblemFacts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** A final no: repeating the same request gives the same answer. */
export class Refused extends Error {
  constructor(
    readonly type: ProblemType,
    readonly facts: ProblemFacts = {},
    options?: ErrorOptions
  ) {
    super(`${type.code}: ${type.en}`, options)
    this.name = 'Refused'
  }
}

/** Not now: something we depend on does not answer, or says "later". The same request may succeed later. */
export class Unavailable extends Error {
  constructor(
    readonly type: ProblemType,
    readonly facts: ProblemFacts = {},
    options?: ErrorOptions & {
      /** How long the other side asked us to wait, in seconds. */
      retryAfterSeconds?: number
    }
  ) {
    super(`${type.code}: ${type.en}`, options)
    this.name = 'Unavailable'
    this.retryAfterSeconds = options?.retryAfterSeconds
  }

  readonly retryAfterSeconds: number | undefined
}
