import { X509Certificate } from 'node:crypto'
import { Injectable } from '@nestjs/common'
import { Pki } from '../pki/pki.js'
import { Revocations } from '../pki/revocations.js'
import type { FaultMode } from '../world/faults.js'
import { Ledger } from '../world/ledger.js'
import { WorldClock } from '../world/world-clock.js'
import { invalidRequest } from './csc-error.js'
import { namedCredential } from './find-credential.js'
import type { RemoteCredential } from './remote-credential.js'
import { RemoteSealService } from './remote-seal-service.js'
import type { RequestFields } from './request-fields.js'
import { hashOids, readAlgorithm, type SignatureAlgorithm } from './signature-algorithm.js'

/** The names that differ between the two versions of the API. */
export interface SignHashNames {
  version: 'v1' | 'v2'
  hashes: 'hash' | 'hashes'
  hashAlgo: 'hashAlgo' | 'hashAlgorithmOID'
}

/** A call of signHash that was checked and whose SAD is used. */
export interface SigningOrder {
  version: 'v1' | 'v2'
  credential: RemoteCredential
  hashes: string[]
  algorithm: SignatureAlgorithm
}

/** signatures/signHash (v1.0.4 11.9, v2.0 11.10): checks a call, uses its SAD and lets the HSM sign. */
@Injectable()
export class SignHash {
  constructor(
    private readonly service: RemoteSealService,
    private readonly pki: Pki,
    private readonly revocations: Revocations,
    private readonly clock: WorldClock,
    private readonly ledger: Ledger
  ) {}

  /** Checks everything and uses the SAD. @throws HttpException 400 */
  accept(fields: RequestFields, names: SignHashNames): SigningOrder {
    const credential = namedCredential(fields)
    const sad = fields.text('SAD')
    const hashes = fields.hashes(names.hashes)
    const algorithm = readAlgorithm(this.service.hsm.keyOf(credential), {
      signAlgo: fields.text('signAlgo'),
      hashAlgo: fields.optionalText(names.hashAlgo),
      hashAlgoName: names.hashAlgo,
      signAlgoParams: fields.optionalText('signAlgoParams')
    })
    const { length } = hashOids[algorithm.hash]
    if (hashes.some(hash => Buffer.from(hash, 'base64').length !== length)) {
      throw invalidRequest('Invalid digest value length')
    }
    this.#requireCertificateInForce(credential)
    this.service.activations.use(credential, sad, hashes)
    return { version: names.version, credential, hashes, algorithm }
  }

  /** Signs what was accepted; base64, in the order of the hashes unless a fault says otherwise. */
  async execute({ version, credential, hashes, algorithm }: SigningOrder, fault: FaultMode): Promise<string[]> {
    const digests = hashes.map(hash => Buffer.from(hash, 'base64'))
    const signatures = await this.service.hsm.sign(credential, digests, algorithm, fault)
    // Written down before anybody is answered: an answer that gets lost was signed all the same.
    this.ledger.write({
      surface: 'csc',
      action: 'signed',
      version,
      credential: credential.id,
      count: hashes.length,
      hashes
    })
    const encoded = signatures.map(signature => signature.toString('base64'))
    if (fault === 'misorder') return encoded.reverse()
    return fault === 'short-answer' ? encoded.slice(0, -1) : encoded
  }

  #requireCertificateInForce({ id, enabled }: RemoteCredential): void {
    const certificate = new X509Certificate(this.pki.seal(id).certificate)
    if (this.clock.now() > new Date(certificate.validTo)) {
      const [organisation, name] = ['O', 'CN'].map(
        part => new RegExp(`^${part}=(.*)$`, 'm').exec(certificate.subject)?.[1]
      )
      throw invalidRequest(`Signing certificate 'O=${organisation},CN=${name}' is expired`)
    }
    if (!enabled) throw invalidRequest('The credential identified by credentialID is disabled')
    if (this.revocations.of(id)) throw invalidRequest('Signing certificate is revoked')
  }
}
