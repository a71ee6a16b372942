import type { Clock } from '#platform/plain'
import { readableCertificates } from '../certificate/build-chain.js'
import { infoAccess } from '../certificate/certificate-extensions.js'
import type { Certificate } from '../certificate/read-certificate.js'
import { RecentMap } from '../certificate/recent-map.js'
import { DerError } from '../der-reader.js'
import type { AuthorityHttp } from './authority-http.js'
import { type Crl, readCrl } from './crl.js'
import { ocspRequest } from './ocsp-request.js'
import { type OcspResponse, OcspRefusal, readOcspResponse } from './ocsp-response.js'
import { factsAbout, type RevocationFact } from './revocation-fact.js'

/** Facts about a certificate and about who signed them (in that order) with certificates that go with them, or why there are none. */
export type Answer =
  | { readonly facts: readonly RevocationFact[]; readonly certificates: readonly Certificate[] }
  | { readonly failed: string }

/** Real OCSP responses have one to six KB. */
const largestOcsp = 256 * 1024

/** How far the clock of an authority may be ahead of ours. */
const skewMs = 5 * 60 * 1000

/** Asks the servers that a certificate names: OCSP first, then CRLs. */
export class StatusClient {
  private readonly crls = new RecentMap<string, { readonly crl: Crl; readonly askAgain: number }>(16)
  private readonly underWay = new Map<string, Promise<Crl | string>>()

  constructor(
    private readonly http: AuthorityHttp,
    private readonly clock: Clock,
    private readonly limits: { readonly largestCrl: number; readonly longestCacheMs: number }
  ) {}

  /** One attempt after another, each a fact that is in force now, or why there is none; the caller stops when it is content. */
  async *facts(
    certificate: Certificate,
    issuer: Certificate,
    around: readonly Certificate[]
  ): AsyncGenerator<RevocationFact | { readonly failed: string }> {
    const { ocsp, crl } = addressesOf(certificate)
    for (const url of ocsp) {
      const response = await this.ocsp(url, certificate, issuer)
      yield typeof response === 'string'
        ? { failed: `OCSP ${response}` }
        : this.inForce('OCSP', certificate, issuer, around, [response], [])
    }
    for (const url of crl) {
      const list = await this.crl(url)
      yield typeof list === 'string'
        ? { failed: `CRL ${list}` }
        : this.inForce('CRL', certificate, issuer, around, [], [list])
    }
  }

  private inForce(
    what: string,
    certificate: Certificate,
    issuer: Certificate,
    around: readonly Certificate[],
    ocspResponses: readonly OcspResponse[],
    crls: readonly Crl[]
  ): RevocationFact | { readonly failed: string } {
    const [fact] = factsAbout(certificate, issuer, {
      ocspResponses,
      crls,
      certificates: around,
      certificatesOf: response => readableCertificates(response.certificates)
    })
    if (!fact) return { failed: `${what} says nothing that counts` }
    const now = this.clock.now().getTime()
    if (fact.thisUpdate.getTime() > now + skewMs) return { failed: `${what} from the future` }
    if (fact.nextUpdate && fact.nextUpdate.getTime() < now) return { failed: `${what} stale` }
    return fact
  }

  /** RFC 6960, A.1: GET where the address stays short, so that caches on the way may help; POST otherwise, and where GET fails. */
  private async ocsp(url: string, certificate: Certificate, issuer: Certificate): Promise<OcspResponse | string> {
    const request = ocspRequest(certificate, issuer)
    const short = `${url.replace(/\/$/, '')}/${encodeURIComponent(request.toString('base64'))}`
    if (short.length <= 255 && !url.includes('?')) {
      const answer = await this.http.get(short, largestOcsp)
      if ('body' in answer) {
        const response = readOr(() => readOcspResponse(answer.body))
        if (typeof response !== 'string') return response
      }
    }
    const answer = await this.http.post(url, 'application/ocsp-request', request, largestOcsp)
    return 'failed' in answer ? answer.failed : readOr(() => readOcspResponse(answer.body))
  }

  private async crl(url: string): Promise<Crl | string> {
    const now = this.clock.now()
    const known = this.crls.get(url)
    const inForce = known?.crl.nextUpdate && known.crl.nextUpdate > now ? known : undefined
    if (inForce && now.getTime() < inForce.askAgain) return inForce.crl
    let asked = this.underWay.get(url)
    if (!asked) {
      asked = this.fetchCrl(url).finally(() => this.underWay.delete(url))
      this.underWay.set(url, asked)
    }
    const answer = await asked
    // Nobody answers now, but what was said before still holds.
    return typeof answer === 'string' && inForce ? inForce.crl : answer
  }

  private async fetchCrl(url: string): Promise<Crl | string> {
    const answer = await this.http.get(url, this.limits.largestCrl)
    if ('failed' in answer) return answer.failed
    const crl = readOr(() => readCrl(derOf(answer.body)))
    const askAgain = this.clock.now().getTime() + this.limits.longestCacheMs
    if (typeof crl !== 'string') this.crls.set(url, { crl, askAgain })
    return crl
  }
}

function addressesOf(certificate: Certificate): { ocsp: readonly string[]; crl: readonly string[] } {
  try {
    return infoAccess(certificate)
  } catch (error) {
    if (error instanceof DerError) return { ocsp: [], crl: [] }
    throw error
  }
}

function readOr<T>(read: () => T): T | string {
  try {
    return read()
  } catch (error) {
    if (error instanceof OcspRefusal) return `refuses (${error.status})`
    if (error instanceof DerError) return 'unreadable'
    throw error
  }
}

/** Some servers give PEM where DER is due. */
function derOf(body: Buffer): Buffer {
  if (body[0] === 0x30) return body
  const text = /-----BEGIN X509 CRL-----([^-]+)-----END/.exec(body.toString('latin1', 0, body.length))?.[1]
  return text ? Buffer.from(text, 'base64') : body
}
