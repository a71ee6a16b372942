/** How much goes together. */
export interface Batching {
  /** Most items in one batch; asked each time, because a service may change its mind. */
  readonly most: () => number
  /** Milliseconds that the first item waits for others. */
  readonly gatherMs: number
  /** Batches under way at the same time. */
  readonly lanes: number
}

interface Caller<T, R> {
  readonly items: readonly T[]
  readonly answers: R[]
  readonly since: number
  /** Items that went out, and items whose answer came. */
  sent: number
  done: number
  readonly resolve: (answers: R[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gathers the items of callers that come at about the same time into batches, because one call to a distant service costs
 * the same for one item as for hundreds. Answers go back to their callers in their order. When a batch fails all callers
 * with items in it fail, and what else of theirs waits is not sent.
 */
export class MicroBatcher<T, R> {
  private readonly waiting: Caller<T, R>[] = []
  private underWay = 0
  private timer: NodeJS.Timeout | undefined
  private hurry = false
  private readonly leaving: (() => void)[] = []

  constructor(
    private readonly run: (items: readonly T[]) => Promise<readonly R[]>,
    private readonly batching: Batching
  ) {}

  add(items: readonly T[]): Promise<R[]> {
    if (items.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      const answers = new Array<R>(items.length)
      this.waiting.push({ items, answers, since: performance.now(), sent: 0, done: 0, resolve, reject })
      this.pump()
    })
  }

  /** Sends what waits without gathering any longer, and waits until everything has its answer. */
  async finish(): Promise<void> {
    this.hurry = true
    this.pump()
    if (this.underWay > 0 || this.waiting.length > 0) await new Promise<void>(resolve => this.leaving.push(resolve))
  }

  private pump(): void {
    clearTimeout(this.timer)
    while (this.underWay < this.batching.lanes && this.waiting.length > 0) {
      const most = Math.max(1, this.batching.most())
      const dueInMs = this.waiting[0]!.since + this.batching.gatherMs - performance.now()
      if (!this.hurry && dueInMs > 0 && this.count(most) < most) {
        this.timer = setTimeout(() => this.pump(), dueInMs)
        return
      }
      this.send(most)
    }
    if (this.underWay === 0 && this.waiting.length === 0) for (const left of this.leaving.splice(0)) left()
  }

  /** Items that wait, counted no further than `enough`. */
  private count(enough: number): number {
    let count = 0
    for (const { items, sent } of this.waiting) if ((count += items.length - sent) >= enough) break
    return count
  }

  private send(most: number): void {
    const items: T[] = []
    const parts: { caller: Caller<T, R>; from: number; count: number }[] = []
    while (items.length < most && this.waiting.length > 0) {
      const caller = this.waiting[0]!
      const count = Math.min(most - items.length, caller.items.length - caller.sent)
      for (let i = 0; i < count; i++) items.push(caller.items[caller.sent + i]!)
      parts.push({ caller, from: caller.sent, count })
      caller.sent += count
      if (caller.sent === caller.items.length) this.waiting.shift()
    }
    this.underWay++
    this.run(items)
      .then(
        answers => {
          let at = 0
          for (const { caller, from, count } of parts) {
            for (let i = 0; i < count; i++) caller.answers[from + i] = answers[at++]!
            caller.done += count
            if (caller.done === caller.items.length) caller.resolve(caller.answers)
          }
        },
        (error: unknown) => {
          for (const { caller } of parts) {
            caller.reject(error)
            const index = this.waiting.indexOf(caller)
            if (index >= 0) this.waiting.splice(index, 1)
          }
        }
      )
      .finally(() => {
        this.underWay--
        this.pump()
      })
  }
}
