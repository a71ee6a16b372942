import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { faultOf, retryAfter } from '../world/fault-gate.js'
import { cscError } from './csc-error.js'
import { RemoteSealService } from './remote-seal-service.js'

/** Lets a request through that carries a token in force, unless a fault says that there are too many or that it has ended. */
@Injectable()
export class CscAccessGuard implements CanActivate {
  constructor(private readonly service: RemoteSealService) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp()
    const request = http.getRequest<FastifyRequest>()
    const fault = faultOf(request)
    if (fault === '429') {
      http.getResponse<FastifyReply>().header('retry-after', retryAfter)
      throw cscError('temporarily_unavailable', 'Too many requests', 429)
    }
    const token = this.service.tokens.require(request.headers.authorization)
    if (fault === 'expired-token') {
      this.service.tokens.end(token)
      throw cscError('expired_token', 'The access token is expired', 401)
    }
    return true
  }
}
