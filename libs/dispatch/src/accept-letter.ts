import { createHash } from 'node:crypto'
import { In } from 'typeorm'
import { accessProblems, requireRole, SenderAddressRow, type Caller } from '#access'
import { checkPartyIdentifiers, parseAde } from '#addressee'
import {
  DocumentRow,
  EventRecorder,
  LetterDocumentRow,
  LetterRow,
  PartyRow,
  PersonalData,
  type LetterContent,
  type PartyDetails
} from '#letter'
import { Clock, crashPoint, Database, Ids, Refused, type TenantTransaction } from '#platform'
import { checkAttachmentName } from '#routing'
import { dispatchProblems } from './dispatch.errors.js'
import { SubmissionRow } from './submission.row.js'

/** A letter as a caller hands it in. */
export interface NewLetter extends LetterContent {
  senderAde: string
  addressee: PartyDetails
  /** Ids of uploaded documents, in the order in which they are to be read. */
  documents: string[]
  /** The sender's own mark of the case. */
  reference?: string
}

/** What the caller is answered. */
export interface Acceptance {
  letterId: string
  /** JSON text of the answer; the same bytes each time the same key comes back. */
  response: string
  /** True: this key was answered before, nothing new was made. */
  replayed: boolean
}

/** Takes a letter in: one transaction, one letter per idempotency key, for ever. */
export class AcceptLetter {
  constructor(
    private readonly database: Database,
    private readonly recorder: EventRecorder,
    private readonly personal: PersonalData,
    private readonly ids: Ids,
    private readonly clock: Clock
  ) {}

  /**
   * @param idempotencyKey chosen by the caller, 1–255 characters, scoped to the tenant
   * @throws Refused with `dispatch/…`, `access/…` or `addressee/…` codes
   */
  async execute(caller: Caller, idempotencyKey: string | undefined, letter: NewLetter): Promise<Acceptance> {
    requireRole(caller, 'sender')
    if (!idempotencyKey || idempotencyKey.length > 255) throw new Refused(dispatchProblems['idempotency-key-missing'])
    const keySha256 = sha256(idempotencyKey)
    const requestSha256 = sha256(canonicalJson(letter))
    const acceptance = await this.database.inTenant(caller.tenantId, async tx => {
      await this.claimKey(tx, caller.tenantId, keySha256)
      const earlier = await tx.findOneBy(SubmissionRow, { tenantId: caller.tenantId, keySha256 })
      if (earlier) {
        if (!earlier.requestSha256.equals(requestSha256)) throw new Refused(dispatchProblems['idempotency-key-reused'])
        return { letterId: earlier.letterId, response: earlier.response, replayed: true }
      }
      const letterId = await this.accept(tx, caller, letter)
      const response = JSON.stringify({ id: letterId, progress: 'accepted', legalStatus: 'not-dispatched' })
      await tx.insert(SubmissionRow, {
        tenantId: caller.tenantId,
        keySha256,
        requestSha256,
        letterId,
        response,
        createdAt: this.clock.now()
      })
      return { letterId, response, replayed: false }
    })
    crashPoint('after:accept')
    return acceptance
  }

  /** Held until the transaction ends: whoever comes meanwhile with the same key is told so and does not wait. */
  private async claimKey(tx: TenantTransaction, tenantId: string, keySha256: Buffer): Promise<void> {
    const lock = createHash('sha256').update(tenantId).update(keySha256).digest().readBigInt64BE()
    const [row] = (await tx.query('select pg_try_advisory_xact_lock($1) as mine', [lock.toString()])) as {
      mine: boolean
    }[]
    if (!row?.mine) throw new Refused(dispatchProblems['idempotency-key-in-flight'])
  }

  private async accept(tx: TenantTransaction, caller: Caller, letter: NewLetter): Promise<string> {
    const { tenantId } = caller
    const senderAde = parseAde(letter.senderAde)
    const sender = await tx.findOneBy(SenderAddressRow, { ade: senderAde })
    if (!sender) throw new Refused(accessProblems['sender-address-not-yours'])
    const addressee = checkedAddressee(letter.addressee)
    await this.checkDocuments(tx, letter.documents)

    const letterId = this.ids.next()
    const partyId = this.ids.next()
    const now = this.clock.now()
    await tx.insert(LetterRow, {
      tenantId,
      id: letterId,
      senderAde,
      senderIsPublic: sender.isPublic,
      senderKind: sender.kind,
      content: this.personal.sealContent(tenantId, letterId, { subject: letter.subject, text: letter.text }),
      reference: letter.reference ?? null,
      progress: 'new',
      legalStatus: 'not-dispatched',
      version: 0,
      waitingTries: 0,
      createdBy: caller.id,
      createdAt: now,
      updatedAt: now
    })
    await tx.insert(PartyRow, {
      tenantId,
      id: partyId,
      letterId,
      role: 'addressee',
      ade: addressee.ade ?? null,
      details: this.personal.sealParty(tenantId, partyId, addressee)
    })
    await tx.insert(
      LetterDocumentRow,
      letter.documents.map((documentId, position) => ({
        tenantId,
        letterId,
        role: 'original' as const,
        position,
        documentId
      }))
    )
    await this.recorder.record(tx, letterId, {
      event: { type: 'LetterAccepted', version: 1, documents: letter.documents },
      dedupeKey: 'accepted',
      actor: caller.id
    })
    return letterId
  }

  private async checkDocuments(tx: TenantTransaction, documents: string[]): Promise<void> {
    if (documents.length === 0) throw new Refused(dispatchProblems['documents-missing'])
    if (new Set(documents).size !== documents.length) throw new Refused(dispatchProblems['documents-repeated'])
    const found = await tx.findBy(DocumentRow, { id: In(documents) })
    if (found.length !== documents.length) throw new Refused(dispatchProblems['document-unknown'])
    // the provider wants file names unique within a message
    if (new Set(found.map(document => document.fileName)).size !== found.length)
      throw new Refused(dispatchProblems['documents-repeated'])
    // a document that was uploaded only to be sealed may have a name that the provider does not take
    const nameProblem = found.map(({ fileName }) => checkAttachmentName(fileName)).find(problem => problem)
    if (nameProblem) throw new Refused(nameProblem)
  }
}

/** The addressee with every identifier checked and written in its normal form. */
function checkedAddressee(given: PartyDetails): PartyDetails {
  const checked = checkPartyIdentifiers(given)
  const identified = checked.ade ?? checked.nip ?? checked.regon ?? checked.krs ?? checked.pesel
  const named = checked.entityName ?? (checked.givenName && checked.familyName)
  if (!identified && !(named && checked.address)) throw new Refused(dispatchProblems['addressee-unclear'])
  return checked
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** JSON with sorted keys: two spellings of the same request are the same request. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part
  )
}
