import { Injectable } from '@nestjs/common'
import { XadesSealer } from '../evidence/seal-xades.js'
import { Pki } from '../pki/pki.js'
import { TimestampAuthority } from '../tsa/timestamp-authority.js'

/** The seals that stand under evidence: the public service, another provider, and an attacker with a CA of his own. */
@Injectable()
export class EvidenceSeals {
  readonly operator: XadesSealer
  readonly privateProvider: XadesSealer
  readonly stranger: XadesSealer

  constructor(pki: Pki, tsa: TimestampAuthority) {
    const sealer = (name: 'operator' | 'private-provider' | 'stranger') =>
      new XadesSealer(pki.seal(name), sha256 => tsa.stamp(sha256))
    this.operator = sealer('operator')
    this.privateProvider = sealer('private-provider')
    this.stranger = sealer('stranger')
  }
}
