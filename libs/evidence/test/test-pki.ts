import 'reflect-metadata'
import { createPrivateKey, type KeyObject, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto as never)

/** A key pair with its certificate. */
export interface Party {
  keys: webcrypto.CryptoKeyPair
  key: KeyObject
  certificate: x509.X509Certificate
  der: Buffer
  pem: string
}

type KeyKind = 'P-256' | 'P-384' | 'RSA-2048' | 'RSA-1024'

/** What a certificate shall be. Times are ISO dates. */
export interface Wish {
  name: string
  key?: KeyKind
  issuer?: Party
  from?: string
  to?: string
  ca?: boolean
  pathLength?: number
  usage?: x509.KeyUsageFlags
  extended?: { usages: string[]; critical: boolean }
  hash?: 'SHA-1' | 'SHA-256'
  extra?: x509.Extension[]
}

let serial = 100

/** Makes a party as wished: valid from 2026 to 2028, P-256, for seals. */
export async function makeParty(wish: Wish): Promise<Party> {
  const keys = await makeKeys(wish.key ?? 'P-256')
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(wish.ca ?? false, wish.pathLength, true),
    new x509.KeyUsagesExtension(
      wish.usage ?? (wish.ca ? x509.KeyUsageFlags.keyCertSign : x509.KeyUsageFlags.nonRepudiation),
      true
    ),
    ...(wish.extended ? [new x509.ExtendedKeyUsageExtension(wish.extended.usages, wish.extended.critical)] : []),
    ...(wish.extra ?? [])
  ]
  const signer = wish.issuer?.keys ?? keys
  const algorithm = signer.privateKey.algorithm.name
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: (serial++).toString(16).padStart(4, '0'),
    subject: `CN=${wish.name}, O=${wish.name} Sp. z o.o., 2.5.4.97=VATPL-${wish.name}`,
    issuer:
      wish.issuer?.certificate.subject ?? `CN=${wish.name}, O=${wish.name} Sp. z o.o., 2.5.4.97=VATPL-${wish.name}`,
    notBefore: new Date(wish.from ?? '2026-01-01T00:00:00Z'),
    notAfter: new Date(wish.to ?? '2028-01-01T00:00:00Z'),
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: { name: algorithm, hash: wish.hash ?? 'SHA-256' },
    extensions
  })
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  return {
    keys,
    key: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
    certificate,
    der: Buffer.from(certificate.rawData),
    pem: certificate.toString('pem')
  }
}

async function makeKeys(kind: KeyKind): Promise<webcrypto.CryptoKeyPair> {
  const algorithm = kind.startsWith('P-')
    ? { name: 'ECDSA', namedCurve: kind }
    : {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        publicExponent: new Uint8Array([1, 0, 1]),
        modulusLength: Number(kind.slice(4))
      }
  return await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}
