import type { ProblemType } from '#platform'
import { readAde } from './ade.js'
import { addresseeProblems } from './addressee.errors.js'
import type {
  BaeSearchAnswer,
  EdaConfirmationAnswer,
  EdaSearchAnswer,
  RecipientEda,
  RecipientParty
} from './se-api/se-api.answers.js'

/** One address as the register knows it, with the current data of its owner. */
export interface RegisteredAddress {
  readonly ade: string
  /** ACTIVE, CLOSED_RECOVERABLE, CLOSED_UNRECOVERABLE, STRUCK_OFF, or something newer. */
  readonly edaStatus: string
  /** True: kept by the designated operator (PURDE). False: by a private provider. */
  readonly designatedOperator: boolean
  /** Decides the moment of delivery (art. 41(1) ude); undefined where the register did not say. */
  readonly isPublic: boolean | undefined
  /** A person with a family name and no entity name; a sole trader entered under a firm is not one. */
  readonly isNaturalPerson: boolean | undefined
  readonly isMain: boolean | undefined
  /** 0 proposed, 1 being made, 2 not disclosed, 3 disclosed; undefined where this question does not tell. */
  readonly assignmentDegree: number | undefined
  readonly warning: { readonly code: string; readonly blocking: boolean } | undefined
  readonly names: { readonly entityName?: string; readonly name?: string; readonly surname?: string }
  readonly enteredOn: string | undefined
  readonly removedOn: string | undefined
}

/** What the register's answer means for one letter. */
export type Resolution =
  | { readonly outcome: 'found'; readonly address: RegisteredAddress & { readonly isPublic: boolean } }
  | { readonly outcome: 'not-found'; readonly problem: ProblemType }
  /** Several usable addresses; `count` of them. */
  | { readonly outcome: 'ambiguous'; readonly problem: ProblemType; readonly count: number }
  /** The addressee is in the register, but nothing can be sent there. */
  | { readonly outcome: 'unusable'; readonly problem: ProblemType }

/**
 * Decides from the register's records whether there is exactly one address to send to. Pure.
 *
 * - An address that is closed, struck off, not yet active or blocked by a warning is never used.
 * - An undisclosed address is used only when the sender named it (`namedAde`): art. 4(2) ude, the addressee wrote
 *   from it. A search by name or number does not make it a duty, or a right, to write there.
 * - Of several usable addresses of one public body the main one is taken, if there is exactly one.
 */
export function resolveAddress(records: readonly RegisteredAddress[], namedAde?: string): Resolution {
  const distinct = [...new Map(records.map(record => [record.ade, record])).values()]
  const wanted = namedAde === undefined ? distinct : distinct.filter(record => record.ade === namedAde)
  const obstacles = wanted.map(record => obstacle(record, namedAde !== undefined))
  const usable = wanted.filter((_, n) => obstacles[n] === undefined)
  if (usable.length === 0) {
    const problem = obstacles.find(found => found !== undefined)
    return problem
      ? { outcome: 'unusable', problem }
      : { outcome: 'not-found', problem: addresseeProblems['not-in-bae'] }
  }
  const chosen = usable.length === 1 ? usable : usable.filter(record => record.isPublic && record.isMain)
  const address = chosen[0]
  const allPublic = usable.every(record => record.isPublic)
  if (chosen.length !== 1 || !address || (usable.length > 1 && !allPublic))
    return { outcome: 'ambiguous', problem: addresseeProblems.ambiguous, count: usable.length }
  const { isPublic } = address
  // Without it nobody can say when the letter counts as delivered.
  if (isPublic === undefined) return { outcome: 'unusable', problem: addresseeProblems['address-status-unknown'] }
  return { outcome: 'found', address: { ...address, isPublic } }
}

/** Records of a `bae_search` answer. */
export function recordsOfBaeSearch(answer: BaeSearchAnswer): RegisteredAddress[] {
  return (answer.baeSearchResponses ?? []).flatMap(entry =>
    entry.recipientEda ? [registered(entry.recipientEda, current(entry.baeSearchData ?? []))] : []
  )
}

/** Records of an `eda-search` answer. */
export function recordsOfEdaSearch(answer: EdaSearchAnswer): RegisteredAddress[] {
  return (answer.edaSearchResponses ?? []).flatMap(entry =>
    entry.recipientEda ? [registered(entry.recipientEda, entry.recipient ?? undefined)] : []
  )
}

/** The record of an `eda-confirmation` answer. */
export function recordsOfEdaConfirmation(answer: EdaConfirmationAnswer): RegisteredAddress[] {
  return answer.recipientEda ? [registered(answer.recipientEda, answer.recipient ?? undefined)] : []
}

function obstacle(record: RegisteredAddress, named: boolean): ProblemType | undefined {
  if (!readAde(record.ade).ok) return addresseeProblems['ade-malformed']
  if (record.edaStatus === 'STRUCK_OFF') return addresseeProblems['address-struck-off']
  if (record.edaStatus.startsWith('CLOSED')) return addresseeProblems['address-closed']
  if (record.edaStatus !== 'ACTIVE') return addresseeProblems['address-status-unknown']
  if (record.warning?.blocking) return addresseeProblems['blocked-by-warning']
  if (record.assignmentDegree === 0 || record.assignmentDegree === 1) return addresseeProblems['address-not-active']
  if (record.assignmentDegree === 2 && !named) return addresseeProblems['address-not-disclosed']
  return undefined
}

/** The current data of a party: the lowest index (1 by the contract), or the first where none is numbered. */
function current(parties: readonly RecipientParty[]): RecipientParty | undefined {
  return [...parties].sort((a, b) => (a.index ?? 1) - (b.index ?? 1))[0]
}

function registered(eda: RecipientEda, party: RecipientParty | undefined): RegisteredAddress {
  const degree = eda.assignmentDegree ?? undefined
  return {
    ade: eda.recipientEda.trim().toUpperCase(),
    edaStatus: eda.edaStatus,
    designatedOperator: eda.designatedOperator,
    isPublic: party?.isPublic,
    isNaturalPerson: party && Boolean(party.surname) && !party.entityName && !party.isPublic,
    isMain: eda.isMainEda ?? undefined,
    assignmentDegree: degree === undefined ? undefined : Number(degree),
    warning: eda.warning
      ? // A warning of a type we do not know might be a blocking one: better one letter held than one sent wrongly.
        { code: eda.warning.code ?? 'unknown', blocking: eda.warning.type !== 'NOT_BLOCK_WARNING' }
      : undefined,
    names: {
      entityName: party?.entityName ?? undefined,
      name: party?.name ?? undefined,
      surname: party?.surname ?? undefined
    },
    enteredOn: eda.dateOfEnteringToBAE ?? undefined,
    removedOn: eda.dateOfRemovalFromBAE ?? undefined
  }
}
