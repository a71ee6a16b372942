import { createHash, randomBytes } from 'node:crypto'
import { type Clock, Refused, Unavailable } from '#platform'
import { DerError } from '../der-reader.js'
import { sealingProblems } from '../sealing.errors.js'
import { nonceText, readTimestampResponse, timestampRequest, type TimestampResponse } from './timestamp-message.js'
import type { Timestamp, TimestampAuthority } from './timestamp-authority.js'
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
}

/** Real tokens with certificates have 2 to 8 KB; anything far beyond is not a time stamp. */
const largestAnswer = 64 * 1024

/** RFC 3161 client over HTTP. One request per stamp; connections are kept open by fetch. */
export class HttpTimestampAuthority implements TimestampAuthority {
  private largestToken = 0

  constructor(private readonly options: HttpTimestampAuthorityOptions) {}

  /** Measured from the tokens seen so far, with a margin; a generous guess before the first one. */
  get expectedTokenBytes(): number {
    return this.largestToken > 0 ? this.largestToken + 64 : 6144
  }

  async stamp(bytes: Buffer): Promise<Timestamp> {
    const { policy } = this.options
    const imprint = createHash('sha256').update(bytes).digest()
    const nonce = randomBytes(12)
    const answer = this.read(await this.ask(timestampRequest(imprint, nonce, policy)))
    if (!answer.granted) throw refusal(answer)
    const verdict = verifyTimestampToken(answer.token, bytes, this.options.trustAnchors, this.options.clock.now())
    if (verdict.indication !== 'PASSED')
      throw wrong({ indication: verdict.indication, subIndication: verdict.subIndication })
    const { info } = verdict
    if (info.nonce !== nonceText(nonce)) throw wrong({ why: 'nonce' })
    if (policy && info.policy !== policy) throw wrong({ why: 'policy', policy: info.policy })
    const skewMs = Math.abs(info.genTime.getTime() - this.options.clock.now().getTime())
    if (skewMs > this.options.maxSkewSeconds * 1000 + info.accuracyMs)
      throw wrong({ why: 'time', skewSeconds: Math.round(skewMs / 1000) })
    this.largestToken = Math.max(this.largestToken, answer.token.length)
    return { token: answer.token, genTime: info.genTime, serial: info.serial, policy: info.policy }
  }

  private async ask(request: Buffer): Promise<Buffer> {
    const { url, timeoutMs } = this.options
    let response: Response
    let body: Buffer | undefined
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
        body: new Uint8Array(request),
        // A redirect would turn the POST into a GET or carry it to a host nobody configured.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs)
      })
      body = await readBounded(response)
    } catch (cause) {
      throw new Unavailable(sealingProblems['timestamp-unavailable'], { why: 'no answer' }, { cause })
    }
    if (response.status >= 500 || response.status === 429 || response.status === 408)
      throw new Unavailable(
        sealingProblems['timestamp-unavailable'],
        { httpStatus: response.status },
        { retryAfterSeconds: retryAfter(response) }
      )
    if (response.status !== 200)
      throw new Refused(sealingProblems['timestamp-refused'], { httpStatus: response.status })
    const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
    if (type !== 'application/timestamp-reply') throw wrong({ why: 'media type' })
    if (!body) throw wrong({ why: 'size' })
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

/** The body, or undefined when it is larger than any time stamp. */
async function readBounded(response: Response): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > largestAnswer) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Seconds asked for in Retry-After; the form with a date is ignored, because the other clock may be wrong. */
function retryAfter(response: Response): number | undefined {
  const text = response.headers.get('retry-after') ?? ''
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined
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
