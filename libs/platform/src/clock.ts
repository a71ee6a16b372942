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

/**
 * A clock that follows another one over HTTP (`GET url` → `{"offsetMs": n}`): lets a gateway live in the sandbox's
 * time, where 14 days pass on demand. Never used in production.
 */
export class FollowedClock extends Clock {
  private offsetMs = 0
  private timer: NodeJS.Timeout | undefined

  constructor(
    private readonly url: string,
    private readonly everyMs = 250
  ) {
    super()
  }

  now(): Date {
    return new Date(Date.now() + this.offsetMs)
  }

  /** Reads the other clock once and goes on following it; while it does not answer, time simply runs on. */
  async follow(): Promise<void> {
    await this.read()
    this.timer = setInterval(() => void this.read(), this.everyMs)
    this.timer.unref()
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private async read(): Promise<void> {
    try {
      const response = await fetch(this.url, { signal: AbortSignal.timeout(2000) })
      const { offsetMs } = (await response.json()) as { offsetMs?: unknown }
      if (typeof offsetMs === 'number') this.offsetMs = offsetMs
    } catch {
      // the other clock is away for a moment: the last offset stays right
    }
  }
}
