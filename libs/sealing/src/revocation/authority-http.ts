import { type HttpRequest, OutboundHttp } from '#platform/plain'
import { RecentMap } from '../certificate/recent-map.js'

/** What came of asking an authority's server: the body of a 200 answer, or a short technical reason without secrets. */
export type Fetched = { readonly body: Buffer } | { readonly failed: string }

export interface AuthorityHttpSettings {
  /** Patience for one whole answer, in milliseconds. */
  readonly timeoutMs: number
}

/** Servers whose connections are kept open at the same time. */
const mostServers = 32

/** HTTP towards the servers of authorities (OCSP, CRL, certificates): one client per server, connections kept open, no redirects. */
export class AuthorityHttp {
  private readonly clients = new RecentMap<string, OutboundHttp>(mostServers)

  constructor(private readonly settings: AuthorityHttpSettings) {}

  get(url: string, maxAnswerBytes: number): Promise<Fetched> {
    return this.exchange(url, { method: 'GET', maxAnswerBytes })
  }

  post(url: string, mediaType: string, bytes: Buffer, maxAnswerBytes: number): Promise<Fetched> {
    return this.exchange(url, { method: 'POST', body: { mediaType, bytes }, maxAnswerBytes })
  }

  private async exchange(address: string, request: Omit<HttpRequest, 'pathTemplate'>): Promise<Fetched> {
    const url = new URL(address)
    let client = this.clients.get(url.origin)
    if (!client) {
      client = new OutboundHttp({ baseUrl: url.origin, totalTimeoutMs: this.settings.timeoutMs })
      this.clients.set(url.origin, client)
    }
    // Braces would be taken for names of a template.
    const pathTemplate = (url.pathname + url.search).replaceAll('{', '%7B').replaceAll('}', '%7D')
    const outcome = await client.exchange({ ...request, pathTemplate })
    if (outcome.kind !== 'answer') return { failed: outcome.cause }
    return outcome.status === 200 ? { body: outcome.body } : { failed: `HTTP ${outcome.status}` }
  }
}
