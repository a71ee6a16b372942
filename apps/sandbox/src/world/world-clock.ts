import { Duration } from 'luxon'
import { StateStore } from './state-store.js'

/** Called with the new world time after the clock was moved. */
export type AdvanceListener = (now: Date) => void

/** Time in the sandbox's world: the machine's time plus an offset that can only grow. The offset survives a restart. */
export class WorldClock {
  readonly #store: StateStore
  readonly #listeners = new Set<AdvanceListener>()
  #offsetMs: number

  constructor(store: StateStore) {
    this.#store = store
    this.#offsetMs = store.load<number>('clock-offset-ms') ?? 0
  }

  /** How far the world is ahead of the machine, in milliseconds. */
  get offsetMs(): number {
    return this.#offsetMs
  }

  /** The present instant of the world. */
  now(): Date {
    return new Date(Date.now() + this.#offsetMs)
  }

  /**
   * Moves the world forward and tells the listeners before it returns.
   *
   * @param isoDuration ISO 8601 duration such as `P14DT1H`; a day is 24 hours, months and years are counted in UTC
   * @returns the new world time
   * @throws RangeError when the text is no duration or would not move the clock forward
   */
  advance(isoDuration: string): Date {
    const duration = Duration.fromISO(isoDuration)
    if (!duration.isValid) throw new RangeError('not an ISO 8601 duration, expected for example P14DT1H')
    const now = this.now()
    const ms = moved(now, duration).getTime() - now.getTime()
    if (!(ms > 0)) throw new RangeError('the world clock only moves forward')
    this.#offsetMs += ms
    this.#store.save('clock-offset-ms', this.#offsetMs)
    this.#store.flush()
    const after = this.now()
    for (const listener of this.#listeners) listener(after)
    return after
  }

  /** Registers a listener; the answer unregisters it. */
  onAdvance(listener: AdvanceListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** Years and months go by the calendar; everything else has its own length, however long the text makes it. */
function moved(from: Date, by: Duration): Date {
  const { years, quarters, months, ...rest } = by.toObject()
  const calendar = Duration.fromObject({ years, quarters, months }).shiftTo('months', 'milliseconds')
  const to = new Date(from)
  to.setUTCMonth(to.getUTCMonth() + calendar.months)
  return new Date(to.getTime() + calendar.milliseconds + Duration.fromObject(rest).toMillis())
}
