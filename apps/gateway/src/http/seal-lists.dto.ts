import { ApiPropertyOptional } from '@nestjs/swagger'
import { Type } from 'class-transformer'
import { IsIn, IsInt, Length, Matches, Max, Min } from 'class-validator'
import { batchStates, type BatchState } from '#seals'
import { IsCursor, IsInstant, MayBeAbsent, says } from './request-validation.js'

const upToHundred = says('Liczba całkowita od 1 do 100.', 'A whole number from 1 to 100.')
const upToThousand = says('Liczba całkowita od 1 do 1000.', 'A whole number from 1 to 1000.')

/** Which batches to list. */
export class BatchesQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 50 })
  @Type(() => Number)
  @IsInt(upToHundred)
  @Min(1, upToHundred)
  @Max(100, upToHundred)
  limit: number = 50

  @ApiPropertyOptional({ description: '`nextCursor` of the page before.' })
  @MayBeAbsent()
  @IsCursor()
  cursor?: string

  @ApiPropertyOptional({ enum: batchStates })
  @MayBeAbsent()
  @IsIn(batchStates, says('Nieznany stan.', 'Unknown state.'))
  state?: BatchState
}

/** Which items of a batch to list. */
export class BatchItemsQuery {
  @ApiPropertyOptional({ description: 'Position after which to go on.', type: 'integer', default: -1 })
  @Type(() => Number)
  @IsInt(says('Liczba całkowita.', 'A whole number.'))
  @Min(-1, says('Najmniej -1.', 'At least -1.'))
  @Max(1_000_000, says('Najwyżej 1000000.', 'At most 1000000.'))
  after: number = -1

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1000, default: 200 })
  @Type(() => Number)
  @IsInt(upToThousand)
  @Min(1, upToThousand)
  @Max(1000, upToThousand)
  limit: number = 200
}

/** Which uses of seals to list. */
export class SealUsesQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1000, default: 200 })
  @Type(() => Number)
  @IsInt(upToThousand)
  @Min(1, upToThousand)
  @Max(1000, upToThousand)
  limit: number = 200

  @ApiPropertyOptional({ description: '`nextCursor` of the page before.' })
  @MayBeAbsent()
  @IsCursor()
  cursor?: string

  @ApiPropertyOptional({ description: 'Name of the seal profile.' })
  @MayBeAbsent()
  @Length(1, 64, says('Od 1 do 64 znaków.', 'From 1 to 64 characters.'))
  profile?: string

  @ApiPropertyOptional({ description: 'SHA-256 of a document, hexadecimal: before or after it was sealed, or raised.' })
  @MayBeAbsent()
  @Matches(/^[0-9a-f]{64}$/i, says('64 cyfry szesnastkowe.', '64 hexadecimal digits.'))
  sha256?: string

  @ApiPropertyOptional({ description: 'Used at this moment or later.', format: 'date-time' })
  @MayBeAbsent()
  @IsInstant()
  from?: string

  @ApiPropertyOptional({ description: 'Used before this moment.', format: 'date-time' })
  @MayBeAbsent()
  @IsInstant()
  to?: string
}
