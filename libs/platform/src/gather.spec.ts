import { setImmediate as turn } from 'node:timers/promises'
import { Gather } from './gather.js'

describe('gathering', () => {
  const rounds: string[][] = []
  let opens: (() => void)[] = []
  const gather = new Gather<string, string>(async inputs => {
    rounds.push(inputs)
    await new Promise<void>(resolve => opens.push(resolve))
    if (inputs.includes('bad')) throw new Error('bad')
    return inputs.map(input => input.toUpperCase())
  })
  beforeEach(() => {
    rounds.splice(0)
    opens = []
  })

  /** Lets the round end that began as the `n`th, as soon as it has begun. */
  async function open(n: number): Promise<void> {
    while (!opens[n]) await turn()
    opens[n]()
  }

  const underWay = () => (gather as unknown as { waiting: Map<string, unknown> }).waiting.size

  async function rest(): Promise<void> {
    while (underWay() > 0) await turn()
  }

  it('puts what comes during a round into the next one, and answers each its own', async () => {
    const answers = ['a', 'b', 'c'].map(input => gather.add('key', input))
    expect(rounds).toEqual([['a']])
    await open(0)
    expect(await answers[0]).toBe('A')
    answers.push(gather.add('key', 'd'))
    await open(1)
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C', 'D'])
    expect(rounds).toEqual([['a'], ['b', 'c', 'd']])
    await rest()
  })

  it('begins rounds of many no more often than every few milliseconds', async () => {
    const began = performance.now()
    const answers = ['a', 'b'].map(input => gather.add('key', input))
    await open(0)
    await open(1)
    await Promise.all(answers)
    expect(performance.now() - began).toBeGreaterThan(2)
    await rest()
  })

  it('lets who comes alone begin at once', async () => {
    const first = gather.add('key', 'a')
    await open(0)
    expect(await first).toBe('A')
    const second = gather.add('key', 'b')
    expect(rounds).toEqual([['a'], ['b']])
    await open(1)
    expect(await second).toBe('B')
    expect(underWay()).toBe(0)
  })

  it('keeps keys apart, and forgets them when nothing waits', async () => {
    const both = [gather.add('one', 'a'), gather.add('two', 'b')]
    expect(rounds).toEqual([['a'], ['b']])
    await open(0)
    await open(1)
    expect(await Promise.all(both)).toEqual(['A', 'B'])
    expect(underWay()).toBe(0)
  })

  it('lets a round that fails fail for all in it, and goes on', async () => {
    const first = gather.add('key', 'a')
    const others = Promise.allSettled(['bad', 'b'].map(input => gather.add('key', input)))
    await open(0)
    expect(await first).toBe('A')
    await open(1)
    expect((await others).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await rest()
    const next = gather.add('key', 'c')
    await open(2)
    expect(await next).toBe('C')
  })
})
