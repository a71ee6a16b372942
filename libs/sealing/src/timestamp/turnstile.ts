/** Lets so many through at a time; the others wait in their order. */
export class Turnstile {
  private inside = 0
  private readonly waiting: (() => void)[] = []

  constructor(private readonly most: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.inside >= this.most) await new Promise<void>(resolve => this.waiting.push(resolve))
    else this.inside++
    try {
      return await work()
    } finally {
      // Whoever waits takes over the place at once, so that nobody slips in between.
      const next = this.waiting.shift()
      if (next) next()
      else this.inside--
    }
  }
}
