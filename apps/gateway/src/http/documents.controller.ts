import { Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common'
import { RouteConfig } from '@nestjs/platform-fastify'
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger'
import { PassThrough, type Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '#access'
import { dispatchProblems, ReadLetters, UploadDocument } from '#dispatch'
import { letterProblems } from '#letter'
import { Refused } from '#platform'
import { DocumentAnswer } from './answers.dto.js'
import { ApiProblems } from './api-problems.js'
import { CurrentCaller } from './caller.guard.js'
import { parseFileName } from './content-disposition.js'
import { parseSha256 } from './content-digest.js'
import { gatewayProblems } from './gateway.errors.js'
import { STREAMED_BODY } from './http-adapter.js'
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
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply
  ): Promise<DocumentAnswer> {
    const { headers, raw } = request
    if (headers['content-length'] === undefined) throw new Refused(dispatchProblems['length-missing'])
    const announced = {
      declaredSize: Number(headers['content-length']),
      declaredSha256: sha256Of(headers['content-digest']),
      fileName: fileNameOf(headers['content-disposition']),
      mediaType: mediaTypeOf(headers['content-type'])
    }
    const body = bodyOf(raw)
    try {
      const { id, fileName, mediaType, size, sha256 } = await this.uploadDocument.execute(caller, {
        ...announced,
        body
      })
      reply.header('Location', `/v1/documents/${id}`)
      return { id, fileName, mediaType, size, sha256: sha256.toString('hex') }
    } finally {
      body.destroy()
    }
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
}

function sha256Of(header: string | string[] | undefined): Buffer {
  if (header === undefined) throw new Refused(dispatchProblems['digest-missing'])
  const sha256 = parseSha256(String(header))
  if (!sha256) throw new Refused(gatewayProblems['digest-malformed'])
  return sha256
}

function fileNameOf(header: string | undefined): string {
  if (header === undefined) throw new Refused(dispatchProblems['file-name-missing'])
  const fileName = parseFileName(header)
  if (fileName === undefined) throw new Refused(gatewayProblems['file-name-malformed'])
  return fileName
}

/** Type and subtype only, in lower case (RFC 9110, 8.3.1); anything odd is just bytes. */
function mediaTypeOf(header: string | undefined): string {
  const found = /^[ \t]*([\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64})[ \t]*(;|$)/.exec(header ?? '')
  return found?.[1]?.toLowerCase() ?? 'application/octet-stream'
}

/**
 * The body as a stream that tells a broken-off upload from trouble of our own: Node reports it with the same error
 * code as a lost connection to the database. Once it is closed, whatever was not read is read away, so that it does not
 * stand in the way of the next request on this connection; destroying the request instead would take the answer along.
 */
function bodyOf(raw: FastifyRequest['raw']): Readable {
  const body = new PassThrough()
  const breakOff = (cause?: Error) => body.destroy(new Refused(dispatchProblems['upload-broken-off'], {}, { cause }))
  // whoever reads hears of it too; without this, a break before anybody reads would end the process
  body.on('error', () => undefined)
  raw.once('error', breakOff)
  const gone = () => {
    if (!body.writableEnded) breakOff()
  }
  raw.once('close', gone)
  // the caller may have left while it was found out who they are
  if (raw.destroyed) gone()
  body.once('close', () => {
    raw.unpipe(body)
    raw.resume()
  })
  return raw.pipe(body)
}
