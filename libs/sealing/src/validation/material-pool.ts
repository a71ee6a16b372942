import { readableCertificates } from '../certificate/build-chain.js'
import { ExtensionOid, needsNoRevocation } from '../certificate/certificate-extensions.js'
import { type CertificatePath, findPaths, isSignedBy } from '../certificate/find-paths.js'
import { sameName } from '../certificate/names.js'
import type { Certificate } from '../certificate/read-certificate.js'
import type { TrustPurpose, TrustStore } from '../certificate/trust-store.js'
import { DerError } from '../der-reader.js'
import type { Material } from '../material.js'
import { type Crl, readCrl } from '../revocation/crl.js'
import { type OcspResponse, readOcspResponse } from '../revocation/ocsp-response.js'
import { factsAbout, type RevocationFact } from '../revocation/revocation-fact.js'

/** Where a piece of revocation information came from. */
export type Origin = 'embedded' | 'online' | 'cache'

/** Of each kind, pieces beyond these are not read: real files have a dozen. */
const mostCertificates = 512
const mostResponses = 256
const mostNamesakes = 8

/**
 * All certificates and revocation information at hand for one validation, from the file and from elsewhere, with answers to
 * what is asked of them again and again. Pure: what is not here is not known.
 */
export class MaterialPool {
  private readonly certificates = new Map<string, Certificate>()
  private readonly ocspResponses = new Map<string, OcspResponse>()
  private readonly crls = new Map<string, Crl>()
  private readonly origins = new Map<string, Origin>()
  private paths = new Map<string, CertificatePath[]>()
  private facts = new Map<string, RevocationFact[]>()
  private inside = new WeakMap<OcspResponse, readonly Certificate[]>()

  constructor(readonly trust: TrustStore) {}

  add(material: Partial<Material>, origin: Origin | ((sha256: string) => Origin)): void {
    const originOf = typeof origin === 'string' ? () => origin : origin
    this.addCertificates(readableCertificates(material.certificates ?? []))
    for (const der of (material.ocspResponses ?? []).slice(0, mostResponses)) {
      const response = readOrNothing(() => readOcspResponse(der))
      if (response && this.ocspResponses.size < mostResponses) this.note(this.ocspResponses, response, originOf)
    }
    for (const der of (material.crls ?? []).slice(0, mostResponses)) {
      const crl = readOrNothing(() => readCrl(der))
      if (crl && this.crls.size < mostResponses) this.note(this.crls, crl, originOf)
    }
  }

  addCertificates(certificates: readonly Certificate[]): void {
    for (const certificate of certificates)
      if (this.certificates.size < mostCertificates) this.certificates.set(certificate.sha256, certificate)
    this.forget()
  }

  /** Ways from a certificate to an anchor for a purpose (see findPaths). */
  pathsOf(leaf: Certificate, purpose: TrustPurpose): readonly CertificatePath[] {
    const key = `${purpose} ${leaf.sha256}`
    let paths = this.paths.get(key)
    if (!paths) this.paths.set(key, (paths = findPaths(leaf, this.all(), this.trust.for(purpose))))
    return paths
  }

  /**
   * What is said of a certificate by somebody who may say so and who is not revoked himself, newest first. A responder that is
   * neither exempt nor known to be good is not believed (RFC 6960, 4.2.2.2.1).
   */
  factsAbout(certificate: Certificate, issuer: Certificate): readonly RevocationFact[] {
    return this.factsOf(certificate, issuer, 0)
  }

  originOf(sha256: string): Origin {
    return this.origins.get(sha256) ?? 'embedded'
  }

  private factsOf(certificate: Certificate, issuer: Certificate, depth: number): readonly RevocationFact[] {
    const key = `${certificate.sha256} ${issuer.sha256}`
    const known = this.facts.get(key)
    if (known) return known
    const found = factsAbout(certificate, issuer, {
      ocspResponses: [...this.ocspResponses.values()],
      crls: [...this.crls.values()],
      certificates: this.all(),
      trustedResponders: this.trust.for('revocation'),
      certificatesOf: response => this.certificatesOf(response)
    }).filter(fact => this.isBelieved(fact, issuer, depth))
    this.facts.set(key, found)
    return found
  }

  private isBelieved({ signer, kind }: RevocationFact, issuer: Certificate, depth: number): boolean {
    if (signer === issuer || this.isAnchor(signer) || needsNoRevocation(signer)) return true
    if (kind === 'ocsp' && signer.extensions.has(ExtensionOid.ocspNoCheck)) return true
    // Who vouches for the voucher of the voucher is asked no more: two responders could point at each other.
    if (depth > 0) return false
    const parent = signer.issuerDer.equals(issuer.subjectDer)
      ? issuer
      : this.all().find(one => one.subjectDer.equals(signer.issuerDer))
    return !!parent && this.factsOf(signer, parent, depth + 1)[0]?.status === 'good'
  }

  /** Whoever issued a certificate, an anchor if possible, trusted or not. */
  issuerOf(certificate: Certificate): Certificate | undefined {
    return [...this.trust.all, ...this.certificates.values()]
      .filter(one => one !== certificate && sameName(one.subjectDer, certificate.issuerDer))
      .slice(0, mostNamesakes)
      .find(one => isSignedBy(certificate, one))
  }

  isAnchor(certificate: Certificate): boolean {
    return this.trust.all.some(({ sha256 }) => sha256 === certificate.sha256)
  }

  private all(): Certificate[] {
    return [...this.certificates.values(), ...this.trust.all]
  }

  private certificatesOf(response: OcspResponse): readonly Certificate[] {
    let certificates = this.inside.get(response)
    if (!certificates) this.inside.set(response, (certificates = readableCertificates(response.certificates)))
    return certificates
  }

  private note<T extends { readonly sha256: string }>(
    into: Map<string, T>,
    piece: T,
    originOf: (sha256: string) => Origin
  ): void {
    if (into.has(piece.sha256)) return
    into.set(piece.sha256, piece)
    this.origins.set(piece.sha256, originOf(piece.sha256))
    this.forget()
  }

  /** New pieces may change every answer. */
  private forget(): void {
    this.paths = new Map()
    this.facts = new Map()
  }
}

function readOrNothing<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}
