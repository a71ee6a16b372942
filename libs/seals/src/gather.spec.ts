import { Gather } from './gather.js'

describe('gathering', () => {
  const rounds: string[][] = []
  let open: () => void = () => undefined
  const gather = new Gather<string, string>(async inputs => {
    rounds.push(inputs)
    await new Promise<void>(resolve => (open = resolve))
    if (inputs.includes('bad')) throw new Error('bad')
    return inputs.map(input => input.toUpperCase())
  })
  beforeEach(() => rounds.splice(0))

  it('puts what comes during a round into the next one, and answers each its own', async () => {
    const answers = ['a', 'b', 'c'].map(input => gather.add('key', input))
    expect(rounds).toEqual([['a']])
    open()
    expect(await answers[0]).toBe('A')
    expect(rounds).toEqual([['a'], ['b', 'c']])
    open()
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C'])
  })

  it('keeps keys apart, and forgets them when nothing waits', async () => {
    const first = gather.add('one', 'a')
    const openFirst = open
    const second = gather.add('two', 'b')
    expect(rounds).toEqual([['a'], ['b']])
    openFirst()
    open()
    expect(await Promise.all([first, second])).toEqual(['A', 'B'])
    expect((gather as unknown as { waiting: Map<string, unknown> }).waiting.size).toBe(0)
  })

  it('lets a round that fails fail for all in it, and goes on', async () => {
    const first = gather.add('key', 'a')
    const others = ['bad', 'b'].map(input => gather.add('key', input))
    open()
    expect(await first).toBe('A')
    const after = Promise.allSettled(others)
    open()
    expect((await after).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const next = gather.add('key', 'c')
    open()
    expect(await next).toBe('C')
  })
})
