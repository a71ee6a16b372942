import { deemedDeliveryInstant } from '../evidence/deemed-delivery.js'
import type { EvidenceKind } from '../evidence/evidence-facts.js'
import type { Scenario } from '../world/scenario.js'
import type { PlannedStep } from './mailbox-state.js'
import type { PurdeSettings } from './purde-settings.js'

const DAY = 24 * 3600 * 1000

/** How long the evidence of the late scenario stays away, and when the letter was collected in truth; after D.1. */
const LATE_DAYS = 20
const COLLECTED_AFTER_DAYS = 3

/**
 * Everything that will happen to a letter to this addressee, in the order of appearance: a pure function of the
 * scenario and of the moment the letter was taken.
 *
 * Events get the time for which they are planned, also when the world clock jumps over it, so that the distance between
 * two events never depends on how the clock was moved.
 */
export function storyline(scenario: Scenario, takenAt: Date, settings: PurdeSettings): PlannedStep[] {
  const start = takenAt.getTime() + (scenario.behaviour === 'slow' ? 2 * settings.slowMs : 0)
  const story = new Story(start, settings.stepMs)
  switch (scenario.behaviour) {
    case 'rejected':
      return story.tell('A.2', { reason: 'rejected' }).steps
    case 'relay-rejected':
      return story.accept().tell('B.2', { reason: 'relay-rejected' }).steps
    case 'never-collected':
      return story.accept().makeAvailable(scenario).lapse().steps
    case 'late-evidence':
      return story.accept().makeAvailable(scenario).comeLate().steps
    case 'duplicate-evidence':
      return shuffled(story.accept().makeAvailable(scenario).handOver().steps, start, settings.stepMs)
    case 'forged-evidence':
      return story
        .tell('E.1', { reason: 'handed-over', flaw: 'sealed-by-stranger' })
        .tell('A.1', { reason: 'accepted', flaw: 'changed-after-sealing' })
        .accept()
        .makeAvailable(scenario)
        .handOver().steps
    case 'stranger-evidence':
      return story
        .tell('A.1', { reason: 'accepted', flaw: 'of-unknown-message' })
        .accept()
        .makeAvailable(scenario)
        .handOver().steps
    default:
      return story.accept().makeAvailable(scenario).handOver().steps
  }
}

class Story {
  readonly steps: PlannedStep[] = []

  constructor(
    private time: number,
    private readonly stepMs: number
  ) {}

  tell(kind: EvidenceKind, more: Partial<PlannedStep> = {}): this {
    this.time += this.stepMs
    const now = new Date(this.time).toISOString()
    this.steps.push({ kind, eventTime: now, due: now, ...more })
    return this
  }

  accept(): this {
    return this.tell('A.1', { reason: 'accepted' }).tell('BP.WX')
  }

  makeAvailable(scenario: Scenario): this {
    // Inside one provider nothing is relayed, so B.1 exists only where the addressee has another one.
    if (!scenario.designatedOperator) this.tell('B.1', { reason: 'relayed' })
    this.tell('D.1', { reason: 'made-available' })
    return scenario.isPublic ? this : this.tell('D.3', { reason: 'notified' })
  }

  handOver(): this {
    this.tell('E.1', { reason: 'handed-over' })
    return this.tell('BP.OX', { receivedAt: this.timeOf('E.1').toISOString() })
  }

  /** Art. 41(1)(3) of the e-Delivery Act: nobody collects and the period runs out. */
  lapse(): this {
    const lapsed = deemedDeliveryInstant(this.timeOf('D.1'))
    this.time = lapsed.getTime() - this.stepMs
    return this.tell('BP.OX', { receivedAt: lastSecondBefore(lapsed) })
  }

  /** The operator learns nothing for weeks and issues the proof by fiction; then the addressee's E.1 turns up. */
  comeLate(): this {
    const available = this.timeOf('D.1')
    const lapsed = deemedDeliveryInstant(available)
    this.time = Math.max(available.getTime() + LATE_DAYS * DAY, lapsed.getTime()) - this.stepMs
    const collected = new Date(available.getTime() + COLLECTED_AFTER_DAYS * DAY).toISOString()
    return this.tell('BP.OX', { receivedAt: lastSecondBefore(lapsed) }).tell('E.1', {
      reason: 'handed-over',
      eventTime: collected
    })
  }

  private timeOf(kind: EvidenceKind): Date {
    const step = this.steps.find(candidate => candidate.kind === kind)
    if (!step) throw new Error(`the story has no ${kind} yet`)
    return new Date(step.eventTime)
  }
}

/** The period ends with its last day, so the delivery date that the proof states is still that day. */
function lastSecondBefore(instant: Date): string {
  return new Date(instant.getTime() - 1000).toISOString()
}

/** The last events come first, then the rest with A.1 three times: itself, the same bytes again, and issued anew. */
function shuffled(steps: PlannedStep[], start: number, stepMs: number): PlannedStep[] {
  const last = steps.filter(step => step.kind === 'E.1' || step.kind === 'BP.OX')
  const acceptance = steps.filter(step => step.kind === 'A.1')
  const rest = steps.filter(step => !last.includes(step) && !acceptance.includes(step))
  const copies = acceptance.flatMap(step => [step, { ...step, flaw: 'same-bytes-again' as const }, { ...step }])
  // Nothing may appear before it has happened, so the whole list starts only when the story is over.
  const over = start + steps.length * stepMs
  return [...last, ...copies, ...rest].map((step, index) => ({
    ...step,
    due: new Date(over + (index + 1) * stepMs).toISOString()
  }))
}
