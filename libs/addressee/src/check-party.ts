import { Refused, type ProblemType } from '#platform'
import type { PartyDetails } from '#letter'
import { addresseeProblems } from './addressee.errors.js'
import { parseAde } from './ade.js'
import { isValidKrs } from './krs.js'
import { isValidNip } from './nip.js'
import { isValidPesel } from './pesel.js'
import { isValidRegon } from './regon.js'

/** Identifiers of Polish registers, how each is checked and how a mistake in it is told. */
const IDENTIFIERS = [
  ['nip', isValidNip, 'nip-invalid'],
  ['regon', isValidRegon, 'regon-invalid'],
  ['krs', isValidKrs, 'krs-invalid'],
  ['pesel', isValidPesel, 'pesel-invalid']
] as const satisfies readonly [keyof PartyDetails, (text: string) => boolean, keyof typeof addresseeProblems][]

/**
 * The party with every identifier in its normal form (no spaces or dashes).
 * @throws Refused `addressee/ade-…`, `addressee/nip-invalid` … ; the identifier itself is not repeated
 */
export function checkPartyIdentifiers(given: PartyDetails): PartyDetails {
  const checked: PartyDetails = { ...given }
  if (given.ade !== undefined) checked.ade = parseAde(given.ade)
  for (const [name, isValid, problem] of IDENTIFIERS) {
    const text = given[name]?.replace(/[\s-]/g, '')
    if (text === undefined) continue
    if (!isValid(text)) throw new Refused(addresseeProblems[problem] satisfies ProblemType)
    checked[name] = text
  }
  return checked
}
