import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger'
import { Transform, Type } from 'class-transformer'
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsNumber,
  IsUUID,
  Length,
  ValidateBy,
  ValidateNested
} from 'class-validator'
import { sealFormats, sealLevels, sealPlacement, type SealFormat, type SealLevel } from '#sealing'
import { IsCleanText, MayBeAbsent, says } from './request-validation.js'

/** Most documents in one batch. */
export const MOST_ITEMS = 10_000

const lineProblem = says(
  'Od 1 do 200 znaków, bez znaków sterujących.',
  'From 1 to 200 characters, no control characters.'
)
const numberProblem = says('Liczba milimetrów.', 'A number of millimetres.')

/** A place for a visible seal, as the engine understands it. */
export const isPlacement = (value: unknown): boolean => sealPlacement.safeParse(value).success

function IsPlacement(): PropertyDecorator {
  return ValidateBy(
    { name: 'isPlacement', validator: { validate: isPlacement } },
    says('To nie jest opis miejsca widocznej pieczęci.', 'This does not describe a place of a visible seal.')
  )
}

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

  @ApiPropertyOptional({ description: 'Number of the document, for `{number}` on a visible seal (numer).' })
  @MayBeAbsent()
  @Length(1, 200, lineProblem)
  @IsCleanText('one', lineProblem)
  number?: string
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

  @ApiPropertyOptional({
    type: String,
    description: 'Page for the visible seal: `first`, `last`, or a number (negative: from the end).',
    example: 'first'
  })
  @MayBeAbsent()
  @Transform(({ value }: { value: unknown }) => (/^-?\d{1,7}$/.test(String(value)) ? Number(value) : value))
  @ValidateBy(
    { name: 'isPage', validator: { validate: (page: unknown) => isPlacement({ page }) } },
    says('first, last albo numer strony.', 'first, last or a number of a page.')
  )
  page?: 'first' | 'last' | number

  @ApiPropertyOptional({
    description: 'Corner for the visible seal.',
    enum: ['top-left', 'top-right', 'bottom-left', 'bottom-right']
  })
  @MayBeAbsent()
  @IsIn(['top-left', 'top-right', 'bottom-left', 'bottom-right'], says('Nieznany róg strony.', 'Unknown corner.'))
  corner?: string

  @ApiPropertyOptional({ description: 'Instead of a corner: from the left edge of the page, in millimetres.' })
  @MayBeAbsent()
  @Type(() => Number)
  @IsNumber({}, numberProblem)
  x?: number

  @ApiPropertyOptional({ description: 'With `x`: from the upper edge of the page, in millimetres.' })
  @MayBeAbsent()
  @Type(() => Number)
  @IsNumber({}, numberProblem)
  y?: number
}

/** One document of a batch. */
export class SealBatchItemDto extends SealWishDto {
  @ApiProperty({ format: 'uuid' })
  @IsUUID(undefined, says('Identyfikator dokumentu (UUID).', 'Id of a document (UUID).'))
  documentId!: string

  @ApiPropertyOptional({
    description:
      'Where the visible seal stands on this document: `{page, corner, marginX, marginY}` or `{page, x, y}`; lengths in ' +
      'millimetres or as text such as `36pt`.',
    type: 'object',
    additionalProperties: true,
    example: { page: 'first', corner: 'top-right' }
  })
  @MayBeAbsent()
  @IsPlacement()
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
