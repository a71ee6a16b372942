import type { Socket } from 'node:net'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refused, type Ids, type ProblemType } from '#platform'
import { endConnectionsOnClose } from './end-connections.js'
import { gatewayProblems } from './gateway.errors.js'
import { JSON_BODY_LIMIT, readJson } from './json-body.js'
import { preferredLanguage } from './language.js'
import { PROBLEM_MEDIA_TYPE, problemDocument } from './problem-document.js'
import { traceIdOf } from './trace-id.js'

/** Route configuration (`@RouteConfig`) of a route that reads the body as a stream, whatever its content type. */
export const STREAMED_BODY = { streamedBody: true } as const

/** Route configuration of a route whose JSON body may be larger than usual: `limit` in bytes. */
export const jsonUpTo = (limit: number) => ({ jsonLimit: limit })

/** How long a whole request may take to arrive, in milliseconds: a large document over a slow line. */
const REQUEST_TIMEOUT = 15 * 60_000

/** How long a connection may be silent, in milliseconds. */
const SILENCE_TIMEOUT = 120_000

interface KnownRoute {
  path: RegExp
  methods: string[]
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route of this server, as a pattern to hold a path against. */
    knownRoutes: KnownRoute[]
  }
}

/**
 * The Fastify adapter as Goniec needs it: a trace id for every request, JSON bodies parsed defensively, documents
 * left as streams, and problem documents even for requests that never reach Nest. Create the application with
 * `{ bodyParser: false }`, so that Nest adds no parsers of its own.
 * @param ids where fresh trace ids come from
 */
export function createHttpAdapter(ids: Ids): FastifyAdapter {
  const adapter = new FastifyAdapter({
    genReqId: (request: { headers: Record<string, unknown> }) => traceIdOf(request.headers['traceparent'], ids),
    bodyLimit: JSON_BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    connectionTimeout: SILENCE_TIMEOUT,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error: { code: string }, request: FastifyRequest, reply: FastifyReply) => {
      const tooLong = error.code === 'FST_ERR_MAX_PARAM_LENGTH'
      sendProblem(request, reply, gatewayProblems[tooLong ? 'url-too-long' : 'request-malformed'])
    },
    clientErrorHandler: (error: { code?: string }, socket: Socket) => answerBrokenRequest(error.code, socket, ids)
  } as never)
  const fastify = adapter.getInstance<FastifyInstance>()
  endConnectionsOnClose(fastify)
  prepareRoutes(fastify)
  prepareBodies(fastify)
  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('Trace-Id', request.id).header('Cache-Control', 'no-store')
  })
  return adapter
}

/** Methods that a path knows, when it is known at all: tells "no such resource" from "not with this method". */
export function allowedMethods(request: FastifyRequest): string[] {
  const path = (request.raw.url ?? '').split('?')[0]!
  const matching = request.server.knownRoutes.filter(route => route.path.test(path))
  return [...new Set(matching.flatMap(route => route.methods))].sort()
}

function prepareRoutes(fastify: FastifyInstance): void {
  const routes: KnownRoute[] = []
  fastify.decorate('knownRoutes', routes)
  fastify.addHook('onRoute', ({ url, method }) => {
    const pattern = url
      .split('/')
      .map(part => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replace(/[^\w-]/g, '\\$&')))
      .join('/')
    routes.push({ path: new RegExp(`^${pattern}/?$`), methods: [method].flat() })
  })
}

/** One parser for everything: by route a stream, else JSON, else a refusal. */
function prepareBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', async (request: FastifyRequest, payload: FastifyRequest['raw']) => {
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
      throw new Refused(gatewayProblems['content-encoding-unsupported'])
    const config = request.routeOptions.config as Partial<typeof STREAMED_BODY & ReturnType<typeof jsonUpTo>>
    if (config.streamedBody) return payload
    const mediaType = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
    if (mediaType !== 'application/json') throw new Refused(gatewayProblems['media-type-unsupported'])
    const limitBytes = config.jsonLimit ?? JSON_BODY_LIMIT
    if (Number(request.headers['content-length'] ?? 0) > limitBytes)
      throw new Refused(gatewayProblems['body-too-large'], { limitBytes })
    return readJson(payload, limitBytes)
  })
}

/** Answers with a problem from outside of Nest. */
function sendProblem(request: FastifyRequest, reply: FastifyReply, type: ProblemType): void {
  const language = preferredLanguage(request.headers['accept-language'])
  void reply
    .code(type.status)
    .headers({ 'Trace-Id': request.id, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' })
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(problemDocument({ type }, language, request.id)))
}

/** What came over the wire was not HTTP, or not in time: there is no request object to answer to. */
function answerBrokenRequest(code: string | undefined, socket: Socket, ids: Ids): void {
  if (code === 'ECONNRESET' || !socket.writable || socket.destroyed) {
    socket.destroy()
    return
  }
  const name =
    code === 'HPE_HEADER_OVERFLOW'
      ? 'headers-too-large'
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'request-timed-out'
        : 'request-malformed'
  const type = gatewayProblems[name]
  const traceId = ids.next().replaceAll('-', '')
  const body = JSON.stringify(problemDocument({ type }, 'pl', traceId))
  socket.end(
    [
      `HTTP/1.1 ${type.status} ${type.code}`,
      `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      `Trace-Id: ${traceId}`,
      'Connection: close',
      '',
      body
    ].join('\r\n')
  )
}
