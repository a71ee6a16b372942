interface Waiting<Input, Output> {
  readonly input: Input
  readonly resolve: (output: Output) => void
  readonly reject: (error: unknown) => void
}

/**
 * Turns many small pieces of work into few large ones: while one round is under way for a key, what comes meanwhile for
 * the same key is gathered and goes together in the next. A transaction per document would cost more than the seal.
 */
export class Gather<Input, Output> {
  /** What waits, by key; a key is there exactly while a round of it is under way. */
  private readonly waiting = new Map<string, Waiting<Input, Output>[]>()

  /** @param round answers every input in order; if it throws, all of them fail alike */
  constructor(private readonly round: (inputs: Input[]) => Promise<Output[]>) {}

  /** @param key what may share a round @throws whatever the round throws */
  add(key: string, input: Input): Promise<Output> {
    return new Promise((resolve, reject) => {
      const waiting = this.waiting.get(key)
      if (waiting) waiting.push({ input, resolve, reject })
      else void this.run(key, [{ input, resolve, reject }])
    })
  }

  private async run(key: string, first: Waiting<Input, Output>[]): Promise<void> {
    for (let round = first; round.length > 0;) {
      this.waiting.set(key, [])
      try {
        const outputs = await this.round(round.map(({ input }) => input))
        round.forEach(({ resolve }, i) => resolve(outputs[i]!))
      } catch (error) {
        round.forEach(({ reject }) => reject(error))
      }
      round = this.waiting.get(key)!
    }
    this.waiting.delete(key)
  }
}
