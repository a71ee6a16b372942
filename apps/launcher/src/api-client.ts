import { createHash } from 'node:crypto'

/** An answer of the gateway. */
export interface Answer<T> {
  status: number
  headers: Headers
  body: T
}

/** A caller of the gateway's API, as an integrator would write one: nothing but HTTP. */
export class ApiClient {
  constructor(
    readonly url: string,
    private readonly key: string
  ) {}

  /** GET with a JSON answer. */
  get<T>(path: string): Promise<Answer<T>> {
    return this.json('GET', path)
  }

  /** Uploads one document and gives its id. */
  async upload(fileName: string, mediaType: string, bytes: Buffer): Promise<string> {
    const digest = createHash('sha256').update(bytes).digest('base64')
    const { status, body } = await this.json<{ id: string }>('POST', '/v1/documents', bytes, {
      'content-type': mediaType,
      'content-digest': `sha-256=:${digest}:`,
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`
    })
    if (status !== 201) throw new Error(`the document was not taken: ${JSON.stringify(body)}`)
    return body.id
  }

  /** Hands a letter in; the key makes repeating this harmless. */
  async send(idempotencyKey: string, letter: object): Promise<{ id: string }> {
    const { status, body } = await this.json<{ id: string }>(
      'POST',
      '/v1/letters',
      Buffer.from(JSON.stringify(letter)),
      { 'content-type': 'application/json', 'idempotency-key': idempotencyKey }
    )
    if (status !== 202) throw new Error(`the letter was not accepted: ${JSON.stringify(body)}`)
    return body
  }

  /** Raw bytes. */
  async bytes(path: string): Promise<Buffer> {
    const response = await fetch(this.url + path, { headers: this.headers() })
    if (!response.ok) throw new Error(`${path} answered ${response.status}`)
    return Buffer.from(await response.arrayBuffer())
  }

  async json<T>(method: string, path: string, body?: Buffer, headers: Record<string, string> = {}): Promise<Answer<T>> {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...this.headers(), ...headers },
      ...(body ? { body: new Uint8Array(body) } : {})
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as T }
  }

  private headers(): Record<string, string> {
    return { authorization: `Bearer ${this.key}` }
  }
}
