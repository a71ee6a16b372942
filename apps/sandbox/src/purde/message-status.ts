import type { EvidenceKind } from '../evidence/evidence-facts.js'

/** The literals of the UA API (schema MessageControlData) that an electronic message can have. */
export type MessageStatus =
  | 'W trakcie weryfikacji'
  | 'Odrzucona'
  | 'Nadana'
  | 'Wysłana'
  | 'Czeka na doręczenie'
  | 'Doręczona'
  | 'Uznana za doręczoną'
  | 'Niedoręczona'

// From the strongest to the weakest: the first that is met wins, so the order of arrival plays no part (rule R9).
const TABLE: [MessageStatus, EvidenceKind[]][] = [
  ['Doręczona', ['E.1']],
  ['Uznana za doręczoną', ['BP.OX']],
  ['Niedoręczona', ['D.2', 'E.2']],
  ['Czeka na doręczenie', ['D.1']],
  ['Wysłana', ['B.1']],
  ['Niedoręczona', ['B.2', 'B.3']],
  ['Nadana', ['A.1']],
  ['Odrzucona', ['A.2']]
]

/** The operator's status of a message: a pure function of the set of its evidence. */
export function messageStatus(kinds: Iterable<EvidenceKind>): MessageStatus {
  const known = new Set(kinds)
  return TABLE.find(([, wanted]) => wanted.some(kind => known.has(kind)))?.[0] ?? 'W trakcie weryfikacji'
}
