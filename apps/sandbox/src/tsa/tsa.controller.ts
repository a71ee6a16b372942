import { Controller, HttpException, Post, Req, Res } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Ledger } from '../world/ledger.js'
import { TimestampAuthority } from './timestamp-authority.js'

/** Time stamps over HTTP (RFC 3161 3.4). The ledger counts them and does not keep what was stamped. */
@Controller('tsa')
export class TsaController {
  constructor(
    private readonly authority: TimestampAuthority,
    private readonly ledger: Ledger
  ) {}

  @Post()
  stamp(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    if (!Buffer.isBuffer(request.body)) throw new HttpException('expected application/timestamp-query', 415)
    const { bytes, failure } = this.authority.answer(request.body)
    this.ledger.write({ surface: 'tsa', action: failure ? 'rejected' : 'stamped', ...(failure ? { failure } : {}) })
    void reply.code(200).type('application/timestamp-reply').send(bytes)
  }
}
