import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestMethod } from '@nestjs/common'
import type { Params } from 'nestjs-pino'
import { stdTimeFunctions, type DestinationStream } from 'pino'
import { describeError } from './describe-error.js'

/** How to log. */
export interface LoggingSettings {
  level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  /** Where to; standard output when absent. */
  destination?: DestinationStream
}

/** Names that are blotted out wherever they turn up, one level deep or two: a second net under "do not log it". */
const FORBIDDEN = [
  'authorization',
  'password',
  'pdfPassword',
  'secret',
  'token',
  'access_token',
  'client_assertion',
  'apiKey',
  'privateKey',
  'pin',
  'pesel',
  'subject',
  'givenName',
  'familyName',
  'entityName',
  'address',
  'parameters'
]

/**
 * Parameters of `LoggerModule.forRoot` (nestjs-pino): one JSON object per line, times in UTC, a trace id on every line
 * of a request. Requests are named by method and route pattern; no URL, header or body is ever written.
 */
export function loggingParams({ level, destination }: LoggingSettings): Params {
  const options = {
    level,
    timestamp: stdTimeFunctions.isoTime,
    base: { service: 'goniec' },
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: FORBIDDEN.flatMap(name => [name, `*.${name}`, `*.*.${name}`]), censor: '[blotted out]' },
    serializers: {
      err: (error: unknown) => describeError(error),
      req: (request: { method?: string }) => ({ method: request.method }),
      res: (response: { statusCode?: number }) => ({ status: response.statusCode })
    },
    wrapSerializers: false,
    genReqId: (request: IncomingMessage) => (typeof request.id === 'string' ? request.id : ''),
    hooks: {
      logMethod(this: unknown, args: unknown[], method: (...args: unknown[]) => void) {
        if (!BOOT_CHATTER.has((args[0] as { context?: string } | undefined)?.context ?? '')) method.apply(this, args)
      }
    },
    customAttributeKeys: { reqId: 'traceId', responseTime: 'durationMs' },
    quietReqLogger: true,
    customProps: (request: IncomingMessage) => ({ route: routeOf(request) }),
    customLogLevel: (_request: IncomingMessage, response: ServerResponse, error?: Error) =>
      error || response.statusCode >= 500 ? ('error' as const) : ('info' as const),
    // whoever threw has logged it already, with the true error
    customErrorObject: (
      _request: unknown,
      response: ServerResponse,
      _error: unknown,
      value: { durationMs?: number }
    ) => ({
      res: response,
      durationMs: value.durationMs
    }),
    autoLogging: { ignore: (request: IncomingMessage) => QUIET.has(routeOf(request) ?? '') }
  }
  // nestjs-pino's own default pattern matches no path on this adapter: nothing would be logged, without a word
  const forRoutes = [{ path: '/*path', method: RequestMethod.ALL }]
  return { pinoHttp: destination ? [options, destination] : options, forRoutes }
}

/** Nest tells every module and route at each start: fifty lines that nobody reads, over the one that somebody needs. */
const BOOT_CHATTER = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer'])

/** Asked every few seconds by machines. */
const QUIET = new Set(['/livez', '/readyz', '/metrics'])

const ROUTE = Symbol('route')

/** Notes the route pattern on the bare request, for the logger knows nothing of routes. */
export function noteRoute(request: IncomingMessage, route: string | undefined): void {
  ;(request as { [ROUTE]?: string })[ROUTE] = route
}

function routeOf(request: IncomingMessage): string | undefined {
  return (request as { [ROUTE]?: string })[ROUTE]
}
