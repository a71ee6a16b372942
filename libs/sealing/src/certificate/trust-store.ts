import { readableCertificates } from './build-chain.js'
import type { Certificate } from './read-certificate.js'

/** What an anchor is trusted for: to issue seal and signature certificates, to issue (or issue to those who issue) time stamps, to tell the standing of certificates. */
export type TrustPurpose = 'signature' | 'time-stamp' | 'revocation'

/** A certificate that is trusted without asking anybody, and for what; for everything when nothing is said. */
export interface TrustAnchor {
  readonly certificate: Buffer
  readonly purposes?: readonly TrustPurpose[]
}

/** The trust anchors that an operator configured or took from trusted lists. Immutable. */
export class TrustStore {
  private readonly byPurpose = new Map<TrustPurpose, Certificate[]>()
  /** All anchors, whatever they are for. */
  readonly all: readonly Certificate[]

  /** Anchors as DER, for everything, or with their purposes. What cannot be read as a certificate is left out. */
  constructor(anchors: readonly (Buffer | TrustAnchor)[]) {
    const every = new Map<string, Certificate>()
    for (const anchor of anchors) {
      const { certificate: der, purposes } = Buffer.isBuffer(anchor) ? { certificate: anchor } : anchor
      const [certificate] = readableCertificates([der])
      if (!certificate) continue
      every.set(certificate.sha256, certificate)
      for (const purpose of purposes ?? (['signature', 'time-stamp', 'revocation'] as const)) {
        const list = this.byPurpose.get(purpose) ?? []
        if (!list.includes(certificate)) list.push(certificate)
        this.byPurpose.set(purpose, list)
      }
    }
    this.all = [...every.values()]
  }

  /** The anchors that a path for this purpose may end at. */
  for(purpose: TrustPurpose): readonly Certificate[] {
    return this.byPurpose.get(purpose) ?? []
  }

  /** This store and another one together. */
  with(anchors: readonly (Buffer | TrustAnchor)[]): TrustStore {
    const own = [...this.byPurpose].flatMap(([purpose, list]) =>
      list.map(({ der }) => ({ certificate: der, purposes: [purpose] }))
    )
    return new TrustStore([...own, ...anchors])
  }
}
