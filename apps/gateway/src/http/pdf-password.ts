import type { ApiHeaderOptions } from '@nestjs/swagger'
import { Refused } from '#platform'
import { gatewayProblems } from './gateway.errors.js'

/** The header with the password of an encrypted PDF, as OpenAPI describes it. A header is in no URL, and in no log of ours. */
export const PDF_PASSWORD: ApiHeaderOptions = {
  name: 'Goniec-Pdf-Password',
  description: 'Opens an encrypted PDF: its password, percent-encoded UTF-8. Used for this request and not kept.',
  schema: { type: 'string' }
}

/**
 * The password in that header, if it was sent.
 * @throws Refused `gateway/request-malformed` when it is not percent-encoded
 */
export function pdfPasswordIn(header: string | undefined): string | undefined {
  try {
    return header === undefined ? undefined : decodeURIComponent(header)
  } catch {
    throw new Refused(gatewayProblems['request-malformed'])
  }
}
