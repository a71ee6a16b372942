import { invalidRequest } from './csc-error.js'
import { type RemoteCredential, remoteCredentials } from './remote-credential.js'
import type { RequestFields } from './request-fields.js'

/** The credential that a request names. @throws HttpException 400 when it names none */
export function namedCredential(fields: RequestFields): RemoteCredential {
  const id = fields.text('credentialID')
  const credential = remoteCredentials.find(one => one.id === id)
  if (!credential) throw invalidRequest('Invalid parameter credentialID')
  return credential
}
