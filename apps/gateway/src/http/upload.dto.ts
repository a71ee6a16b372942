import { ApiPropertyOptional } from '@nestjs/swagger'
import { IsIn } from 'class-validator'
import { says } from './request-validation.js'

/** Query of POST /v1/documents. */
export class UploadQuery {
  @ApiPropertyOptional({
    description: '`letter`: to be sent, so that name and structure are checked; `seal`: only to be sealed.',
    enum: ['letter', 'seal'],
    default: 'letter'
  })
  @IsIn(['letter', 'seal'], says('letter albo seal.', 'letter or seal.'))
  purpose: 'letter' | 'seal' = 'letter'
}
