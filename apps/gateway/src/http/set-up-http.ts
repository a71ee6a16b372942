import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { HttpMetrics } from '../telemetry/http-metrics.js'
import type { LoggingSettings } from '../telemetry/logging.js'
import { RequestLog } from '../telemetry/request-log.js'
import { serveApiDescription } from './openapi.js'
import { securityHeaders } from './security-headers.js'

/**
 * What the HTTP face needs of a created application besides `HttpModule`: a log and metrics of requests, security headers,
 * the API description. Call it between `NestFactory.create(module, createHttpAdapter(ids), { bodyParser: false })` and
 * `app.init()` or `app.listen()`.
 * @param version of the program, for the API description
 */
export function setUpHttp(app: NestFastifyApplication, version: string, logging: LoggingSettings): void {
  const fastify = app.getHttpAdapter().getInstance()
  new RequestLog(logging).observe(fastify)
  const headers = securityHeaders()
  fastify.addHook('onRequest', async (_request, reply) => void reply.headers(headers))
  app.get(HttpMetrics).observe(fastify)
  serveApiDescription(app, version)
}
