import { invalidRequest } from './csc-error.js'

/** Longest list of hashes that is looked at; no credential allows as many signatures. */
const mostHashes = 10_000

/** The parameters of a request, read one by one; what is missing or wrong is refused in the words of the standard. */
export class RequestFields {
  readonly #fields: Record<string, unknown>

  constructor(body: unknown) {
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
    this.#fields = isObject ? (body as Record<string, unknown>) : {}
  }

  /** Whether the parameter was given at all. */
  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name) && this.#fields[name] !== null
  }

  /** A string that must be there. */
  text(name: string): string {
    const value = this.has(name) ? this.#fields[name] : undefined
    if (typeof value !== 'string' || value === '') {
      throw invalidRequest(`Missing (or invalid type) string parameter ${name}`)
    }
    return value
  }

  /** A string that may be left out. */
  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined
  }

  /** One of these strings, or the first of them when the parameter is left out. */
  oneOf<T extends string>(name: string, choices: readonly [T, ...T[]]): T {
    const value = this.has(name) ? this.#fields[name] : choices[0]
    const choice = choices.find(one => one === value)
    if (choice === undefined) throw invalidRequest(`Invalid parameter ${name}`)
    return choice
  }

  /** A boolean; false when it is left out. */
  flag(name: string): boolean {
    const value = this.has(name) ? this.#fields[name] : false
    if (typeof value !== 'boolean') throw invalidRequest(`Invalid parameter ${name}`)
    return value
  }

  /** A whole number that must be there. */
  integer(name: string): number {
    const value = this.has(name) ? this.#fields[name] : undefined
    if (!Number.isSafeInteger(value)) throw invalidRequest(`Missing (or invalid type) integer parameter ${name}`)
    return value as number
  }

  /** A list that may be left out. */
  optionalList(name: string): unknown[] | undefined {
    const value = this.has(name) ? this.#fields[name] : undefined
    if (value !== undefined && !Array.isArray(value)) {
      throw invalidRequest(`Missing (or invalid type) array parameter ${name}`)
    }
    return value as unknown[] | undefined
  }

  /** Hashes, each base64 of at least one octet. */
  hashes(name: string): string[] {
    const list = this.optionalList(name)
    if (!list) throw invalidRequest(`Missing (or invalid type) array parameter ${name}`)
    if (list.length === 0) throw invalidRequest('Empty hash array')
    if (list.length > mostHashes) throw invalidRequest('Numbers of signatures is too high')
    for (const one of list) {
      if (typeof one !== 'string' || !isBase64(one)) throw invalidRequest('Invalid Base64 hash string parameter')
    }
    return list as string[]
  }
}

/** Whether a text is base64 in the one form that RFC 4648 4 gives to its octets, and not empty. */
export function isBase64(text: string): boolean {
  return text !== '' && Buffer.from(text, 'base64').toString('base64') === text
}
