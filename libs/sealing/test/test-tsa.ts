import { createHash, webcrypto } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import type { Identity } from './test-authority.js'

pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto as never }))

/** How a test token is to differ from a good one. */
export interface TokenWish {
  readonly genTime?: Date
  readonly policy?: string
  readonly nonce?: 'echo' | 'other' | 'none'
  readonly ess?: 'v2' | 'v1' | 'none' | 'of-another'
  readonly hash?: 'SHA-256' | 'SHA-1'
  /** Imprint to state instead of the one asked for. */
  readonly imprint?: Buffer
  /** Certificates to enclose instead of the authority's own. */
  readonly enclose?: readonly Identity[]
  readonly digestOf?: Buffer
}

const view = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer

/** Issues an RFC 3161 token with pkijs, which the code under test does not use for this. */
export async function issueToken(
  tsa: Identity,
  imprint: Buffer,
  nonce: asn1js.Integer | undefined,
  wish: TokenWish = {}
): Promise<Buffer> {
  const info = new pkijs.TSTInfo({
    version: 1,
    policy: wish.policy ?? '1.2.3.4.1',
    messageImprint: new pkijs.MessageImprint({
      hashAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: '2.16.840.1.101.3.4.2.1' }),
      hashedMessage: new asn1js.OctetString({ valueHex: view(wish.imprint ?? imprint) })
    }),
    serialNumber: new asn1js.Integer({ value: 4711 }),
    genTime: wish.genTime ?? new Date('2026-11-22T12:00:00Z'),
    accuracy: new pkijs.Accuracy({ seconds: 1, millis: 1, micros: 10 })
  })
  if (wish.nonce === 'other') info.nonce = new asn1js.Integer({ value: 99 })
  else if (wish.nonce !== 'none' && nonce) info.nonce = nonce
  const content = Buffer.from(info.toSchema().toBER())
  const hash = wish.hash ?? 'SHA-256'
  const digest = createHash(hash === 'SHA-1' ? 'sha1' : 'sha256')
    .update(wish.digestOf ?? content)
    .digest()
  const attributes = [
    new pkijs.Attribute({
      type: '1.2.840.113549.1.9.3',
      values: [new asn1js.ObjectIdentifier({ value: '1.2.840.113549.1.9.16.1.4' })]
    }),
    new pkijs.Attribute({
      type: '1.2.840.113549.1.9.4',
      values: [new asn1js.OctetString({ valueHex: view(digest) })]
    }),
    ...essAttributes(tsa, wish.ess ?? 'v2')
  ].sort((a, b) => Buffer.compare(encoded(a), encoded(b)))
  const encapsulated = new pkijs.EncapsulatedContentInfo({ eContentType: '1.2.840.113549.1.9.16.1.4' })
  // Given to the constructor, pkijs would cut the content into pieces, which is BER and not DER.
  encapsulated.eContent = new asn1js.OctetString({ valueHex: view(content) })
  const certificate = pkijs.Certificate.fromBER(view(tsa.certificate))
  const signed = new pkijs.SignedData({
    version: 3,
    encapContentInfo: encapsulated,
    signerInfos: [
      new pkijs.SignerInfo({
        version: 1,
        sid: new pkijs.IssuerAndSerialNumber({
          issuer: certificate.issuer,
          serialNumber: certificate.serialNumber
        }),
        signedAttrs: new pkijs.SignedAndUnsignedAttributes({ type: 0, attributes })
      })
    ],
    certificates: (wish.enclose ?? [tsa]).map(one => pkijs.Certificate.fromBER(view(one.certificate)))
  })
  await signed.sign(tsa.cryptoKey, 0, hash)
  const token = new pkijs.ContentInfo({ contentType: '1.2.840.113549.1.7.2', content: signed.toSchema(true) })
  return Buffer.from(token.toSchema().toBER())
}

/** pkijs signs attributes in the order in which they come; RFC 5652, 5.4 has them in that of DER. */
const encoded = (attribute: pkijs.Attribute): Buffer => Buffer.from(attribute.toSchema().toBER())

function essAttributes(tsa: Identity, kind: NonNullable<TokenWish['ess']>): pkijs.Attribute[] {
  if (kind === 'none') return []
  const hashed = kind === 'of-another' ? Buffer.from('another certificate') : tsa.certificate
  const digest = createHash(kind === 'v1' ? 'sha1' : 'sha256')
    .update(hashed)
    .digest()
  const id = new asn1js.Sequence({ value: [new asn1js.OctetString({ valueHex: view(digest) })] })
  return [
    new pkijs.Attribute({
      type: kind === 'v1' ? '1.2.840.113549.1.9.16.2.12' : '1.2.840.113549.1.9.16.2.47',
      values: [new asn1js.Sequence({ value: [new asn1js.Sequence({ value: [id] })] })]
    })
  ]
}

/** An answer of the test server. */
export interface TsaAnswer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: Buffer
  /** Never answer. */
  readonly hang?: boolean
}

/** A TimeStampResp that refuses: PKIStatus 2 with a PKIFailureInfo bit. */
export function refusalBody(bit: number): Buffer {
  const bits = Buffer.alloc(Math.floor(bit / 8) + 1)
  bits[bit >> 3] = 0x80 >> (bit & 7)
  const info = new pkijs.PKIStatusInfo({ status: 2 })
  info.failInfo = new asn1js.BitString({ valueHex: view(bits), unusedBits: 7 - (bit & 7) })
  return Buffer.from(new pkijs.TimeStampResp({ status: info }).toSchema().toBER())
}

/** A time-stamp authority on a port of its own. `answer` may take over; otherwise good tokens come, changed as `wish` says. */
export class TestTsa {
  readonly requests: pkijs.TimeStampReq[] = []
  readonly headers: IncomingHttpHeaders[] = []
  readonly paths: string[] = []
  /** The most requests that were under way together. */
  mostAtOnce = 0
  private underWay = 0
  private secure = false
  wish: TokenWish = {}
  answer: (() => TsaAnswer) | undefined
  /** Whether a request may come in; 401 for the others. */
  admits: (headers: IncomingHttpHeaders) => boolean = () => true
  private server: Server | undefined

  constructor(readonly identity: Identity) {}

  /** @param tls speaks HTTPS with these options */
  async start(tls?: ServerOptions): Promise<void> {
    const listener: RequestListener = (request, response) => {
      this.headers.push(request.headers)
      this.paths.push(request.url ?? '')
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.underWay)
      response.on('close', () => this.underWay--)
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const answer = this.admits(request.headers)
          ? this.respond(Buffer.concat(chunks))
          : Promise.resolve<TsaAnswer>({ status: 401 })
        void answer.then(({ status, headers, body, hang }) => {
          if (hang) return
          response.writeHead(status ?? 200, { 'content-type': 'application/timestamp-reply', ...headers })
          response.end(body)
        })
      })
    }
    this.secure = tls !== undefined
    this.server = tls ? createTlsServer(tls, listener) : createServer(listener)
    await new Promise<void>(resolve => this.server!.listen(0, '127.0.0.1', resolve))
  }

  get url(): string {
    return `http${this.secure ? 's' : ''}://127.0.0.1:${(this.server!.address() as AddressInfo).port}/tsa`
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections()
    await new Promise(resolve => this.server?.close(resolve))
  }

  private async respond(body: Buffer): Promise<TsaAnswer> {
    const request = pkijs.TimeStampReq.fromBER(view(body))
    this.requests.push(request)
    if (this.answer) return this.answer()
    const imprint = Buffer.from(request.messageImprint.hashedMessage.getValue())
    const token = await issueToken(this.identity, imprint, request.nonce, this.wish)
    const response = new pkijs.TimeStampResp({
      status: new pkijs.PKIStatusInfo({ status: 0 }),
      timeStampToken: pkijs.ContentInfo.fromBER(view(token))
    })
    return { body: Buffer.from(response.toSchema().toBER()) }
  }
}
