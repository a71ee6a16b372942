import { StateStore } from './state-store.js'

/** The parts of the world that can be made to fail. */
export const faultySurfaces = ['tsa', 'bae', 'purde', 'token'] as const
export type FaultySurface = (typeof faultySurfaces)[number]

/**
 * up: works; down: answers 503 with Retry-After and does nothing; hang: takes the request and never answers;
 * lost-answer: does the work, then cuts the connection before the answer.
 */
export const faultModes = ['up', 'down', 'hang', 'lost-answer'] as const
export type FaultMode = (typeof faultModes)[number]

/** How a surface behaves now. */
export interface Fault {
  mode: FaultMode
  /** Part of the requests that are hit, 0 to 1. */
  share: number
  /** True once somebody has set this surface by hand: the scenario "service down" ends when it is told to be up. */
  told: boolean
}

/**
 * The general faults of the sandbox, set by hand over the control API. `fault-gate.ts` applies them to every surface at the
 * HTTP border, so the surfaces themselves need not know them.
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
   */
  set(surface: FaultySurface, mode: FaultMode, share = 1): void {
    this.#faults[surface] = { mode, share, told: true }
    this.#debt.delete(surface)
    this.#keep()
  }

  /** How a surface behaves now. */
  of(surface: FaultySurface): Fault {
    return this.#faults[surface] ?? { mode: 'up', share: 1, told: false }
  }

  /** The mode for the next request to this surface: its fault for the given share of the requests, otherwise `up`. */
  next(surface: FaultySurface): FaultMode {
    const { mode, share } = this.of(surface)
    if (mode === 'up') return 'up'
    const debt = (this.#debt.get(surface) ?? 0) + share
    // The tiny tolerance keeps ten times 0.1 from counting as a little less than one.
    const hit = debt >= 1 - 1e-9
    this.#debt.set(surface, hit ? debt - 1 : debt)
    return hit ? mode : 'up'
  }

  /** Forgets everything that was set: all surfaces work and none has been told so. */
  reset(): void {
    for (const surface of faultySurfaces) delete this.#faults[surface]
    this.#debt.clear()
    this.#keep()
  }

  #keep(): void {
    this.#store.save('faults', this.#faults)
    this.#store.flush()
  }
}
