import 'reflect-metadata'
import { KeyObject, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto as never)

/** A kind of key for WebCrypto. */
export type KeyParams = webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams

/** A certificate and its private key, made for tests by a library that the code under test does not use. */
export interface Identity {
  readonly certificate: Buffer
  readonly key: KeyObject
  readonly cryptoKey: webcrypto.CryptoKey
  readonly parsed: x509.X509Certificate
  readonly algorithm: KeyParams
}

export const p256: KeyParams = { name: 'ECDSA', namedCurve: 'P-256' }
export const p384: KeyParams = { name: 'ECDSA', namedCurve: 'P-384' }
export const rsa = (modulusLength: number): KeyParams => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1])
})

/** What a test certificate is to be. */
export interface Wanted {
  readonly subject: string
  readonly issuer?: Identity
  readonly key?: KeyParams
  readonly ca?: boolean
  readonly pathLength?: number
  readonly notBefore?: string
  readonly notAfter?: string
  readonly extensions?: x509.Extension[]
}

let serial = 0x51

/** Makes a key and its certificate, self-signed when no issuer is given. Valid 2020-2040 unless said otherwise. */
export async function issue(wanted: Wanted): Promise<Identity> {
  const algorithm = wanted.key ?? p256
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const issuer = wanted.issuer
  const extensions = [...(wanted.extensions ?? [])]
  if (wanted.ca) {
    extensions.push(new x509.BasicConstraintsExtension(true, wanted.pathLength, true))
    extensions.push(new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true))
  }
  const parsed = await x509.X509CertificateGenerator.create({
    serialNumber: (serial++).toString(16),
    subject: wanted.subject,
    issuer: issuer ? issuer.parsed.subject : wanted.subject,
    notBefore: new Date(wanted.notBefore ?? '2020-01-01T00:00:00Z'),
    notAfter: new Date(wanted.notAfter ?? '2040-01-01T00:00:00Z'),
    publicKey: keys.publicKey,
    signingKey: issuer ? issuer.cryptoKey : keys.privateKey,
    signingAlgorithm: { ...(issuer?.algorithm ?? algorithm), hash: 'SHA-256' },
    extensions
  })
  return {
    certificate: Buffer.from(parsed.rawData),
    key: KeyObject.from(keys.privateKey),
    cryptoKey: keys.privateKey,
    parsed,
    algorithm
  }
}

export const nonRepudiation = new x509.KeyUsagesExtension(x509.KeyUsageFlags.nonRepudiation, true)
export const digitalSignature = new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)
export const timeStampingOnly = new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.8'], true)

/** QcStatements of a qualified seal certificate: QcCompliance, QcSSCD, QcType eseal, as ETSI EN 319 412-5 encodes them. */
export const sealQcStatements = new x509.Extension(
  '1.3.6.1.5.5.7.1.3',
  false,
  Buffer.from('30293008060604008e4601013008060604008e4601043013060604008e4601063009060704008e46010602', 'hex')
)

/** A root, an authority below it, and a seal certificate of an institution. */
export async function makeSealer(key: KeyParams = p256, subject?: string) {
  const root = await issue({ subject: 'CN=Test Root, O=Test', ca: true })
  const authority = await issue({ subject: 'CN=Test Issuing CA, O=Test', ca: true, pathLength: 0, issuer: root })
  const institution = await issue({
    subject: subject ?? 'CN=Gmina Testowa, O=Gmina Testowa, 2.5.4.97=VATPL-5260250274, C=PL',
    issuer: authority,
    key,
    extensions: [nonRepudiation]
  })
  return { root, authority, institution }
}

/** A certificate as PEM text. */
export function pem(...identities: Identity[]): string {
  return identities.map(({ parsed }) => parsed.toString('pem')).join('\n') + '\n'
}
