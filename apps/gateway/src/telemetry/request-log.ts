import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { pino, type Logger } from 'pino'
import { lineOptions, type LoggingSettings, requestAtHand } from './logging.js'

/** Asked every few seconds by machines. */
const QUIET = new Set(['/livez', '/readyz', '/metrics'])

/**
 * A line for every request, and the trace id for all other lines that are written meanwhile. Requests are named by method
 * and route pattern; no URL, header or body is ever written, so that there is nothing here to blot out.
 */
export class RequestLog {
  private readonly log: Logger

  constructor(settings: LoggingSettings) {
    this.log = pino(lineOptions(settings), settings.destination ?? pino.destination(1))
  }

  /** Watches every request of a server. */
  observe(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, _reply, done) => requestAtHand.run({ traceId: request.id }, done))
    fastify.addHook('onResponse', async (request, reply) => this.write(request, reply))
  }

  private write({ id: traceId, method, routeOptions }: FastifyRequest, reply: FastifyReply): void {
    const route = routeOptions.url
    if (route !== undefined && QUIET.has(route)) return
    const { statusCode: status, elapsedTime, raw } = reply
    const line = { traceId, req: { method }, route, res: { status }, durationMs: Math.round(elapsedTime) }
    // whoever threw has logged it already, with the true error
    if (status >= 500) this.log.error(line, 'request errored')
    else this.log.info(line, raw.writableEnded ? 'request completed' : 'request aborted')
  }
}
