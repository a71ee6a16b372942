import { Controller, HttpException, Inject, Post, Req, Res } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Ledger } from '../world/ledger.js'
import { SECOND_TSA } from '../world/world.module.js'
import { TimestampAuthority } from './timestamp-authority.js'

/** Time stamps over HTTP (RFC 3161 3.4). The ledger counts them and does not keep what was stamped. */
@Controller()
export class TsaController {
  constructor(
    private readonly authority: TimestampAuthority,
    @Inject(SECOND_TSA) private readonly secondAuthority: TimestampAuthority,
    private readonly ledger: Ledger
  ) {}

  @Post('tsa')
  stamp(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.#answer('tsa', this.authority, request, reply)
  }

  @Post('tsa-2')
  stampAtTheSecond(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.#answer('tsa-2', this.secondAuthority, request, reply)
  }

  #answer(surface: string, authority: TimestampAuthority, request: FastifyRequest, reply: FastifyReply): void {
    if (!Buffer.isBuffer(request.body)) throw new HttpException('expected application/timestamp-query', 415)
    const { bytes, failure } = authority.answer(request.body)
    this.ledger.write({ surface, action: failure ? 'rejected' : 'stamped', ...(failure ? { failure } : {}) })
    void reply.code(200).type('application/timestamp-reply').send(bytes)
  }
}
