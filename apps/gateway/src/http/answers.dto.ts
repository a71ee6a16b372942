import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger'
import type {
  DocumentView,
  EvidenceView,
  ExpectedDelivery,
  HoldView,
  LetterSummary,
  LetterView,
  ReasonView,
  TimelineEntry
} from '#dispatch'
import type { LegalStatusName, LetterEventType, Progress, StepName } from '#letter'
import { LEGAL_STATUSES, PROGRESS } from './letter-search.dto.js'

// These classes say in OpenAPI what the views of `dispatch` are; `implements` keeps the two from drifting apart.

const nullableInstant = (description: string) => ({
  description,
  type: 'string' as const,
  format: 'date-time',
  nullable: true
})

/** An uploaded or sealed paper. */
export class DocumentAnswer implements DocumentView {
  @ApiProperty({ format: 'uuid' }) id!: string
  @ApiProperty({ example: 'decyzja.pdf' }) fileName!: string
  @ApiProperty({ example: 'application/pdf' }) mediaType!: string
  @ApiProperty({ description: 'Bytes.', type: 'integer' }) size!: number
  @ApiProperty({ description: 'SHA-256, hexadecimal.', pattern: '^[0-9a-f]{64}$' }) sha256!: string
}

/** Where a letter stands, in short. */
export class LetterStateAnswer {
  @ApiProperty({ format: 'uuid' }) id!: string
  @ApiProperty({ description: 'What Goniec has done (postęp).', enum: PROGRESS }) progress!: Progress
  @ApiProperty({ description: 'What is proven (stan prawny).', enum: LEGAL_STATUSES }) legalStatus!: LegalStatusName
}

class AddresseeAnswer {
  @ApiProperty({ type: 'string', nullable: true, description: 'ADE, once known.' }) ade!: string | null
  @ApiProperty({ type: 'boolean', nullable: true, description: 'Public body (podmiot publiczny), once known.' })
  isPublic!: boolean | null
}

class WaitingAnswer {
  @ApiProperty({ enum: ['seal', 'find-addressee', 'choose-channel', 'hand-over', 'archive'] }) step!: StepName
  @ApiProperty({ description: 'Code of the problem that it waits for (see /problems).' }) code!: string
  @ApiProperty({ format: 'date-time' }) since!: string
  @ApiProperty({ format: 'date-time' }) nextTryAt!: string
  @ApiProperty({ type: 'integer' }) tries!: number
}

class ExpectedDeliveryAnswer implements ExpectedDelivery {
  @ApiProperty({ format: 'date', description: 'Day on which the letter was made available (D.1), Europe/Warsaw.' })
  arrivalDate!: string
  @ApiProperty({ format: 'date', description: "Operator's published rule R13." }) byOperatorRule!: string
  @ApiProperty({ format: 'date', description: 'Plain wording of art. 42(2) of the e-delivery act.' })
  byStatute!: string
  @ApiProperty({ format: 'date', description: 'The same, shifted past days off (Civil Code art. 115).' })
  byStatuteShifted!: string
}

class ReasonAnswer implements ReasonView {
  @ApiProperty({ description: 'As the provider gave it, often a URI.' }) code!: string
  @ApiProperty({ description: "The provider's own words." }) text!: string
  @ApiProperty({ type: 'string', nullable: true }) pl!: string | null
  @ApiProperty({ type: 'string', nullable: true }) en!: string | null
}

class BilingualAnswer {
  @ApiProperty() pl!: string
  @ApiProperty() en!: string
}

class HoldAnswer implements HoldView {
  @ApiProperty({ format: 'date-time' }) since!: string
  @ApiProperty({ description: 'Code of the problem (see /problems).' }) code!: string
  @ApiProperty({ type: () => BilingualAnswer }) text!: BilingualAnswer
  @ApiProperty({ type: 'string', nullable: true, description: "The provider's own words, when it refused." })
  providerText!: string | null
}

/** One line of a list of letters. */
export class LetterSummaryAnswer extends LetterStateAnswer implements LetterSummary {
  @ApiProperty({ description: 'Sent from (ADE nadawcy).' }) senderAde!: string
  @ApiProperty({ type: () => AddresseeAnswer }) addressee!: AddresseeAnswer
  @ApiProperty({ description: 'Subject (tytuł).' }) subject!: string
  @ApiProperty({ type: 'string', nullable: true, description: 'Mark of the case (znak sprawy).' })
  reference!: string | null
  @ApiProperty({ type: 'string', nullable: true, description: 'purde, qualified, hybrid or manual; once chosen.' })
  channel!: string | null
  @ApiProperty({ type: 'string', nullable: true, description: 'Id of the message at the provider.' })
  messageId!: string | null
  @ApiProperty(nullableInstant('Moment of dispatch (nadanie), proven by A.1.')) dispatchedAt!: string | null
  @ApiProperty(nullableInstant('Moment since which the addressee could collect, proven by D.1.'))
  availableAt!: string | null
  @ApiProperty(nullableInstant('Moment of delivery (doręczenie); only ever from a proof of receipt (BP.OX).'))
  deliveredAt!: string | null
  @ApiProperty({ type: () => WaitingAnswer, nullable: true, description: 'Set while a step has to wait.' })
  waiting!: WaitingAnswer | null
  @ApiProperty({ format: 'date-time' }) createdAt!: string
  @ApiProperty({ format: 'date-time' }) updatedAt!: string
}

/** A letter (przesyłka). */
export class LetterAnswer extends LetterSummaryAnswer implements LetterView {
  @ApiProperty({
    type: () => ExpectedDeliveryAnswer,
    nullable: true,
    description:
      'When deemed delivery is to be expected if nobody collects. Never a fact: the proof of receipt decides.'
  })
  expectedDelivery!: ExpectedDeliveryAnswer | null
  @ApiProperty({ type: [ReasonAnswer], description: 'Why it was rejected or could not be delivered, by the evidence.' })
  reasons!: ReasonAnswer[]
  @ApiProperty({ type: [String], description: 'Evidence that does not go together; somebody should look.' })
  conflicts!: string[]
  @ApiProperty({ type: () => HoldAnswer, nullable: true, description: 'Why it is held: a person has to decide.' })
  held!: HoldAnswer | null
  @ApiProperty({ type: [DocumentAnswer], description: 'As you gave them.' }) documents!: DocumentAnswer[]
  @ApiProperty({ type: [DocumentAnswer], description: 'As sent: sealed.' }) sealedDocuments!: DocumentAnswer[]
}

/** A page of letters, newest first. */
export class LetterPageAnswer {
  @ApiProperty({ type: [LetterSummaryAnswer] }) items!: LetterSummaryAnswer[]
  @ApiProperty({ required: false, description: 'Give it back as `cursor`; absent on the last page.' })
  nextCursor?: string
}

/** One entry of a timeline. */
export class TimelineEntryAnswer implements TimelineEntry {
  @ApiProperty({ type: 'integer', description: 'Place in the order of writing, from 1.' }) seq!: number
  @ApiProperty({ type: 'string', example: 'EvidenceReceived' }) type!: LetterEventType
  @ApiProperty({ format: 'date-time', description: 'When it happened, as far as a proof says so.' })
  occurredAt!: string
  @ApiProperty({ format: 'date-time', description: 'When Goniec wrote it down.' }) recordedAt!: string
  @ApiProperty({ description: '`key:<id>`, `oidc:<digest>` or `goniec`.' }) actor!: string
  @ApiProperty({ type: () => BilingualAnswer, description: 'One plain sentence.' }) text!: BilingualAnswer
  @ApiProperty({
    type: [ReasonAnswer],
    required: false,
    description: 'Evidence only: why, in the words of the provider.'
  })
  reasons?: ReasonAnswer[]
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'Ids, codes and dates of the event.' })
  facts!: Record<string, unknown>
}

/** A timeline (oś czasu), in the order of writing down. */
export class TimelineAnswer {
  @ApiProperty({ type: [TimelineEntryAnswer] }) items!: TimelineEntryAnswer[]
}

/** One evidence (dowód). */
export class EvidenceAnswer implements EvidenceView {
  @ApiProperty({ format: 'uuid' }) id!: string
  @ApiProperty({ description: 'Kind as the provider lists it.', example: 'BP.OX' }) kind!: string
  @ApiProperty({
    enum: ['PASSED', 'INDETERMINATE', 'FAILED'],
    description: 'Result of the latest examination (ETSI EN 319 102-1).'
  })
  indication!: 'PASSED' | 'INDETERMINATE' | 'FAILED'
  @ApiProperty({ type: 'string', nullable: true, example: 'SIG_CRYPTO_FAILURE' }) subIndication!: string | null
  @ApiProperty({ type: 'string', nullable: true, description: 'Kind that the sealed bytes themselves state.' })
  provenKind!: string | null
  @ApiProperty({ example: 'application/xml' }) mediaType!: string
  @ApiProperty({ description: 'Bytes.', type: 'integer' }) size!: number
  @ApiProperty({ description: 'SHA-256, hexadecimal.', pattern: '^[0-9a-f]{64}$' }) sha256!: string
  @ApiProperty({ format: 'date-time' }) receivedAt!: string
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Facts of the sealed bytes, when readable.'
  })
  facts!: Record<string, unknown> | null
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Who sealed it, when by its time stamp, at which level.'
  })
  seal!: unknown
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'Every check made, with its result.'
  })
  checks!: unknown
}

/** All evidence about a letter, in the order of arrival. */
export class EvidenceListAnswer {
  @ApiProperty({ type: [EvidenceAnswer] }) items!: EvidenceAnswer[]
}

class FieldProblemAnswer {
  @ApiProperty({ required: false, description: 'Place in the body (RFC 6901).', example: '/addressee/ade' })
  pointer?: string
  @ApiProperty({ required: false, description: 'Query parameter.', example: 'limit' }) parameter?: string
  @ApiProperty() pl!: string
  @ApiProperty() en!: string
}

/** A problem (RFC 9457). */
export class ProblemAnswer {
  @ApiProperty({ format: 'uri-reference', example: '/problems/letter/not-found' }) type!: string
  @ApiProperty({ description: 'Name of the status in the language of Accept-Language (pl, en).' }) title!: string
  @ApiProperty({ type: 'integer', example: 404 }) status!: number
  @ApiProperty({ description: 'What is wrong, in the language of Accept-Language.' }) detail!: string
  @ApiProperty({ description: 'Stable; branch on it.', example: 'letter/not-found' }) code!: string
  @ApiProperty({ description: 'The detail in Polish.' }) pl!: string
  @ApiProperty({ description: 'The detail in English.' }) en!: string
  @ApiProperty({ description: 'Give it to the operator.', pattern: '^[0-9a-f]{32}$' }) traceId!: string
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'Numbers, ids, names of fields.' })
  facts?: Record<string, unknown>
  @ApiProperty({ type: [FieldProblemAnswer], required: false }) errors?: FieldProblemAnswer[]
}
