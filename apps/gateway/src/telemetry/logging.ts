import { AsyncLocalStorage } from 'node:async_hooks'
import type { Params } from 'nestjs-pino'
import { stdTimeFunctions, type DestinationStream, type LoggerOptions } from 'pino'
import type { Options } from 'pino-http'
import { describeError } from './describe-error.js'

/** The request on whose behalf something is done: its trace id goes with every line that is written meanwhile. */
export const requestAtHand = new AsyncLocalStorage<{ readonly traceId: string }>()

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

/** What all lines have in common: one JSON object each, times in UTC, levels by name. */
export const lineOptions = ({ level }: LoggingSettings): LoggerOptions => ({
  level,
  timestamp: stdTimeFunctions.isoTime,
  base: { service: 'goniec' },
  formatters: { level: (label: string) => ({ level: label }) }
})

/** Parameters of `LoggerModule.forRoot` (nestjs-pino). */
export function loggingParams(settings: LoggingSettings): Params {
  const options: Options = {
    ...lineOptions(settings),
    redact: { paths: FORBIDDEN.flatMap(name => [name, `*.${name}`, `*.*.${name}`]), censor: '[blotted out]' },
    serializers: { err: (error: unknown) => describeError(error) },
    wrapSerializers: false,
    mixin: () => ({ ...requestAtHand.getStore() }),
    hooks: {
      logMethod(args: unknown[], method: (...args: unknown[]) => void) {
        if (!BOOT_CHATTER.has((args[0] as { context?: string } | undefined)?.context ?? '')) method.apply(this, args)
      }
    }
  }
  const { destination } = settings
  // a logger per request, which its middleware makes, costs more than all lines of most requests; see RequestLog
  return { pinoHttp: destination ? [options, destination] : options, forRoutes: [] }
}

/** Nest tells every module and route at each start: fifty lines that nobody reads, over the one that somebody needs. */
const BOOT_CHATTER = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer'])
