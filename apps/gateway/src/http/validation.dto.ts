import { ApiPropertyOptional } from '@nestjs/swagger'
import { Transform } from 'class-transformer'
import { ArrayMaxSize, IsUUID } from 'class-validator'
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
