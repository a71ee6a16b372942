import { Controller, Get, Headers, HttpStatus, Param, Post, Query, Req, Res, StreamableFile } from '@nestjs/common'
import { RouteConfig } from '@nestjs/platform-fastify'
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '#access'
import { dispatchProblems } from '#dispatch'
import { letterProblems } from '#letter'
import { Refused } from '#platform'
import { openLocalCopy, pieces, sealingProblems } from '#sealing'
import { MakeSeal, RaiseSeal, SealKeptDocument, sealsProblems, type MadeSeal } from '#seals'
import { ApiProblems } from './api-problems.js'
import { CurrentCaller } from './caller.guard.js'
import { attachment } from './content-disposition.js'
import { contentDigest } from './content-digest.js'
import { gatewayProblems } from './gateway.errors.js'
import { STREAMED_BODY } from './http-adapter.js'
import { queryOf } from './request-validation.js'
import { KeptSealAnswer, RaiseAnswer, SealQuery } from './seal.dto.js'
import { bodyOf, fileNameOf, mediaTypeOf } from './uploaded-body.js'
import { IdOf } from './uuid-parameter.js'

const sealId = new IdOf(sealsProblems['seal-not-found'])

/** Seals one document while the caller waits. */
@ApiTags('seals')
@ApiBearerAuth()
@Controller('v1/seals')
export class SealsController {
  constructor(
    private readonly makeSeal: MakeSeal,
    private readonly sealKeptDocument: SealKeptDocument,
    private readonly raiseSeal: RaiseSeal
  ) {}

  @Post()
  @RouteConfig(STREAMED_BODY)
  @ApiOperation({
    summary: 'Seal a document (opieczętuj dokument)',
    description:
      'The body is the document; the answer is the sealed file. With `documentId` an uploaded document is sealed ' +
      'instead, kept, and named in a JSON answer (201). Detached kinds of seal answer with the signature alone.'
  })
  @ApiConsumes('application/octet-stream')
  @ApiBody({ required: false, schema: { type: 'string', contentMediaType: 'application/octet-stream' } as never })
  @ApiHeader({ name: 'Content-Length', description: 'Bytes of the document.', schema: { type: 'integer' } })
  @ApiHeader({ name: 'Content-Disposition', description: 'File name (RFC 6266).', schema: { type: 'string' } })
  @ApiHeader({
    name: 'Goniec-Pdf-Password',
    description: 'Opens an encrypted PDF: its password, percent-encoded UTF-8. Used for this seal and not kept.',
    schema: { type: 'string' }
  })
  @ApiResponse({
    status: 200,
    description: 'The sealed file.',
    headers: {
      'Content-Digest': { description: 'SHA-256 (RFC 9530).', schema: { type: 'string' } },
      'Goniec-Seal-Id': { description: 'Id of the use in the record.', schema: { type: 'string', format: 'uuid' } },
      'Goniec-Seal-Format': { description: 'Kind of seal.', schema: { type: 'string' } },
      'Goniec-Seal-Level': { description: 'Level reached.', schema: { type: 'string' } },
      'Goniec-Raise-To': {
        description: 'Level still to be reached; see GET /v1/seals/{id}.',
        schema: { type: 'string' }
      }
    },
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
  })
  @ApiResponse({ status: 201, type: KeptSealAnswer })
  @ApiProblems(
    gatewayProblems['query-invalid'],
    gatewayProblems['file-name-malformed'],
    dispatchProblems['length-missing'],
    dispatchProblems['file-name-missing'],
    letterProblems['document-not-found'],
    sealsProblems['profile-unknown'],
    sealsProblems['limit-reached'],
    sealingProblems['pdf-broken'],
    sealingProblems['pdf-changes-forbidden'],
    sealingProblems['timestamp-unavailable'],
    sealingProblems['too-much-work']
  )
  async seal(
    @CurrentCaller() caller: Caller,
    @Query(queryOf(SealQuery)) query: SealQuery,
    @Headers('goniec-pdf-password') password: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply
  ): Promise<StreamableFile | KeptSealAnswer> {
    const wanted = { profile: query.profile, ...wishOf(query, password) }
    if (query.documentId !== undefined) {
      const { made, sealed } = await this.sealKeptDocument.execute(caller, query.documentId, wanted)
      describe(reply.code(HttpStatus.CREATED), made)
      const { format, level, signingTime, timestamp } = made.outcome
      return {
        id: made.id,
        documentId: sealed.id,
        fileName: sealed.fileName,
        format,
        level,
        signingTime: signingTime.toISOString(),
        timestampTime: timestamp?.genTime.toISOString() ?? null
      }
    }
    return this.sealBody(caller, wanted, request, reply)
  }

  @Get(':sealId')
  @ApiOperation({ summary: 'How a seal fares that was made while a time-stamp or revocation service was away' })
  @ApiResponse({ status: 200, type: RaiseAnswer })
  @ApiProblems(sealsProblems['seal-not-found'])
  async raise(@CurrentCaller() caller: Caller, @Param('sealId', sealId) id: string): Promise<RaiseAnswer> {
    return this.raiseSeal.view(caller, id)
  }

  private async sealBody(
    caller: Caller,
    wanted: Omit<Parameters<MakeSeal['execute']>[1], 'document'>,
    { headers, raw }: FastifyRequest,
    reply: FastifyReply
  ): Promise<StreamableFile> {
    if (headers['content-length'] === undefined) throw new Refused(dispatchProblems['length-missing'])
    const size = Number(headers['content-length'])
    const [fileName, mediaType] = [fileNameOf(headers['content-disposition']), mediaTypeOf(headers['content-type'])]
    const body = bodyOf(raw)
    const copy = await openLocalCopy(body, size).finally(() => body.destroy())
    try {
      const made = await this.makeSeal.execute(caller, {
        ...wanted,
        document: { fileName, mediaType, source: copy.source }
      })
      const { sealed } = made.outcome
      describe(reply.code(HttpStatus.OK), made)
      reply.headers({
        'Content-Digest': contentDigest(made.sha256.toString('hex')),
        'Content-Security-Policy': "default-src 'none'; sandbox",
        'X-Content-Type-Options': 'nosniff'
      })
      const stream = Readable.from(pieces(sealed.source))
      stream.once('close', () => void copy.close())
      return new StreamableFile(stream, {
        type: sealed.mediaType,
        disposition: attachment(sealed.fileName),
        length: sealed.source.size
      })
    } catch (error) {
      await copy.close()
      throw error
    }
  }
}

function wishOf({ format, level, field, reason, page, corner }: SealQuery, password: string | undefined) {
  const pdf = {
    ...(field === undefined ? {} : { field }),
    ...(reason === undefined ? {} : { reason }),
    ...(password === undefined ? {} : { password: decoded(password) })
  }
  const placement =
    page === undefined && corner === undefined
      ? undefined
      : { ...(page === undefined ? {} : { page }), ...(corner === undefined ? {} : { corner }) }
  return { format, level, pdf, ...(placement ? { placement } : {}) }
}

function decoded(password: string): string {
  try {
    return decodeURIComponent(password)
  } catch {
    throw new Refused(gatewayProblems['request-malformed'])
  }
}

function describe(reply: FastifyReply, { id, outcome }: MadeSeal): void {
  reply.headers({ 'Goniec-Seal-Id': id, 'Goniec-Seal-Format': outcome.format, 'Goniec-Seal-Level': outcome.level })
  if (outcome.raiseLater) reply.header('Goniec-Raise-To', outcome.raiseLater.to)
}
