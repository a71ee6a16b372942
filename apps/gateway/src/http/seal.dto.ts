import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger'
import { Type } from 'class-transformer'
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsUUID,
  Length,
  Max,
  Min,
  ValidateNested
} from 'class-validator'
import { sealFormats, sealLevels, type SealFormat, type SealLevel } from '#sealing'
import type { BatchItemView, BatchView, RaiseView } from '#seals'
import { IsCleanText, MayBeAbsent, says } from './request-validation.js'

/** Documents in one batch: what one request body can name. */
const MOST_ITEMS = 10_000

const lineProblem = says(
  'Od 1 do 200 znaków, bez znaków sterujących.',
  'From 1 to 200 characters, no control characters.'
)

/** How one document is to be sealed, where it differs from the profile. */
export class SealWishDto {
  @ApiPropertyOptional({ description: 'Kind of seal; by the file type otherwise.', enum: sealFormats })
  @MayBeAbsent()
  @IsIn(sealFormats, says('Nieznany rodzaj pieczęci.', 'Unknown kind of seal.'))
  format?: SealFormat

  @ApiPropertyOptional({ description: 'AdES baseline level.', enum: sealLevels })
  @MayBeAbsent()
  @IsIn(sealLevels, says('Nieznany poziom.', 'Unknown level.'))
  level?: SealLevel

  @ApiPropertyOptional({ description: 'An existing, empty signature field of the PDF to be used.' })
  @MayBeAbsent()
  @Length(1, 200, lineProblem)
  @IsCleanText('one', lineProblem)
  field?: string

  @ApiPropertyOptional({ description: 'Reason shown in the PDF signature (powód).' })
  @MayBeAbsent()
  @Length(1, 200, lineProblem)
  @IsCleanText('one', lineProblem)
  reason?: string
}

/** Query of POST /v1/seals. */
export class SealQuery extends SealWishDto {
  @ApiProperty({ description: 'Name of the seal profile.', example: 'decyzje' })
  @Length(1, 64, lineProblem)
  profile!: string

  @ApiPropertyOptional({
    description: 'An uploaded document to be sealed instead of the request body.',
    format: 'uuid'
  })
  @MayBeAbsent()
  @IsUUID(undefined, says('Identyfikator dokumentu (UUID).', 'Id of a document (UUID).'))
  documentId?: string

  @ApiPropertyOptional({ description: 'Page for the visible seal; negative: from the end.', type: 'integer' })
  @MayBeAbsent()
  @Type(() => Number)
  @IsInt(says('Liczba całkowita.', 'A whole number.'))
  page?: number

  @ApiPropertyOptional({
    description: 'Corner for the visible seal.',
    enum: ['top-left', 'top-right', 'bottom-left', 'bottom-right']
  })
  @MayBeAbsent()
  @IsIn(['top-left', 'top-right', 'bottom-left', 'bottom-right'], says('Nieznany róg strony.', 'Unknown corner.'))
  corner?: string
}

/** One document of a batch. */
export class SealBatchItemDto extends SealWishDto {
  @ApiProperty({ format: 'uuid' })
  @IsUUID(undefined, says('Identyfikator dokumentu (UUID).', 'Id of a document (UUID).'))
  documentId!: string

  @ApiPropertyOptional({
    description: 'Where the visible seal stands on this document (see the profile).',
    type: Object
  })
  @MayBeAbsent()
  @IsObject(says('Wymagany jest obiekt JSON.', 'A JSON object is required.'))
  placement?: Record<string, unknown>
}

/** A batch of documents to be sealed by one profile. */
export class NewSealBatchDto {
  @ApiProperty({ example: 'decyzje' })
  @Length(1, 64, lineProblem)
  profile!: string

  @ApiProperty({ type: [SealBatchItemDto], minItems: 1, maxItems: MOST_ITEMS })
  @IsArray(says('Wymagana jest lista.', 'A list is required.'))
  @ArrayMinSize(1, says('Co najmniej jeden dokument.', 'At least one document.'))
  @ArrayMaxSize(MOST_ITEMS, says(`Najwyżej ${MOST_ITEMS} dokumentów.`, `At most ${MOST_ITEMS} documents.`))
  @ValidateNested({ each: true })
  @Type(() => SealBatchItemDto)
  items!: SealBatchItemDto[]
}

/** The second person's word. */
export class BatchDecisionDto {
  @ApiProperty({ enum: ['approve', 'reject'] })
  @IsIn(['approve', 'reject'], says('approve albo reject.', 'approve or reject.'))
  decision!: 'approve' | 'reject'
}

/** Which items of a batch to list. */
export class BatchItemsQuery {
  @ApiPropertyOptional({ description: 'Position after which to go on.', type: 'integer', default: -1 })
  @Type(() => Number)
  @IsInt(says('Liczba całkowita.', 'A whole number.'))
  @Min(-1, says('Najmniej -1.', 'At least -1.'))
  after: number = -1

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1000, default: 200 })
  @Type(() => Number)
  @IsInt(says('Liczba całkowita od 1 do 1000.', 'A whole number from 1 to 1000.'))
  @Min(1, says('Liczba całkowita od 1 do 1000.', 'A whole number from 1 to 1000.'))
  @Max(1000, says('Liczba całkowita od 1 do 1000.', 'A whole number from 1 to 1000.'))
  limit: number = 200
}

/** A batch as it fares. */
export class SealBatchAnswer implements BatchView {
  @ApiProperty({ format: 'uuid' }) id!: string
  @ApiProperty() profile!: string
  @ApiProperty({ enum: ['awaiting-approval', 'running', 'done', 'rejected'] }) state!: BatchView['state']
  @ApiProperty({ type: 'integer' }) total!: number
  @ApiProperty({ type: 'integer' }) sealed!: number
  @ApiProperty({ type: 'integer' }) failed!: number
  @ApiProperty({ type: 'integer', description: 'Sealed, but still below the wanted level.' }) toRaise!: number
  @ApiProperty({ type: String, nullable: true, description: 'Code of what the batch waits for.' }) waitingFor!:
    string | null
  @ApiProperty({ format: 'date-time' }) createdAt!: string
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) finishedAt!: string | null
}

/** What a batch was answered with. */
export class SealBatchStateAnswer {
  @ApiProperty({ format: 'uuid' }) id!: string
  @ApiProperty({ enum: ['awaiting-approval', 'running', 'done', 'rejected'] }) state!: string
}

/** One document of a batch, as it fares. */
export class SealBatchItemAnswer implements BatchItemView {
  @ApiProperty({ type: 'integer' }) position!: number
  @ApiProperty({ format: 'uuid' }) documentId!: string
  @ApiProperty({ enum: ['waiting', 'sealed', 'failed'] }) state!: BatchItemView['state']
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) sealedDocumentId!: string | null
  @ApiProperty({ type: String, enum: sealFormats, nullable: true }) format!: string | null
  @ApiProperty({ type: String, enum: sealLevels, nullable: true }) level!: string | null
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) signingTime!: string | null
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) timestampTime!: string | null
  @ApiProperty({ type: String, nullable: true, description: 'Code of what stopped it.' }) problem!: string | null
  @ApiProperty({ type: Object, nullable: true }) facts!: Record<string, unknown> | null
}

/** A page of items. */
export class SealBatchItemsAnswer {
  @ApiProperty({ type: [SealBatchItemAnswer] }) items!: SealBatchItemAnswer[]
}

/** A profile that the caller may use. */
export class SealProfileAnswer {
  @ApiProperty() name!: string
  @ApiProperty({ enum: sealLevels }) level!: SealLevel
  @ApiProperty({ type: Object, description: 'Kind of seal by file type.' }) formats!: object
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
  @ApiProperty({ enum: sealLevels }) level!: SealLevel
  @ApiProperty({ format: 'date-time' }) signingTime!: string
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) timestampTime!: string | null
}

/** How a seal that was made while a service was away fares. */
export class RaiseAnswer implements RaiseView {
  @ApiProperty({ format: 'uuid' }) id!: string
  @ApiProperty({ enum: ['waiting', 'raised', 'failed'] }) state!: RaiseView['state']
  @ApiProperty({ enum: sealLevels }) to!: SealLevel
  @ApiProperty({ format: 'uuid', description: 'The sealed document as it stands now.' }) documentId!: string
  @ApiProperty({ type: String, nullable: true }) problem!: string | null
}
