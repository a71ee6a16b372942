/** Where the gateway reads the time. Injected everywhere, so that tests and the sandbox can move it. */
export abstract class Clock {
  /** The present instant. */
  abstract now(): Date
}

/** The machine's own clock. */
export class SystemClock extends Clock {
  now(): Date {
    return new Date()
  }
}
