/**
 * Why a call of the Cloud Signature Consortium API did not do what was asked, sorted by what has to happen next.
 * No text of the other side is kept: it may quote what we sent.
 */
export type CscProblem =
  /** The PIN (or OTP) is wrong or the credential is locked: nobody may try again. */
  | { readonly kind: 'pin'; readonly cause: string }
  /** The access token is no good: another one is needed. Nothing was done. */
  | { readonly kind: 'token' }
  /** The signature activation data is used up, expired or does not fit: another one is needed. */
  | { readonly kind: 'sad' }
  /** Surely not done, and may be asked again. */
  | { readonly kind: 'later'; readonly cause: string; readonly retryAfterMs?: number }
  /** Nobody knows whether it was done. */
  | { readonly kind: 'unclear'; readonly cause: string }
  /** An answer that makes no sense: too short, unreadable, signatures that do not verify. */
  | { readonly kind: 'wrong'; readonly facts: Readonly<Record<string, string | number | boolean>> }
  /** A final no. */
  | { readonly kind: 'refused'; readonly cause: string; readonly status: number }

/** Carries a problem to the place that decides; never leaves the folder. */
export class CscFailure extends Error {
  constructor(readonly problem: CscProblem) {
    super(problem.kind)
  }
}

/** Error codes of the API (v1.0.4, 10.1, and RFC 6749) that may be shown; any other is `other`. */
const knownCodes = new Set([
  'invalid_request',
  'unauthorized_client',
  'invalid_client',
  'invalid_grant',
  'access_denied',
  'unsupported_response_type',
  'unsupported_grant_type',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
  'expired_token',
  'invalid_token',
  'invalid_otp',
  'invalid_pin',
  'not_implemented'
])

/** The error code of an answer's body, if it is one of the API. */
export function errorCode(body: unknown): string {
  const code = (body as { error?: unknown } | null)?.error
  return typeof code === 'string' && knownCodes.has(code) ? code : 'other'
}

const bad =
  'invalid|wrong|incorrect|mismatch|not valid|not match|bad|fail|lock|block|expired|błędn|niepraw|nieprawidł|zablok'
const badSecret = new RegExp(
  `\\b(pin|otp|passw\\w*|hasł\\w*)\\b.*(${bad})|(${bad}).*\\b(pin|otp|passw\\w*|hasł\\w*)\\b`
)
const locked =
  /\b(credential|key|account|user|token|card)\b.*\b(locked|blocked)\b|\b(locked|blocked)\b.*\b(credential|key)\b/
const badSad = /\bsad\b|signature activation data/
const badToken = /\b(access[ _]?token|bearer)\b/

/**
 * Sorts an answer that is not a success. One code, `invalid_request`, stands for everything from an expired SAD to a
 * wrong number, so the description is looked at too, without insisting on its wording (v1.0.4, 10.1).
 */
export function problemOf(status: number, body: unknown, retryAfterMs: number | undefined): CscProblem {
  const code = errorCode(body)
  const { error, error_description: description, message } = (body ?? {}) as Record<string, unknown>
  const text = [error, description, message]
    .filter(part => typeof part === 'string')
    .join(' ')
    .slice(0, 2000)
    .toLowerCase()
  if (code === 'invalid_pin' || code === 'invalid_otp') return { kind: 'pin', cause: code }
  if (status < 500 && status !== 429 && (badSecret.test(text) || locked.test(text))) return { kind: 'pin', cause: code }
  if (status === 429 || status === 503 || code === 'temporarily_unavailable')
    return { kind: 'later', cause: String(status), retryAfterMs }
  if (status === 501) return { kind: 'refused', cause: code, status }
  if (status >= 500 || status === 408) return { kind: 'unclear', cause: String(status) }
  if (badSad.test(text)) return { kind: 'sad' }
  if (status === 401 || code === 'invalid_token' || code === 'expired_token' || badToken.test(text))
    return { kind: 'token' }
  return { kind: 'refused', cause: code, status }
}
