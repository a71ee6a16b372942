/** An identifier in a state registry, named as the Search Engine API names the registries. */
export interface OfficialId {
  id: string
  referenceRegistry: 'pesel' | 'regon' | 'krs' | 'nip'
}

/** A natural person; the given and family name are invented. */
export interface Person {
  kind: 'person'
  givenName: string
  familyName: string
  officialIds: OfficialId[]
}

/** A company or a public body; the name is invented. */
export interface Entity {
  kind: 'entity'
  name: string
  legalForm: string
  officialIds: OfficialId[]
}

/** A Polish postal address. */
export interface PostalAddress {
  street: string
  buildingNumber: string
  flatNumber?: string
  postalCode: string
  city: string
  voivodeship: string
}

/** What the world does with a letter to an address. */
export type Behaviour =
  | 'sender'
  | 'delivered-on-arrival'
  | 'collected'
  | 'never-collected'
  | 'rejected'
  | 'lost-answer'
  | 'slow'
  | 'duplicate-evidence'
  | 'service-down'
  | 'closed'
  | 'private-provider'
  | 'not-in-bae'
  | 'relay-rejected'
  | 'mailbox-full'
  | 'stranger-evidence'
  | 'forged-evidence'
  | 'lost-request'
  | 'late-evidence'

/** Status of an address in BAE (Search Engine API 4.0.5, EdaStatusEnum). */
export type EdaStatus = 'ACTIVE' | 'CLOSED_RECOVERABLE' | 'CLOSED_UNRECOVERABLE' | 'STRUCK_OFF'

/** One address of the sandbox's world: whose it is and what happens to letters sent to it. */
export interface Scenario {
  /** Address for electronic delivery (ADE) with right check digits. */
  ade: string
  /** The five letters of the address; the scenario's short name. */
  code: string
  behaviour: Behaviour
  description: { pl: string; en: string }
  party: Person | Entity
  address: PostalAddress
  /** True for a public body: a letter is then delivered on arrival. */
  isPublic: boolean
  edaStatus: EdaStatus
  /** True when the mailbox is kept by the public (designated) operator, false when by a private provider. */
  designatedOperator: boolean
  /** False when BAE does not know the address at all. */
  registered: boolean
}

/** An office that sends letters: it has a tenant at the gateway and a computer system registered at the operator. */
export interface SenderOffice extends Scenario {
  tenantId: string
  /** Name under which the office's system is registered at the operator (`<ADE>.SYSTEM.<name>`). */
  systemName: string
  party: Entity
}
