import { randomBytes } from 'node:crypto'
import { type Clock, type HttpAnswer, OutboundHttp, Refused, retryAfterMs, Unavailable } from '#platform/plain'
import { DerError } from '../der-reader.js'
import { sealingProblems } from '../sealing.errors.js'
import { nonceText, readTimestampResponse, timestampRequest, type TimestampResponse } from './timestamp-message.js'
import type { Timestamp, TimestampAuthority } from './timestamp-authority.js'
import { Turnstile } from './turnstile.js'
import { verifyTimestampToken } from './verify-timestamp-token.js'

/** How to reach a time-stamp authority over HTTP (RFC 3161, 3.4), and what to believe from it. */
export interface HttpTimestampAuthorityOptions {
  readonly url: string
  /** Patience for one answer, in milliseconds. */
  readonly timeoutMs: number
  /** Certificates trusted to issue time stamps, or to issue the certificates of those who do; DER. */
  readonly trustAnchors: readonly Buffer[]
  /** Greatest difference between the stamp's time and our clock, in seconds. */
  readonly maxSkewSeconds: number
  readonly clock: Clock
  /** Policy to ask for and to insist on, dotted OID; the authority's default when absent. */
  readonly policy?: string
  /** Requests under way at the same time; more wait. Default 16. */
  readonly atOnce?: number
  /** How to log in, where the authority is a commercial one. */
  readonly credentials?: { readonly user: string; readonly password: string } | { readonly bearer: string }
  /** Private roots, and a certificate of our own, for the connection; PEM. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
}

/** Real tokens with certificates have 2 to 8 KB; anything far beyond is not a time stamp. */
const largestAnswer = 64 * 1024

/** RFC 3161 client over HTTP. One request per stamp over connections that stay open; every answer is checked. */
export class HttpTimestampAuthority implements TimestampAuthority {
  private largestToken = 0
  private readonly http: OutboundHttp
  private readonly path: string
  private readonly turnstile: Turnstile
  private readonly headers: Record<string, string>

  constructor(private readonly options: HttpTimestampAuthorityOptions) {
    const url = new URL(options.url)
    this.http = new OutboundHttp({
      baseUrl: url.origin,
      totalTimeoutMs: options.timeoutMs,
      connectTimeoutMs: Math.min(5_000, options.timeoutMs),
      maxAnswerBytes: largestAnswer,
      tls: options.tls
    })
    // Braces would be taken for names of a template.
    this.path = (url.pathname + url.search).replaceAll('{', '%7B').replaceAll('}', '%7D')
    this.turnstile = new Turnstile(options.atOnce ?? 16)
    this.headers = { accept: 'application/timestamp-reply', ...authorization(options.credentials) }
  }

  /** Measured from the tokens seen so far, with a margin; a generous guess before the first one. */
  get expectedTokenBytes(): number {
    return this.largestToken > 0 ? this.largestToken + 64 : 6144
  }

  async stamp(imprint: Buffer): Promise<Timestamp> {
    const { policy, clock, trustAnchors } = this.options
    const nonce = randomBytes(12)
    const body = await this.turnstile.run(() => this.ask(timestampRequest(imprint, nonce, policy)))
    const answer = this.read(body)
    if (!answer.granted) throw refusal(answer)
    const covered = (hash: string) => (hash === 'sha256' ? imprint : undefined)
    const verdict = verifyTimestampToken(answer.token, covered, trustAnchors, clock.now())
    if (verdict.indication !== 'PASSED')
      throw wrong({ indication: verdict.indication, subIndication: verdict.subIndication })
    const { info } = verdict
    if (info.nonce !== nonceText(nonce)) throw wrong({ why: 'nonce' })
    if (policy && info.policy !== policy) throw wrong({ why: 'policy', policy: info.policy })
    const skewMs = Math.abs(info.genTime.getTime() - clock.now().getTime())
    if (skewMs > this.options.maxSkewSeconds * 1000 + info.accuracyMs)
      throw wrong({ why: 'time', skewSeconds: Math.round(skewMs / 1000) })
    this.largestToken = Math.max(this.largestToken, answer.token.length)
    return { token: answer.token, genTime: info.genTime, serial: info.serial, policy: info.policy }
  }

  /** Closes idle connections. */
  close(): void {
    this.http.close()
  }

  private async ask(request: Buffer): Promise<Buffer> {
    const outcome = await this.http.exchange({
      method: 'POST',
      pathTemplate: this.path,
      headers: this.headers,
      body: { mediaType: 'application/timestamp-query', bytes: request }
    })
    if (outcome.kind === 'answer') return this.bodyOf(outcome)
    if (outcome.cause === 'answer-too-large') throw wrong({ why: 'size' })
    const wait = outcome.kind === 'not-sent' ? outcome.retryAfterMs : undefined
    throw new Unavailable(
      sealingProblems['timestamp-unavailable'],
      { why: 'no answer', cause: outcome.cause },
      wait === undefined ? {} : { retryAfterSeconds: Math.ceil(wait / 1000) }
    )
  }

  private bodyOf({ status, headers, body }: HttpAnswer): Buffer {
    if (status >= 500 || status === 429 || status === 408) {
      const waitMs = retryAfterMs(headers['retry-after'], this.options.clock.now())
      throw new Unavailable(
        sealingProblems['timestamp-unavailable'],
        { httpStatus: status },
        waitMs === undefined ? {} : { retryAfterSeconds: Math.ceil(waitMs / 1000) }
      )
    }
    if (status !== 200) throw new Refused(sealingProblems['timestamp-refused'], { httpStatus: status })
    const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
    if (type !== 'application/timestamp-reply') throw wrong({ why: 'media type' })
    return body
  }

  private read(body: Buffer): TimestampResponse {
    try {
      return readTimestampResponse(body)
    } catch (cause) {
      if (cause instanceof DerError) throw wrong({ why: 'form' }, cause)
      throw cause
    }
  }
}

function authorization(credentials: HttpTimestampAuthorityOptions['credentials']): Record<string, string> {
  if (!credentials) return {}
  if ('bearer' in credentials) return { authorization: `Bearer ${credentials.bearer}` }
  const pair = Buffer.from(`${credentials.user}:${credentials.password}`, 'utf8').toString('base64')
  return { authorization: `Basic ${pair}` }
}

function refusal(answer: Extract<TimestampResponse, { granted: false }>): Error {
  const facts = { status: answer.status, failureBits: answer.failureBits.map(String) }
  return answer.later
    ? new Unavailable(sealingProblems['timestamp-unavailable'], facts)
    : new Refused(sealingProblems['timestamp-refused'], facts)
}

function wrong(facts: Record<string, string | number>, cause?: unknown): Refused {
  return new Refused(sealingProblems['timestamp-wrong'], facts, { cause })
}
