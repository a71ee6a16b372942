import { Controller, Get, Headers, HttpStatus, Param, Post, Query, Req, Res, StreamableFile } from '@nestjs/common'
import { RouteConfig } from '@nestjs/platform-fastify'
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '#access'
import { archiveProblems } from '#archive'
import { dispatchProblems } from '#dispatch'
import { letterProblems } from '#letter'
import { Refused } from '#platform'
import { IN_MEMORY, pieces, readAll, sealingProblems } from '#sealing'
import { MakeSeal, ReadSeals, ReceiveFile, SealKeptDocument, sealsProblems, type MadeSeal } from '#seals'
import { ApiProblems } from './api-problems.js'
import { CurrentCaller } from './caller.guard.js'
import { attachment } from './content-disposition.js'
import { contentDigest } from './content-digest.js'
import { gatewayProblems } from './gateway.errors.js'
import { STREAMED_BODY } from './http-adapter.js'
import { PDF_PASSWORD, pdfPasswordIn } from './pdf-password.js'
import { InvalidRequest } from './problem-document.js'
import { queryOf } from './request-validation.js'
import { KeptSealAnswer, SealUseAnswer } from './seal-answers.dto.js'
import { isPlacement, SealQuery } from './seal.dto.js'
import { fileNameOf, mediaTypeOf, sha256Of, uploadOf } from './uploaded-body.js'
import { IdOf } from './uuid-parameter.js'

const sealId = new IdOf(sealsProblems['seal-not-found'])

/** Seals one document while the caller waits. */
@ApiTags('seals')
@ApiBearerAuth()
@Controller('v1/seals')
export class SealsController {
  constructor(
    private readonly receiveFile: ReceiveFile,
    private readonly makeSeal: MakeSeal,
    private readonly sealKeptDocument: SealKeptDocument,
    private readonly readSeals: ReadSeals
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
  @ApiHeader({
    name: 'Content-Digest',
    description: 'SHA-256 of the document (RFC 9530), if it is to be checked.',
    schema: { type: 'string' }
  })
  @ApiHeader({ name: 'Content-Disposition', description: 'File name (RFC 6266).', schema: { type: 'string' } })
  @ApiHeader(PDF_PASSWORD)
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
    gatewayProblems['request-malformed'],
    gatewayProblems['digest-malformed'],
    gatewayProblems['file-name-malformed'],
    gatewayProblems['content-encoding-unsupported'],
    dispatchProblems['length-missing'],
    dispatchProblems['file-name-missing'],
    dispatchProblems['upload-broken-off'],
    archiveProblems['too-large'],
    archiveProblems['digest-mismatch'],
    letterProblems['document-not-found'],
    sealsProblems['profile-unknown'],
    sealsProblems['limit-reached'],
    sealingProblems['pdf-broken'],
    sealingProblems['pdf-changes-forbidden'],
    sealingProblems['pdf-password-needed'],
    sealingProblems['pdf-field-missing'],
    sealingProblems['xml-not-well-formed'],
    sealingProblems['xml-doctype'],
    sealingProblems['certificate-revoked'],
    sealingProblems['key-pin-refused'],
    sealingProblems['key-refused'],
    sealingProblems['key-answer-wrong'],
    sealingProblems['key-unavailable'],
    sealingProblems['timestamp-unavailable'],
    sealingProblems['too-much-work']
  )
  async seal(
    @CurrentCaller() caller: Caller,
    @Query(queryOf(SealQuery)) query: SealQuery,
    @Headers('goniec-pdf-password') password: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply
  ): Promise<StreamableFile | Buffer | KeptSealAnswer> {
    const wanted = { profile: query.profile, ...wishOf(query, pdfPasswordIn(password)) }
    if (query.documentId === undefined) return this.sealBody(caller, wanted, request, reply)
    const made = await this.sealKeptDocument.execute(caller, query.documentId, wanted)
    describe(reply.code(HttpStatus.CREATED), made)
    const { format, level, signingTime, timestamp, raiseLater } = made.outcome
    return {
      id: made.id,
      documentId: made.sealed.id,
      fileName: made.sealed.fileName,
      format,
      level,
      raiseTo: raiseLater?.to ?? null,
      signingTime: signingTime.toISOString(),
      timestampTime: timestamp?.genTime.toISOString() ?? null
    }
  }

  @Get(':sealId')
  @ApiOperation({
    summary: 'A seal, by the id that its answer gave',
    description:
      'Of a seal that was made while a time-stamp or revocation service was away: whether it was raised meanwhile, and as ' +
      'which document (GET /v1/documents/{documentId}/content).'
  })
  @ApiResponse({ status: 200, type: SealUseAnswer })
  @ApiProblems(sealsProblems['seal-not-found'])
  async find(@CurrentCaller() caller: Caller, @Param('sealId', sealId) id: string): Promise<SealUseAnswer> {
    return this.readSeals.seal(caller, id)
  }

  private async sealBody(
    caller: Caller,
    wanted: Omit<Parameters<MakeSeal['execute']>[1], 'document' | 'sha256'>,
    { headers, raw }: FastifyRequest,
    reply: FastifyReply
  ): Promise<StreamableFile | Buffer> {
    if (headers['content-length'] === undefined) throw new Refused(dispatchProblems['length-missing'])
    const [fileName, mediaType] = [fileNameOf(headers['content-disposition']), mediaTypeOf(headers['content-type'])]
    const declared = headers['content-digest'] === undefined ? undefined : sha256Of(headers['content-digest'])
    const file = await this.receiveFile.execute(uploadOf(raw), Number(headers['content-length']), declared)
    try {
      const document = { fileName, mediaType, source: file.source, hashes: file.hashes }
      const made = await this.makeSeal.execute(caller, { ...wanted, document, sha256: file.sha256 })
      const { sealed } = made.outcome
      describe(reply.code(HttpStatus.OK), made)
      reply.headers({
        'Content-Type': sealed.mediaType,
        'Content-Disposition': attachment(sealed.fileName),
        'Content-Digest': contentDigest(made.sha256.toString('hex')),
        'Content-Security-Policy': "default-src 'none'; sandbox",
        'X-Content-Type-Options': 'nosniff'
      })
      // what may be held in memory is sent in one piece: a stream costs more than the sealing
      if (sealed.source.size <= IN_MEMORY) {
        const bytes = readAll(sealed.source)
        await file.close()
        return bytes
      }
      const stream = Readable.from(pieces(sealed.source))
      stream.once('close', () => void file.close())
      return new StreamableFile(stream, { length: sealed.source.size })
    } catch (error) {
      await file.close()
      throw error
    }
  }
}

function wishOf({ format, level, field, reason, number, ...place }: SealQuery, password: string | undefined) {
  const placement = placementOf(place)
  const pdf = present({ field, reason, number, password })
  return { ...present({ format, level, placement }), pdf }
}

/** @throws InvalidRequest for a place that is none, such as a corner and coordinates together */
function placementOf({ page, corner, x, y }: Pick<SealQuery, 'page' | 'corner' | 'x' | 'y'>): object | undefined {
  const placement = present({ page, corner, x, y })
  if (Object.keys(placement).length === 0) return undefined
  if (isPlacement(placement)) return placement
  const wrong = { pl: 'Niezgodne opisy miejsca pieczęci.', en: 'The places given for the seal contradict each other.' }
  throw new InvalidRequest(
    gatewayProblems['query-invalid'],
    Object.keys(placement).map(parameter => ({ parameter, ...wrong }))
  )
}

/** Without what is undefined. */
function present<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>
}

function describe(reply: FastifyReply, { id, outcome }: MadeSeal): void {
  reply.headers({ 'Goniec-Seal-Id': id, 'Goniec-Seal-Format': outcome.format, 'Goniec-Seal-Level': outcome.level })
  if (outcome.raiseLater) reply.header('Goniec-Raise-To', outcome.raiseLater.to)
}
