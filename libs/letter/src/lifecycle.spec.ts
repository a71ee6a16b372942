import { advanceProgress, allows, lifecycle, lifecycleFaults, TransitionNotAllowed } from './lifecycle.js'

describe('the lifecycle table', () => {
  it('has no unreachable state and no dead end among the active ones', () => {
    expect(lifecycleFaults()).toEqual([])
  })

  it('is found faulty when a row is taken out', () => {
    const { LetterSealed, ...rest } = lifecycle
    expect(LetterSealed.to).toBe('sealed')
    expect(lifecycleFaults(rest)).toEqual(
      expect.arrayContaining(['sealed cannot be reached', 'archived cannot be reached'])
    )
  })

  it('walks one letter from acceptance to the archive', () => {
    const way = [
      'LetterAccepted',
      'LetterSealed',
      'AddresseeFound',
      'ChannelChosen',
      'AttemptStarted',
      'LetterHandedOver',
      'EvidenceReceived',
      'LetterArchived'
    ] as const
    expect(way.reduce((state, event) => advanceProgress(state, event), 'new' as Parameters<typeof allows>[0])).toBe(
      'archived'
    )
  })

  it('refuses what would be a lie: sealing twice, cancelling what has left', () => {
    expect(() => advanceProgress('sealed', 'LetterSealed')).toThrow(TransitionNotAllowed)
    expect(() => advanceProgress('handing-over', 'LetterCancelled')).toThrow(TransitionNotAllowed)
    expect(allows('archived', 'EvidenceReceived')).toBe(true)
  })
})
