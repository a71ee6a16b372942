import helmet from '@fastify/helmet'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { HttpMetrics } from '../telemetry/http-metrics.js'
import { serveApiDescription } from './openapi.js'
import { SECURITY_HEADERS } from './security-headers.js'

/**
 * What the HTTP face needs of a created application besides `HttpModule`: security headers, metrics of requests, the
 * API description. Call it between `NestFactory.create(module, createHttpAdapter(ids), { bodyParser: false })` and
 * `app.init()` or `app.listen()`.
 * @param version of the program, for the API description
 */
export async function setUpHttp(app: NestFastifyApplication, version: string): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance()
  await fastify.register(helmet, SECURITY_HEADERS)
  app.get(HttpMetrics).observe(fastify)
  serveApiDescription(app, version)
}
