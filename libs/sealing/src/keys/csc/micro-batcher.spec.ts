import { MicroBatcher } from './micro-batcher.js'

interface Run {
  readonly items: readonly number[]
  readonly resolve: (answers: number[]) => void
  readonly reject: (error: Error) => void
}

/** A batcher whose batches are answered by hand. */
function batcher(limits: { most?: number; gatherMs?: number; lanes?: number }) {
  const runs: Run[] = []
  const waiting: ((run: Run) => void)[] = []
  const made = new MicroBatcher<number, number>(
    items =>
      new Promise<number[]>((resolve, reject) => {
        const run = { items, resolve, reject }
        const next = waiting.shift()
        if (next) next(run)
        else runs.push(run)
      }),
    { most: () => limits.most ?? 10, gatherMs: limits.gatherMs ?? 60_000, lanes: limits.lanes ?? 2 }
  )
  const nextRun = (): Promise<Run> => {
    const run = runs.shift()
    return run ? Promise.resolve(run) : new Promise(resolve => waiting.push(resolve))
  }
  return { made, nextRun, pending: () => runs.length }
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i)
const answer = (run: Run): void => run.resolve(run.items.map(item => item * 10))

describe('the micro-batcher', () => {
  it('sends a batch as soon as it is full, and gives answers back to their callers', async () => {
    const { made, nextRun, pending } = batcher({ most: 5 })
    const first = made.add([1, 2])
    expect(pending()).toBe(0)
    const second = made.add([3, 4, 5])
    const run = await nextRun()
    expect(run.items).toEqual([1, 2, 3, 4, 5])
    answer(run)
    expect(await Promise.all([first, second])).toEqual([
      [10, 20],
      [30, 40, 50]
    ])
  })

  it('sends what there is when gathering is over', async () => {
    const { made, nextRun } = batcher({ gatherMs: 1 })
    const only = made.add([7])
    answer(await nextRun())
    expect(await only).toEqual([70])
  })

  it('divides what is too much, keeps to its lanes, and puts the parts together in order', async () => {
    const { made, nextRun, pending } = batcher({ most: 4, lanes: 2, gatherMs: 0 })
    const big = made.add(range(0, 11))
    const first = await nextRun()
    const second = await nextRun()
    expect(pending()).toBe(0)
    answer(second)
    const third = await nextRun()
    expect(third.items).toEqual([8, 9, 10])
    answer(third)
    answer(first)
    expect(await big).toEqual(range(0, 11).map(item => item * 10))
  })

  it('fails only those with items in the failed batch, and sends no more of theirs', async () => {
    const { made, nextRun } = batcher({ most: 3, lanes: 1, gatherMs: 0 })
    const big = made.add(range(0, 9))
    const small = made.add([100])
    const rejected = expect(big).rejects.toThrow('no')
    ;(await nextRun()).reject(new Error('no'))
    await rejected
    const next = await nextRun()
    expect(next.items).toEqual([100])
    answer(next)
    expect(await small).toEqual([1000])
  })

  it('finishes what waits without gathering on', async () => {
    const { made, nextRun } = batcher({ lanes: 1, most: 2 })
    const some = made.add(range(1, 3))
    const finished = made.finish()
    answer(await nextRun())
    answer(await nextRun())
    expect(await some).toEqual([10, 20, 30])
    await finished
  })

  it('answers nothing with nothing, and is finished when it never began', async () => {
    const { made } = batcher({})
    expect(await made.add([])).toEqual([])
    await made.finish()
  })
})
