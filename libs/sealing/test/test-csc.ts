import { constants, createECDH, createHash, type KeyObject, privateEncrypt, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Identity } from './test-authority.js'

type Json = Record<string, unknown>

/** What goes wrong with one call; taken in order, one per call of the method. */
export type CscFault =
  /** Answered so instead of being done. */
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly body?: unknown
      readonly headers?: Record<string, string>
    }
  /** Not done, connection cut. */
  | { readonly kind: 'cut-before' }
  /** Done, but the connection is cut before the answer. */
  | { readonly kind: 'cut-after' }
  /** The answer of a call that was done, changed. */
  | { readonly kind: 'change'; readonly change: (answer: Json) => unknown }
  /** Signs with this key. */
  | { readonly kind: 'other-key'; readonly identity: Identity }
  | { readonly kind: 'none' }

/** How the test service behaves. */
export interface TestCscOptions {
  readonly api: 'v1' | 'v2'
  readonly signer: Identity
  readonly chain?: readonly Identity[]
  readonly algorithms?: readonly string[]
  readonly pin?: string
  readonly scal?: 1 | 2
  readonly multisign?: number
  readonly latencyMs?: number
  readonly ecdsaForm?: 'der' | 'raw'
  readonly sadSeconds?: number
  readonly tokenSeconds?: number
  /** Polls that an asynchronous call needs before its signatures are there. */
  readonly polls?: number
  readonly mostHashesPerCall?: number
  readonly clientId?: string
  readonly clientSecret?: string
  /** Changes to what `info` and `credentials/info` say. */
  info?: Json
  credential?: Json
  credentialIds?: readonly string[]
}

interface Authorisation {
  left: number
  /** A SAD is good for one signHash, and then for asking for the next SAD. */
  used?: boolean
  readonly hashes: readonly string[] | undefined
  readonly expires: number
}

const hashNames: Record<string, string> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512'
}

/**
 * A remote signing service for tests, written from the CSC specification and sharing no code with the client. It counts
 * what it sees, is strict about what it is given, and locks its credential after three wrong PINs.
 */
export class TestCsc {
  /** Requests by method, in order. */
  readonly calls: { readonly method: string; readonly body: Json }[] = []
  signaturesMade = 0
  wrongPins = 0
  locked = false
  greatestAtOnce = 0
  readonly faults = new Map<string, CscFault[]>()
  private atOnce = 0
  private readonly tokens = new Map<string, number>()
  private readonly sads = new Map<string, Authorisation>()
  private readonly pending = new Map<string, { polls: number; answer: Json }>()
  private server!: Server

  constructor(readonly options: TestCscOptions) {}

  async start(): Promise<this> {
    this.server = createServer((request, response) => void this.serve(request, response))
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve))
    return this
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  get url(): string {
    return `${this.origin}/csc/${this.options.api}`
  }

  get fingerprint(): string {
    return createHash('sha256').update(this.options.signer.certificate).digest('hex')
  }

  count(method: string): number {
    return this.calls.filter(call => call.method === method).length
  }

  fail(method: string, ...faults: CscFault[]): void {
    this.faults.set(method, [...(this.faults.get(method) ?? []), ...faults])
  }

  /** All tokens given so far stop working. */
  revokeTokens(): void {
    this.tokens.clear()
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise(resolve => this.server.close(resolve))
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString('utf8')
    const method = request.url!.replace(/^\/csc\/v\d\//, '').replace(/^\//, '')
    const token = method === 'oauth2/token'
    const body = (token ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text)) as Json
    this.calls.push({ method, body })
    this.greatestAtOnce = Math.max(this.greatestAtOnce, ++this.atOnce)
    if (this.options.latencyMs) await new Promise(resolve => setTimeout(resolve, this.options.latencyMs))
    this.atOnce--
    const fault = this.faults.get(method)?.shift() ?? { kind: 'none' }
    if (fault.kind === 'cut-before') return void request.socket.destroy()
    if (fault.kind === 'answer') return send(response, fault.status, fault.body, fault.headers)
    const { status, answer } = this.answer(method, body, request.headers.authorization, fault)
    if (fault.kind === 'cut-after') return void request.socket.destroy()
    send(response, status, fault.kind === 'change' && status === 200 ? fault.change(answer) : answer)
  }

  private answer(
    method: string,
    body: Json,
    authorization: string | undefined,
    fault: CscFault
  ): { status: number; answer: Json } {
    try {
      if (method === 'info') return { status: 200, answer: this.info() }
      if (method === 'oauth2/token') return { status: 200, answer: this.token(body) }
      const expires = this.tokens.get(authorization?.replace(/^Bearer /, '') ?? '')
      if (expires === undefined || expires <= Date.now())
        throw problem(401, 'invalid_token', 'The access token expired')
      if (method === 'credentials/list')
        return { status: 200, answer: { credentialIDs: this.options.credentialIds ?? ['cred-1'] } }
      if (method !== 'signatures/signPolling' && body.credentialID !== 'cred-1')
        throw problem(400, 'invalid_request', 'Invalid parameter credentialID')
      if (method === 'credentials/info') return { status: 200, answer: this.credentialInfo() }
      if (method === 'credentials/authorize') return { status: 200, answer: this.authorize(body) }
      if (method === 'credentials/extendTransaction') return { status: 200, answer: this.extend(body) }
      if (method === 'signatures/signHash') return this.signHash(body, fault)
      if (method === 'signatures/signPolling') return this.polled(body)
      throw problem(501, 'not_implemented', 'no such method')
    } catch (error) {
      if (!(error instanceof CscRefusal)) throw error
      return { status: error.status, answer: { error: error.error, error_description: error.message } }
    }
  }

  private info(): Json {
    return {
      specs: this.options.api === 'v1' ? '1.0.4.0' : '2.0.0.2',
      name: 'Test RSSP',
      logo: '',
      region: 'PL',
      lang: 'en-US',
      description: '',
      authType: ['oauth2client'],
      oauth2: `${this.origin}/`,
      methods: [
        'oauth2/token',
        'credentials/list',
        'credentials/info',
        'credentials/authorize',
        'credentials/extendTransaction',
        'signatures/signHash',
        ...(this.options.api === 'v2' ? ['signatures/signPolling'] : [])
      ],
      ...this.options.info
    }
  }

  private token(body: Json): Json {
    const { clientId = 'client', clientSecret = 'client-secret', tokenSeconds = 3600 } = this.options
    if (body.grant_type !== 'client_credentials') throw problem(400, 'unsupported_grant_type', '')
    if (body.client_id !== clientId || body.client_secret !== clientSecret)
      throw problem(401, 'invalid_client', `client ${String(body.client_secret)} is unknown`)
    const token = randomBytes(18).toString('base64url')
    this.tokens.set(token, Date.now() + tokenSeconds * 1000)
    return { access_token: token, token_type: 'Bearer', expires_in: tokenSeconds }
  }

  private credentialInfo(): Json {
    const { api, signer, chain = [], pin, scal = 1, multisign = 500, algorithms } = this.options
    const mode = pin === undefined ? 'implicit' : 'explicit'
    const rsa = signer.key.asymmetricKeyType === 'rsa'
    return {
      key: {
        status: 'enabled',
        algo: algorithms ?? (rsa ? ['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.10'] : ['1.2.840.10045.2.1']),
        len: rsa ? 2048 : 256
      },
      cert: {
        status: 'valid',
        certificates: [signer, ...chain].map(({ certificate }) => certificate.toString('base64'))
      },
      ...(api === 'v1'
        ? { authMode: mode, PIN: { presence: String(pin !== undefined) }, OTP: { presence: 'false' } }
        : { auth: { mode, ...(pin === undefined ? {} : { objects: [{ type: 'Password', id: 'PIN' }] }) } }),
      SCAL: String(scal),
      multisign,
      lang: 'en-US',
      ...this.options.credential
    }
  }

  private authorize(body: Json): Json {
    const { api, pin, scal = 1, multisign = 500, sadSeconds = 3600 } = this.options
    const count = body.numSignatures as number
    if (!Number.isInteger(count) || count < 1 || count > multisign)
      throw problem(400, 'invalid_request', 'Numbers of signatures is too high')
    if (pin !== undefined) {
      const given = api === 'v1' ? body.PIN : (body.authData as { id: string; value: string }[])?.[0]?.value
      if (this.locked) throw problem(400, 'invalid_request', 'The credential has been locked')
      if (given !== pin) {
        this.locked = ++this.wrongPins >= 3
        throw problem(400, 'invalid_pin', `The PIN ${String(given)} is invalid`)
      }
      this.wrongPins = 0
    }
    const hashes = (api === 'v1' ? body.hash : body.hashes) as string[] | undefined
    if (scal === 2 && hashes?.length !== count) throw problem(400, 'invalid_request', 'Missing or wrong parameter hash')
    return this.sad({ left: count, hashes: scal === 2 ? hashes : undefined, expires: Date.now() + sadSeconds * 1000 })
  }

  private extend(body: Json): Json {
    const authorisation = this.findSad(body.SAD)
    this.sads.delete(String(body.SAD))
    if (authorisation.left < 1) throw problem(400, 'invalid_request', 'The SAD has no signatures left')
    return this.sad({ ...authorisation, used: false })
  }

  private sad(authorisation: Authorisation): Json {
    const sad = randomBytes(18).toString('base64url')
    this.sads.set(sad, authorisation)
    return { SAD: sad, expiresIn: this.options.sadSeconds ?? 3600 }
  }

  private findSad(value: unknown): Authorisation {
    const found = this.sads.get(String(value))
    if (!found || found.expires <= Date.now()) throw problem(400, 'invalid_request', `SAD ${String(value)} expired`)
    return found
  }

  private signHash(body: Json, fault: CscFault): { status: number; answer: Json } {
    const { api, mostHashesPerCall = 10_000 } = this.options
    const authorisation = this.findSad(body.SAD)
    if (authorisation.used) throw problem(400, 'invalid_request', 'Invalid SAD: it was used')
    authorisation.used = true
    const hashes = (api === 'v1' ? body.hash : body.hashes) as string[]
    const hashOid = (api === 'v1' ? body.hashAlgo : body.hashAlgorithmOID) as string
    if (hashes.length > mostHashesPerCall) throw problem(400, 'invalid_request', 'Too many hashes')
    if (hashes.length > authorisation.left) throw problem(400, 'invalid_request', 'Numbers of signatures is too high')
    if (authorisation.hashes && !hashes.every(one => authorisation.hashes!.includes(one)))
      throw problem(400, 'invalid_request', 'Hash is not authorized by the SAD')
    authorisation.left -= hashes.length
    const identity = fault.kind === 'other-key' ? fault.identity : this.options.signer
    const signatures = hashes.map(one => this.sign(identity, String(body.signAlgo), body.signAlgoParams, hashOid, one))
    this.signaturesMade += signatures.length
    if (body.operationMode === 'A') {
      if (!(Number(body.validity_period) > 0)) throw problem(400, 'invalid_request', 'validity_period')
      const responseID = randomBytes(8).toString('hex')
      this.pending.set(responseID, { polls: this.options.polls ?? 2, answer: { signatures } })
      return { status: 200, answer: { responseID } }
    }
    return { status: 200, answer: { signatures } }
  }

  private polled(body: Json): { status: number; answer: Json } {
    const found = this.pending.get(String(body.responseID))
    if (!found) throw problem(400, 'invalid_request', 'Invalid parameter responseID')
    if (found.polls-- > 0) return { status: 202, answer: {} }
    return { status: 200, answer: found.answer }
  }

  private sign(identity: Identity, algorithm: string, parameters: unknown, hashOid: string, hash: string): string {
    const digest = Buffer.from(hash, 'base64')
    const name = hashNames[hashOid]
    if (!name || digest.length !== createHash(name).digest().length)
      throw problem(400, 'invalid_request', 'Invalid digest value length')
    if (algorithm === '1.2.840.113549.1.1.10') {
      if (!Buffer.from(String(parameters), 'base64').toString('hex').startsWith('30'))
        throw problem(400, 'invalid_request', 'Missing signAlgoParams')
      return signPss(identity, name, digest).toString('base64')
    }
    if (algorithm.startsWith('1.2.840.113549.1.1.')) return signPkcs1(identity, name, digest).toString('base64')
    return signEcdsa(identity, digest, this.options.ecdsaForm ?? 'der').toString('base64')
  }
}

class CscRefusal extends Error {
  constructor(
    readonly status: number,
    readonly error: string,
    description: string
  ) {
    super(description)
  }
}

const problem = (status: number, error: string, description: string): CscRefusal =>
  new CscRefusal(status, error, description)

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body))
}

/** RSASSA-PKCS1-v1_5 over a digest that is given (RFC 8017, 9.2), the DigestInfo by its published prefixes. */
function signPkcs1({ key }: Identity, name: string, digest: Buffer): Buffer {
  const prefix = { sha256: '01', sha384: '02', sha512: '03' }[name]!
  const length = digest.length
  const info = Buffer.concat([
    Buffer.from([0x30, 17 + length, 0x30, 13]),
    Buffer.from(`06096086480165030402${prefix}0500`, 'hex'),
    Buffer.from([0x04, length]),
    digest
  ])
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info)
}

/** RSASSA-PSS over a digest that is given (RFC 8017, 9.1.1), which OpenSSL does only over messages. */
function signPss({ key }: Identity, name: string, digest: Buffer): Buffer {
  const hash = (...parts: Buffer[]): Buffer => createHash(name).update(Buffer.concat(parts)).digest()
  const salt = randomBytes(digest.length)
  const length = Math.ceil(key.asymmetricKeyDetails!.modulusLength! / 8)
  const h = hash(Buffer.alloc(8), digest, salt)
  const db = Buffer.concat([Buffer.alloc(length - salt.length - h.length - 2), Buffer.from([1]), salt])
  for (let counter = 0, at = 0; at < db.length; counter++) {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(counter)
    for (const byte of hash(h, number)) if (at < db.length) db[at] = db[at++]! ^ byte
  }
  db[0] = db[0]! & 0x7f
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, Buffer.concat([db, h, Buffer.from([0xbc])]))
}

const curves: Record<string, { readonly order: bigint; readonly bytes: number }> = {
  prime256v1: { order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n, bytes: 32 },
  secp384r1: {
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    bytes: 48
  }
}

/** ECDSA over a digest that is given (FIPS 186-5, 6.4.1), the point by OpenSSL's ECDH. */
function signEcdsa({ key }: Identity, digest: Buffer, form: 'der' | 'raw'): Buffer {
  const name = key.asymmetricKeyDetails!.namedCurve!
  const { order, bytes } = curves[name]!
  const number = (from: Buffer): bigint => BigInt(`0x${from.toString('hex')}`)
  const d = privateNumber(key)
  const z = number(digest.subarray(0, bytes))
  const ecdh = createECDH(name)
  ecdh.generateKeys()
  const k = number(ecdh.getPrivateKey())
  const r = number(ecdh.getPublicKey().subarray(1, 1 + bytes)) % order
  const s = (inverse(k, order) * ((z + r * d) % order)) % order
  const [rBytes, sBytes] = [r, s].map(one => Buffer.from(one.toString(16).padStart(2 * bytes, '0'), 'hex')) as [
    Buffer,
    Buffer
  ]
  if (form === 'raw') return Buffer.concat([rBytes, sBytes])
  const integer = (value: Buffer): Buffer => {
    let start = 0
    while (value[start] === 0 && !(value[start + 1]! & 0x80)) start++
    const body = value.subarray(start)
    const padded = body[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), body]) : body
    return Buffer.concat([Buffer.from([2, padded.length]), padded])
  }
  const content = Buffer.concat([integer(rBytes), integer(sBytes)])
  return Buffer.concat([Buffer.from([0x30, content.length]), content])
}

const privateNumbers = new WeakMap<KeyObject, bigint>()

function privateNumber(key: KeyObject): bigint {
  const known = privateNumbers.get(key)
  if (known !== undefined) return known
  const d = BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url').toString('hex')}`)
  privateNumbers.set(key, d)
  return d
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n]
  while (a > 1n) {
    const quotient = a / b
    ;[a, b] = [b, a % b]
    ;[x, y] = [y, x - quotient * y]
  }
  return ((x % modulus) + modulus) % modulus
}
