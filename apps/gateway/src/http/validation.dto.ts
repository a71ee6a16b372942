import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger'
import { Transform } from 'class-transformer'
import { ArrayMaxSize, IsUUID } from 'class-validator'
import { sealFormats, sealLevels } from '#sealing'
import { says } from './request-validation.js'

/** Query of POST /v1/validations. */
export class ValidationQuery {
  @ApiPropertyOptional({
    description: 'Uploaded documents that a detached signature speaks of; may be given several times.',
    type: [String],
    format: 'uuid'
  })
  @Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? value : value === undefined ? [] : [value]))
  @ArrayMaxSize(100, says('Najwyżej 100 dokumentów.', 'At most 100 documents.'))
  @IsUUID(undefined, says('Identyfikatory dokumentów (UUID).', 'Ids of documents (UUID).', { each: true }))
  original: string[] = []
}

const list = { type: 'array', items: { type: 'object', additionalProperties: true } } as const

/** One signature or seal. */
export class SignatureVerdict {
  @ApiProperty() id!: string
  @ApiProperty({ enum: sealFormats }) format!: string
  @ApiProperty({ enum: ['TOTAL-PASSED', 'INDETERMINATE', 'TOTAL-FAILED'] }) indication!: string
  @ApiPropertyOptional({ description: 'By ETSI EN 319 102-1, such as `HASH_FAILURE`.' }) subIndication?: string
  @ApiProperty({ ...list, description: 'Why: `code`, `pl`, `en`, `facts`.' }) reasons!: object[]
  @ApiProperty(list) warnings!: object[]
  @ApiProperty({ type: String, enum: sealLevels, nullable: true, description: 'null: no baseline signature.' })
  level!: string | null
  @ApiPropertyOptional({ format: 'date-time', description: 'What the signer says; no proof.' })
  claimedSigningTime?: string
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'The earliest time at which it is proven to have existed, and by what.'
  })
  bestSignatureTime!: object
  @ApiProperty({ ...list, description: 'From the signing certificate to the trust anchor.' }) chain!: object[]
  @ApiProperty(list) revocation!: object[]
  @ApiProperty(list) timestamps!: object[]
  @ApiProperty({ ...list, description: 'What of the file is signed.' }) scopes!: object[]
  @ApiProperty({ ...list, description: 'What was changed after signing.' }) laterChanges!: object[]
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'By trusted lists.' })
  qualification?: object
}

/** The main parts of a validation report; see `libs/sealing/src/validation/report.ts` for all of it. */
export class ValidationAnswer {
  @ApiProperty({ format: 'date-time' }) validationTime!: string
  @ApiProperty() policy!: string
  @ApiProperty({ type: [SignatureVerdict] }) signatures!: SignatureVerdict[]
  @ApiProperty({ ...list, description: 'Time stamps that belong to no signature.' }) timestamps!: object[]
  @ApiProperty({
    type: 'integer',
    description:
      'Signatures and time stamps that were too many to be judged; above 0 the file is at best INDETERMINATE.'
  })
  notJudged!: number
  @ApiProperty(list) trustedLists!: object[]
}
