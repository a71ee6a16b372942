import { Controller, Headers, HttpCode, Post, Query, Req, Res } from '@nestjs/common'
import { RouteConfig } from '@nestjs/platform-fastify'
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
  getSchemaPath
} from '@nestjs/swagger'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '#access'
import { archiveProblems } from '#archive'
import { dispatchProblems } from '#dispatch'
import { letterProblems } from '#letter'
import { Refused } from '#platform'
import { renderReport, reportStyleSha256, sealingProblems, writeEtsiReport } from '#sealing'
import { ReceiveFile, ValidateFile } from '#seals'
import { ApiProblems } from './api-problems.js'
import { CurrentCaller } from './caller.guard.js'
import { gatewayProblems } from './gateway.errors.js'
import { STREAMED_BODY } from './http-adapter.js'
import { preferredLanguage } from './language.js'
import { PDF_PASSWORD, pdfPasswordIn } from './pdf-password.js'
import { queryOf } from './request-validation.js'
import { uploadOf } from './uploaded-body.js'
import { ValidationAnswer, ValidationQuery } from './validation.dto.js'

/** What a report page may do: show itself, in its own style. Much of what it says was said by a stranger. */
const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${reportStyleSha256}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** Validates signatures and seals, ours and others'. */
@ApiTags('seals')
@ApiBearerAuth()
@Controller('v1/validations')
export class ValidationsController {
  constructor(
    private readonly receiveFile: ReceiveFile,
    private readonly validateFile: ValidateFile
  ) {}

  @Post()
  @HttpCode(200)
  @RouteConfig(STREAMED_BODY)
  @ApiOperation({
    summary: 'Validate the signatures and seals of a file (sprawdź podpisy)',
    description:
      'Every signature and time stamp gets one of three values, TOTAL-PASSED, INDETERMINATE or TOTAL-FAILED (ETSI EN 319 102-1), ' +
      'with its sub-indication and the reasons. INDETERMINATE is not valid. By `Accept` the report is JSON, an ETSI ' +
      'TS 119 102-2 report (application/xml), or a page for people (text/html). This is a technical validation, not a ' +
      'qualified validation service.'
  })
  @ApiConsumes('application/octet-stream')
  @ApiExtraModels(ValidationAnswer)
  @ApiHeader(PDF_PASSWORD)
  @ApiBody({ schema: { type: 'string', contentMediaType: 'application/octet-stream' } as never })
  @ApiProduces('application/json', 'application/xml', 'text/html')
  @ApiResponse({
    status: 200,
    content: {
      'application/json': { schema: { $ref: getSchemaPath(ValidationAnswer) } },
      'application/xml': { schema: { type: 'string' } },
      'text/html': { schema: { type: 'string' } }
    }
  })
  @ApiProblems(
    dispatchProblems['length-missing'],
    dispatchProblems['upload-broken-off'],
    archiveProblems['too-large'],
    gatewayProblems['query-invalid'],
    gatewayProblems['request-malformed'],
    gatewayProblems['content-encoding-unsupported'],
    letterProblems['document-not-found'],
    sealingProblems['file-kind-unknown'],
    sealingProblems['office-signature-unread'],
    sealingProblems['pdf-password-needed'],
    sealingProblems['pdf-encrypted'],
    sealingProblems['too-much-work']
  )
  async validate(
    @CurrentCaller() caller: Caller,
    @Query(queryOf(ValidationQuery)) { original }: ValidationQuery,
    @Headers('goniec-pdf-password') password: string | undefined,
    @Headers('accept') accept: string | undefined,
    @Headers('accept-language') language: string | undefined,
    @Req() { headers, raw }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply
  ): Promise<object | string> {
    if (headers['content-length'] === undefined) throw new Refused(dispatchProblems['length-missing'])
    const pdfPassword = pdfPasswordIn(password)
    const file = await this.receiveFile.execute(uploadOf(raw), Number(headers['content-length']))
    try {
      const report = await this.validateFile.execute(caller, file.source, original, pdfPassword)
      const form = reportForm(accept)
      reply.type(`${form}; charset=utf-8`).header('Vary', 'Accept, Accept-Language')
      if (form === 'application/xml') return writeEtsiReport(report)
      if (form === 'application/json') return report
      reply.header('Content-Security-Policy', PAGE_POLICY)
      return renderReport(report, preferredLanguage(language))
    } finally {
      await file.close()
    }
  }
}

/** The first form that the caller names; browsers name HTML first. */
function reportForm(accept: string | undefined): 'application/json' | 'application/xml' | 'text/html' {
  const named = (accept ?? '').split(',').map(range => range.split(';')[0]!.trim().toLowerCase())
  const known = ['application/json', 'application/xml', 'text/html'] as const
  return named.flatMap(name => known.find(form => form === name) ?? [])[0] ?? 'application/json'
}
