import { Refused, Unavailable } from '#platform'
import { sealingProblems } from '../sealing.errors.js'
import { FailoverTimestampAuthority } from './failover.timestamp-authority.js'
import type { Timestamp, TimestampAuthority } from './timestamp-authority.js'
import { Turnstile } from './turnstile.js'

/** An authority that does what the test says, and counts how often it was asked. */
class Scripted implements TimestampAuthority {
  asked = 0
  failure: Error | undefined
  constructor(
    readonly name: string,
    readonly expectedTokenBytes: number
  ) {}
  stamp(): Promise<Timestamp> {
    this.asked++
    if (this.failure) return Promise.reject(this.failure)
    return Promise.resolve({ token: Buffer.from(this.name), genTime: new Date(0), serial: '1', policy: '1.2' })
  }
}

const away = () => new Unavailable(sealingProblems['timestamp-unavailable'])
const wrong = () => new Refused(sealingProblems['timestamp-wrong'])

describe('several time-stamp authorities', () => {
  let now: Date
  let first: Scripted
  let second: Scripted
  let both: FailoverTimestampAuthority
  const stamped = async () => (await both.stamp(Buffer.alloc(32))).token.toString()

  beforeEach(() => {
    now = new Date('2026-11-22T12:00:00Z')
    first = new Scripted('first', 3000)
    second = new Scripted('second', 5000)
    both = new FailoverTimestampAuthority([first, second], { clock: { now: () => now }, cooldownSeconds: 60 })
  })

  it('asks the first, and keeps room for the greatest token', async () => {
    expect(await stamped()).toBe('first')
    expect(second.asked).toBe(0)
    expect(both.expectedTokenBytes).toBe(5000)
  })

  it.each([
    ['is away', away],
    ['answers wrongly', wrong]
  ])('goes on to the next when one %s, and passes it over for a while', async (_, failure) => {
    first.failure = failure()
    expect(await stamped()).toBe('second')
    expect(await stamped()).toBe('second')
    expect(first.asked).toBe(1)
    now = new Date(now.getTime() + 61_000)
    first.failure = undefined
    expect(await stamped()).toBe('first')
  })

  it('asks those that were down once more before it gives up', async () => {
    first.failure = away()
    await stamped()
    second.failure = away()
    first.failure = undefined
    expect(await stamped()).toBe('first')
    expect(await stamped()).toBe('first')
  })

  it('says "later" when any of them may answer later, and "no" when all refuse', async () => {
    first.failure = wrong()
    second.failure = away()
    await expect(stamped()).rejects.toBeInstanceOf(Unavailable)
    second.failure = wrong()
    await expect(stamped()).rejects.toBeInstanceOf(Refused)
  })

  it('does not swallow a bug', async () => {
    first.failure = new TypeError('bug')
    await expect(stamped()).rejects.toBeInstanceOf(TypeError)
  })
})

describe('the turnstile', () => {
  it('lets so many in at a time, in their order, whatever becomes of them', async () => {
    const turnstile = new Turnstile(2)
    let inside = 0
    let most = 0
    const order: number[] = []
    const results = await Promise.allSettled(
      Array.from({ length: 9 }, (_, i) =>
        turnstile.run(async () => {
          order.push(i)
          most = Math.max(most, ++inside)
          await new Promise(resolve => setImmediate(resolve))
          inside--
          if (i % 3 === 0) throw new Error('fell')
        })
      )
    )
    expect(most).toBe(2)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(3)
  })
})
