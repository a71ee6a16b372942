import { DateTime } from 'luxon'
import type { LegalStatusName } from './letter-event.js'

/** One event that a verified piece of evidence proves. Times are instants, ISO 8601. */
export interface ProvenFact {
  /** Dotted code: A.1 … E.2, BP.WX, BP.OX. Codes that do not bear on the status are passed over. */
  kind: string
  eventTime: string
  /** When the sender handed the message in (component M03 of A.1). */
  submissionTime?: string
  /** When it was made available for collection. */
  availableAt?: string
  /** BP.OX only: the moment of delivery that the proof states. */
  receivedAt?: string
  reasons?: readonly ProvenReason[]
}

/** Why the provider did so, as printed and in two languages where it could be told apart. */
export interface ProvenReason {
  code: string
  raw: string
  pl?: string
  en?: string
}

/** Evidence that does not go together. The status stands nevertheless; somebody should look. */
export type LegalConflict =
  | 'accepted-and-rejected'
  | 'failed-and-succeeded'
  | 'receipts-differ'
  | 'handover-before-deemed-delivery'
  | 'receipt-differs-from-handover'

/** What is proven about a letter. */
export interface LegalStatus {
  status: LegalStatusName
  /** Submission (M03) of A.1, else of BP.WX: nothing has been sent before the provider's acceptance. */
  dispatchedAt?: string
  /** Earliest D.1, else what BP.OX states. */
  availableAt?: string
  /** Only ever from BP.OX (art. 42 of the e-delivery act): never inferred from E.1. */
  deliveredAt?: string
  /** Reasons of a rejection or failure, while that is the status. */
  reasons: ProvenReason[]
  /** Nothing more is expected that could change status or dates. Later evidence is still taken in. */
  final: boolean
  /** Kinds still to be expected from here. */
  missing: string[]
  conflicts: LegalConflict[]
}

const ZONE = 'Europe/Warsaw'
/** Art. 41(1)(3) of the e-delivery act. */
const DAYS_TO_COLLECT = 14

/**
 * Legal status from the *set* of proven facts (operator's rule R9; art. 41–42 of the e-delivery act): the order of arrival
 * and repetitions make no difference. A success outweighs a failure of the same or an earlier stage, because providers try
 * again (B.3 followed by D.1); a failure outweighs successes of earlier stages (D.1, then E.2).
 *
 * @param takenOver whether the provider has the message, for telling `being-verified` from `not-dispatched` while nothing
 *   is proven
 */
export function legalStatus(facts: readonly ProvenFact[], takenOver = false): LegalStatus {
  const set = new FactSet(facts)
  const status = statusOf(set, takenOver)
  const receipt = set.earliest('BP.OX', 'receivedAt')
  const deciding = { rejected: ['A.2'], undelivered: ['B.2', 'B.3', 'D.2', 'E.2'] }[status as string] ?? []
  return {
    status,
    dispatchedAt: set.dispatchedAt(),
    availableAt: set.availableAt(),
    deliveredAt: receipt,
    reasons: set.reasonsOf(deciding),
    final: isFinal(status, set),
    missing: missingFrom(status, set),
    conflicts: conflictsIn(set, status)
  }
}

function statusOf(set: FactSet, takenOver: boolean): LegalStatusName {
  if (set.has('BP.OX')) return isDeemed(set) ? 'deemed-delivered' : 'delivered'
  if (set.has('E.1')) return 'delivered'
  if (set.has('E.2')) return 'undelivered'
  if (set.has('D.1')) return 'awaiting-collection'
  if (set.has('D.2')) return 'undelivered'
  if (set.has('B.1')) return 'relayed'
  if (set.has('B.2') || set.has('B.3')) return 'undelivered'
  if (set.has('A.1') || set.has('BP.WX')) return 'dispatched'
  if (set.has('A.2')) return 'rejected'
  return takenOver ? 'being-verified' : 'not-dispatched'
}

/**
 * Whether the proof of receipt was made by fiction. The proof does not say so; it was made from a hand-over when it
 * states the day of one, and it cannot be fiction before the 14 days have passed. An E.1 of another day that turns up
 * later changes nothing: the proof's date stays the legal one.
 */
function isDeemed(set: FactSet): boolean {
  const received = set.earliest('BP.OX', 'receivedAt')
  if (!received) return !set.has('E.1')
  if (set.all('E.1').some(e => dayOf(e.eventTime) === dayOf(received))) return false
  const earliestArrival = set.availableAt() ?? set.dispatchedAt() ?? set.earliest('BP.OX', 'submissionTime')
  if (!earliestArrival) return !set.all('E.1').some(e => Date.parse(e.eventTime) < Date.parse(received))
  const firstPossible = warsaw(earliestArrival).startOf('day').plus({ days: DAYS_TO_COLLECT })
  return warsaw(received) >= firstPossible
}

function isFinal(status: LegalStatusName, set: FactSet): boolean {
  if (status === 'rejected') return true
  if (status === 'delivered' || status === 'deemed-delivered') return set.has('BP.OX') && set.has('A.1')
  // B.3 alone means that the other provider has not answered: it still may
  return status === 'undelivered' && (set.has('B.2') || set.has('D.2') || set.has('E.2'))
}

function missingFrom(status: LegalStatusName, set: FactSet): string[] {
  const ahead: Record<LegalStatusName, string[]> = {
    'not-dispatched': ['A.1'],
    'being-verified': ['A.1'],
    rejected: [],
    dispatched: ['A.1', 'BP.WX', 'D.1', 'E.1', 'BP.OX'],
    relayed: ['A.1', 'BP.WX', 'D.1', 'E.1', 'BP.OX'],
    'awaiting-collection': ['A.1', 'BP.WX', 'E.1', 'BP.OX'],
    delivered: ['A.1', 'BP.WX', 'E.1', 'BP.OX'],
    'deemed-delivered': ['A.1', 'BP.WX', 'D.1', 'BP.OX'],
    undelivered: ['A.1', 'BP.WX']
  }
  return ahead[status].filter(kind => !set.has(kind))
}

function conflictsIn(set: FactSet, status: LegalStatusName): LegalConflict[] {
  const conflicts: LegalConflict[] = []
  if (set.has('A.2') && status !== 'rejected') conflicts.push('accepted-and-rejected')
  const both = [
    ['D.1', 'D.2'],
    ['E.1', 'E.2']
  ].some(([good, bad]) => set.has(good!) && set.has(bad!))
  const relayed = set.has('B.1') || set.has('D.1') || set.has('E.1')
  if (both || (relayed && (set.has('B.2') || set.has('B.3')))) conflicts.push('failed-and-succeeded')
  const days = new Set(set.all('BP.OX').map(r => dayOf(r.receivedAt ?? r.eventTime)))
  if (days.size > 1) conflicts.push('receipts-differ')
  const received = set.earliest('BP.OX', 'receivedAt')
  if (received && set.has('E.1')) {
    const handedOver = set.all('E.1').map(e => e.eventTime)
    if (status === 'deemed-delivered' && handedOver.some(t => Date.parse(t) < Date.parse(received))) {
      conflicts.push('handover-before-deemed-delivery')
    }
    if (status === 'delivered' && handedOver.every(t => dayOf(t) !== dayOf(received))) {
      conflicts.push('receipt-differs-from-handover')
    }
  }
  return conflicts
}

/** Facts by kind. Every answer depends on what is in the set, never on the order in which it came. */
class FactSet {
  constructor(private readonly facts: readonly ProvenFact[]) {}

  has(kind: string): boolean {
    return this.facts.some(f => f.kind === kind)
  }

  all(kind: string): ProvenFact[] {
    return this.facts.filter(f => f.kind === kind)
  }

  /** The earliest value of a time among the facts of a kind. */
  earliest(kind: string, time: 'eventTime' | 'submissionTime' | 'availableAt' | 'receivedAt'): string | undefined {
    const times = this.all(kind)
      .map(f => f[time])
      .filter(t => t !== undefined)
    // two spellings of one instant must not depend on which came first
    return times.sort((a, b) => Date.parse(a) - Date.parse(b) || (a < b ? -1 : 1))[0]
  }

  dispatchedAt(): string | undefined {
    return (
      this.earliest('A.1', 'submissionTime') ??
      this.earliest('A.1', 'eventTime') ??
      this.earliest('BP.WX', 'submissionTime')
    )
  }

  availableAt(): string | undefined {
    return this.earliest('D.1', 'eventTime') ?? this.earliest('BP.OX', 'availableAt')
  }

  reasonsOf(kinds: readonly string[]): ProvenReason[] {
    const byText = new Map<string, ProvenReason>()
    for (const fact of this.facts.filter(f => kinds.includes(f.kind))) {
      for (const reason of fact.reasons ?? [])
        byText.set(JSON.stringify([reason.code, reason.raw, reason.pl, reason.en]), reason)
    }
    return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reason]) => reason)
  }
}

const warsaw = (time: string) => DateTime.fromISO(time, { zone: ZONE })
const dayOf = (time: string) => warsaw(time).toISODate()
