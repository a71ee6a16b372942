import fc from 'fast-check'
import { ACTIVE, advanceProgress, allows, lifecycle, TransitionNotAllowed, type Progress } from '#letter'
import type { LetterEventType } from '#letter'

const events = Object.keys(lifecycle) as LetterEventType[]
const anyEvents = fc.array(fc.constantFrom(...events), { maxLength: 60 })

/** Follows the events that are allowed and skips the others, as a gateway does that refuses them. */
function walk(sequence: readonly LetterEventType[]): { taken: LetterEventType[]; states: Progress[] } {
  const taken: LetterEventType[] = []
  const states: Progress[] = ['new']
  for (const event of sequence) {
    const here = states.at(-1)!
    if (!allows(here, event)) {
      expect(() => advanceProgress(here, event)).toThrow(TransitionNotAllowed)
      continue
    }
    taken.push(event)
    states.push(advanceProgress(here, event))
  }
  return { taken, states }
}

/** Sequences that begin with an acceptance, so that they get anywhere. */
const lives = anyEvents.map(rest => walk(['LetterAccepted', ...rest]))

describe('a letter, whatever happens to it', () => {
  it('is accepted once, and never new again', () => {
    fc.assert(
      fc.property(lives, ({ taken, states }) => {
        expect(taken.filter(event => event === 'LetterAccepted')).toHaveLength(1)
        expect(states.lastIndexOf('new')).toBe(0)
      })
    )
  })

  it('is handed over only after it was sealed, found and given a channel, and once at most', () => {
    fc.assert(
      fc.property(lives, ({ taken }) => {
        const handed = taken.indexOf('LetterHandedOver')
        if (handed < 0) return
        const before = taken.slice(0, handed)
        for (const needed of ['LetterSealed', 'ChannelChosen', 'AttemptStarted'] as const)
          expect(before).toContain(needed)
        expect(before.some(event => event === 'AddresseeFound' || event === 'AddresseeWithoutAddress')).toBe(true)
        expect(taken.filter(event => event === 'LetterHandedOver')).toHaveLength(1)
      })
    )
  })

  it('that has left cannot be cancelled, sent again or held back from evidence', () => {
    fc.assert(
      fc.property(lives, ({ taken, states }) => {
        const handed = taken.indexOf('LetterHandedOver')
        if (handed < 0) return
        for (const state of states.slice(handed + 1)) {
          // a held letter may be closed by cancelling only where no attempt was accepted: the use case sees to that
          if (state !== 'held') expect(allows(state, 'LetterCancelled')).toBe(false)
          expect(allows(state, 'AttemptStarted')).toBe(false)
          if (state !== 'cancelled') expect(allows(state, 'EvidenceReceived')).toBe(true)
        }
      })
    )
  })

  it('that is over stays over', () => {
    fc.assert(
      fc.property(lives, ({ states }) => {
        for (const end of ['archived', 'cancelled'] as const) {
          const at = states.indexOf(end)
          if (at >= 0) expect(new Set(states.slice(at))).toEqual(new Set([end]))
        }
      })
    )
  })

  it('can always be brought to an end: no active state is a trap', () => {
    const ends = (from: Progress): boolean => {
      const seen = new Set<Progress>([from])
      for (let grown = true; grown;) {
        grown = false
        for (const state of [...seen])
          for (const event of events.filter(one => allows(state, one))) {
            const next = advanceProgress(state, event)
            if (!seen.has(next)) grown = Boolean(seen.add(next))
          }
      }
      return seen.has('archived') || seen.has('held')
    }
    fc.assert(fc.property(lives, ({ states }) => !ACTIVE.includes(states.at(-1)!) || ends(states.at(-1)!)))
  })
})
