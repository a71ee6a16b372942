import 'reflect-metadata'
import { createPublicKey, generateKeyPair, type KeyObject, randomBytes, webcrypto } from 'node:crypto'
import { promisify } from 'node:util'
import * as x509 from '@peculiar/x509'
import { oid, sequence } from './der.js'

x509.cryptoProvider.set(webcrypto)

const generate = promisify(generateKeyPair)

// The certificates outlive every journey of the world clock that the sandbox is meant for.
const notBefore = new Date('2024-01-01T00:00:00Z')
const notAfter = new Date('2039-01-01T00:00:00Z')

/** Kinds of keys: NIST P-256, or RSA with that many bits. */
export type KeyKind = 'P-256' | 'RSA-2048' | 'RSA-3072'

/** Makes a private key. */
export async function makeKey(kind: KeyKind): Promise<KeyObject> {
  const { privateKey } =
    kind === 'P-256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: Number(kind.slice(4)) })
  return privateKey
}

/** What a certificate is for; decides its extensions. */
export type Purpose = 'root' | 'issuing' | 'institution-seal' | 'provider-seal' | 'time-stamping' | 'system'

/** Whom a certificate names. */
export interface Subject {
  commonName: string
  organisation: string
  /** ETSI EN 319 412-1 5.1.4, for example `VATPL-9990010030`. */
  organisationIdentifier: string
}

/** A certificate authority, able to issue. */
export interface Authority {
  key: KeyObject
  certificate: x509.X509Certificate
}

/** Issues a certificate, valid from 2024 to 2039; without an issuer it is self-signed. */
export async function issue(
  subject: Subject,
  key: KeyObject,
  purpose: Purpose,
  issuer?: Authority
): Promise<x509.X509Certificate> {
  const publicKey = await publicCryptoKey(key)
  const signer = issuer?.key ?? key
  return x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: nameOf(subject),
    issuer: issuer ? issuer.certificate.subjectName.toJSON() : nameOf(subject),
    notBefore,
    notAfter,
    publicKey,
    signingKey: await privateCryptoKey(signer),
    signingAlgorithm: algorithmOf(signer),
    extensions: [
      ...extensionsFor(purpose),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      ...(issuer ? [await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey)] : [])
    ]
  })
}

/** The last instant at which the certificates are good. */
export const certificatesEnd = notAfter

function nameOf({ commonName, organisation, organisationIdentifier }: Subject): x509.JsonName {
  return [{ C: ['PL'] }, { O: [organisation] }, { '2.5.4.97': [organisationIdentifier] }, { CN: [commonName] }]
}

function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

const usage = x509.KeyUsageFlags

function extensionsFor(purpose: Purpose): x509.Extension[] {
  switch (purpose) {
    case 'root':
      return [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(usage.keyCertSign | usage.cRLSign, true)
      ]
    case 'issuing':
      return [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(usage.keyCertSign | usage.cRLSign, true)
      ]
    case 'institution-seal':
      return [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(usage.nonRepudiation, true),
        // QCP-l, ETSI EN 319 411-2: qualified certificate for a legal person, key not in a qualified device.
        new x509.CertificatePolicyExtension(['0.4.0.194112.1.1']),
        qcStatements()
      ]
    case 'provider-seal':
      return [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(usage.digitalSignature | usage.nonRepudiation, true)
      ]
    case 'time-stamping':
      return [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(usage.digitalSignature, true),
        // RFC 3161 2.3: this purpose alone, and critical.
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.timeStamping], true)
      ]
    case 'system':
      return [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(usage.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth])
      ]
  }
}

/**
 * QcStatements of a certificate for electronic seals (ETSI EN 319 412-5): QcCompliance and QcType "eseal".
 * QcSSCD is left out on purpose: the key is a file, so its seals are advanced seals and not qualified ones.
 */
function qcStatements(): x509.Extension {
  const qcCompliance = sequence(oid('0.4.0.1862.1.1'))
  const qcTypeSeal = sequence(oid('0.4.0.1862.1.6'), sequence(oid('0.4.0.1862.1.6.2')))
  return new x509.Extension('1.3.6.1.5.5.7.1.3', false, sequence(qcCompliance, qcTypeSeal))
}

function algorithmOf(key: KeyObject): { name: string; namedCurve?: string; hash: string } {
  return key.asymmetricKeyType === 'ec'
    ? { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
}

async function privateCryptoKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' })
  return webcrypto.subtle.importKey('pkcs8', pkcs8, algorithmOf(key), true, ['sign'])
}

async function publicCryptoKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return webcrypto.subtle.importKey('spki', spki, algorithmOf(key), true, ['verify'])
}
