import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { CutConnection, ServiceDown, TooManyRequests } from './ua-error.js'

/** Answers, or leaves unanswered, what is no refusal in the words of the UA API. */
@Catch(CutConnection, ServiceDown, TooManyRequests)
export class AnswerFilter implements ExceptionFilter<CutConnection | ServiceDown | TooManyRequests> {
  catch(exception: CutConnection | ServiceDown | TooManyRequests, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>()
    if (exception instanceof CutConnection) {
      reply.hijack()
      host.switchToHttp().getRequest<FastifyRequest>().raw.socket.destroy()
      return
    }
    const status = exception instanceof ServiceDown ? 503 : 429
    const error = exception instanceof ServiceDown ? 'SERVICE_UNAVAILABLE' : 'TOO_MANY_REQUESTS'
    void reply
      .status(status)
      .header('retry-after', String(exception.retryAfter))
      .send([{ error, error_description: exception.message }])
  }
}
