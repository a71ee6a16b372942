import type { PostalAddress, Scenario } from '../world/scenario.js'
import { scenarios } from '../world/scenarios.js'
import type { BaeSearch, searchCategories } from './search-request.js'

/** All that BAE holds. */
const register = scenarios.filter(({ registered }) => registered)
const registeredByAde = new Map(register.map(entry => [entry.ade, entry]))

/** The entries under these addresses, in the order of the question. */
export function findByAddresses(ades: string[]): Scenario[] {
  return [...new Set(ades)].flatMap(ade => registeredByAde.get(ade) ?? [])
}

/** The entries that match every criterion of a question. Names and addresses are compared without regard to case. */
export function findByCriteria(search: BaeSearch): Scenario[] {
  // The world has no organisational units under a parent's numbers.
  if (search.searchByParentIds) return []
  return register.filter(
    entry =>
      (search.searchCategory?.includes(categoryOf(entry)) ?? true) &&
      namesMatch(entry, search) &&
      (search.officialIds?.every(wanted => hasId(entry, wanted)) ?? true) &&
      (!search.address?.length || search.address.some(wanted => addressMatches(entry.address, wanted)))
  )
}

function categoryOf({ party, isPublic }: Scenario): (typeof searchCategories)[number] {
  if (party.kind === 'person') return 'INDIVIDUAL'
  return isPublic ? 'PUBLIC_INSTITUTION' : 'COMPANY'
}

function namesMatch({ party }: Scenario, { entityName, name, surname }: BaeSearch): boolean {
  if (party.kind === 'entity') {
    return name === undefined && surname === undefined && folded(party.name).includes(folded(entityName ?? ''))
  }
  return entityName === undefined && same(party.givenName, name) && same(party.familyName, surname)
}

function hasId({ party }: Scenario, wanted: { id: string; referenceRegistry: string }): boolean {
  return party.officialIds.some(
    ({ id, referenceRegistry }) => referenceRegistry === wanted.referenceRegistry && id === wanted.id
  )
}

function addressMatches(address: PostalAddress, wanted: NonNullable<BaeSearch['address']>[number]): boolean {
  return (
    wanted.countryCode === 'PL' &&
    same(address.city, wanted.city) &&
    same(address.street, wanted.street) &&
    same(address.postalCode, wanted.postalCode) &&
    same(address.buildingNumber, wanted.buildingNumber) &&
    same(address.flatNumber ?? '', wanted.flatNumber)
  )
}

// What was not asked for matches everything.
function same(value: string, wanted: string | undefined): boolean {
  return wanted === undefined || folded(value) === folded(wanted)
}

function folded(text: string): string {
  return text.normalize('NFC').trim().toLocaleLowerCase('pl')
}
