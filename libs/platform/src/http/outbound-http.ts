import { Agent as PlainAgent, request as plainRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Circuit, type CircuitSettings } from './circuit.js'
import type { HttpNotSent, HttpOutcome } from './http-outcome.js'

/** One request. The path is a template with `{names}`, so that logs and metrics never show an address or an id. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the base URL, for example `/{ade}/drafts/{draftId}`. */
  readonly pathTemplate: string
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: HttpBody
  /** Milliseconds for the whole exchange; the client's own limit where absent. */
  readonly totalTimeoutMs?: number
  /** Greatest answer body in bytes; the client's own limit where absent. */
  readonly maxAnswerBytes?: number
}

/** A body known in full, or one that is streamed (then `length` in bytes where it is known). */
export type HttpBody =
  | { readonly mediaType: string; readonly bytes: Buffer }
  | { readonly mediaType: string; readonly stream: AsyncIterable<Buffer>; readonly length?: number }

/** A request and its answer, for tests that hold them against a published contract. Streamed bodies are not kept. */
export interface HttpExchange {
  readonly method: string
  readonly pathTemplate: string
  readonly requestBody: Buffer | undefined
  readonly status: number
  readonly responseBody: Buffer
}

export interface OutboundHttpSettings {
  /** Scheme, host and the path that all templates are added to. */
  readonly baseUrl: string
  /** Milliseconds to reach the other side, TLS handshake included. Default 5,000. */
  readonly connectTimeoutMs?: number
  /** Milliseconds for the whole exchange. Default 30,000. */
  readonly totalTimeoutMs?: number
  /** Greatest answer body in bytes. Default 16 MiB. */
  readonly maxAnswerBytes?: number
  readonly circuit?: Partial<CircuitSettings>
  /** Client certificate and private roots, PEM. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  /** Sees every answered exchange; must not throw. */
  readonly onExchange?: (exchange: HttpExchange) => void
}

/**
 * HTTP client for one target, with a circuit breaker. It follows no redirect (a redirect of a POST is a decision for
 * people), reads at most a capped answer, and never throws: every end is an `HttpOutcome`.
 *
 * It stands on node:http and not on fetch, because fetch cannot tell whether a connection was made before it failed,
 * and that is the difference between "send again" and "ask first".
 */
export class OutboundHttp {
  private readonly base: URL
  private readonly agent: PlainAgent
  private readonly circuit: Circuit

  constructor(private readonly settings: OutboundHttpSettings) {
    this.base = new URL(settings.baseUrl)
    if (this.base.protocol !== 'http:' && this.base.protocol !== 'https:') throw new Error('base URL must be http(s)')
    const options = { keepAlive: true, maxSockets: 32 }
    this.agent = this.secure ? new TlsAgent({ ...options, ...settings.tls }) : new PlainAgent(options)
    this.circuit = new Circuit(settings.circuit)
  }

  /** Sends one request, unless the breaker is open. */
  exchange(request: HttpRequest): Promise<HttpOutcome> {
    const path = fullPath(this.base, request)
    if (path === undefined) return Promise.resolve({ kind: 'not-sent', cause: 'bad-path' })
    return this.circuit.run(() => this.send(request, path))
  }

  /** `closed`, `open` or `half-open`: for metrics and health. */
  get circuitState(): 'closed' | 'open' | 'half-open' {
    return this.circuit.state
  }

  /** Closes idle connections. */
  close(): void {
    this.agent.destroy()
  }

  private get secure(): boolean {
    return this.base.protocol === 'https:'
  }

  private async send(request: HttpRequest, path: string): Promise<HttpOutcome> {
    const body = request.body
    const headers: Record<string, string> = { accept: '*/*', ...request.headers }
    if (body) {
      headers['content-type'] = body.mediaType
      const length = 'bytes' in body ? body.bytes.length : body.length
      if (length !== undefined) headers['content-length'] = String(length)
    }
    const outcome = await new Promise<HttpOutcome>(resolve => {
      const sent = (this.secure ? tlsRequest : plainRequest)({
        method: request.method,
        hostname: this.base.hostname.replace(/^\[|\]$/g, ''),
        port: this.base.port || undefined,
        path,
        headers,
        agent: this.agent
      })
      new Exchange(sent, this.secure, resolve, {
        connectTimeoutMs: this.settings.connectTimeoutMs ?? 5_000,
        totalTimeoutMs: request.totalTimeoutMs ?? this.settings.totalTimeoutMs ?? 30_000,
        maxAnswerBytes: request.maxAnswerBytes ?? this.settings.maxAnswerBytes ?? 16 * 1024 * 1024
      }).start(body)
    })
    if (outcome.kind === 'answer') {
      this.settings.onExchange?.({
        method: request.method,
        pathTemplate: request.pathTemplate,
        requestBody: body && 'bytes' in body ? body.bytes : undefined,
        status: outcome.status,
        responseBody: outcome.body
      })
    }
    return outcome
  }
}

interface Limits {
  readonly connectTimeoutMs: number
  readonly totalTimeoutMs: number
  readonly maxAnswerBytes: number
}

/** One request under way: knows whether a connection stood, and settles exactly once. */
class Exchange {
  /** From here on the other side may have seen something of the request. */
  private connected = false
  private settled = false
  private connectTimer: NodeJS.Timeout | undefined
  private readonly totalTimer: NodeJS.Timeout

  constructor(
    private readonly request: ClientRequest,
    private readonly secure: boolean,
    private readonly resolve: (outcome: HttpOutcome) => void,
    private readonly limits: Limits
  ) {
    this.totalTimer = setTimeout(() => this.fail('timeout'), limits.totalTimeoutMs)
  }

  start(body: HttpBody | undefined): void {
    this.request.on('socket', socket => {
      if (!socket.connecting) {
        this.connected = true
        return
      }
      this.connectTimer = setTimeout(() => this.fail('timeout'), this.limits.connectTimeoutMs)
      socket.once(this.secure ? 'secureConnect' : 'connect', () => {
        this.connected = true
        clearTimeout(this.connectTimer)
      })
    })
    this.request.on('error', (error: NodeJS.ErrnoException) => this.fail('error', error))
    this.request.on('response', response => void this.read(response))
    if (!body) this.request.end()
    else if ('bytes' in body) this.request.end(body.bytes)
    else {
      pipeline(Readable.from(this.watched(body.stream), { objectMode: false }), this.request).catch(
        (error: NodeJS.ErrnoException) => this.fail('error', error)
      )
    }
  }

  /** The same stream, but its own failure gets its own name before the broken request is noticed. */
  private async *watched(stream: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    try {
      yield* stream
    } catch (error) {
      this.fail('body')
      throw error
    }
  }

  private async read(response: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = []
    let size = 0
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        size += chunk.length
        if (size > this.limits.maxAnswerBytes) {
          this.settle({ kind: 'lost', cause: 'answer-too-large' })
          return
        }
        chunks.push(chunk)
      }
    } catch (error) {
      this.fail('error', error as NodeJS.ErrnoException)
      return
    }
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(response.headers)) {
      if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
    }
    this.settle({ kind: 'answer', status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks) })
  }

  private fail(why: 'timeout' | 'error' | 'body', error?: NodeJS.ErrnoException): void {
    if (!this.connected) {
      this.settle({ kind: 'not-sent', cause: why === 'timeout' ? 'timeout' : notSentCause(error?.code, this.secure) })
    } else {
      const cause = why === 'timeout' ? 'timeout' : why === 'body' ? 'request-body-failed' : 'connection-lost'
      this.settle({ kind: 'lost', cause })
    }
  }

  private settle(outcome: HttpOutcome): void {
    if (this.settled) return
    this.settled = true
    clearTimeout(this.totalTimer)
    clearTimeout(this.connectTimer)
    // A request whose body was not read to its end leaves a connection that nobody may use again.
    if (outcome.kind !== 'answer' || !this.request.writableFinished) this.request.destroy()
    this.resolve(outcome)
  }
}

function notSentCause(code: string | undefined, secure: boolean): HttpNotSent['cause'] {
  if (code === 'ECONNREFUSED') return 'connection-refused'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name-not-found'
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ETIMEDOUT' || !secure) return 'unreachable'
  return 'tls'
}

/** Base path, template with its names filled in, and query; undefined when an id from outside would climb the path. */
function fullPath(base: URL, request: HttpRequest): string | undefined {
  let climbs = false
  const filled = request.pathTemplate.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = request.params?.[name]
    if (value === undefined || value === '' || value === '.' || value === '..') climbs = true
    // A colon is allowed in a path segment (RFC 3986, 3.3) and every electronic address has one.
    return encodeURIComponent(value ?? '')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
  })
  if (climbs) return undefined
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(name, String(value))
  }
  const search = query.size > 0 ? `?${query.toString()}` : ''
  return base.pathname.replace(/\/$/, '') + filled + search || '/'
}
