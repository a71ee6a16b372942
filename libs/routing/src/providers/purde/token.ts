import { SignJWT } from 'jose'
import { z } from 'zod'
import { Clock, Ids, retryAfterMs, type BearerTokens, type OutboundHttp, type TokenAnswer } from '#platform'
import type { SystemKeys } from './system-keys.js'

/** Seconds that an assertion is good for; the operator takes at most 300. */
const ASSERTION_SECONDS = 240
/** Our clock may be a little ahead of the operator's. */
const SKEW_SECONDS = 10
/** A token this close to its end is not given out any more. */
const MARGIN_MS = 30_000

const tokenAnswer = z.looseObject({ access_token: z.string().min(1), expires_in: z.number().positive().nullish() })
const tokenError = z.looseObject({ error: z.string().regex(/^[\w.-]{1,60}$/) })

interface Held {
  readonly token: string
  readonly until: number
}

/**
 * Access tokens of the operator for systems: client_credentials with a signed assertion (private_key_jwt, RFC 7523;
 * RS256), one per sender address. Kept until shortly before they end; one question per address at a time.
 */
export class PurdeTokens implements BearerTokens {
  private readonly held = new Map<string, Held>()
  private readonly underWay = new Map<string, Promise<TokenAnswer>>()

  /** `http` points at the token endpoint itself; `realmUrl` is the audience of our assertions. */
  constructor(
    private readonly http: OutboundHttp,
    private readonly keys: SystemKeys,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly names: { readonly system: string; readonly realmUrl: string }
  ) {}

  async tokenFor(ade: string, rejected?: string): Promise<TokenAnswer> {
    const held = this.held.get(ade)
    if (held && held.token !== rejected && held.until > this.clock.now().getTime())
      return { kind: 'token', token: held.token }
    let question = this.underWay.get(ade)
    if (!question) {
      question = this.ask(ade).finally(() => this.underWay.delete(ade))
      this.underWay.set(ade, question)
    }
    return question
  }

  private async ask(ade: string): Promise<TokenAnswer> {
    this.held.delete(ade)
    const assertion = await this.assertion(ade)
    if (assertion === undefined) return { kind: 'refused', cause: 'no-key' }
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion
    })
    const outcome = await this.http.exchange({
      method: 'POST',
      pathTemplate: '',
      query: { login_hint: `ADE.${ade}` },
      headers: { accept: 'application/json' },
      body: { mediaType: 'application/x-www-form-urlencoded', bytes: Buffer.from(form.toString()) }
    })
    if (outcome.kind === 'not-sent')
      return { kind: 'unavailable', cause: outcome.cause, retryAfterMs: outcome.retryAfterMs }
    if (outcome.kind === 'lost') return { kind: 'unavailable', cause: outcome.cause }
    const body = json(outcome.body)
    const now = this.clock.now()
    if (outcome.status === 200) {
      const answer = tokenAnswer.safeParse(body)
      if (!answer.success) return { kind: 'unavailable', cause: 'unreadable-answer' }
      const lifeMs = (answer.data.expires_in ?? 60) * 1000
      const until = now.getTime() + lifeMs - Math.min(MARGIN_MS, lifeMs / 2)
      this.held.set(ade, { token: answer.data.access_token, until })
      return { kind: 'token', token: answer.data.access_token }
    }
    if (outcome.status === 429 || outcome.status >= 500) {
      const wait = retryAfterMs(outcome.headers['retry-after'], now)
      return { kind: 'unavailable', cause: `http-${outcome.status}`, retryAfterMs: wait }
    }
    const error = tokenError.safeParse(body)
    return { kind: 'refused', cause: error.success ? error.data.error : `http-${outcome.status}` }
  }

  private async assertion(ade: string): Promise<string | undefined> {
    const key = await this.keys.keyFor(ade)
    if (!key) return undefined
    const client = `${ade}.SYSTEM.${this.names.system}`
    const issued = Math.floor(this.clock.now().getTime() / 1000) - SKEW_SECONDS
    return new SignJWT()
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(key.x5c && { x5c: [...key.x5c] }) })
      .setIssuer(client)
      .setSubject(client)
      .setAudience(this.names.realmUrl)
      .setJti(this.ids.next())
      .setIssuedAt(issued)
      .setNotBefore(issued)
      .setExpirationTime(issued + ASSERTION_SECONDS)
      .sign(key.key)
  }
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
