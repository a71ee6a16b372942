import type { z } from 'zod'
import {
  Clock,
  Ids,
  retryAfterMs,
  type BearerTokens,
  type HttpAnswer,
  type HttpRequest,
  type OutboundHttp
} from '#platform'
import type { SealedPart } from '../../provider.js'
import { checkedContent } from './checked-content.js'
import { multipartBody } from './multipart.js'
import type { PurdeProblem } from './purde.errors.js'
import {
  draftCreated,
  draftRequest,
  errorAnswer,
  evidenceList,
  fileUploaded,
  messageList,
  receivedMessage,
  sendingStarted,
  someMessages,
  taskResult,
  taskStatus,
  type DraftRequest,
  type EvidenceLine,
  type ReceivedMessage,
  type TaskLine
} from './ua-api.messages.js'

/** One entry of the operator's error array. */
export interface UaError {
  readonly error: string
  readonly description: string
}

/** What a call came to, told so that a sender who must not repeat himself knows what to do. */
export type UaResult<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** The operator read the request and said no (a 4xx other than 401 and 429). */
  | { readonly kind: 'refused'; readonly status: number; readonly errors: readonly UaError[] }
  /** Not now: not sent, no token, 429 or 503. `status` is there when somebody answered, perhaps a proxy on the way. */
  | { readonly kind: 'later'; readonly problem: PurdeProblem; readonly retryAfterMs?: number; readonly status?: number }
  /** No answer, or one that tells nothing: the call may have worked. */
  | { readonly kind: 'lost' }

/** Folder names of the system, as in `labels[].label`. */
export type SentFolder = 'OUTBOX' | 'SENT'

/** Page of a list. */
export interface Page {
  readonly offset: number
  readonly limit: number
}

/** Bytes per second below which an upload counts as stuck. */
const SLOWEST_UPLOAD = 50_000
const MAX_EVIDENCE_BYTES = 8 * 1024 * 1024

/** Client of UA API 3.0.8.2, as much of it as outgoing letters need. Strict in what it sends, lenient in what it reads. */
export class UaApiClient {
  constructor(
    private readonly http: OutboundHttp,
    private readonly tokens: BearerTokens,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly timeoutMs = 30_000
  ) {}

  createDraft(ade: string, draft: DraftRequest): Promise<UaResult<{ messageId: string }>> {
    const bytes = Buffer.from(JSON.stringify(draftRequest.parse(draft)))
    return this.call(ade, draftCreated, {
      method: 'POST',
      pathTemplate: '/{ade}/drafts',
      body: { mediaType: 'application/json', bytes },
      totalTimeoutMs: this.timeoutFor(bytes.length)
    })
  }

  draft(ade: string, draftId: string, format: 'full' | 'metadata'): Promise<UaResult<ReceivedMessage>> {
    return this.call(ade, receivedMessage, {
      method: 'GET',
      pathTemplate: '/{ade}/drafts/{draftId}',
      params: { draftId },
      query: { format }
    })
  }

  /** Drafts, newest first. At most 100 a page. */
  drafts(ade: string, page: Page): Promise<UaResult<ReceivedMessage[]>> {
    return this.call(ade, messageList, {
      method: 'GET',
      pathTemplate: '/{ade}/drafts',
      query: { ...page, format: 'metadata', sortColumn: 'timestamp', sortDirection: 'desc' }
    })
  }

  /**
   * Uploads a part to a draft, streamed.
   * @throws PartChanged, or whatever the archive throws: our own failure must not look like one of the network
   */
  async upload(ade: string, draftId: string, part: SealedPart): Promise<UaResult<{ attachmentId?: string | null }>> {
    const failures: unknown[] = []
    const uploaded = await this.call(ade, fileUploaded, () => ({
      method: 'POST',
      pathTemplate: '/{ade}/{draftId}/attachments/upload',
      params: { draftId },
      body: multipartBody(
        this.ids.next(),
        { filename: part.fileName, contentType: part.mediaType, size: String(part.size), alg: 'SHA-3' },
        {
          field: 'file',
          fileName: part.fileName,
          mediaType: part.mediaType,
          size: part.size,
          content: noting(failures, checkedContent(part))
        }
      ),
      totalTimeoutMs: this.timeoutFor(part.size)
    }))
    if (uploaded.kind !== 'ok' && failures.length > 0) throw failures[0]
    return uploaded
  }

  sendDraft(ade: string, draftId: string): Promise<UaResult<{ messageTaskId: string }>> {
    return this.call(ade, sendingStarted, {
      method: 'POST',
      pathTemplate: '/{ade}/drafts/send',
      body: { mediaType: 'application/json', bytes: Buffer.from(JSON.stringify({ messageId: draftId })) }
    })
  }

  taskStatus(ade: string, taskId: string): Promise<UaResult<{ messageTaskStatus: string }>> {
    return this.call(ade, taskStatus, {
      method: 'GET',
      pathTemplate: '/{ade}/messages/tasks/{taskId}/status',
      params: { taskId }
    })
  }

  taskResult(ade: string, taskId: string): Promise<UaResult<TaskLine[]>> {
    return this.call(ade, taskResult, {
      method: 'GET',
      pathTemplate: '/{ade}/messages/tasks/{taskId}',
      params: { taskId }
    })
  }

  /** Messages of a folder, newest first, without attachments. At most 2,000 a page. */
  messages(ade: string, label: SentFolder, page: Page): Promise<UaResult<ReceivedMessage[]>> {
    return this.call(ade, messageList, {
      method: 'GET',
      pathTemplate: '/{ade}/messages',
      query: { ...page, label, format: 'metadata', sortColumn: 'timestamp', sortDirection: 'desc' }
    })
  }

  /** Up to 50 messages with their lists of attachments. */
  fullMessages(ade: string, messageIds: readonly string[]): Promise<UaResult<ReceivedMessage[]>> {
    return this.call(ade, someMessages, {
      method: 'GET',
      pathTemplate: '/{ade}/messages/{messageId}',
      params: { messageId: messageIds.join(',') },
      query: { format: 'full' }
    })
  }

  /** Evidence that was not downloaded yet, for all messages that still exist. The contract has no pages here. */
  newEvidence(ade: string): Promise<UaResult<{ lines: EvidenceLine[]; unreadable: number }>> {
    return this.call(ade, evidenceList, {
      method: 'GET',
      pathTemplate: '/{ade}/messages/evidences',
      query: { downloaded: false, sortColumn: 'eventDate', sortDirection: 'asc' }
    })
  }

  /** All evidence of one message. */
  evidenceOf(ade: string, messageId: string): Promise<UaResult<{ lines: EvidenceLine[]; unreadable: number }>> {
    return this.call(ade, evidenceList, {
      method: 'GET',
      pathTemplate: '/{ade}/messages/{messageId}/evidences',
      params: { messageId },
      query: { sortColumn: 'eventDate', sortDirection: 'asc' }
    })
  }

  /** The bytes of one piece of evidence. From now on the operator counts it as downloaded. */
  async downloadEvidence(ade: string, evidenceId: string): Promise<UaResult<{ bytes: Buffer; mediaType: string }>> {
    const answer = await this.send(ade, {
      method: 'GET',
      pathTemplate: '/{ade}/evidences/purde/{evidenceId}',
      params: { evidenceId },
      headers: { accept: 'application/octet-stream' },
      maxAnswerBytes: MAX_EVIDENCE_BYTES
    })
    if (answer.kind !== 'ok') return answer
    const { body, headers } = answer.value
    // An empty proof is no proof: treat it as an answer that did not come.
    if (body.length === 0) return { kind: 'lost' }
    return { kind: 'ok', value: { bytes: body, mediaType: headers['content-type'] ?? 'application/octet-stream' } }
  }

  private timeoutFor(bytes: number): number {
    return this.timeoutMs + Math.ceil((bytes / SLOWEST_UPLOAD) * 1000)
  }

  private async call<T>(
    ade: string,
    shape: z.ZodType<T>,
    request: HttpRequest | (() => HttpRequest)
  ): Promise<UaResult<T>> {
    const answer = await this.send(ade, request)
    if (answer.kind !== 'ok') return answer
    const parsed = shape.safeParse(json(answer.value.body))
    return parsed.success ? { kind: 'ok', value: parsed.data } : { kind: 'lost' }
  }

  /** Sends with a token; one new token and one more try after 401, which says that nothing was done. */
  private async send(ade: string, request: HttpRequest | (() => HttpRequest)): Promise<UaResult<HttpAnswer>> {
    let rejected: string | undefined
    for (;;) {
      const token = await this.tokens.tokenFor(ade, rejected)
      if (token.kind === 'refused') return { kind: 'later', problem: 'token-refused', retryAfterMs: 60_000 }
      if (token.kind === 'unavailable')
        return { kind: 'later', problem: 'provider-unavailable', retryAfterMs: token.retryAfterMs }
      // A streamed body can be read once only: the request is made anew for each try.
      const fresh = typeof request === 'function' ? request() : request
      const outcome = await this.http.exchange({
        totalTimeoutMs: this.timeoutMs,
        ...fresh,
        params: { ...fresh.params, ade },
        headers: { accept: 'application/json', ...fresh.headers, authorization: `Bearer ${token.token}` }
      })
      if (outcome.kind === 'not-sent')
        return { kind: 'later', problem: 'provider-unavailable', retryAfterMs: outcome.retryAfterMs }
      if (outcome.kind === 'lost') return { kind: 'lost' }
      if (outcome.status !== 401) return this.read(outcome)
      if (rejected !== undefined) return { kind: 'later', problem: 'token-refused', retryAfterMs: 60_000 }
      rejected = token.token
    }
  }

  private read(answer: HttpAnswer): UaResult<HttpAnswer> {
    const { status } = answer
    // 202 on a reading call is "in work, ask again" (MessagePending); its body then fails the shape and counts as lost.
    if (status >= 200 && status < 300) return { kind: 'ok', value: answer }
    if (status === 429 || status === 503) {
      const wait = retryAfterMs(answer.headers['retry-after'], this.clock.now())
      const problem = status === 429 ? 'provider-busy' : 'provider-unavailable'
      return { kind: 'later', problem, retryAfterMs: wait, status }
    }
    if (status < 400 || status >= 500) return { kind: 'lost' }
    const errors = errorAnswer.safeParse(json(answer.body))
    return {
      kind: 'refused',
      status,
      errors: errors.success
        ? errors.data.map(line => ({ error: line.error ?? '', description: line.error_description ?? '' }))
        : []
    }
  }
}

/** The same stream; what breaks it is noted on the way. */
async function* noting(failures: unknown[], content: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  try {
    yield* content
  } catch (error) {
    failures.push(error)
    throw error
  }
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
