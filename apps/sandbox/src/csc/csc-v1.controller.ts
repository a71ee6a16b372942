import { Body, Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import { faultOf } from '../world/fault-gate.js'
import { type Authorisation, AuthorizeCredential } from './authorize-credential.js'
import { CscAccessGuard } from './csc-access.guard.js'
import { namedCredential } from './find-credential.js'
import { credentialsOfUser, pageOf } from './list-credentials.js'
import { RequestFields } from './request-fields.js'
import { readShowOptions, ShowCredential } from './show-credential.js'
import { SignHash, type SignHashNames } from './sign-hash.js'
import { StampHash } from './stamp-hash.js'

const names: SignHashNames = { version: 'v1', hashes: 'hash', hashAlgo: 'hashAlgo' }

/** The remote seal service by the Cloud Signature Consortium's API v1.0.4. */
@Controller('csc/v1')
@UseGuards(CscAccessGuard)
export class CscV1Controller {
  constructor(
    private readonly show: ShowCredential,
    private readonly authorize: AuthorizeCredential,
    private readonly signHash: SignHash,
    private readonly stampHash: StampHash
  ) {}

  @Post('credentials/list')
  @HttpCode(200)
  list(@Body() body: unknown): Record<string, unknown> {
    const fields = new RequestFields(body)
    const ids = credentialsOfUser(fields).map(({ id }) => id)
    return { ...pageOf(fields, ids) }
  }

  @Post('credentials/info')
  @HttpCode(200)
  info(@Body() body: unknown): Record<string, unknown> {
    const fields = new RequestFields(body)
    return this.show.v1(namedCredential(fields), readShowOptions(fields))
  }

  @Post('credentials/authorize')
  @HttpCode(200)
  open(@Body() body: unknown): Authorisation {
    return this.authorize.authorizeV1(new RequestFields(body))
  }

  @Post('credentials/extendTransaction')
  @HttpCode(200)
  extend(@Body() body: unknown): Authorisation {
    return this.authorize.extend(new RequestFields(body), 'v1')
  }

  @Post('signatures/signHash')
  @HttpCode(200)
  async sign(@Body() body: unknown, @Req() request: FastifyRequest): Promise<{ signatures: string[] }> {
    const order = this.signHash.accept(new RequestFields(body), names)
    return { signatures: await this.signHash.execute(order, faultOf(request)) }
  }

  @Post('signatures/timestamp')
  @HttpCode(200)
  stamp(@Body() body: unknown): { timestamp: string } {
    return this.stampHash.execute(new RequestFields(body))
  }
}
