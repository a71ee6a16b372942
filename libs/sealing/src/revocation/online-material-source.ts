import { type Clock, Refused, Unavailable } from '#platform/plain'
import { readableCertificates } from '../certificate/build-chain.js'
import { ExtensionOid, needsNoRevocation } from '../certificate/certificate-extensions.js'
import { findPaths } from '../certificate/find-paths.js'
import { type Certificate } from '../certificate/read-certificate.js'
import { RecentMap } from '../certificate/recent-map.js'
import type { TrustStore } from '../certificate/trust-store.js'
import type { Leaf, Material, MaterialSource } from '../material.js'
import { sealingProblems } from '../sealing.errors.js'
import { AuthorityHttp } from './authority-http.js'
import { askForIssuers } from './issuer-fetch.js'
import type { RevocationFact } from './revocation-fact.js'
import { type Answer, StatusClient } from './status-client.js'

export interface OnlineMaterialOptions {
  /** Nobody is asked about a certificate that has no path to one of these anchors. */
  readonly trust: TrustStore
  readonly clock: Clock
  /** Patience for one answer, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /** Greatest CRL, in bytes. Default 64 MiB. */
  readonly largestCrl?: number
  /** How long an answer is used at most, even when it says that it is good for longer, in seconds. Default a day. */
  readonly longestCacheSeconds?: number
  /** How long somebody who did not answer is left alone, in seconds. Default 30. */
  readonly failureSeconds?: number
  /**
   * Addresses in certificates of strangers from which a missing issuer may be fetched, before it is known whether the
   * certificate has a path to an anchor. Default: none, because a stranger would choose whom this machine talks to.
   */
  readonly mayFetchIssuer?: (url: URL) => boolean
}

/** What was found about certificates of strangers. */
export interface GatheredMaterial extends Material {
  /** SHA-256 of data that came from the cache and not just now. */
  readonly fromCache: ReadonlySet<string>
  /** SHA-256 of certificates about which nobody answered, and why. */
  readonly missing: ReadonlyMap<string, string>
}

/** Someone who looks up whatever there is about certificates, revoked ones included, and does not mind what is missing. */
export interface MaterialLookUp {
  gather(leaves: readonly Leaf[]): Promise<GatheredMaterial>
}

/** What is known of one certificate: a fact, and the facts about whoever signed it. */
interface Standing {
  readonly facts: readonly RevocationFact[]
  readonly certificates: readonly Certificate[]
  /** Until when it is used without asking again, and until when it may be used at all (ms). */
  readonly until: number
  readonly atMost: number
}

/**
 * Collects validation material over the network: paths to trust anchors (missing authorities are fetched from where the
 * certificate says), an OCSP response or, failing that, a CRL for each certificate below the anchor, and the same for
 * responders that are not exempt (RFC 6960, 4.2.2.2.1). Answers are kept until they expire; who asks for the same thing at
 * the same time shares one request; who does not answer is left alone for a while.
 */
export class OnlineMaterialSource implements MaterialSource, MaterialLookUp {
  private readonly http: AuthorityHttp
  private readonly client: StatusClient
  private readonly longestCacheMs: number
  private readonly standings = new RecentMap<string, Standing>(4096)
  private readonly failures = new RecentMap<string, { readonly until: number; readonly why: string }>(4096)
  private readonly underWay = new Map<string, Promise<Answer>>()
  private readonly issuers = new RecentMap<string, readonly Certificate[]>(1024)

  constructor(private readonly options: OnlineMaterialOptions) {
    this.http = new AuthorityHttp({ timeoutMs: options.timeoutMs ?? 10_000 })
    this.longestCacheMs = (options.longestCacheSeconds ?? 86_400) * 1000
    this.client = new StatusClient(this.http, options.clock, {
      largestCrl: options.largestCrl ?? 64 * 1024 * 1024,
      longestCacheMs: this.longestCacheMs
    })
  }

  private get mayFetchOfStrangers(): (url: URL) => boolean {
    return this.options.mayFetchIssuer ?? (() => false)
  }

  async collect(leaves: readonly Leaf[]): Promise<Material> {
    const basket = new Basket()
    await Promise.all(
      leaves.map(async leaf => {
        const [certificate] = readableCertificates([leaf.certificate])
        const mayFetch = leaf.own ? () => true : this.mayFetchOfStrangers
        const path = certificate && (await this.pathOf(certificate, leaf.candidates, mayFetch))
        if (!path) throw new Refused(sealingProblems['certificate-untrusted'])
        basket.addCertificates(path)
        await Promise.all(
          linksOf(path).map(async ([one, issuer]) => {
            const answer = await this.standingOf(one, issuer, path, 0)
            if ('failed' in answer)
              throw new Unavailable(sealingProblems['revocation-unavailable'], { why: answer.failed })
            const [fact] = answer.facts
            if (fact!.status !== 'good')
              throw new Refused(sealingProblems['certificate-revoked'], {
                revokedAt: fact!.revokedAt?.toISOString(),
                reason: fact!.reason
              })
            basket.add(answer)
          })
        )
      })
    )
    return basket.material()
  }

  /** For certificates of strangers. Only those with a path to an anchor are asked about. Never throws but for bugs. */
  async gather(leaves: readonly Leaf[]): Promise<GatheredMaterial> {
    const basket = new Basket()
    const missing = new Map<string, string>()
    const fromCache = new Set<string>()
    await Promise.all(
      leaves.map(async leaf => {
        const [certificate] = readableCertificates([leaf.certificate])
        const path = certificate && (await this.pathOf(certificate, leaf.candidates, this.mayFetchOfStrangers))
        if (!path) return
        basket.addCertificates(path)
        await Promise.all(
          linksOf(path).map(async ([one, issuer]) => {
            const before = this.standings.get(keyOf(one, issuer))
            const answer = await this.standingOf(one, issuer, path, 0)
            if ('failed' in answer) {
              missing.set(one.sha256, answer.failed)
              return
            }
            basket.add(answer)
            if (answer.facts === before?.facts) for (const { sha256 } of answer.facts) fromCache.add(sha256)
          })
        )
      })
    )
    return { ...basket.material(), missing, fromCache }
  }

  /** A path to an anchor, with authorities fetched where they are missing and `mayFetch` allows their address. */
  private async pathOf(
    leaf: Certificate,
    candidates: readonly Buffer[],
    mayFetch: (url: URL) => boolean
  ): Promise<readonly Certificate[] | undefined> {
    const known = readableCertificates(candidates)
    for (let round = 0; round < 4; round++) {
      const path = findPaths(leaf, known, this.options.trust.all).find(({ fault }) => !fault)
      if (path) return path.certificates
      const fetched = await askForIssuers(leaf, known, mayFetch, this.http, this.issuers)
      if (fetched.length === 0) return undefined
      known.push(...fetched)
    }
    return undefined
  }

  private async standingOf(
    certificate: Certificate,
    issuer: Certificate,
    around: readonly Certificate[],
    depth: number
  ): Promise<Answer> {
    const key = keyOf(certificate, issuer)
    const now = this.options.clock.now().getTime()
    const known = this.standings.get(key)
    if (known && now < known.until) return known
    const failure = this.failures.get(key)
    if (failure && now < failure.until) return known && now < known.atMost ? known : { failed: failure.why }
    let asked = this.underWay.get(key)
    if (!asked) {
      asked = this.ask(certificate, issuer, around, depth).finally(() => this.underWay.delete(key))
      this.underWay.set(key, asked)
    }
    const answer = await asked
    // Nobody answers now, but what was said before still holds.
    return 'failed' in answer && known && now < known.atMost ? known : answer
  }

  private async ask(
    certificate: Certificate,
    issuer: Certificate,
    around: readonly Certificate[],
    depth: number
  ): Promise<Answer> {
    const whys: string[] = []
    for await (const attempt of this.client.facts(certificate, issuer, around)) {
      if ('failed' in attempt) {
        whys.push(attempt.failed)
        continue
      }
      const signer = await this.signerStanding(attempt, issuer, around, depth)
      if ('failed' in signer) {
        whys.push(signer.failed)
        continue
      }
      return this.keep(certificate, issuer, attempt, signer)
    }
    const why = whys.length > 0 ? whys.join(', ') : 'no address to ask'
    const now = this.options.clock.now().getTime()
    this.failures.set(keyOf(certificate, issuer), { until: now + (this.options.failureSeconds ?? 30) * 1000, why })
    return { failed: why }
  }

  /** Whether who signed a fact was not revoked either; nothing to ask for the issuer itself and for exempt responders. */
  private async signerStanding(
    fact: RevocationFact,
    issuer: Certificate,
    around: readonly Certificate[],
    depth: number
  ): Promise<Answer> {
    const { signer } = fact
    if (signer === issuer) return { facts: [], certificates: [] }
    if (needsNoRevocation(signer) || signer.extensions.has(ExtensionOid.ocspNoCheck))
      return { facts: [], certificates: [signer] }
    // Who vouches for the voucher of the voucher is asked no more: two responders could point at each other.
    if (depth > 0) return { failed: 'responder without end' }
    const parent = [issuer, ...around].find(one => one.subjectDer.equals(signer.issuerDer)) ?? issuer
    const answer = await this.standingOf(signer, parent, around, depth + 1)
    if ('failed' in answer) return { failed: `responder: ${answer.failed}` }
    if (answer.facts[0]?.status !== 'good') return { failed: 'responder revoked' }
    return { facts: answer.facts, certificates: [signer, ...answer.certificates] }
  }

  private keep(
    certificate: Certificate,
    issuer: Certificate,
    fact: RevocationFact,
    signer: Exclude<Answer, { failed: string }>
  ): Standing {
    const now = this.options.clock.now().getTime()
    const facts = [fact, ...signer.facts]
    const ends = facts.map(({ nextUpdate }) => nextUpdate?.getTime() ?? now + 300_000)
    const atMost = Math.min(...ends)
    const until = Math.min(atMost, now + this.longestCacheMs)
    const standing = { facts, certificates: signer.certificates, until, atMost }
    this.standings.set(keyOf(certificate, issuer), standing)
    return standing
  }
}

const keyOf = (certificate: Certificate, issuer: Certificate): string => `${certificate.sha256} ${issuer.sha256}`

/** Each certificate below the anchor with its issuer, those left out that nobody need be asked about. */
export function linksOf(path: readonly Certificate[]): [certificate: Certificate, issuer: Certificate][] {
  return path
    .slice(0, -1)
    .map((certificate, i): [Certificate, Certificate] => [certificate, path[i + 1]!])
    .filter(([certificate]) => !needsNoRevocation(certificate))
}

/** What was collected, each piece once. */
class Basket {
  private readonly certificates = new Map<string, Buffer>()
  private readonly ocsp = new Map<string, Buffer>()
  private readonly crls = new Map<string, Buffer>()

  addCertificates(certificates: readonly Certificate[]): void {
    for (const { sha256, der } of certificates) this.certificates.set(sha256, der)
  }

  add({ facts, certificates }: Exclude<Answer, { failed: string }>): void {
    this.addCertificates(certificates)
    for (const fact of facts) {
      const into = fact.kind === 'ocsp' ? this.ocsp : this.crls
      into.set(fact.sha256, fact.data)
    }
  }

  material(): Material {
    return {
      certificates: [...this.certificates.values()],
      ocspResponses: [...this.ocsp.values()],
      crls: [...this.crls.values()]
    }
  }
}
