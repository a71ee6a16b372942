import { Controller, Get, Param, Res, type StreamableFile } from '@nestjs/common'
import { ApiBearerAuth, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import type { Caller } from '#access'
import { ReadLetters } from '#dispatch'
import { letterProblems } from '#letter'
import { EvidenceListAnswer } from './answers.dto.js'
import { ApiProblems } from './api-problems.js'
import { CurrentCaller } from './caller.guard.js'
import { handOut } from './download.js'
import { IdOf } from './uuid-parameter.js'

const letterId = new IdOf(letterProblems['not-found'])
const evidenceId = new IdOf(letterProblems['evidence-not-found'])
const documentId = new IdOf(letterProblems['document-not-found'])

const bytes = {
  status: 200,
  description: 'The bytes, exactly as kept.',
  headers: {
    'Content-Digest': { description: 'SHA-256 (RFC 9530).', schema: { type: 'string' as const } },
    'Content-Disposition': { description: 'attachment, with the file name.', schema: { type: 'string' as const } }
  },
  content: { 'application/octet-stream': { schema: { type: 'string' as const, format: 'binary' } } }
}

/** What belongs to a letter: evidence and papers, byte for byte. */
@ApiTags('letters')
@ApiBearerAuth()
@Controller('v1/letters/:letterId')
export class LetterPapersController {
  constructor(private readonly readLetters: ReadLetters) {}

  @Get('evidence')
  @ApiOperation({ summary: 'Evidence about a letter (dowody), with the latest examination of each' })
  @ApiResponse({ status: 200, type: EvidenceListAnswer })
  @ApiProblems(letterProblems['not-found'])
  async evidence(
    @CurrentCaller() caller: Caller,
    @Param('letterId', letterId) id: string
  ): Promise<EvidenceListAnswer> {
    return { items: await this.readLetters.evidence(caller, id) }
  }

  @Get('evidence/:evidenceId')
  @ApiOperation({ summary: 'The exact bytes of one evidence, as received' })
  @ApiProduces('application/octet-stream')
  @ApiResponse(bytes)
  @ApiProblems(letterProblems['not-found'], letterProblems['evidence-not-found'])
  async evidenceBytes(
    @CurrentCaller() caller: Caller,
    @Param('letterId', letterId) id: string,
    @Param('evidenceId', evidenceId) evidence: string,
    @Res({ passthrough: true }) reply: FastifyReply
  ): Promise<StreamableFile> {
    return handOut(await this.readLetters.evidenceBytes(caller, id, evidence), reply)
  }

  @Get('documents/:documentId')
  @ApiOperation({ summary: 'The exact bytes of one paper of a letter, original or sealed' })
  @ApiProduces('application/octet-stream')
  @ApiResponse(bytes)
  @ApiProblems(letterProblems['not-found'], letterProblems['document-not-found'])
  async documentBytes(
    @CurrentCaller() caller: Caller,
    @Param('letterId', letterId) id: string,
    @Param('documentId', documentId) document: string,
    @Res({ passthrough: true }) reply: FastifyReply
  ): Promise<StreamableFile> {
    return handOut(await this.readLetters.documentBytes(caller, id, document), reply)
  }
}
