import type { LetterEventType } from './letter-event.js'

/** What Goniec itself has done with a letter. What is *proven* is another axis: the legal status. */
export type Progress =
  | 'new'
  | 'accepted'
  | 'sealed'
  | 'addressed'
  | 'routed'
  | 'handing-over'
  | 'handed-over'
  | 'archived'
  | 'held'
  | 'cancelled'

/** One row of the lifecycle: in which states an event may happen, and where it leads (`stay`: nowhere). */
export interface Transition {
  from: readonly Progress[]
  to: Progress | 'stay'
}

const BEFORE_HAND_OVER = ['accepted', 'sealed', 'addressed', 'routed'] as const

/**
 * The lifecycle of a letter, whole: an event that this table does not allow is an error that somebody sees.
 * `docs/letter-life.md` is drawn from it.
 */
export const lifecycle: Readonly<Record<LetterEventType, Transition>> = {
  LetterAccepted: { from: ['new'], to: 'accepted' },
  LetterSealed: { from: ['accepted'], to: 'sealed' },
  AddresseeFound: { from: ['sealed'], to: 'addressed' },
  AddresseeWithoutAddress: { from: ['sealed'], to: 'addressed' },
  AddresseeNotFound: { from: ['sealed'], to: 'held' },
  ChannelChosen: { from: ['addressed'], to: 'routed' },
  ChannelUnavailable: { from: ['addressed'], to: 'held' },
  LookUpExpired: { from: ['routed', 'handing-over'], to: 'sealed' },
  AttemptStarted: { from: ['routed'], to: 'handing-over' },
  AttemptUnknown: { from: ['handing-over'], to: 'stay' },
  AttemptRefused: { from: ['handing-over'], to: 'held' },
  LetterHandedOver: { from: ['handing-over'], to: 'handed-over' },
  StepWaiting: { from: [...BEFORE_HAND_OVER, 'handing-over', 'handed-over'], to: 'stay' },
  // evidence may overtake our own record of the hand-over, or come long after the end: it is never turned away
  EvidenceReceived: { from: ['handing-over', 'handed-over', 'archived', 'held'], to: 'stay' },
  DeliveryExpected: { from: ['handing-over', 'handed-over', 'archived', 'held'], to: 'stay' },
  LetterHeld: { from: [...BEFORE_HAND_OVER, 'handing-over', 'handed-over'], to: 'held' },
  LetterArchived: { from: ['handed-over'], to: 'archived' },
  LetterCancelled: { from: [...BEFORE_HAND_OVER, 'held'], to: 'cancelled' }
}

/** States in which Goniec still has work of its own to do: a letter here always has a due job or a poll ahead. */
export const ACTIVE: readonly Progress[] = ['accepted', 'sealed', 'addressed', 'routed', 'handing-over', 'handed-over']

/** An event came that the lifecycle does not allow: a bug, or two writers at once. */
export class TransitionNotAllowed extends Error {
  constructor(
    readonly event: LetterEventType,
    readonly progress: Progress
  ) {
    super(`${event} is not allowed while a letter is ${progress}`)
    this.name = 'TransitionNotAllowed'
  }
}

/**
 * The state after an event.
 * @throws TransitionNotAllowed
 */
export function advanceProgress(progress: Progress, event: LetterEventType): Progress {
  const { from, to } = lifecycle[event]
  if (!from.includes(progress)) throw new TransitionNotAllowed(event, progress)
  return to === 'stay' ? progress : to
}

/** Whether an event may happen now. */
export function allows(progress: Progress, event: LetterEventType): boolean {
  return lifecycle[event].from.includes(progress)
}

/** Checked at start-up: every state can be reached from `new`, and every active one can be left. Lists what is wrong. */
export function lifecycleFaults(table: Readonly<Record<string, Transition>> = lifecycle): string[] {
  const faults: string[] = []
  const all = new Set<Progress>(Object.values(table).flatMap(t => [...t.from, ...(t.to === 'stay' ? [] : [t.to])]))
  const reached = new Set<Progress>(['new'])
  for (let grown = true; grown;) {
    grown = false
    for (const { from, to } of Object.values(table)) {
      if (to === 'stay' || reached.has(to) || !from.some(state => reached.has(state))) continue
      reached.add(to)
      grown = true
    }
  }
  for (const state of all) if (!reached.has(state)) faults.push(`${state} cannot be reached`)
  for (const state of ACTIVE)
    if (!Object.values(table).some(t => t.to !== 'stay' && t.to !== state && t.from.includes(state)))
      faults.push(`${state} cannot be left`)
  return faults
}
