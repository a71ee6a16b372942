import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { RecordRefusal } from '#access'
import { platformProblems, Refused, Unavailable, type ProblemType } from '#platform'
import './caller.guard.js'
import { gatewayProblems } from './gateway.errors.js'
import { allowedMethods } from './http-adapter.js'
import { preferredLanguage } from './language.js'
import { InvalidRequest, PROBLEM_MEDIA_TYPE, problemDocument, type Problem } from './problem-document.js'

/** Seconds after which a request may be repeated when nobody said better. */
const RETRY_AFTER = 5

/** The one place where anything thrown becomes an answer (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger(ProblemFilter.name)

  constructor(private readonly refusals: RecordRefusal) {}

  async catch(exception: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>()
    const reply = host.switchToHttp().getResponse<FastifyReply>()
    const problem = this.problemOf(exception, request)
    if (problem.type.status === 401 || problem.type.status === 403) await this.writeDown(problem.type, request)
    if (reply.sent || reply.raw.headersSent) {
      // half an answer is out: the only honest end is a broken connection
      reply.raw.destroy()
      return
    }
    const language = preferredLanguage(request.headers['accept-language'])
    void reply
      .code(problem.type.status)
      .headers({
        ...headersOf(exception, problem.type, request),
        Vary: 'Accept-Language',
        'Content-Language': language
      })
      .type(PROBLEM_MEDIA_TYPE)
      .send(JSON.stringify(problemDocument(problem, language, request.id)))
  }

  private problemOf(exception: unknown, request: FastifyRequest): Problem {
    if (exception instanceof InvalidRequest) return { type: exception.type, errors: exception.errors }
    if (exception instanceof Refused || exception instanceof Unavailable)
      return { type: exception.type, facts: exception.facts }
    const type = exception instanceof HttpException ? ofTheFramework(exception, request) : undefined
    if (type) return { type }
    this.log.error({ err: exception, traceId: request.id, action: actionOf(request) }, 'request failed unexpectedly')
    return { type: platformProblems['internal-error'] }
  }

  private async writeDown({ code }: ProblemType, request: FastifyRequest): Promise<void> {
    try {
      await this.refusals.execute({ caller: request.caller, action: actionOf(request), code, traceId: request.id })
    } catch (error) {
      // whoever was turned away is told so, whether or not we could write it down
      this.log.error({ err: error, traceId: request.id, code }, 'a refusal could not be written down')
    }
  }
}

/** Method and route pattern: a path would hold ids. */
function actionOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions?.url ?? '(unknown)'}`
}

/** What Fastify and Nest themselves turn away, by status. */
function ofTheFramework(exception: HttpException, request: FastifyRequest): ProblemType | undefined {
  switch (exception.getStatus()) {
    case 404:
      return isOfOtherMethods(request) ? gatewayProblems['method-not-allowed'] : gatewayProblems['route-unknown']
    case 408:
      return gatewayProblems['request-timed-out']
    case 413:
      return gatewayProblems['body-too-large']
    case 414:
      return gatewayProblems['url-too-long']
    case 415:
      return gatewayProblems['media-type-unsupported']
    case 400:
      return gatewayProblems['request-malformed']
    default:
      return undefined
  }
}

function isOfOtherMethods(request: FastifyRequest): boolean {
  const methods = allowedMethods(request)
  return methods.length > 0 && !methods.includes(request.method)
}

function headersOf(exception: unknown, type: ProblemType, request: FastifyRequest): Record<string, string> {
  if (type === gatewayProblems['method-not-allowed']) return { Allow: allowedMethods(request).join(', ') }
  if (type.status === 401) {
    // RFC 6750, 3.1: no error code when no credential was given
    const given = request.headers.authorization !== undefined
    return { 'WWW-Authenticate': given ? 'Bearer realm="goniec", error="invalid_token"' : 'Bearer realm="goniec"' }
  }
  if (type.status === 429 && exception instanceof Refused)
    return { 'Retry-After': String(exception.facts['retryAfterSeconds'] ?? RETRY_AFTER) }
  if (exception instanceof Unavailable || type.status === 503) {
    const seconds = exception instanceof Unavailable ? exception.retryAfterSeconds : undefined
    return { 'Retry-After': String(Math.max(1, Math.ceil(seconds ?? RETRY_AFTER))) }
  }
  return {}
}
