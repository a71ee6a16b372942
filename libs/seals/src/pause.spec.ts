import { Refused, Unavailable } from '#platform'
import { sealingProblems } from '#sealing'
import { isAboutDocument, pauseAfter } from './pause.js'
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

  it.each([
    ['pdf-broken', true],
    ['xml-doctype', true],
    ['too-much-work', true],
    ['revocation-not-configured', true],
    ['timestamp-not-configured', true],
    ['certificate-revoked', false],
    ['certificate-untrusted', false],
    ['certificate-not-valid', false],
    ['key-pin-refused', false],
    ['key-answer-wrong', false],
    ['key-unknown', false],
    ['timestamp-refused', false]
  ] as const)('is the fault of the document, or not: %s', (name, expected) => {
    expect(isAboutDocument(new Refused(sealingProblems[name]))).toBe(expected)
  })
})
