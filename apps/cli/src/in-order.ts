/** How much is done at the same time. */
export interface InOrderOptions {
  /** Pieces of work under way at once. */
  readonly atOnce: number
  /** How many results may wait for an earlier one. */
  readonly waiting?: number
}

/**
 * Works through `items`, some at a time, and tells the results in the order of the items, each as soon as those before it
 * are told. The first error ends it; what is under way is waited for.
 */
export async function inOrder<T, R>(
  items: readonly T[],
  { atOnce, waiting = 1024 }: InOrderOptions,
  work: (item: T, index: number) => Promise<R>,
  tell: (result: R) => void
): Promise<void> {
  const ready = new Map<number, R>()
  let next = 0
  let told = 0
  let stopped = false
  let wake: (() => void)[] = []
  const worker = async (): Promise<void> => {
    while (next < items.length && !stopped) {
      if (next - told >= waiting + atOnce) {
        await new Promise<void>(resolve => wake.push(resolve))
        continue
      }
      const index = next++
      try {
        ready.set(index, await work(items[index]!, index))
        for (; ready.has(told); told++) {
          tell(ready.get(told)!)
          ready.delete(told)
        }
      } catch (error) {
        stopped = true
        throw error
      } finally {
        wake.forEach(resolve => resolve())
        wake = []
      }
    }
  }
  const workers = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  for (const one of workers) if (one.status === 'rejected') throw one.reason
}
