import { Column, Entity, PrimaryColumn } from 'typeorm'
import type { Progress } from './lifecycle.js'
import type { LegalStatusName, LetterEvent, LetterEventType, StepName } from './letter-event.js'

/** bigint columns come as strings from PostgreSQL; sizes here stay far below 2^53. */
const integer = {
  to: (value: number) => value,
  from: (value: string | null) => (value === null ? null : Number(value))
}

/** A letter's row: identity, and the cached fold of its events. Content that may name people is sealed. */
@Entity('letter')
export class LetterRow {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string
  @PrimaryColumn('uuid') id!: string
  @Column('text', { name: 'sender_ade' }) senderAde!: string
  /** Whether the sender was a public body when the letter came in: decides channel and moment of delivery. */
  @Column('boolean', { name: 'sender_is_public' }) senderIsPublic!: boolean
  /** What kind of public body it was: some owe the hybrid service later than others (art. 155 ude). */
  @Column('text', { name: 'sender_kind' }) senderKind!: 'local-government' | 'judiciary' | 'other'
  /** Subject and text, sealed (`LetterContent` as JSON). */
  @Column('bytea') content!: Buffer
  /** The sender's own mark of the case ("znak sprawy"). */
  @Column('text', { nullable: true }) reference!: string | null
  @Column('text') progress!: Progress
  @Column('text', { name: 'legal_status' }) legalStatus!: LegalStatusName
  /** Number of events so far; the next event gets this + 1. */
  @Column('int') version!: number
  @Column('text', { nullable: true }) channel!: string | null
  /** Message id at the provider, once known. */
  @Column('text', { name: 'message_id', nullable: true }) messageId!: string | null
  @Column('timestamptz', { name: 'dispatched_at', nullable: true }) dispatchedAt!: Date | null
  @Column('timestamptz', { name: 'available_at', nullable: true }) availableAt!: Date | null
  /** Legal moment of delivery: only ever from a proof of receipt. */
  @Column('timestamptz', { name: 'delivered_at', nullable: true }) deliveredAt!: Date | null
  /** What the letter waits for, when a step cannot go on now. */
  @Column('text', { name: 'waiting_step', nullable: true }) waitingStep!: StepName | null
  @Column('text', { name: 'waiting_code', nullable: true }) waitingCode!: string | null
  @Column('timestamptz', { name: 'waiting_since', nullable: true }) waitingSince!: Date | null
  @Column('timestamptz', { name: 'next_try_at', nullable: true }) nextTryAt!: Date | null
  @Column('int', { name: 'waiting_tries' }) waitingTries!: number
  /** When the provider was last asked about this very letter. */
  @Column('timestamptz', { name: 'reconciled_at', nullable: true }) reconciledAt!: Date | null
  @Column('text', { name: 'created_by' }) createdBy!: string
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date
}

/** One event, append-only. */
@Entity('letter_event')
export class LetterEventRow {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string
  @PrimaryColumn('uuid', { name: 'letter_id' }) letterId!: string
  @PrimaryColumn('int') seq!: number
  @Column('text') type!: LetterEventType
  @Column('int') version!: number
  @Column('jsonb') payload!: Omit<LetterEvent, 'type' | 'version'>
  /** Deterministic: a replay of the same fact hits the same key and changes nothing. */
  @Column('text', { name: 'dedupe_key' }) dedupeKey!: string
  @Column('text') actor!: string
  /** When it happened in the world, as far as a proof says so. */
  @Column('timestamptz', { name: 'occurred_at' }) occurredAt!: Date
  /** When we wrote it down. */
  @Column('timestamptz', { name: 'recorded_at' }) recordedAt!: Date
}

/** A paper: the sender's original, or what sealing made of it. Bytes are in the content store. */
@Entity('document')
export class DocumentRow {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string
  @PrimaryColumn('uuid') id!: string
  @Column('text', { name: 'file_name' }) fileName!: string
  @Column('text', { name: 'media_type' }) mediaType!: string
  @Column('bigint', { transformer: integer }) size!: number
  @Column('bytea') sha256!: Buffer
  @Column('bytea', { name: 'sha3_512' }) sha3!: Buffer
  @Column('uuid', { name: 'blob_id' }) blobId!: string
  @Column('text', { name: 'created_by' }) createdBy!: string
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date
}

/** Which papers belong to a letter: `original` as given, `sealed` as sent. */
@Entity('letter_document')
export class LetterDocumentRow {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string
  @PrimaryColumn('uuid', { name: 'letter_id' }) letterId!: string
  @PrimaryColumn('text') role!: 'original' | 'sealed'
  @PrimaryColumn('int') position!: number
  @Column('uuid', { name: 'document_id' }) documentId!: string
}

/** A person or body that a letter concerns; kept apart from events so that it can be erased on its own schedule. */
@Entity('party')
export class PartyRow {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string
  @PrimaryColumn('uuid') id!: string
  @Column('uuid', { name: 'letter_id' }) letterId!: string
  @Column('text') role!: 'addressee'
  /** Electronic delivery address, once known. */
  @Column('text', { nullable: true }) ade!: string | null
  @Column('boolean', { name: 'is_public', nullable: true }) isPublic!: boolean | null
  @Column('boolean', { name: 'designated_operator', nullable: true }) designatedOperator!: boolean | null
  /** What identifies the party (`PartyDetails` as JSON), sealed. */
  @Column('bytea', { nullable: true }) details!: Buffer | null
  @Column('timestamptz', { name: 'erased_at', nullable: true }) erasedAt!: Date | null
}

/** A question to the address register and its answer, byte for byte: proof that the address was checked. */
@Entity('look_up')
export class LookUpRow {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string
  @PrimaryColumn('uuid') id!: string
  @Column('uuid', { name: 'letter_id' }) letterId!: string
  @Column('text') operation!: string
  @Column('int', { name: 'http_status' }) httpStatus!: number
  @Column('uuid', { name: 'request_blob_id' }) requestBlobId!: string
  @Column('uuid', { name: 'response_blob_id', nullable: true }) responseBlobId!: string | null
  @Column('text') outcome!: string
  @Column('timestamptz', { name: 'asked_at' }) askedAt!: Date
  @Column('timestamptz', { name: 'answered_at' }) answeredAt!: Date
}

/** One try at one provider, written before the first call. */
@Entity('attempt')
export class AttemptRow {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string
  @PrimaryColumn('uuid') id!: string
  @Column('uuid', { name: 'letter_id' }) letterId!: string
  @Column('text') provider!: string
  @Column('int') number!: number
  /** `open` until the outcome is known; `open` includes "we do not know". */
  @Column('text') state!: 'open' | 'accepted' | 'refused'
  /** What the provider gave us so far: draft id, task id, message id. */
  @Column('jsonb') notes!: Record<string, unknown>
  @Column('text', { nullable: true }) code!: string | null
  @Column('timestamptz', { name: 'started_at' }) startedAt!: Date
  @Column('timestamptz', { name: 'resolved_at', nullable: true }) resolvedAt!: Date | null
}

/** Exact bytes received as proof; append-only, written before anybody judges them. */
@Entity('evidence')
export class EvidenceRow {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string
  @PrimaryColumn('uuid') id!: string
  @Column('text') provider!: string
  @Column('text', { name: 'provider_evidence_id' }) providerEvidenceId!: string
  @Column('text', { name: 'sender_ade' }) senderAde!: string
  /** Message the provider lists it under; may belong to no letter of ours. */
  @Column('text', { name: 'message_id' }) messageId!: string
  /** Kind as the provider lists it, normalised (`BP.OX`); what it *is* stands in the check. */
  @Column('text') kind!: string
  @Column('text', { name: 'media_type' }) mediaType!: string
  @Column('uuid', { name: 'blob_id' }) blobId!: string
  @Column('bytea') sha256!: Buffer
  @Column('bigint', { transformer: integer }) size!: number
  @Column('timestamptz', { name: 'received_at' }) receivedAt!: Date
}

/** One examination of one evidence for one letter; append-only, a later examination adds a row. */
@Entity('evidence_check')
export class EvidenceCheckRow {
  @PrimaryColumn('uuid', { name: 'tenant_id' }) tenantId!: string
  @PrimaryColumn('uuid') id!: string
  @Column('uuid', { name: 'evidence_id' }) evidenceId!: string
  @Column('uuid', { name: 'letter_id' }) letterId!: string
  @Column('text') indication!: 'PASSED' | 'INDETERMINATE' | 'FAILED'
  @Column('text', { name: 'sub_indication', nullable: true }) subIndication!: string | null
  /** Kind that the signed bytes themselves state. */
  @Column('text', { name: 'proven_kind', nullable: true }) provenKind!: string | null
  /** `ProvenFact` of the signed bytes, when they could be read. */
  @Column('jsonb', { nullable: true }) facts!: Record<string, unknown> | null
  /** Every single check with its result, for the auditor. */
  @Column('jsonb') report!: Record<string, unknown>
  @Column('timestamptz', { name: 'checked_at' }) checkedAt!: Date
}

/** All rows of this lib, for the data source. */
export const letterRows = [
  LetterRow,
  LetterEventRow,
  DocumentRow,
  LetterDocumentRow,
  PartyRow,
  LookUpRow,
  AttemptRow,
  EvidenceRow,
  EvidenceCheckRow
]
