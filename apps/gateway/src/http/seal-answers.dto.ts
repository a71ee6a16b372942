import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger'
import { sealFormats, sealLevels, type SealFormat, type SealLevel } from '#sealing'
import { batchStates, itemStates, type BatchItemView, type BatchView, type UseView } from '#seals'

/** A batch as it fares. */
export class SealBatchAnswer implements BatchView {
  @ApiProperty({ format: 'uuid' }) id!: string
  @ApiProperty() profile!: string
  @ApiProperty({ enum: batchStates }) state!: BatchView['state']
  @ApiProperty({ type: 'integer' }) total!: number
  @ApiProperty({ type: 'integer' }) sealed!: number
  @ApiProperty({ type: 'integer' }) failed!: number
  @ApiProperty({ type: 'integer', description: 'Not sealed because the batch was cancelled.' }) cancelled!: number
  @ApiProperty({ type: 'integer', description: 'Sealed, but still below the wanted level.' }) toRaise!: number
  @ApiProperty({ type: String, nullable: true, description: 'Code of what the batch waits for.' }) waitingFor!:
    string | null
  @ApiProperty({ format: 'date-time' }) createdAt!: string
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) finishedAt!: string | null
}

/** A page of batches. */
export class SealBatchesAnswer {
  @ApiProperty({ type: [SealBatchAnswer] }) items!: SealBatchAnswer[]
  @ApiPropertyOptional({ description: 'Absent on the last page.' }) nextCursor?: string
}

/** What a batch was answered with. */
export class SealBatchStateAnswer {
  @ApiProperty({ format: 'uuid' }) id!: string
  @ApiProperty({ enum: batchStates }) state!: BatchView['state']
}

/** One document of a batch, as it fares. */
export class SealBatchItemAnswer implements BatchItemView {
  @ApiProperty({ type: 'integer' }) position!: number
  @ApiProperty({ format: 'uuid' }) documentId!: string
  @ApiProperty({ enum: itemStates }) state!: BatchItemView['state']
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'See GET /v1/seals/{sealId}.' })
  sealId!: string | null
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) sealedDocumentId!: string | null
  @ApiProperty({ type: String, enum: sealFormats, nullable: true }) format!: string | null
  @ApiProperty({ type: String, enum: sealLevels, nullable: true }) level!: string | null
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) signingTime!: string | null
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) timestampTime!: string | null
  @ApiProperty({ type: String, nullable: true, description: 'Code of what stopped it.' }) problem!: string | null
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true }) facts!: Record<string, unknown> | null
}

/** A page of items. */
export class SealBatchItemsAnswer {
  @ApiProperty({ type: [SealBatchItemAnswer] }) items!: SealBatchItemAnswer[]
}

/** A profile that the caller may use. */
export class SealProfileAnswer {
  @ApiProperty() name!: string
  @ApiProperty({ enum: sealLevels }) level!: SealLevel
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', enum: [...sealFormats] },
    description: 'Kind of seal by file type: `pdf`, `xml`, `other`.'
  })
  formats!: object
  @ApiProperty({ description: 'Whether PDFs get a visible seal.' }) visible!: boolean
  @ApiProperty({ type: 'integer', nullable: true }) maxPerHour!: number | null
  @ApiProperty({ type: 'integer', nullable: true, description: 'Larger batches wait for a second person.' })
  secondPersonAbove!: number | null
}

/** Profiles, by name. */
export class SealProfilesAnswer {
  @ApiProperty({ type: [SealProfileAnswer] }) items!: SealProfileAnswer[]
}

/** A seal made of an uploaded document. */
export class KeptSealAnswer {
  @ApiProperty({ format: 'uuid', description: 'Id of the use in the record.' }) id!: string
  @ApiProperty({ format: 'uuid', description: 'The sealed document.' }) documentId!: string
  @ApiProperty() fileName!: string
  @ApiProperty({ enum: sealFormats }) format!: SealFormat
  @ApiProperty({ enum: sealLevels, description: 'The level reached.' }) level!: SealLevel
  @ApiProperty({ type: String, enum: sealLevels, nullable: true, description: 'The level still to be reached.' })
  raiseTo!: SealLevel | null
  @ApiProperty({ format: 'date-time' }) signingTime!: string
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) timestampTime!: string | null
}

/** A use of a seal, and what came of it. */
export class SealUseAnswer implements UseView {
  @ApiProperty({ format: 'uuid' }) id!: string
  @ApiProperty() profile!: string
  @ApiProperty({ description: 'Who caused it: `key:<id>` or `oidc:<digest>`.' }) actor!: string
  @ApiProperty({ format: 'date-time' }) usedAt!: string
  @ApiProperty({ description: 'SHA-256 of the document as it came in.' }) documentSha256!: string
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) batchId!: string | null
  @ApiProperty({ type: 'integer', nullable: true }) position!: number | null
  @ApiProperty({
    enum: ['made', 'to-raise', 'raised', 'not-raised', 'failed', 'open'],
    description:
      '`to-raise`: made, and raised when a service is back; `not-raised`: made, and cannot be raised; `failed`: no seal; ' +
      '`open`: under way, or broken off before there was a result.'
  })
  state!: UseView['state']
  @ApiProperty({ type: String, enum: sealFormats, nullable: true }) format!: string | null
  @ApiProperty({ type: String, enum: sealLevels, nullable: true, description: 'The level reached.' })
  level!: string | null
  @ApiProperty({ type: String, enum: sealLevels, nullable: true, description: 'The level still to be reached.' })
  raiseTo!: string | null
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The sealed document, where it is kept.' })
  documentId!: string | null
  @ApiProperty({ type: String, nullable: true, description: 'SHA-256 of the file as it was sealed.' })
  sealedSha256!: string | null
  @ApiProperty({ type: String, nullable: true, description: 'SHA-256 of the file as it was raised.' })
  raisedSha256!: string | null
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) signingTime!: string | null
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) timestampTime!: string | null
  @ApiProperty({ type: String, nullable: true, description: 'Code of what stopped it, or of what raising waits for.' })
  problem!: string | null
}

/** A page of the record of uses. */
export class SealUsesAnswer {
  @ApiProperty({ type: [SealUseAnswer] }) items!: SealUseAnswer[]
  @ApiPropertyOptional({ description: 'Absent on the last page.' }) nextCursor?: string
}
