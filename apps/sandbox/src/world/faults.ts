import { StateStore } from './state-store.js'

/** The parts of the world that can be made to fail. */
export const faultySurfaces = ['tsa', 'tsa-2', 'bae', 'purde', 'token', 'ocsp', 'crl', 'csc'] as const
export type FaultySurface = (typeof faultySurfaces)[number]

/**
 * Every surface: `up`: works; `down`: answers 503 with Retry-After and does nothing; `hang`: takes the request and never
 * answers; `lost-answer`: does the work, then cuts the connection before the answer.
 * OCSP and CRL: `garbled`: the answer is spoilt on its way; `stale`: the answer is signed but was good until days ago.
 * Remote seal service: `slow`: the HSM takes long; `429`: too many requests, with Retry-After; `expired-token`: the access
 * token has just expired; `misorder`: the signatures come in another order; `short-answer`: the last one is missing;
 * `wrong-key`: they are made with another key.
 */
export const faultModes = [
  'up',
  'down',
  'hang',
  'lost-answer',
  'garbled',
  'stale',
  'slow',
  '429',
  'expired-token',
  'misorder',
  'short-answer',
  'wrong-key'
] as const
export type FaultMode = (typeof faultModes)[number]

const generalModes: readonly FaultMode[] = ['up', 'down', 'hang', 'lost-answer']
const answerModes: readonly FaultMode[] = ['garbled', 'stale']
const cscModes: readonly FaultMode[] = ['slow', '429', 'expired-token', 'misorder', 'short-answer', 'wrong-key']

/** Whether this surface can fail in this way. */
export function canFail(surface: FaultySurface, mode: FaultMode): boolean {
  if (generalModes.includes(mode)) return true
  if (surface === 'csc') return cscModes.includes(mode)
  return (surface === 'ocsp' || surface === 'crl') && answerModes.includes(mode)
}

/** Which requests a fault is for, besides its share. */
export interface FaultLimits {
  /** How many requests will still be hit; then the surface works again. Without it there is no end. */
  times?: number
  /** Only requests whose path contains this text are hit, and counted. */
  only?: string
}

/** How a surface behaves now. */
export interface Fault extends FaultLimits {
  mode: FaultMode
  /** Part of the requests that are hit, 0 to 1. */
  share: number
  /** True once somebody has set this surface by hand: the scenario "service down" ends when it is told to be up. */
  told: boolean
}

/**
 * The general faults of the sandbox, set by hand over the control API. `fault-gate.ts` applies them to every surface at the
 * HTTP border, so the surfaces themselves need only know those that spoil the content of an answer.
 */
export class Faults {
  readonly #store: StateStore
  readonly #faults: Partial<Record<FaultySurface, Fault>>
  readonly #debt = new Map<FaultySurface, number>()

  constructor(store: StateStore) {
    this.#store = store
    this.#faults = store.load('faults') ?? {}
  }

  /**
   * Sets how a surface behaves from now on.
   *
   * @param share part of the requests to hit, 0 to 1; they are spread evenly, not drawn, so that tests repeat
   * @param limits further limits; where `only` is not said, the remote seal service's own faults and its lost answers are for
   * `signatures/signHash`, so that a client gets as far as there
   */
  set(surface: FaultySurface, mode: FaultMode, share = 1, limits: FaultLimits = {}): void {
    const ofSigning = surface === 'csc' && (mode === 'lost-answer' || cscModes.includes(mode))
    const only = limits.only ?? (ofSigning ? 'signatures/signHash' : undefined)
    this.#faults[surface] = {
      mode,
      share,
      told: true,
      ...(limits.times === undefined ? {} : { times: limits.times }),
      ...(only === undefined ? {} : { only })
    }
    this.#debt.delete(surface)
    this.#keep()
  }

  /** How a surface behaves now. */
  of(surface: FaultySurface): Fault {
    return this.#faults[surface] ?? { mode: 'up', share: 1, told: false }
  }

  /**
   * The mode for the next request to this surface: its fault for the given share of the requests, otherwise `up`.
   *
   * @param path of the request
   */
  next(surface: FaultySurface, path = ''): FaultMode {
    const { mode, share, only, times } = this.of(surface)
    if (mode === 'up' || (only !== undefined && !path.includes(only))) return 'up'
    const debt = (this.#debt.get(surface) ?? 0) + share
    // The tiny tolerance keeps ten times 0.1 from counting as a little less than one.
    const hit = debt >= 1 - 1e-9
    this.#debt.set(surface, hit ? debt - 1 : debt)
    if (!hit) return 'up'
    if (times !== undefined) this.#count(surface, times - 1)
    return mode
  }

  /** Forgets everything that was set: all surfaces work and none has been told so. */
  reset(): void {
    for (const surface of faultySurfaces) delete this.#faults[surface]
    this.#debt.clear()
    this.#keep()
  }

  #count(surface: FaultySurface, left: number): void {
    const fault = this.of(surface)
    this.#faults[surface] = left > 0 ? { ...fault, times: left } : { mode: 'up', share: 1, told: true }
    this.#keep()
  }

  #keep(): void {
    this.#store.save('faults', this.#faults)
    this.#store.flush()
  }
}
