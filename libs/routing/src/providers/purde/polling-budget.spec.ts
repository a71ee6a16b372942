import { Clock } from '#platform'
import { PollingBudget } from './polling-budget.js'

class HandClock extends Clock {
  at = 0
  now(): Date {
    return new Date(this.at)
  }
}

describe('polling budget', () => {
  it('gives a minute worth at once, then one at a time, per address and lane', () => {
    const clock = new HandClock()
    const budget = new PollingBudget(clock, { collect: 4, inquire: 1 })
    const collect = (ade = 'a') => budget.take(ade, 'collect')
    for (let n = 0; n < 4; n++) expect(collect()).toEqual({ granted: true })
    expect(collect()).toEqual({ granted: false, retryAfterMs: 15_000 })
    expect(collect('b')).toEqual({ granted: true })
    expect(budget.take('a', 'inquire')).toEqual({ granted: true })
    clock.at += 10_000
    expect(collect()).toEqual({ granted: false, retryAfterMs: 5_000 })
    clock.at += 5_000
    expect(collect()).toEqual({ granted: true })
    expect(collect()).toMatchObject({ granted: false })
    expect(budget.numbers()).toEqual([
      { lane: 'collect', perMinute: 4, granted: 6, denied: 3 },
      { lane: 'inquire', perMinute: 1, granted: 1, denied: 0 }
    ])
  })

  it('holds no more than a minute worth after a long silence, and survives a clock that goes back', () => {
    const clock = new HandClock()
    const budget = new PollingBudget(clock, { collect: 2, inquire: 1 })
    budget.take('a', 'collect')
    clock.at += 86_400_000
    const grants = [1, 2, 3].map(() => budget.take('a', 'collect').granted)
    expect(grants).toEqual([true, true, false])
    clock.at -= 3_600_000
    expect(budget.take('a', 'collect').granted).toBe(false)
    clock.at += 30_000
    expect(budget.take('a', 'collect').granted).toBe(true)
  })

  it('keeps its promised rate below one a minute', () => {
    const clock = new HandClock()
    const budget = new PollingBudget(clock, { collect: 0.5, inquire: 1 })
    expect(budget.take('a', 'collect').granted).toBe(true)
    expect(budget.take('a', 'collect')).toEqual({ granted: false, retryAfterMs: 120_000 })
  })
})
