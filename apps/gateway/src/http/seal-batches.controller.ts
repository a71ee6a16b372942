import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  Sse,
  StreamableFile,
  type MessageEvent
} from '@nestjs/common'
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger'
import { RouteConfig } from '@nestjs/platform-fastify'
import type { FastifyReply } from 'fastify'
import { concatMap, distinctUntilChanged, from, map, takeWhile, timer, type Observable } from 'rxjs'
import type { Caller } from '#access'
import {
  AcceptBatch,
  CancelBatch,
  DecideBatch,
  ReadBatches,
  sealsProblems,
  type BatchView,
  type NewBatch
} from '#seals'
import { ApiProblems } from './api-problems.js'
import { CurrentCaller } from './caller.guard.js'
import { handOut } from './download.js'
import { gatewayProblems } from './gateway.errors.js'
import { jsonUpTo } from './http-adapter.js'
import { bodyOf, cursorOf, idInCursor, queryOf } from './request-validation.js'
import { SealBatchAnswer, SealBatchesAnswer, SealBatchItemsAnswer, SealBatchStateAnswer } from './seal-answers.dto.js'
import { BatchDecisionDto, MOST_ITEMS, NewSealBatchDto, type SealBatchItemDto } from './seal.dto.js'
import { BatchesQuery, BatchItemsQuery } from './seal-lists.dto.js'
import { IdOf } from './uuid-parameter.js'
import { zipOf } from './zip-download.js'

const batchId = new IdOf(sealsProblems['batch-not-found'])

/** How often progress is looked up for who watches, in milliseconds. */
const LOOK_EVERY = 500

/** Largest description of a batch, in bytes: each document with what is special about it. */
const LARGEST_BATCH = 400 * MOST_ITEMS

/** Seals thousands of documents at once. */
@ApiTags('seals')
@ApiBearerAuth()
@Controller('v1/seal-batches')
export class SealBatchesController {
  constructor(
    private readonly acceptBatch: AcceptBatch,
    private readonly decideBatch: DecideBatch,
    private readonly cancelBatch: CancelBatch,
    private readonly readBatches: ReadBatches
  ) {}

  @Post()
  @HttpCode(202)
  @RouteConfig(jsonUpTo(LARGEST_BATCH))
  @ApiOperation({
    summary: 'Hand in a batch of documents to be sealed (partia)',
    description:
      'Documents are uploaded first (POST /v1/documents?purpose=seal). Each has its own result; a document that cannot be ' +
      'sealed does not stop the others, and nothing is sealed twice, whatever happens to the machine meanwhile.'
  })
  @ApiHeader({ name: 'Idempotency-Key', required: true, schema: { type: 'string', minLength: 1, maxLength: 255 } })
  @ApiBody({ type: NewSealBatchDto })
  @ApiResponse({ status: 202, type: SealBatchStateAnswer })
  @ApiProblems(
    gatewayProblems['json-malformed'],
    gatewayProblems['body-invalid'],
    gatewayProblems['body-too-large'],
    sealsProblems['idempotency-key-missing'],
    sealsProblems['idempotency-key-reused'],
    sealsProblems['profile-unknown'],
    sealsProblems['batch-document-unknown']
  )
  async accept(
    @CurrentCaller() caller: Caller,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Body(bodyOf(NewSealBatchDto)) batch: NewSealBatchDto,
    @Res({ passthrough: true }) reply: FastifyReply
  ): Promise<SealBatchStateAnswer> {
    const { id, state, replayed } = await this.acceptBatch.execute(caller, idempotencyKey, newBatch(batch))
    if (replayed) reply.header('Idempotency-Replayed', 'true')
    reply.header('Location', `/v1/seal-batches/${id}`)
    return { id, state }
  }

  @Get()
  @ApiOperation({ summary: 'Batches that you may see, newest first' })
  @ApiResponse({ status: 200, type: SealBatchesAnswer })
  @ApiProblems(gatewayProblems['query-invalid'])
  async list(
    @CurrentCaller() caller: Caller,
    @Query(queryOf(BatchesQuery)) { limit, cursor, state }: BatchesQuery
  ): Promise<SealBatchesAnswer> {
    const { items, next } = await this.readBatches.list(caller, state, limit, cursor && idInCursor(cursor))
    return { items, ...(next ? { nextCursor: cursorOf(next) } : {}) }
  }

  @Get(':batchId')
  @ApiOperation({ summary: 'How a batch fares' })
  @ApiResponse({ status: 200, type: SealBatchAnswer })
  @ApiProblems(sealsProblems['batch-not-found'])
  async batch(@CurrentCaller() caller: Caller, @Param('batchId', batchId) id: string): Promise<SealBatchAnswer> {
    return this.readBatches.batch(caller, id)
  }

  @Get(':batchId/items')
  @ApiOperation({ summary: 'The result of each document, in order' })
  @ApiResponse({ status: 200, type: SealBatchItemsAnswer })
  @ApiProblems(sealsProblems['batch-not-found'], gatewayProblems['query-invalid'])
  async items(
    @CurrentCaller() caller: Caller,
    @Param('batchId', batchId) id: string,
    @Query(queryOf(BatchItemsQuery)) { after, limit }: BatchItemsQuery
  ): Promise<SealBatchItemsAnswer> {
    return { items: await this.readBatches.items(caller, id, after, limit) }
  }

  @Sse(':batchId/events')
  @ApiOperation({ summary: 'Progress as server-sent events: `progress` with the batch as data, until it is over' })
  @ApiProduces('text/event-stream')
  @ApiResponse({ status: 200, content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @ApiProblems(sealsProblems['batch-not-found'])
  async events(
    @CurrentCaller() caller: Caller,
    @Param('batchId', batchId) id: string
  ): Promise<Observable<MessageEvent>> {
    // the first look is awaited, so that a batch that is not there ends in a proper problem
    await this.readBatches.batch(caller, id)
    return timer(0, LOOK_EVERY).pipe(
      concatMap(() => from(this.readBatches.batch(caller, id))),
      distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
      takeWhile(isUnderWay, true),
      map(batch => ({ type: 'progress', data: batch }))
    )
  }

  @Get(':batchId/items/:position/content')
  @ApiOperation({ summary: 'One sealed document of a batch' })
  @ApiProduces('application/octet-stream')
  @ApiResponse({
    status: 200,
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
  })
  @ApiProblems(sealsProblems['batch-not-found'], sealsProblems['item-not-sealed'])
  async content(
    @CurrentCaller() caller: Caller,
    @Param('batchId', batchId) id: string,
    @Param('position') position: string,
    @Res({ passthrough: true }) reply: FastifyReply
  ): Promise<StreamableFile> {
    const found = await this.readBatches.content(caller, id, /^\d{1,6}$/.test(position) ? Number(position) : -1)
    return handOut({ ...found, sha256: found.sha256.toString('hex') }, reply)
  }

  @Get(':batchId/download')
  @ApiOperation({
    summary: 'All sealed documents of a finished batch as one ZIP',
    description:
      'Names are `<position>-<file name>`, so that equal names stay apart; documents that failed or were cancelled are not in it.'
  })
  @ApiProduces('application/zip')
  @ApiResponse({ status: 200, content: { 'application/zip': { schema: { type: 'string', format: 'binary' } } } })
  @ApiProblems(sealsProblems['batch-not-found'], sealsProblems['batch-not-finished'])
  async download(@CurrentCaller() caller: Caller, @Param('batchId', batchId) id: string): Promise<StreamableFile> {
    return new StreamableFile(await zipOf(this.readBatches, caller, id), {
      type: 'application/zip',
      disposition: `attachment; filename="${id}.zip"`
    })
  }

  @Post(':batchId/decision')
  @HttpCode(200)
  @ApiOperation({ summary: 'The second person approves or rejects a large batch' })
  @ApiBody({ type: BatchDecisionDto })
  @ApiResponse({ status: 200, type: SealBatchAnswer })
  @ApiProblems(
    gatewayProblems['body-invalid'],
    sealsProblems['batch-not-found'],
    sealsProblems['batch-needs-person'],
    sealsProblems['batch-needs-second-person'],
    sealsProblems['batch-decided']
  )
  async decide(
    @CurrentCaller() caller: Caller,
    @Param('batchId', batchId) id: string,
    @Body(bodyOf(BatchDecisionDto)) { decision }: BatchDecisionDto
  ): Promise<SealBatchAnswer> {
    await this.decideBatch.execute(caller, id, decision)
    return this.readBatches.batch(caller, id)
  }

  @Post(':batchId/cancellation')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancel a batch (anulowanie)',
    description:
      'By its author, or by who may approve. What is sealed, or being sealed at this moment, stays sealed and can be fetched; ' +
      'what waits ends as `cancelled`. Cancelling twice is the same as once.'
  })
  @ApiResponse({ status: 200, type: SealBatchAnswer })
  @ApiProblems(sealsProblems['batch-not-found'], sealsProblems['batch-not-yours'], sealsProblems['batch-over'])
  async cancel(@CurrentCaller() caller: Caller, @Param('batchId', batchId) id: string): Promise<SealBatchAnswer> {
    await this.cancelBatch.execute(caller, id)
    return this.readBatches.batch(caller, id)
  }
}

const isUnderWay = ({ state, finishedAt, toRaise }: BatchView): boolean =>
  state !== 'rejected' && (finishedAt === null || toRaise > 0)

function newBatch({ profile, items }: NewSealBatchDto): NewBatch {
  return { profile, items: items.map(item => ({ documentId: item.documentId, wish: wishOf(item) })) }
}

function wishOf({ format, level, field, reason, number, placement }: SealBatchItemDto) {
  const pdf = {
    ...(field === undefined ? {} : { field }),
    ...(reason === undefined ? {} : { reason }),
    ...(number === undefined ? {} : { number })
  }
  return {
    ...(format ? { format } : {}),
    ...(level ? { level } : {}),
    ...(placement ? { placement } : {}),
    ...(Object.keys(pdf).length > 0 ? { pdf } : {})
  }
}
