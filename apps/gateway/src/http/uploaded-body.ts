import type { FastifyRequest } from 'fastify'
import { dispatchProblems } from '#dispatch'
import { Refused } from '#platform'
import { parseFileName } from './content-disposition.js'
import { parseSha256 } from './content-digest.js'
import { gatewayProblems } from './gateway.errors.js'

/** SHA-256 in a Content-Digest header. @throws Refused `dispatch/digest-missing`, `gateway/digest-malformed` */
export function sha256Of(header: string | string[] | undefined): Buffer {
  if (header === undefined) throw new Refused(dispatchProblems['digest-missing'])
  const sha256 = parseSha256(String(header))
  if (!sha256) throw new Refused(gatewayProblems['digest-malformed'])
  return sha256
}

/** File name in a Content-Disposition header. @throws Refused `dispatch/file-name-missing`, `gateway/file-name-malformed` */
export function fileNameOf(header: string | undefined): string {
  if (header === undefined) throw new Refused(dispatchProblems['file-name-missing'])
  const fileName = parseFileName(header)
  if (fileName === undefined) throw new Refused(gatewayProblems['file-name-malformed'])
  return fileName
}

/** Type and subtype only, in lower case (RFC 9110, 8.3.1); anything odd is just bytes. */
export function mediaTypeOf(header: string | undefined): string {
  const found = /^[ \t]*([\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64})[ \t]*(;|$)/.exec(header ?? '')
  return found?.[1]?.toLowerCase() ?? 'application/octet-stream'
}

/**
 * The body, piece by piece; it tells a broken-off upload from trouble of our own, which Node reports with the same error
 * code as a lost connection to the database. Once somebody has begun to read, what they leave is read away, so that it does
 * not stand in the way of the next request on this connection; destroying the request instead would take the answer along.
 * Where nobody has begun, Node reads it away itself.
 */
export async function* uploadOf(raw: FastifyRequest['raw']): AsyncGenerator<Buffer, void> {
  try {
    yield* raw.iterator({ destroyOnReturn: false })
  } catch (cause) {
    throw new Refused(dispatchProblems['upload-broken-off'], {}, { cause })
  } finally {
    raw.resume()
  }
}
