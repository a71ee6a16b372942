import { Body, Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { faultOf } from '../world/fault-gate.js'
import { type Authorisation, AuthorizeCredential } from './authorize-credential.js'
import { CscAccessGuard } from './csc-access.guard.js'
import { cscError, invalidRequest } from './csc-error.js'
import { namedCredential } from './find-credential.js'
import { credentialsOfUser } from './list-credentials.js'
import { PendingSignatures } from './pending-signatures.js'
import { RequestFields } from './request-fields.js'
import { readShowOptions, ShowCredential } from './show-credential.js'
import { SignHash, type SignHashNames } from './sign-hash.js'
import { StampHash } from './stamp-hash.js'

const names: SignHashNames = { version: 'v2', hashes: 'hashes', hashAlgo: 'hashAlgorithmOID' }

type Json = Record<string, unknown>

/** The remote seal service by the Cloud Signature Consortium's API v2.0, without the signing of documents. */
@Controller('csc/v2')
@UseGuards(CscAccessGuard)
export class CscV2Controller {
  constructor(
    private readonly show: ShowCredential,
    private readonly authorize: AuthorizeCredential,
    private readonly signHash: SignHash,
    private readonly pending: PendingSignatures,
    private readonly stampHash: StampHash
  ) {}

  @Post('credentials/list')
  @HttpCode(200)
  list(@Body() body: unknown): Json {
    const fields = new RequestFields(body)
    const onlyValid = fields.flag('onlyValid')
    const listed = credentialsOfUser(fields).filter(one => !onlyValid || this.show.isUsable(one))
    const options = readShowOptions(fields)
    return {
      credentialIDs: listed.map(({ id }) => id),
      ...(fields.flag('credentialInfo')
        ? { credentialInfos: listed.map(one => ({ credentialID: one.id, ...this.show.v2(one, options) })) }
        : {}),
      ...(onlyValid ? { onlyValid } : {})
    }
  }

  @Post('credentials/info')
  @HttpCode(200)
  info(@Body() body: unknown): Json {
    const fields = new RequestFields(body)
    return this.show.v2(namedCredential(fields), readShowOptions(fields))
  }

  @Post('credentials/authorize')
  open(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply): Authorisation {
    return answered(this.authorize.authorizeV2(new RequestFields(body)), reply)
  }

  @Post('credentials/authorizeCheck')
  check(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply): Authorisation {
    return answered(this.authorize.check(new RequestFields(body)), reply)
  }

  @Post('credentials/extendTransaction')
  @HttpCode(200)
  extend(@Body() body: unknown): Authorisation {
    return this.authorize.extend(new RequestFields(body), 'v2')
  }

  @Post('signatures/signHash')
  @HttpCode(200)
  async sign(@Body() body: unknown, @Req() request: FastifyRequest): Promise<Json> {
    const fields = new RequestFields(body)
    const mode = fields.oneOf('operationMode', ['S', 'A'])
    const period = fields.has('validity_period') ? fields.integer('validity_period') : undefined
    if (mode === 'S') {
      const order = this.signHash.accept(fields, names)
      return { signatures: await this.signHash.execute(order, faultOf(request)) }
    }
    // The sandbox calls nobody.
    if (fields.has('response_uri')) throw invalidRequest('Invalid parameter response_uri')
    this.pending.requirePeriod(period)
    const order = this.signHash.accept(fields, names)
    return { responseID: this.pending.start(() => this.signHash.execute(order, faultOf(request)), period) }
  }

  @Post('signatures/signPolling')
  poll(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply): Json {
    const found = this.pending.collect(new RequestFields(body).text('requestID'))
    if (found === 'failed') throw cscError('temporarily_unavailable', 'The signatures could not be made', 503)
    reply.code(found === 'waiting' ? 202 : 200)
    if (found !== 'waiting') return { signatures: found }
    return { error: 'accepted_request', error_description: 'The request is accepted but not yet completed' }
  }

  @Post('signatures/timestamp')
  @HttpCode(200)
  stamp(@Body() body: unknown): { timestamp: string } {
    return this.stampHash.execute(new RequestFields(body))
  }
}

// HTTP 202 while a person is being asked.
function answered(authorisation: Authorisation, reply: FastifyReply): Authorisation {
  reply.code('handle' in authorisation ? 202 : 200)
  return authorisation
}
