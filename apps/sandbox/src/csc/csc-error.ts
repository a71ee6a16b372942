import { HttpException } from '@nestjs/common'

/** Codes of the remote seal service's refusals (CSC API v1.0.4 clause 9, v2.0 clause 10; RFC 6749 5.2 for tokens). */
export type CscErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'unsupported_grant_type'
  | 'invalid_token'
  | 'expired_token'
  | 'invalid_pin'
  | 'invalid_otp'
  | 'invalid_authentication_data'
  | 'temporarily_unavailable'
  | 'not_implemented'

/** A refusal in the form of the standard: HTTP 400 unless said otherwise. */
export function cscError(error: CscErrorCode, error_description: string, status = 400): HttpException {
  return new HttpException({ error, error_description }, status)
}

/** The most common refusal. */
export function invalidRequest(description: string): HttpException {
  return cscError('invalid_request', description)
}
