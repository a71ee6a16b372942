import { Controller, Get, Query } from '@nestjs/common'
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger'
import type { Caller } from '#access'
import { ReadSeals } from '#seals'
import { ApiProblems } from './api-problems.js'
import { CurrentCaller } from './caller.guard.js'
import { gatewayProblems } from './gateway.errors.js'
import { cursorOf, idInCursor, queryOf } from './request-validation.js'
import { SealUsesAnswer } from './seal-answers.dto.js'
import { SealUsesQuery } from './seal-lists.dto.js'

/** The record of uses, for auditors. */
@ApiTags('seals')
@ApiBearerAuth()
@Controller('v1/seal-uses')
export class SealUsesController {
  constructor(private readonly readSeals: ReadSeals) {}

  @Get()
  @ApiOperation({
    summary: 'The record of every use of a seal, newest first (rejestr użyć pieczęci)',
    description:
      'Each use is written down before the key is asked and completed afterwards; nothing in it can be changed or deleted.'
  })
  @ApiResponse({ status: 200, type: SealUsesAnswer })
  @ApiProblems(gatewayProblems['query-invalid'])
  async uses(
    @CurrentCaller() caller: Caller,
    @Query(queryOf(SealUsesQuery)) { limit, cursor, profile, sha256, from, to }: SealUsesQuery
  ): Promise<SealUsesAnswer> {
    const filter = {
      profile,
      sha256: sha256 === undefined ? undefined : Buffer.from(sha256, 'hex'),
      from: from === undefined ? undefined : new Date(from),
      to: to === undefined ? undefined : new Date(to)
    }
    const { items, next } = await this.readSeals.uses(caller, filter, limit, cursor && idInCursor(cursor))
    return { items, ...(next ? { nextCursor: cursorOf(next) } : {}) }
  }
}
