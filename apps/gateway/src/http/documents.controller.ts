import { Controller, Get, HttpCode, Param, Post, Query, Req, Res, type StreamableFile } from '@nestjs/common'
import { RouteConfig } from '@nestjs/platform-fastify'
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags
} from '@nestjs/swagger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '#access'
import { dispatchProblems, ReadLetters, UploadDocument } from '#dispatch'
import { letterProblems } from '#letter'
import { Refused } from '#platform'
import { DocumentAnswer } from './answers.dto.js'
import { ApiProblems } from './api-problems.js'
import { CurrentCaller } from './caller.guard.js'
import { gatewayProblems } from './gateway.errors.js'
import { handOut } from './download.js'
import { STREAMED_BODY } from './http-adapter.js'
import { queryOf } from './request-validation.js'
import { UploadQuery } from './upload.dto.js'
import { fileNameOf, mediaTypeOf, sha256Of, uploadOf } from './uploaded-body.js'
import { IdOf } from './uuid-parameter.js'

const documentId = new IdOf(letterProblems['document-not-found'])

/** Takes documents in, one per request, before the letters that hold them. */
@ApiTags('documents')
@ApiBearerAuth()
@Controller('v1/documents')
export class DocumentsController {
  constructor(
    private readonly uploadDocument: UploadDocument,
    private readonly readLetters: ReadLetters
  ) {}

  @Post()
  @HttpCode(201)
  @RouteConfig(STREAMED_BODY)
  @ApiOperation({
    summary: 'Upload a document (dokument)',
    description:
      'The body is the document itself, whatever its type. Its length and SHA-256 are announced in headers; what ' +
      'arrives must be what was announced, or nothing is kept. An uploaded document belongs to no letter until ' +
      'POST /v1/letters names it.'
  })
  @ApiConsumes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', contentMediaType: 'application/octet-stream' } as never })
  @ApiHeader({
    name: 'Content-Length',
    required: true,
    description: 'Bytes of the document.',
    schema: { type: 'integer' }
  })
  @ApiHeader({
    name: 'Content-Digest',
    required: true,
    description: 'SHA-256 of the document (RFC 9530).',
    schema: { type: 'string', example: 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:' }
  })
  @ApiHeader({
    name: 'Content-Disposition',
    required: true,
    description: "File name (RFC 6266); letters outside ASCII as `filename*=UTF-8''…` (RFC 8187).",
    schema: { type: 'string', example: "attachment; filename*=UTF-8''decyzja.pdf" }
  })
  @ApiResponse({
    status: 201,
    type: DocumentAnswer,
    headers: { Location: { description: 'URI of the document.', schema: { type: 'string', format: 'uri-reference' } } }
  })
  @ApiProblems(
    dispatchProblems['length-missing'],
    dispatchProblems['digest-missing'],
    dispatchProblems['file-name-missing'],
    dispatchProblems['upload-broken-off'],
    gatewayProblems['digest-malformed'],
    gatewayProblems['file-name-malformed'],
    gatewayProblems['content-encoding-unsupported']
  )
  async upload(
    @CurrentCaller() caller: Caller,
    @Query(queryOf(UploadQuery)) { purpose }: UploadQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply
  ): Promise<DocumentAnswer> {
    const { headers, raw } = request
    if (headers['content-length'] === undefined) throw new Refused(dispatchProblems['length-missing'])
    const announced = {
      declaredSize: Number(headers['content-length']),
      declaredSha256: sha256Of(headers['content-digest']),
      fileName: fileNameOf(headers['content-disposition']),
      mediaType: mediaTypeOf(headers['content-type']),
      purpose
    }
    const { id, fileName, mediaType, size, sha256 } = await this.uploadDocument.execute(caller, {
      ...announced,
      body: uploadOf(raw)
    })
    reply.header('Location', `/v1/documents/${id}`)
    return { id, fileName, mediaType, size, sha256: sha256.toString('hex') }
  }

  @Get(':documentId')
  @ApiOperation({ summary: 'What is known of an uploaded document' })
  @ApiResponse({ status: 200, type: DocumentAnswer })
  @ApiProblems(letterProblems['document-not-found'])
  async document(
    @CurrentCaller() caller: Caller,
    @Param('documentId', documentId) id: string
  ): Promise<DocumentAnswer> {
    return this.readLetters.document(caller, id)
  }

  @Get(':documentId/content')
  @ApiOperation({ summary: 'The exact bytes of a document' })
  @ApiProduces('application/octet-stream')
  @ApiResponse({
    status: 200,
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
  })
  @ApiProblems(letterProblems['document-not-found'])
  async content(
    @CurrentCaller() caller: Caller,
    @Param('documentId', documentId) id: string,
    @Res({ passthrough: true }) reply: FastifyReply
  ): Promise<StreamableFile> {
    return handOut(await this.readLetters.documentContent(caller, id), reply)
  }
}
