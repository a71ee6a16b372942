import { ApiPropertyOptional } from '@nestjs/swagger'
import { Type } from 'class-transformer'
import { IsIn, IsInt, Length, Matches, Max, Min } from 'class-validator'
import type { LetterFilter } from '#dispatch'
import { lifecycle, type LegalStatusName, type Progress } from '#letter'
import { IsCleanText, IsCursor, IsInstant, MayBeAbsent, says } from './request-validation.js'

/** Every state of progress that a letter can be seen in, in the order of the lifecycle. */
export const PROGRESS: readonly Progress[] = [
  ...new Set(Object.values(lifecycle).flatMap(({ to }) => (to === 'stay' ? [] : [to])))
]

/** Every legal status, in the order in which a letter goes through them. */
export const LEGAL_STATUSES: readonly LegalStatusName[] = [
  'not-dispatched',
  'being-verified',
  'rejected',
  'dispatched',
  'relayed',
  'awaiting-collection',
  'delivered',
  'deemed-delivered',
  'undelivered'
]

/** Which letters to list. The addressee is not among the query parameters: URLs are logged on their way. */
export class LetterQuery {
  @ApiPropertyOptional({ description: 'Letters on a page.', type: 'integer', minimum: 1, maximum: 100, default: 50 })
  @Type(() => Number)
  @IsInt(says('Liczba całkowita od 1 do 100.', 'A whole number from 1 to 100.'))
  @Min(1, says('Liczba całkowita od 1 do 100.', 'A whole number from 1 to 100.'))
  @Max(100, says('Liczba całkowita od 1 do 100.', 'A whole number from 1 to 100.'))
  limit: number = 50

  @ApiPropertyOptional({ description: '`nextCursor` of the page before.' })
  @MayBeAbsent()
  @IsCursor()
  cursor?: string

  @ApiPropertyOptional({ description: 'What Goniec has done (postęp).', enum: PROGRESS })
  @MayBeAbsent()
  @IsIn(PROGRESS, says('Nieznany stan.', 'Unknown state.'))
  progress?: Progress

  @ApiPropertyOptional({ description: 'What is proven (stan prawny).', enum: LEGAL_STATUSES })
  @MayBeAbsent()
  @IsIn(LEGAL_STATUSES, says('Nieznany stan prawny.', 'Unknown legal status.'))
  legalStatus?: LegalStatusName

  @ApiPropertyOptional({ description: 'Sent from this address of yours (ADE nadawcy).' })
  @MayBeAbsent()
  @Length(1, 64, says('Od 1 do 64 znaków.', 'From 1 to 64 characters.'))
  senderAde?: string

  @ApiPropertyOptional({ description: 'Your mark of the case (znak sprawy), exactly.' })
  @MayBeAbsent()
  @Length(1, 128, says('Od 1 do 128 znaków.', 'From 1 to 128 characters.'))
  @IsCleanText('one', says('Niedozwolone znaki sterujące.', 'Control characters are not allowed.'))
  reference?: string

  @ApiPropertyOptional({ description: 'Taken in at this moment or later.', format: 'date-time' })
  @MayBeAbsent()
  @IsInstant()
  createdFrom?: string

  @ApiPropertyOptional({ description: 'Taken in before this moment.', format: 'date-time' })
  @MayBeAbsent()
  @IsInstant()
  createdTo?: string
}

/** The same as a body, where the addressee may be named too. */
export class LetterSearch extends LetterQuery {
  @ApiPropertyOptional({ description: 'Sent to this address (ADE adresata).', example: 'AE:PL-30000-40001-URZAD-23' })
  @MayBeAbsent()
  @Length(1, 64, says('Od 1 do 64 znaków.', 'From 1 to 64 characters.'))
  @Matches(/^[\x21-\x7e]+$/, says('To nie jest adres ADE.', 'This is not an ADE.'))
  addresseeAde?: string
}

/** The filter that the use case understands. */
export function filterOf({
  limit: _limit,
  cursor: _cursor,
  createdFrom,
  createdTo,
  ...equal
}: LetterSearch): LetterFilter {
  return {
    ...equal,
    ...(createdFrom ? { createdFrom: new Date(createdFrom) } : {}),
    ...(createdTo ? { createdTo: new Date(createdTo) } : {})
  }
}
