import { invalidRequest } from './csc-error.js'
import { credentialOwner, type RemoteCredential, remoteCredentials } from './remote-credential.js'
import type { RequestFields } from './request-fields.js'

/** Most credentials on one page. */
const pageSize = 100

/**
 * The credentials of the user whom a request names: a token of client credentials says nothing of a user (v1.0.4 11.4).
 *
 * @throws HttpException 400
 */
export function credentialsOfUser(fields: RequestFields): readonly RemoteCredential[] {
  if (fields.text('userID') !== credentialOwner) throw invalidRequest('Invalid parameter userID')
  return remoteCredentials
}

/** One page of identifiers, as v1.0.4 gives them. */
export function pageOf(fields: RequestFields, ids: string[]): { credentialIDs: string[]; nextPageToken?: string } {
  const size = fields.has('maxResults') ? fields.integer('maxResults') : pageSize
  if (size < 1) throw invalidRequest('Invalid parameter maxResults')
  const token = fields.optionalText('pageToken')
  const start = token === undefined ? 0 : ids.indexOf(token)
  if (start < 0) throw invalidRequest('Invalid parameter pageToken')
  const next = ids[start + Math.min(size, pageSize)]
  return {
    credentialIDs: ids.slice(start, start + Math.min(size, pageSize)),
    ...(next === undefined ? {} : { nextPageToken: next })
  }
}
