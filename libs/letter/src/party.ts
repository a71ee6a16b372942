import { KeyRing } from '#platform'
import type { LetterRow, PartyRow } from './rows.js'

/** A postal or seat address, as far as the sender gave it. */
export interface PostalAddress {
  countryCode: string
  city: string
  street?: string
  postalCode?: string
  buildingNumber?: string
  flatNumber?: string
}

/** What the sender knows about the addressee: an address of e-Delivery, an identifier, or names and a place. */
export interface PartyDetails {
  ade?: string
  nip?: string
  regon?: string
  krs?: string
  pesel?: string
  entityName?: string
  givenName?: string
  familyName?: string
  address?: PostalAddress
}

/** What a letter says on its face. */
export interface LetterContent {
  subject: string
  text: string
}

/** Seals and opens what is personal about letters and parties; the place of use is bound in, so boxes cannot be swapped. */
export class PersonalData {
  constructor(private readonly keys: KeyRing) {}

  sealParty(tenantId: string, partyId: string, details: PartyDetails): Buffer {
    return this.keys.seal(Buffer.from(JSON.stringify(details)), bound('party', tenantId, partyId))
  }

  openParty(party: PartyRow): PartyDetails {
    if (!party.details) return {}
    return JSON.parse(
      this.keys.open(party.details, bound('party', party.tenantId, party.id)).toString()
    ) as PartyDetails
  }

  sealContent(tenantId: string, letterId: string, content: LetterContent): Buffer {
    return this.keys.seal(Buffer.from(JSON.stringify(content)), bound('letter', tenantId, letterId))
  }

  openContent(letter: LetterRow): LetterContent {
    const opened = this.keys.open(letter.content, bound('letter', letter.tenantId, letter.id))
    return JSON.parse(opened.toString()) as LetterContent
  }
}

function bound(kind: string, tenantId: string, id: string): Buffer {
  return Buffer.from(`${kind}\n${tenantId}\n${id}`)
}
