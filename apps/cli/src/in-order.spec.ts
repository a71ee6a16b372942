import { inOrder } from './in-order.js'

/** Work that ends when the test says so. */
class Gates {
  readonly begun: number[] = []
  private readonly open = new Map<number, () => void>()

  readonly work = async (item: number): Promise<number> => {
    this.begun.push(item)
    await new Promise<void>(resolve => this.open.set(item, resolve))
    return item * 10
  }

  async finish(item: number): Promise<void> {
    this.open.get(item)!()
    await new Promise(resolve => setImmediate(resolve))
  }
}

describe('inOrder', () => {
  it('tells in the order of the items, as soon as all before are told', async () => {
    const gates = new Gates()
    const told: number[] = []
    const all = inOrder([1, 2, 3], { atOnce: 3 }, gates.work, result => void told.push(result))
    await gates.finish(3)
    await gates.finish(2)
    expect(told).toEqual([])
    await gates.finish(1)
    await all
    expect(told).toEqual([10, 20, 30])
  })

  it('works on no more than so many at once', async () => {
    const gates = new Gates()
    const all = inOrder([1, 2, 3, 4], { atOnce: 2 }, gates.work, () => undefined)
    expect(gates.begun).toEqual([1, 2])
    await gates.finish(2)
    expect(gates.begun).toEqual([1, 2, 3])
    for (const item of [1, 3, 4]) await gates.finish(item)
    await all
  })

  it('does not run away from a slow item', async () => {
    const gates = new Gates()
    const all = inOrder([1, 2, 3, 4, 5, 6], { atOnce: 2, waiting: 1 }, gates.work, () => undefined)
    await gates.finish(2)
    await gates.finish(3)
    expect(gates.begun).toEqual([1, 2, 3])
    await gates.finish(1)
    expect(gates.begun).toEqual([1, 2, 3, 4, 5])
    for (const item of [4, 5, 6]) await gates.finish(item)
    await all
  })

  it('begins nothing after an error, and waits for what is under way', async () => {
    const gates = new Gates()
    let ended = false
    const all = inOrder(
      [1, 2, 3],
      { atOnce: 2 },
      async item => {
        await gates.work(item)
        throw new Error(`item ${item}`)
      },
      () => undefined
    ).finally(() => (ended = true))
    const failed = expect(all).rejects.toThrow('item 1')
    await gates.finish(1)
    expect(ended).toBe(false)
    await gates.finish(2)
    await failed
    expect(gates.begun).toEqual([1, 2])
  })
})
