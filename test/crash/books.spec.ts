import { faultsIn, type Books } from './books.js'

const KINDS = ['A.1', 'BP.WX', 'D.1', 'E.1', 'BP.OX']

/** Books that agree. */
function soundBooks(letters = 3): Books {
  const ids = Array.from({ length: letters }, (_, n) => `letter-${n}`)
  const evidence = ids.flatMap(id =>
    KINDS.map(kind => ({ letterId: id, evidenceId: `${kind} of ${id}`, kind, sha256: `digest of ${kind} of ${id}` }))
  )
  return {
    submissions: ids.map(id => ({ key: `key of ${id}`, answered: [id, id] })),
    letters: ids.map(id => ({ id, progress: 'archived', legalStatus: 'delivered', messageId: `message of ${id}` })),
    world: [
      ...ids.map(id => ({ action: 'letter-taken', messageId: `message of ${id}`, marker: { goniec: id } })),
      ...evidence.map(({ letterId, evidenceId, kind, sha256 }) => ({
        action: 'evidence-issued',
        messageId: `message of ${letterId}`,
        evidenceId,
        type: kind,
        sha256
      }))
    ],
    evidence
  }
}

describe('comparing the books', () => {
  it('finds nothing in books that agree', () => expect(faultsIn(soundBooks())).toEqual([]))

  it.each<[string, (books: Books) => void, string]>([
    ['a letter that the world never took', b => b.world.shift(), 'the world took letter letter-0 0 times'],
    ['a letter that the world took twice', b => b.world.push(b.world[1]!), 'the world took letter letter-1 2 times'],
    [
      'a letter in the world that nobody sent',
      b => b.world.push({ action: 'letter-taken', messageId: 'm', marker: { goniec: 'other' } }),
      'the world took message m, which no letter knows'
    ],
    ['an acknowledged letter that is gone', b => b.letters.pop(), 'letter letter-2 was acknowledged and is gone'],
    ['a key with two letters', b => b.submissions[0]!.answered.push('letter-1'), 'was answered with 2 letters'],
    ['a key without a letter', b => (b.submissions[0]!.answered = []), 'was answered with 0 letters'],
    ['a letter of nobody', b => b.submissions.pop(), 'letter letter-2 was never acknowledged to anybody'],
    ['a letter left behind', b => (b.letters[0]!.progress = 'handing-over'), 'letter letter-0 is handing-over'],
    ['a wrong legal status', b => (b.letters[0]!.legalStatus = 'dispatched'), 'letter-0 is archived, dispatched'],
    ['a twin taken for the letter', b => (b.letters[0]!.messageId = 'x'), 'takes another message for its own'],
    ['a changed byte of evidence', b => (b.evidence[3]!.sha256 = 'x'), 'is not kept as it was issued'],
    ['evidence kept twice', b => b.evidence.push(b.evidence[0]!), 'keeps an evidence twice'],
    ['evidence of another letter', b => (b.evidence[0]!.letterId = 'letter-1'), 'that was not issued for it'],
    ['missing evidence', b => b.evidence.splice(3, 1), 'letter letter-0 lacks E.1']
  ])('turns red at %s', (_name, spoil, fault) => {
    const books = soundBooks()
    spoil(books)
    expect(faultsIn(books)).toContainEqual(expect.stringContaining(fault))
  })
})
