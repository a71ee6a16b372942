import { createHash } from 'node:crypto'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger'
import type { FastifyInstance } from 'fastify'
import { CONTENT_POLICY } from './security-headers.js'

/** Where the machine-readable description is. */
export const OPENAPI_PATH = '/openapi.json'

/** Where people can read it and try it. */
export const DOCS_PATH = '/docs'

/** The description of the whole interface (OpenAPI 3.1). */
export function describeApi(app: NestFastifyApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Goniec')
    .setDescription(
      'Gateway for Polish e-Delivery (e-Doręczenia): hand a letter in once; Goniec seals it, finds the addressee, ' +
        'chooses the way, hands it over, and keeps every evidence.\n\n' +
        'Two words that are never mixed: **progress** (postęp) is what Goniec has done, **legalStatus** (stan prawny) is ' +
        'what evidence proves. Every answer that reports a problem is `application/problem+json` (RFC 9457) with a ' +
        'stable `code`; all codes stand at [/problems](/problems). Every answer carries a `Trace-Id`.'
    )
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      description: 'An API key of Goniec (`gnc_…`) or an access token (JWT, RFC 9068) of a trusted identity provider.'
    })
    .addTag('documents', 'Papers, before they belong to a letter')
    .addTag('letters', 'Letters (przesyłki), their timeline and evidence (dowody)')
    .addTag('seals', 'Seals on request (pieczęcie), and validation of signatures')
    .addTag('health', 'For orchestrators and monitors')
    .build()
  return SwaggerModule.createDocument(app, config, { operationIdFactory: (_controller, method) => method })
}

/** Serves the description and a page to try it out; every byte comes from this machine. */
export function serveApiDescription(app: NestFastifyApplication, version: string): void {
  SwaggerModule.setup(DOCS_PATH, app, () => describeApi(app, version), {
    jsonDocumentUrl: OPENAPI_PATH,
    raw: ['json'],
    customSiteTitle: 'Goniec API',
    // the sprite's place is set by a style attribute, which the content policy forbids; the bar shows somebody's logo
    customCss: 'body > svg { position: absolute; width: 0; height: 0 } .swagger-ui .topbar { display: none }',
    swaggerOptions: { validatorUrl: null, persistAuthorization: false, displayOperationId: true }
  })
  allowInlineStyleOfDocs(app.getHttpAdapter().getInstance())
}

/** The page has a style element of its own: exactly that text is allowed, by its hash, and nothing else inline. */
function allowInlineStyleOfDocs(fastify: FastifyInstance): void {
  fastify.addHook('onSend', async (request, reply, payload) => {
    const isPage = request.routeOptions.url?.startsWith(DOCS_PATH) && typeof payload === 'string'
    if (!isPage || !String(reply.getHeader('content-type')).startsWith('text/html')) return payload
    const hashes = [...payload.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(
      ([, style]) => `'sha256-${createHash('sha256').update(style!).digest('base64')}'`
    )
    reply.header(
      'Content-Security-Policy',
      CONTENT_POLICY.replace("style-src 'self'", `style-src 'self' ${hashes.join(' ')}`)
    )
    return payload
  })
}
