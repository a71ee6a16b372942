import type { Scenario } from '../world/scenario.js'

/** When the world's addresses entered BAE, and when the closed ones left it. */
const entered = '2025-01-01'
const removed = '2026-06-30'

/** Address record of `bae_search` and `eda-confirmation` (RecipientEda). */
export function edaRecord(entry: Scenario): Record<string, unknown> {
  return {
    recipientEda: entry.ade,
    ...(entry.isPublic ? { isMainEda: true } : {}),
    // 3: disclosed. The contract declares a string and lists numbers; the declared type is followed.
    assignmentDegree: '3',
    edaStatus: entry.edaStatus,
    designatedOperator: entry.designatedOperator,
    dateOfEnteringToBAE: entered,
    ...(entry.edaStatus === 'ACTIVE' ? {} : { dateOfRemovalFromBAE: removed })
  }
}

/** Address record of `eda-search` (EdaSearchRecipientEda). */
export function shortEdaRecord({ ade, edaStatus, designatedOperator }: Scenario): Record<string, unknown> {
  return { recipientEda: ade, edaStatus, designatedOperator }
}

/** Whose address it is (EdaSearchRecipient); names in capitals, as the register gives them. */
export function holderRecord({ party, isPublic }: Scenario): Record<string, unknown> {
  const { officialIds } = party
  if (party.kind === 'person') {
    return { name: capitals(party.givenName), surname: capitals(party.familyName), isPublic, officialIds }
  }
  const { name, legalForm } = party
  return { entityName: capitals(name), legalForm, isPublic, officialIds, nipStatus: 'ASSIGNED' }
}

/** The same with the postal address (EdaConfirmationRecipient; with `index` BaeSearchData). */
export function fullHolderRecord(entry: Scenario): Record<string, unknown> {
  const addressType = [entry.party.kind === 'person' ? 'correspondence' : 'headquarters']
  return { ...holderRecord(entry), address: [{ addressType, countryCode: 'PL', ...entry.address }] }
}

function capitals(text: string): string {
  return text.toLocaleUpperCase('pl')
}
