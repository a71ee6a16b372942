import { Refused, Unavailable } from '#platform'
import { sealingProblems } from '#sealing'
import { pauseAfter } from './pause.js'
import { sealsProblems } from './seals.errors.js'

const away = (retryAfterSeconds?: number) =>
  new Unavailable(sealingProblems['key-unavailable'], {}, retryAfterSeconds === undefined ? {} : { retryAfterSeconds })

describe('what could not be done', () => {
  it('is tried again after a pause that grows up to ten minutes', () => {
    expect([0, 1, 2, 6, 7, 100].map(tries => pauseAfter(away(), tries))).toEqual([5, 10, 20, 320, 600, 600])
  })

  it('is left alone for as long as whoever is away asks for', () => {
    expect(pauseAfter(away(1), 0)).toBe(5)
    expect(pauseAfter(away(900), 3)).toBe(900)
    expect(pauseAfter(new Refused(sealsProblems['limit-reached'], { retryAfterSeconds: 3000 }), 0)).toBe(3000)
  })
})
