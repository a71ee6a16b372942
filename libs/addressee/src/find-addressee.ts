import {
  BlobStore,
  EventRecorder,
  keepBytes,
  LetterRow,
  LetterStep,
  LookUpRow,
  PartyRow,
  PersonalData,
  type LetterEvent,
  type PartyDetails,
  type StepOutcome
} from '#letter'
import { Database, Ids, Refused, type ProblemType, type TenantTransaction } from '#platform'
import { addresseeProblems } from './addressee.errors.js'
import { recordsOfBaeSearch, resolveAddress, type Resolution } from './resolve-address.js'
import type { BaeSearchAnswer } from './se-api/se-api.answers.js'
import type { LookUp, SeApiClient } from './se-api/se-api.client.js'
import type { BaeSearchRequest, OfficialId } from './se-api/se-api.requests.js'

/** BAE is not configured here: letters wait until it is. */
const NO_REGISTER: StepOutcome = {
  kind: 'waiting',
  code: addresseeProblems['bae-unavailable'].code,
  text: { pl: 'Goniec nie ma skonfigurowanej bazy BAE.', en: 'No BAE is configured for this Goniec.' }
}

/**
 * Finds, in the national register, where the addressee takes delivery, and keeps the question and the answer byte for
 * byte: the sender must check before every dispatch and must be able to show it (art. 4 ude).
 */
export class FindAddressee extends LetterStep {
  readonly name = 'find-addressee'

  constructor(
    private readonly database: Database,
    private readonly recorder: EventRecorder,
    private readonly personal: PersonalData,
    private readonly blobs: BlobStore,
    private readonly ids: Ids,
    private readonly register: SeApiClient | undefined
  ) {
    super()
  }

  async execute(tenantId: string, letterId: string): Promise<StepOutcome> {
    if (!this.register) return NO_REGISTER
    const { letter, party } = await this.database.inTenant(tenantId, async tx => ({
      letter: await tx.findOneByOrFail(LetterRow, { id: letterId }),
      party: await tx.findOneByOrFail(PartyRow, { letterId, role: 'addressee' })
    }))
    const details = this.personal.openParty(party)
    let lookUp: LookUp<BaeSearchAnswer>
    try {
      lookUp = await this.register.baeSearch(question(letter.senderAde, details))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return this.conclude(tenantId, letter, null, tx => this.notFound(tx, letter, null, error.type))
    }
    const resolution = resolve(lookUp, details.ade)
    return this.conclude(tenantId, letter, lookUp, async (tx, lookUpId) => {
      if (resolution.outcome !== 'found') {
        if (resolution.outcome === 'not-found' && !details.ade)
          return this.record(tx, letter, {
            type: 'AddresseeWithoutAddress',
            version: 1,
            lookUpId: lookUpId!,
            partyId: party.id
          })
        return this.notFound(tx, letter, lookUpId, resolution.problem)
      }
      const { ade, isPublic, designatedOperator } = resolution.address
      await tx.update(PartyRow, { tenantId, id: party.id }, { ade, isPublic, designatedOperator })
      await this.record(tx, letter, {
        type: 'AddresseeFound',
        version: 1,
        lookUpId: lookUpId!,
        partyId: party.id,
        isPublic,
        designatedOperator
      })
    })
  }

  /** Keeps the look-up and what follows from it in one transaction. */
  private async conclude(
    tenantId: string,
    letter: LetterRow,
    lookUp: LookUp<BaeSearchAnswer> | null,
    then: (tx: TenantTransaction, lookUpId: string | null) => Promise<void>
  ): Promise<StepOutcome> {
    await this.database.inTenant(tenantId, async tx => {
      let lookUpId: string | null = null
      if (lookUp) {
        lookUpId = this.ids.next()
        const { record } = lookUp
        const request = await keepBytes(this.blobs, tx, record.request)
        const response = record.response.length > 0 ? await keepBytes(this.blobs, tx, record.response) : undefined
        await tx.insert(LookUpRow, {
          tenantId,
          id: lookUpId,
          letterId: letter.id,
          operation: record.operation,
          httpStatus: record.status,
          requestBlobId: request.blobId,
          responseBlobId: response?.blobId ?? null,
          outcome: lookUp.outcome,
          askedAt: record.askedAt,
          answeredAt: record.answeredAt
        })
      }
      await then(tx, lookUpId)
    })
    return { kind: 'done' }
  }

  private notFound(
    tx: TenantTransaction,
    letter: LetterRow,
    lookUpId: string | null,
    { code, pl, en }: ProblemType
  ): Promise<void> {
    return this.record(tx, letter, { type: 'AddresseeNotFound', version: 1, lookUpId, code, text: { pl, en } })
  }

  private async record(tx: TenantTransaction, letter: LetterRow, event: LetterEvent): Promise<void> {
    // a letter may be looked up again (LookUpExpired), so the key carries where in its life this happened
    await this.recorder.record(tx, letter.id, { event, dedupeKey: `looked-up:${letter.version}`, actor: 'goniec' })
  }
}

/** The question that the sender's knowledge allows; an address named by the sender is asked for as such. */
function question(senderEda: string, party: PartyDetails): BaeSearchRequest {
  if (party.ade) return { senderEda, recipientEdasOnly: true, recipientEdas: [party.ade] }
  const officialIds = (['nip', 'regon', 'krs', 'pesel'] as const).flatMap((register): OfficialId[] => {
    const id = party[register]
    return id === undefined ? [] : [{ id, referenceRegistry: register }]
  })
  const natural = party.pesel !== undefined || (party.familyName !== undefined && officialIds.length === 0)
  const search: BaeSearchRequest = {
    senderEda,
    recipientEdasOnly: false,
    searchCategory: natural ? ['INDIVIDUAL'] : ['PUBLIC_INSTITUTION', 'COMPANY', 'ORGANISATION'],
    limit: 50
  }
  // an identifier says it all; names beside it could only make the register find nothing
  if (officialIds.length > 0) return { ...search, officialIds }
  const { entityName, givenName, familyName, address } = party
  return {
    ...search,
    ...(natural ? { name: givenName, surname: familyName } : { entityName }),
    ...(address ? { address: [address] } : {})
  }
}

function resolve(lookUp: LookUp<BaeSearchAnswer>, namedAde: string | undefined): Resolution {
  if (lookUp.outcome === 'not-found') return { outcome: 'not-found', problem: addresseeProblems['not-in-bae'] }
  if (lookUp.outcome === 'refused') return { outcome: 'unusable', problem: addresseeProblems['search-refused'] }
  return resolveAddress(recordsOfBaeSearch(lookUp.parsed), namedAde)
}
