import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import type { Sandbox } from '../../sandbox.js'

export type Json = Record<string, unknown>

/** What an answer was. */
export interface Answer<T = Json> {
  status: number
  body: T
  headers: Headers
}

export const sha256Oid = '2.16.840.1.101.3.4.2.1'
export const ecdsaSha256 = '1.2.840.10045.4.3.2'
export const rsaSha256 = '1.2.840.113549.1.1.11'

/** A message with its digest, as a client of the service has them. */
export interface Message {
  bytes: Buffer
  /** Base64. */
  hash: string
}

/** New messages, every one another. */
export function messages(count: number, algorithm = 'sha256'): Message[] {
  return Array.from({ length: count }, () => {
    const bytes = randomBytes(40)
    return { bytes, hash: createHash(algorithm).update(bytes).digest('base64') }
  })
}

/** A plain client of the remote seal service, over real sockets, with the secrets that the control API hands out. */
export class CscClient {
  #token = ''

  private constructor(
    readonly sandbox: Sandbox,
    readonly secrets: { clientId: string; clientSecret: string; pin: string; userId: string; tokenUrl: string }
  ) {}

  static async open(sandbox: Sandbox): Promise<CscClient> {
    const answer = await fetch(`${sandbox.url}/control/credentials`)
    const { csc } = (await answer.json()) as { csc: CscClient['secrets'] }
    const client = new CscClient(sandbox, csc)
    await client.login()
    return client
  }

  get token(): string {
    return this.#token
  }

  /** Asks for a token; it is used from then on. */
  async login(form: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const { clientId, clientSecret, tokenUrl } = this.secrets
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      ...form
    })
    const answer = await read(await fetch(tokenUrl, { method: 'POST', body, headers }))
    if (typeof answer.body['access_token'] === 'string') this.#token = answer.body['access_token']
    return answer
  }

  /** Calls a method such as `v1/signatures/signHash`. */
  async call<T = Json>(method: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer<T>> {
    const answer = await fetch(`${this.sandbox.url}/csc/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#token}`, ...headers },
      body: JSON.stringify(body)
    })
    return read<T>(answer)
  }

  /** Authorises by v1 and gives the SAD. */
  async sad(credentialID: string, numSignatures: number, more: Json = {}): Promise<string> {
    const answer = await this.call('v1/credentials/authorize', { credentialID, numSignatures, ...more })
    if (answer.status !== 200) throw new Error(`not authorised: ${JSON.stringify(answer.body)}`)
    return String(answer.body['SAD'])
  }

  /** The certificate that the service shows for a credential. */
  async certificate(credentialID: string): Promise<X509Certificate> {
    const { body } = await this.call<{ cert: { certificates: string[] } }>('v1/credentials/info', { credentialID })
    return new X509Certificate(Buffer.from(body.cert.certificates[0]!, 'base64'))
  }

  async control(method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await fetch(`${this.sandbox.url}/control/${path}`, {
      method,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {})
    })
    if (!answer.ok) throw new Error(`control: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Json
  }
}

async function read<T = Json>(answer: Response): Promise<Answer<T>> {
  const text = await answer.text()
  return { status: answer.status, body: (text ? JSON.parse(text) : {}) as T, headers: answer.headers }
}
