import { createHash, webcrypto } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as x509 from '@peculiar/x509'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import type { Identity } from './test-authority.js'

pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto as never }))

const view = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer

/** What an OCSP response is to say. */
export interface OcspWish {
  readonly certificate: Identity
  readonly issuer: Identity
  /** Who signs; the issuer itself unless said otherwise. */
  readonly signer?: Identity
  readonly status?: 'good' | 'unknown' | { readonly revokedAt: Date; readonly reason?: number }
  readonly thisUpdate: Date
  readonly nextUpdate?: Date
  readonly producedAt?: Date
  readonly hash?: 'SHA-1' | 'SHA-256'
  /** How the responder names itself. */
  readonly by?: 'name' | 'key'
  readonly enclose?: readonly Identity[]
  /** Serial number to speak of, instead of the certificate's. */
  readonly serial?: Buffer
}

/** Makes a signed OCSPResponse with pkijs, which the code under test does not use for this. */
export async function makeOcsp(wish: OcspWish): Promise<Buffer> {
  const signer = wish.signer ?? wish.issuer
  const certificate = pkijs.Certificate.fromBER(view(wish.certificate.certificate))
  const issuer = pkijs.Certificate.fromBER(view(wish.issuer.certificate))
  const certID = new pkijs.CertID()
  await certID.createForCertificate(certificate, { hashAlgorithm: wish.hash ?? 'SHA-1', issuerCertificate: issuer })
  if (wish.serial) certID.serialNumber = new asn1js.Integer({ valueHex: view(wish.serial) })
  const single = new pkijs.SingleResponse({ certID, thisUpdate: wish.thisUpdate })
  // Given as undefined, pkijs would write 1970.
  if (wish.nextUpdate) single.nextUpdate = wish.nextUpdate
  single.certStatus = certStatus(wish.status ?? 'good')
  const basic = new pkijs.BasicOCSPResponse()
  const responder = pkijs.Certificate.fromBER(view(signer.certificate))
  basic.tbsResponseData.responderID =
    wish.by === 'key' ? new asn1js.OctetString({ valueHex: view(keyHash(responder)) }) : responder.subject
  basic.tbsResponseData.producedAt = wish.producedAt ?? wish.thisUpdate
  basic.tbsResponseData.responses.push(single)
  if (wish.enclose) basic.certs = wish.enclose.map(one => pkijs.Certificate.fromBER(view(one.certificate)))
  await basic.sign(signer.cryptoKey, 'SHA-256')
  const response = new pkijs.OCSPResponse({
    responseStatus: new asn1js.Enumerated({ value: 0 }),
    responseBytes: new pkijs.ResponseBytes({
      responseType: '1.3.6.1.5.5.7.48.1.1',
      response: new asn1js.OctetString({ valueHex: basic.toSchema().toBER() })
    })
  })
  return Buffer.from(response.toSchema().toBER())
}

function keyHash(certificate: pkijs.Certificate): Buffer {
  const bits = Buffer.from(certificate.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView)
  return createHash('sha1').update(bits).digest()
}

function certStatus(status: NonNullable<OcspWish['status']>): unknown {
  if (status === 'good') return new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber: 0 } })
  if (status === 'unknown') return new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber: 2 } })
  const value: asn1js.BaseBlock[] = [new asn1js.GeneralizedTime({ valueDate: status.revokedAt })]
  if (status.reason !== undefined)
    value.push(
      new asn1js.Constructed({
        idBlock: { tagClass: 3, tagNumber: 0 },
        value: [new asn1js.Enumerated({ value: status.reason })]
      })
    )
  return new asn1js.Constructed({ idBlock: { tagClass: 3, tagNumber: 1 }, value })
}

/** What a CRL is to say. */
export interface CrlWish {
  readonly issuer: Identity
  readonly thisUpdate: Date
  readonly nextUpdate?: Date
  readonly revoked?: readonly { readonly certificate: Identity; readonly at: Date; readonly reason?: number }[]
  readonly extensions?: readonly x509.Extension[]
}

/** Makes a signed CRL with @peculiar/x509, which the code under test does not use. */
export async function makeCrl(wish: CrlWish): Promise<Buffer> {
  const crl = await x509.X509CrlGenerator.create({
    issuer: wish.issuer.parsed.subject,
    thisUpdate: wish.thisUpdate,
    nextUpdate: wish.nextUpdate,
    entries: (wish.revoked ?? []).map(({ certificate, at, reason }) => ({
      serialNumber: certificate.parsed.serialNumber,
      revocationDate: at,
      reason
    })),
    extensions: [...(wish.extensions ?? [])],
    signingKey: wish.issuer.cryptoKey,
    signingAlgorithm: { ...wish.issuer.algorithm, hash: 'SHA-256' }
  })
  return Buffer.from(crl.rawData)
}

export const ocspSigning = new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.9'], false)
export const ocspNoCheck = new x509.Extension('1.3.6.1.5.5.7.48.1.5', false, Buffer.from('0500', 'hex'))

/** Authority information access and CRL distribution point of a certificate. */
export function addresses(urls: { ocsp?: string; caIssuers?: string; crl?: string }): x509.Extension[] {
  const extensions: x509.Extension[] = []
  if (urls.ocsp || urls.caIssuers)
    extensions.push(
      new x509.AuthorityInfoAccessExtension({
        ...(urls.ocsp ? { ocsp: urls.ocsp } : {}),
        ...(urls.caIssuers ? { caIssuers: urls.caIssuers } : {})
      })
    )
  if (urls.crl) extensions.push(new x509.CRLDistributionPointsExtension([urls.crl]))
  return extensions
}

/** How the server answers one path. */
export type AuthorityAnswer = { readonly status?: number; readonly body?: Buffer; readonly hang?: boolean }

/** A web server of an authority: answers by the first part of the path, and counts. */
export class TestAuthorityServer {
  private server: Server | undefined
  private readonly answers = new Map<string, (body: Buffer) => AuthorityAnswer | Promise<AuthorityAnswer>>()
  /** Methods and first parts of paths, in order, for example `GET /ocsp`. */
  readonly seen: string[] = []
  /** Bodies of POST requests. */
  readonly bodies: Buffer[] = []

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      void this.answer(request).then(({ status, body, hang }) => {
        if (!hang) response.writeHead(status ?? 200).end(body)
      })
    })
    await new Promise<void>(resolve => this.server!.listen(0, '127.0.0.1', resolve))
  }

  on(name: string, answer: (body: Buffer) => AuthorityAnswer | Promise<AuthorityAnswer>): string {
    this.answers.set(name, answer)
    return `${this.url}/${name}`
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections()
    await new Promise(resolve => this.server?.close(resolve))
  }

  private async answer(request: IncomingMessage): Promise<AuthorityAnswer> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const name = request.url!.split('/')[1]!
    this.seen.push(`${request.method} /${name}`)
    const inPath = decodeURIComponent(request.url!.split('/').slice(2).join('/'))
    const body = request.method === 'POST' ? Buffer.concat(chunks) : Buffer.from(inPath, 'base64')
    if (request.method === 'POST') this.bodies.push(body)
    return (await this.answers.get(name)?.(body)) ?? { status: 404 }
  }
}
