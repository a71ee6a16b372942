import type { z } from 'zod'
import {
  Clock,
  Refused,
  retryAfterMs,
  Unavailable,
  type BearerTokens,
  type HttpAnswer,
  type OutboundHttp
} from '#platform'
import { addresseeProblems } from '../addressee.errors.js'
import {
  baeSearchAnswer,
  edaConfirmationAnswer,
  edaSearchAnswer,
  searchEngineError,
  type BaeSearchAnswer,
  type EdaConfirmationAnswer,
  type EdaSearchAnswer
} from './se-api.answers.js'
import {
  baeSearchRequest,
  edaConfirmationRequest,
  edaSearchRequest,
  type BaeSearchRequest,
  type EdaConfirmationRequest,
  type EdaSearchRequest
} from './se-api.requests.js'

/** A question to the register and its answer, byte for byte: the proof that an address was checked before dispatch. */
export interface LookUpRecord {
  readonly operation: 'bae_search' | 'eda-search' | 'eda-confirmation'
  /** Request body as sent (JSON, UTF-8). */
  readonly request: Buffer
  /** Answer body as received. */
  readonly response: Buffer
  readonly status: number
  readonly askedAt: Date
  readonly answeredAt: Date
}

/** What a question to the register came to. No answer at all is `Unavailable`. */
export type LookUp<T> =
  | { readonly outcome: 'answered'; readonly record: LookUpRecord; readonly parsed: T }
  | { readonly outcome: 'not-found'; readonly record: LookUpRecord }
  /** The register did not accept the question; `codes` are its own, such as SEAPI-00009. */
  | { readonly outcome: 'refused'; readonly record: LookUpRecord; readonly codes: readonly string[] }

/** "Nothing found": comes with HTTP 404. */
const NOTHING_FOUND = 'SEAPI-00010'

/** Client of the Search Engine API 4.0.5 of BAE. Strict in what it asks, lenient in what it reads. */
export class SeApiClient {
  constructor(
    private readonly http: OutboundHttp,
    private readonly tokens: BearerTokens,
    private readonly clock: Clock
  ) {}

  /**
   * Search by identifiers, names or addresses.
   * @throws Refused addressee/search-criteria-invalid before anything is sent
   * @throws Unavailable addressee/bae-unavailable
   */
  baeSearch(search: BaeSearchRequest): Promise<LookUp<BaeSearchAnswer>> {
    return this.ask(
      'bae_search',
      baeSearchRequest,
      search,
      baeSearchAnswer,
      answer => !answer.baeSearchResponses?.length
    )
  }

  /** Records of up to 1,000 addresses. Throws like `baeSearch`. */
  edaSearch(search: EdaSearchRequest): Promise<LookUp<EdaSearchAnswer>> {
    return this.ask(
      'eda-search',
      edaSearchRequest,
      search,
      edaSearchAnswer,
      answer => !answer.edaSearchResponses?.length
    )
  }

  /** The record of one address. Throws like `baeSearch`. */
  edaConfirmation(question: EdaConfirmationRequest): Promise<LookUp<EdaConfirmationAnswer>> {
    return this.ask(
      'eda-confirmation',
      edaConfirmationRequest,
      question,
      edaConfirmationAnswer,
      answer => !answer.recipientEda
    )
  }

  private async ask<A>(
    operation: LookUpRecord['operation'],
    requestShape: z.ZodType<{ senderEda: string }>,
    question: { senderEda: string },
    answerShape: z.ZodType<A>,
    isEmpty: (answer: A) => boolean
  ): Promise<LookUp<A>> {
    const checked = requestShape.safeParse(question)
    if (!checked.success) {
      const fields = [...new Set(checked.error.issues.map(issue => issue.path.join('.') || '(criteria)'))]
      throw new Refused(addresseeProblems['search-criteria-invalid'], { fields })
    }
    const request = Buffer.from(JSON.stringify(checked.data))
    const askedAt = this.clock.now()
    const answer = await this.send(operation, question.senderEda, request)
    const record = {
      operation,
      request,
      response: answer.body,
      status: answer.status,
      askedAt,
      answeredAt: this.clock.now()
    }
    if (answer.status === 200) {
      const parsed = answerShape.safeParse(json(answer.body))
      if (!parsed.success) throw unavailable('unreadable-answer')
      return isEmpty(parsed.data)
        ? { outcome: 'not-found', record }
        : { outcome: 'answered', record, parsed: parsed.data }
    }
    const error = searchEngineError.safeParse(json(answer.body))
    if ((answer.status === 400 || answer.status === 404) && error.success) {
      const codes = [...new Set(error.data.errorCodes.map(entry => entry.errorCode))]
      return codes.includes(NOTHING_FOUND) ? { outcome: 'not-found', record } : { outcome: 'refused', record, codes }
    }
    // A bare 404 is a wrong URL or a proxy, not a statement about an addressee: never read it as "has no address".
    throw unavailable(`http-${answer.status}`, retryAfterMs(answer.headers['retry-after'], this.clock.now()))
  }

  private async send(operation: LookUpRecord['operation'], senderEda: string, bytes: Buffer): Promise<HttpAnswer> {
    let rejected: string | undefined
    for (;;) {
      const token = await this.tokens.tokenFor(senderEda, rejected)
      if (token.kind === 'refused') throw unavailable(`token-${token.cause}`)
      if (token.kind === 'unavailable') throw unavailable(`token-${token.cause}`, token.retryAfterMs)
      const outcome = await this.http.exchange({
        method: 'POST',
        pathTemplate: `/search/${operation}`,
        headers: { authorization: `Bearer ${token.token}`, accept: 'application/json' },
        body: { mediaType: 'application/json', bytes }
      })
      if (outcome.kind === 'not-sent') throw unavailable(outcome.cause, outcome.retryAfterMs)
      if (outcome.kind === 'lost') throw unavailable(outcome.cause)
      if (outcome.status !== 401 || rejected !== undefined) return outcome
      rejected = token.token
    }
  }
}

function unavailable(cause: string, waitMs?: number): Unavailable {
  const retryAfterSeconds = waitMs === undefined ? undefined : Math.ceil(waitMs / 1000)
  return new Unavailable(addresseeProblems['bae-unavailable'], { cause }, { retryAfterSeconds })
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
