/**
 * Turns many small pieces of work into few large ones: while one round is under way, what comes meanwhile is gathered
 * and goes together in the next. A transaction per document would cost more than the seal.
 */
export class Gather<Input, Output> {
  private waiting: { input: Input; resolve: (output: Output) => void; reject: (error: unknown) => void }[] = []
  private busy = false

  /** @param round answers every input in order; if it throws, all of them fail alike */
  constructor(private readonly round: (inputs: Input[]) => Promise<Output[]>) {}

  /** @throws whatever the round throws */
  add(input: Input): Promise<Output> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ input, resolve, reject })
      if (!this.busy) void this.run()
    })
  }

  private async run(): Promise<void> {
    this.busy = true
    while (this.waiting.length > 0) {
      const round = this.waiting
      this.waiting = []
      try {
        const outputs = await this.round(round.map(({ input }) => input))
        round.forEach(({ resolve }, i) => resolve(outputs[i]!))
      } catch (error) {
        round.forEach(({ reject }) => reject(error))
      }
    }
    this.busy = false
  }
}
