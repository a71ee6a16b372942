import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common'
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { accessProblems, type Caller } from '#access'
import { AcceptLetter, CancelLetter, dispatchProblems, ReadLetters } from '#dispatch'
import { letterProblems } from '#letter'
import { LetterAnswer, LetterPageAnswer, LetterStateAnswer, TimelineAnswer } from './answers.dto.js'
import { ApiProblems } from './api-problems.js'
import { CurrentCaller } from './caller.guard.js'
import { gatewayProblems } from './gateway.errors.js'
import { filterOf, LetterQuery, LetterSearch } from './letter-search.dto.js'
import { NewLetterDto } from './new-letter.dto.js'
import { bodyOf, queryOf } from './request-validation.js'
import { IdOf } from './uuid-parameter.js'

const letterId = new IdOf(letterProblems['not-found'])

/** Letters: hand one in, see how it fares, take it back while it is still here. */
@ApiTags('letters')
@ApiBearerAuth()
@Controller('v1/letters')
export class LettersController {
  constructor(
    private readonly acceptLetter: AcceptLetter,
    private readonly cancelLetter: CancelLetter,
    private readonly readLetters: ReadLetters
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Hand a letter in (przesyłka)',
    description:
      'Accepted means kept safely and taken care of; it does not mean dispatched (nadana): that is proven by evidence ' +
      'A.1 only. The same Idempotency-Key with the same content gives the same answer, byte for byte, for ever.'
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    description: 'Chosen by you, 1–255 characters, one per letter.',
    schema: { type: 'string', minLength: 1, maxLength: 255, example: 'ezd-2026-000123' }
  })
  @ApiBody({ type: NewLetterDto })
  @ApiResponse({
    status: 202,
    type: LetterStateAnswer,
    headers: {
      Location: { description: 'URI of the letter.', schema: { type: 'string', format: 'uri-reference' } },
      'Idempotency-Replayed': {
        description: '`true` when this key was answered before; nothing new was made.',
        schema: { type: 'string', enum: ['true'] }
      }
    }
  })
  @ApiProblems(
    gatewayProblems['json-malformed'],
    gatewayProblems['body-invalid'],
    gatewayProblems['body-too-large'],
    gatewayProblems['media-type-unsupported'],
    dispatchProblems['idempotency-key-missing'],
    dispatchProblems['idempotency-key-reused'],
    dispatchProblems['idempotency-key-in-flight'],
    dispatchProblems['documents-repeated'],
    dispatchProblems['document-unknown'],
    dispatchProblems['addressee-unclear'],
    accessProblems['sender-address-not-yours']
  )
  async accept(
    @CurrentCaller() caller: Caller,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Body(bodyOf(NewLetterDto)) letter: NewLetterDto,
    @Res() reply: FastifyReply
  ): Promise<void> {
    const { letterId: id, response, replayed } = await this.acceptLetter.execute(caller, idempotencyKey, letter)
    if (replayed) reply.header('Idempotency-Replayed', 'true')
    // sent as bytes: a serialiser might write the same JSON another way
    reply
      .code(202)
      .header('Location', `/v1/letters/${id}`)
      .type('application/json; charset=utf-8')
      .send(Buffer.from(response))
  }

  @Get()
  @ApiOperation({ summary: 'List letters, newest first' })
  @ApiResponse({ status: 200, type: LetterPageAnswer })
  @ApiProblems(gatewayProblems['query-invalid'])
  async list(
    @CurrentCaller() caller: Caller,
    @Query(queryOf(LetterQuery)) query: LetterQuery
  ): Promise<LetterPageAnswer> {
    return this.readLetters.list(caller, filterOf(query), query.limit, query.cursor)
  }

  @Post('search')
  @HttpCode(200)
  @ApiOperation({
    summary: 'List letters, newest first, also by addressee',
    description: 'The same list; the criteria travel in the body, because URLs are written down along the way.'
  })
  @ApiBody({ type: LetterSearch })
  @ApiResponse({ status: 200, type: LetterPageAnswer })
  @ApiProblems(gatewayProblems['json-malformed'], gatewayProblems['body-invalid'])
  async search(
    @CurrentCaller() caller: Caller,
    @Body(bodyOf(LetterSearch)) search: LetterSearch
  ): Promise<LetterPageAnswer> {
    return this.readLetters.list(caller, filterOf(search), search.limit, search.cursor)
  }

  @Get(':letterId')
  @ApiOperation({ summary: 'One letter' })
  @ApiResponse({ status: 200, type: LetterAnswer })
  @ApiProblems(letterProblems['not-found'])
  async letter(@CurrentCaller() caller: Caller, @Param('letterId', letterId) id: string): Promise<LetterAnswer> {
    return this.readLetters.letter(caller, id)
  }

  @Post(':letterId/cancellation')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancel a letter (anulowanie)',
    description: 'Possible only while it is certain that the letter has not left. Cancelling twice is the same as once.'
  })
  @ApiResponse({ status: 200, type: LetterStateAnswer })
  @ApiProblems(letterProblems['not-found'], dispatchProblems['cannot-be-cancelled'])
  async cancel(@CurrentCaller() caller: Caller, @Param('letterId', letterId) id: string): Promise<LetterStateAnswer> {
    const { progress, legalStatus } = await this.cancelLetter.execute(caller, id)
    return { id, progress, legalStatus }
  }

  @Get(':letterId/timeline')
  @ApiOperation({ summary: 'Everything that happened to a letter', description: 'In the order of writing down.' })
  @ApiResponse({ status: 200, type: TimelineAnswer })
  @ApiProblems(letterProblems['not-found'])
  async timeline(@CurrentCaller() caller: Caller, @Param('letterId', letterId) id: string): Promise<TimelineAnswer> {
    return { items: await this.readLetters.timeline(caller, id) }
  }
}
