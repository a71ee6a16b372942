import { Injectable } from '@nestjs/common'
import { type ActivationAnswer } from './activations.js'
import { invalidRequest } from './csc-error.js'
import { namedCredential } from './find-credential.js'
import type { RemoteCredential } from './remote-credential.js'
import { RemoteSealService } from './remote-seal-service.js'
import type { RequestFields } from './request-fields.js'

/** What an authorisation leads to: SAD at once, or a handle while a person is being asked. */
export type Authorisation = ActivationAnswer | { handle: string }

/** credentials/authorize, authorizeCheck and extendTransaction in both versions of the API. */
@Injectable()
export class AuthorizeCredential {
  constructor(private readonly service: RemoteSealService) {}

  /** v1.0.4 11.6: PIN and OTP as parameters of their own. */
  authorizeV1(fields: RequestFields): Authorisation {
    const { credential, signatures } = this.#asked(fields)
    const hashes = fields.has('hash') ? fields.hashes('hash') : undefined
    const { approval } = credential
    // Such a credential shows itself as one for OAuth 2.0 codes, for which this method is not.
    if (approval === 'push') throw invalidRequest('Invalid parameter credentialID')
    if (approval === 'pin') this.service.approvals.check(credential, fields.text('PIN'), 'v1')
    if (approval === 'otp') this.service.approvals.check(credential, fields.text('OTP'), 'v1')
    return this.service.activations.open(credential, signatures, hashes)
  }

  /** v2.0 11.6: whatever has to be shown is in `authData`. */
  authorizeV2(fields: RequestFields): Authorisation {
    const { credential, signatures } = this.#asked(fields)
    const hashes = boundHashes(fields)
    const { approval } = credential
    if (approval === 'push') {
      // An authorisation that would be refused anyway is not put before a person.
      if (signatures < 1 || signatures > credential.multisign) this.service.activations.open(credential, signatures, [])
      return { handle: this.service.pending.ask({ credential, signatures, hashes }) }
    }
    if (approval === 'pin' || approval === 'otp') {
      this.service.approvals.check(credential, shown(fields, approval.toUpperCase()), 'v2')
    }
    return this.service.activations.open(credential, signatures, hashes)
  }

  /** v2.0 11.7: how it went with the person. */
  check(fields: RequestFields): Authorisation {
    const handle = fields.text('handle')
    const found = this.service.pending.collect(handle)
    if (found === undefined) throw invalidRequest('Invalid parameter handle')
    if (found === 'waiting') return { handle }
    return this.service.activations.open(found.credential, found.signatures, found.hashes)
  }

  /** v1.0.4 11.7, v2.0 11.9: another SAD for the rest of a transaction. */
  extend(fields: RequestFields, version: 'v1' | 'v2'): ActivationAnswer {
    const credential = namedCredential(fields)
    const hashes = version === 'v2' ? boundHashes(fields) : fields.has('hash') ? fields.hashes('hash') : undefined
    return this.service.activations.extend(credential, fields.text('SAD'), hashes)
  }

  #asked(fields: RequestFields): { credential: RemoteCredential; signatures: number } {
    const credential = namedCredential(fields)
    if (!credential.enabled) throw invalidRequest('The credential identified by credentialID is disabled')
    return { credential, signatures: fields.integer('numSignatures') }
  }
}

// v2: hashes come with the OID of their algorithm.
function boundHashes(fields: RequestFields): string[] | undefined {
  if (!fields.has('hashes')) return undefined
  const hashes = fields.hashes('hashes')
  fields.text('hashAlgorithmOID')
  return hashes
}

function shown(fields: RequestFields, id: string): string {
  const data = fields.optionalList('authData')
  if (!data) throw invalidRequest('Missing (or invalid type) array parameter authData')
  const isObject = (one: unknown): one is Record<string, unknown> => typeof one === 'object' && one !== null
  const value = data.filter(isObject).find(one => one['id'] === id)?.['value']
  if (typeof value !== 'string') throw invalidRequest('Missing (or invalid type) array parameter authData')
  return value
}
