import { setTimeout as pause } from 'node:timers/promises'

interface Waiting<Input, Output> {
  readonly input: Input
  readonly resolve: (output: Output) => void
  readonly reject: (error: unknown) => void
}

/** Rounds of one key begin no more often than this, in milliseconds, once several callers come at the same time. */
const ROUND_MS = 6

/**
 * Turns many small pieces of work into few large ones: while one round is under way for a key, what comes meanwhile for
 * the same key is gathered and goes together in the next. A transaction per document would cost more than the seal.
 * Somebody who comes alone never waits; among many, each waits a few milliseconds and all are served sooner.
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
      const next: typeof first = []
      this.waiting.set(key, next)
      const began = performance.now()
      const settle = await this.answers(round)
      const isAlone = round.length + next.length === 1
      // before the answer is given: whoever comes back with the next question at once is still alone
      if (isAlone) this.waiting.delete(key)
      settle()
      if (isAlone) return
      await pause(Math.max(0, began + ROUND_MS - performance.now()))
      round = next
    }
    this.waiting.delete(key)
  }

  private async answers(round: readonly Waiting<Input, Output>[]): Promise<() => void> {
    try {
      const outputs = await this.round(round.map(({ input }) => input))
      return () => round.forEach(({ resolve }, i) => resolve(outputs[i]!))
    } catch (error) {
      return () => round.forEach(({ reject }) => reject(error))
    }
  }
}
