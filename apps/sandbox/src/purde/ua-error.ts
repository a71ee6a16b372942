import { HttpException } from '@nestjs/common'

/** One entry of the error array (UA API schema ErrorInfo). */
export interface UaError {
  error: string
  error_description: string
  messageId?: string
}

/** A refusal as the UA API words it: status 400 and an array of errors. */
export class UaRefusal extends HttpException {
  constructor(errors: UaError[]) {
    super(errors, 400)
  }
}

/** Refuses with a single error. */
export function refuse(error: string, description: string, messageId?: string): never {
  throw new UaRefusal([{ error, error_description: description, ...(messageId ? { messageId } : {}) }])
}

/** Thrown to cut the connection without an answer, as a network that fails would. */
export class CutConnection extends Error {}

/** The service does not work now: 503 with Retry-After (seconds). */
export class ServiceDown extends Error {
  constructor(readonly retryAfter: number) {
    super('the service is down')
  }
}

/** A client asks too much: 429 with Retry-After (seconds). */
export class TooManyRequests extends Error {
  constructor(readonly retryAfter: number) {
    super('too many requests')
  }
}
