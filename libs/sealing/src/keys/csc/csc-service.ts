import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import {
  type Clock,
  OutboundHttp,
  type OutboundHttpSettings,
  Refused,
  retryAfterMs,
  Unavailable
} from '#platform/plain'
import { sealingProblems } from '../../sealing.errors.js'
import { AccessTokens, jsonOf } from './access-tokens.js'
import { CscFailure, type CscProblem, problemOf } from './csc-problem.js'
import { type CscVersion, readServiceInfo, type ServiceInfo } from './service-info.js'

/** How we prove who we are: OAuth 2.0 client credentials, or the TLS client certificate alone. */
export type CscAccess =
  | {
      readonly kind: 'client'
      readonly clientId: string
      readonly clientSecret: string
      /** Where tokens are given; found through `info` when absent. */
      readonly tokenUrl?: string
    }
  | { readonly kind: 'tls' }

/** How a service is reached. */
export interface CscServiceOptions {
  /** Base of all methods, for example `https://rssp.example/csc/v1`. */
  readonly url: string
  readonly api: CscVersion
  readonly access: CscAccess
  readonly clock: Clock
  /** Milliseconds for one exchange. */
  readonly timeoutMs: number
  readonly tls?: OutboundHttpSettings['tls']
}

/** An answer with status 200 or 202. */
export interface CscAnswer {
  readonly status: number
  readonly body: unknown
  readonly retryAfterMs?: number
}

/** Greatest answer that is not a list of signatures. */
const ordinaryAnswer = 1024 * 1024
const mostTries = 6

/**
 * One remote service: finds the methods, holds the token, and repeats what was surely not done (no connection, 429, 503,
 * an expired token) for as long as the caller's patience lasts. What nobody knows it leaves to the caller.
 */
export class CscService {
  private readonly http: OutboundHttp
  private tokens: AccessTokens | undefined
  private pausedUntil = 0

  constructor(private readonly options: CscServiceOptions) {
    const { url, tls, timeoutMs } = options
    this.http = new OutboundHttp({ baseUrl: url, tls, totalTimeoutMs: timeoutMs, maxAnswerBytes: ordinaryAnswer })
  }

  /**
   * What the service says of itself; asked without a token.
   * @throws Refused `sealing/key-unsuitable` when it does not offer our version or way of access.
   */
  async info(until: number): Promise<ServiceInfo> {
    const { body } = await this.repeated('/info', until, () => this.exchange('/info', {}, undefined, ordinaryAnswer))
    const info = readServiceInfo(body, this.options.api)
    const { access, tls, timeoutMs, clock, url } = this.options
    const offered = access.kind === 'client' ? ['oauth2client'] : ['TLS', 'external']
    if (!offered.some(type => info.authTypes.includes(type)))
      throw new Refused(sealingProblems['key-unsuitable'], { why: 'way of access not offered' })
    if (access.kind === 'client')
      this.tokens ??= new AccessTokens(tokenUrlOf(url, access.tokenUrl, info), access, clock, {
        tls,
        totalTimeoutMs: timeoutMs
      })
    return info
  }

  /**
   * Calls a method. `until`: monotonic time (performance.now) after which nothing is repeated any more. `once`: for calls
   * that must not be repeated even when they were not done.
   * @throws CscFailure; Unavailable when patience ends; Refused `sealing/key-access-refused`.
   */
  async call(
    method: string,
    body: object,
    until: number,
    more: { readonly maxAnswerBytes?: number; readonly once?: boolean } = {}
  ): Promise<CscAnswer> {
    let rejected = 0
    return this.repeated(
      method,
      until,
      async () => {
        const token = await this.tokens?.token()
        try {
          return await this.exchange(`/${method}`, body, token, more.maxAnswerBytes ?? ordinaryAnswer)
        } catch (error) {
          if (error instanceof CscFailure && error.problem.kind === 'token' && token !== undefined) {
            this.tokens?.reject(token)
            if (rejected++ === 0 && !more.once) return again
          }
          throw error
        }
      },
      more.once
    )
  }

  close(): void {
    this.http.close()
    this.tokens?.close()
  }

  private async repeated(
    method: string,
    until: number,
    work: () => Promise<CscAnswer | typeof again>,
    once = false
  ): Promise<CscAnswer> {
    for (let tries = 1; ; tries++) {
      await this.pause(until)
      try {
        const answer = await work()
        if (answer !== again) return answer
      } catch (error) {
        if (!(error instanceof CscFailure)) throw error
        const { problem } = error
        if (problem.kind === 'token') throw new Refused(sealingProblems['key-access-refused'], { method })
        if (problem.kind !== 'later') throw error
        // When a service says "later" to one it says so to all, so everybody waits.
        const waitMs = problem.retryAfterMs ?? backoffMs(tries)
        this.pausedUntil = Math.max(this.pausedUntil, performance.now() + waitMs)
        if (once || tries === mostTries) throw unavailable(problem.cause, this.pausedUntil)
      }
    }
  }

  private async pause(until: number): Promise<void> {
    const waitMs = this.pausedUntil - performance.now()
    if (waitMs <= 0) return
    if (performance.now() + waitMs > until) throw unavailable('later', this.pausedUntil)
    await wait(waitMs)
  }

  private async exchange(
    pathTemplate: string,
    body: object,
    token: string | undefined,
    maxAnswerBytes: number
  ): Promise<CscAnswer> {
    const outcome = await this.http.exchange({
      method: 'POST',
      pathTemplate,
      headers: { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      body: { mediaType: 'application/json', bytes: Buffer.from(JSON.stringify(body)) },
      maxAnswerBytes
    })
    if (outcome.kind === 'not-sent')
      throw new CscFailure({ kind: 'later', cause: outcome.cause, retryAfterMs: outcome.retryAfterMs })
    if (outcome.kind === 'lost') throw new CscFailure({ kind: 'unclear', cause: outcome.cause })
    const read = jsonOf(outcome.body)
    const retryAfter = retryAfterMs(outcome.headers['retry-after'], this.options.clock.now())
    if (outcome.status !== 200 && outcome.status !== 202)
      throw new CscFailure(problemOf(outcome.status, read, retryAfter))
    // Some services say no with status 200.
    if (typeof (read as { error?: unknown } | null | undefined)?.error === 'string')
      throw new CscFailure(problemOf(400, read, retryAfter))
    if (typeof read !== 'object' || read === null)
      throw new CscFailure({ kind: 'wrong', facts: { why: 'not a JSON object' } })
    return { status: outcome.status, body: read, retryAfterMs: retryAfter }
  }
}

const again = Symbol('again')

/** Doubling waits with jitter, so that many programs do not come back in step. */
export function backoffMs(tries: number): number {
  return 50 * 2 ** tries * (0.5 + randomInt(1000) / 1000)
}

function unavailable(why: string, notBefore: number): Unavailable {
  const retryAfterSeconds = Math.max(1, Math.ceil((notBefore - performance.now()) / 1000))
  return new Unavailable(sealingProblems['key-unavailable'], { why }, { retryAfterSeconds })
}

/** The final error for a problem that stays. */
export function errorOf(problem: Exclude<CscProblem, { kind: 'pin' }>): Refused | Unavailable {
  switch (problem.kind) {
    case 'token':
      return new Refused(sealingProblems['key-access-refused'])
    case 'wrong':
      return new Refused(sealingProblems['key-answer-wrong'], problem.facts)
    case 'refused':
      return new Refused(sealingProblems['key-refused'], { error: problem.cause, httpStatus: problem.status })
    case 'sad':
      return new Unavailable(sealingProblems['key-unavailable'], { why: 'SAD' })
    default:
      return new Unavailable(sealingProblems['key-unavailable'], { why: problem.cause })
  }
}

/**
 * Where tokens are given: as configured, or below the base that `info` names (v1.0.4, 8.4). A service that is reached
 * over TLS cannot send the client secret over a plain connection.
 */
function tokenUrlOf(url: string, configured: string | undefined, info: ServiceInfo): string {
  if (configured) return configured
  const base = info.oauth2
  if (!base) throw new Refused(sealingProblems['key-unsuitable'], { why: 'no token endpoint' })
  const allowed = url.startsWith('https:') ? ['https:'] : ['https:', 'http:']
  if (!URL.canParse(base) || !allowed.includes(new URL(base).protocol))
    throw new Refused(sealingProblems['key-unsuitable'], { why: 'token endpoint' })
  const trimmed = base.replace(/\/+$/, '')
  if (trimmed.endsWith('/oauth2/token')) return trimmed
  if (trimmed.endsWith('/oauth2/authorize')) return trimmed.replace(/authorize$/, 'token')
  return trimmed.endsWith('/oauth2') ? `${trimmed}/token` : `${trimmed}/oauth2/token`
}
