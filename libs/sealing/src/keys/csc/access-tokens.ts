import { z } from 'zod'
import { type Clock, OutboundHttp, type OutboundHttpSettings, Refused, retryAfterMs } from '#platform/plain'
import { sealingProblems } from '../../sealing.errors.js'
import { CscFailure, errorCode } from './csc-problem.js'

const tokenAnswer = z.looseObject({
  access_token: z.string().min(1).max(16_384),
  expires_in: z.coerce.number().min(0).max(31_536_000).optional().catch(undefined)
})

/** How long a token is used whose service does not say when it ends, in milliseconds. */
const unknownLifeMs = 300_000

/**
 * Access tokens of OAuth 2.0 client credentials (RFC 6749, 4.4; CSC API v1.0.4, 8.4), for scope `service`. One is kept in
 * memory and replaced before it ends.
 */
export class AccessTokens {
  private readonly http: OutboundHttp
  private current: { readonly token: string; readonly goodUntil: number } | undefined
  private asking: Promise<string> | undefined

  constructor(
    tokenUrl: string,
    private readonly client: { readonly clientId: string; readonly clientSecret: string },
    private readonly clock: Clock,
    settings: Omit<OutboundHttpSettings, 'baseUrl'>
  ) {
    this.http = new OutboundHttp({ ...settings, baseUrl: tokenUrl, maxAnswerBytes: 65_536 })
  }

  /** A token that is good for a while. @throws CscFailure, and Refused `sealing/key-access-refused`. */
  async token(): Promise<string> {
    // Monotonic time: a token's life is counted from when it came, whatever the clock on the wall does.
    if (this.current && performance.now() < this.current.goodUntil) return this.current.token
    this.asking ??= this.ask().finally(() => (this.asking = undefined))
    return this.asking
  }

  /** Forgets a token that the service has just refused. */
  reject(token: string): void {
    if (this.current?.token === token) this.current = undefined
  }

  close(): void {
    this.http.close()
  }

  private async ask(): Promise<string> {
    const asked = performance.now()
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: this.client.clientId,
      client_secret: this.client.clientSecret
    })
    const outcome = await this.http.exchange({
      method: 'POST',
      pathTemplate: '',
      headers: { accept: 'application/json' },
      body: { mediaType: 'application/x-www-form-urlencoded', bytes: Buffer.from(form.toString()) }
    })
    // Asking for a token twice does no harm, so silence is as good as "later".
    if (outcome.kind !== 'answer')
      throw new CscFailure({
        kind: 'later',
        cause: outcome.cause,
        retryAfterMs: outcome.kind === 'not-sent' ? outcome.retryAfterMs : undefined
      })
    const { status, headers, body } = outcome
    if (status === 429 || status === 408 || status >= 500)
      throw new CscFailure({
        kind: 'later',
        cause: String(status),
        retryAfterMs: retryAfterMs(headers['retry-after'], this.clock.now())
      })
    const read = jsonOf(body)
    const answer = tokenAnswer.safeParse(read)
    if (status !== 200 || !answer.success)
      throw new Refused(sealingProblems['key-access-refused'], { httpStatus: status, error: errorCode(read) })
    const lifeMs = answer.data.expires_in === undefined ? unknownLifeMs : answer.data.expires_in * 1000
    // Ten percent, at most half a minute, before it ends: what is sent with it has to arrive too.
    this.current = { token: answer.data.access_token, goodUntil: asked + lifeMs - Math.min(lifeMs / 10, 30_000) }
    return this.current.token
  }
}

/** JSON, or undefined where it is none. */
export function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
