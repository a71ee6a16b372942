import 'reflect-metadata'
import { createPublicKey, generateKeyPair, type KeyObject, randomBytes, webcrypto } from 'node:crypto'
import { promisify } from 'node:util'
import * as x509 from '@peculiar/x509'
import { derNull, ia5String, oid, printableString, sequence } from './der.js'
import type { RevocationUrls } from './pki-urls.js'

x509.cryptoProvider.set(webcrypto)

const generate = promisify(generateKeyPair)

// The certificates outlive every journey of the world clock that the sandbox is meant for.
const notBefore = new Date('2024-01-01T00:00:00Z')
const notAfter = new Date('2039-01-01T00:00:00Z')

/** Kinds of keys: a NIST curve, or RSA with that many bits. */
export type KeyKind = 'P-256' | 'P-384' | 'RSA-2048' | 'RSA-3072' | 'RSA-4096'

/** Makes a private key. */
export async function makeKey(kind: KeyKind): Promise<KeyObject> {
  const { privateKey } =
    kind === 'P-256' || kind === 'P-384'
      ? await generate('ec', { namedCurve: kind })
      : await generate('rsa', { modulusLength: Number(kind.slice(4)) })
  return privateKey
}

/** What a certificate is for; decides its extensions. */
export type Purpose =
  | 'root'
  | 'issuing'
  | 'ocsp-signing'
  | 'institution-seal'
  | 'remote-seal'
  | 'provider-seal'
  | 'time-stamping'
  | 'system'

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

/** What else a certificate may say. */
export interface IssueOptions {
  /** Where the issuer tells what it has revoked; without it the certificate says nothing about that. */
  urls?: RevocationUrls
  /** End of validity when it is not the usual one. */
  until?: Date
}

/** Issues a certificate, valid from 2024 to 2039; without an issuer it is self-signed. */
export async function issue(
  subject: Subject,
  key: KeyObject,
  purpose: Purpose,
  issuer?: Authority,
  { urls, until = notAfter }: IssueOptions = {}
): Promise<x509.X509Certificate> {
  const publicKey = await publicCryptoKey(key)
  const signer = issuer?.key ?? key
  return x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: nameOf(subject),
    issuer: issuer ? issuer.certificate.subjectName.toJSON() : nameOf(subject),
    notBefore,
    notAfter: until,
    publicKey,
    signingKey: await privateCryptoKey(signer),
    signingAlgorithm: algorithmOf(signer),
    extensions: [
      ...extensionsFor(purpose),
      ...(urls ? revocationExtensions(urls) : []),
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
    case 'ocsp-signing':
      return [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(usage.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.ocspSigning]),
        // RFC 6960 4.2.2.2.1: id-pkix-ocsp-nocheck, nobody need ask whether the responder itself was revoked.
        new x509.Extension('1.3.6.1.5.5.7.48.1.5', false, derNull())
      ]
    case 'institution-seal':
      return [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(usage.nonRepudiation, true),
        // QCP-l, ETSI EN 319 411-2: qualified certificate for a legal person, key not in a qualified device.
        new x509.CertificatePolicyExtension(['0.4.0.194112.1.1']),
        qcStatements('file')
      ]
    case 'remote-seal':
      return [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(usage.nonRepudiation, true),
        // QCP-l-qscd, ETSI EN 319 411-2: as above, but the key is in a qualified device.
        new x509.CertificatePolicyExtension(['0.4.0.194112.1.3']),
        qcStatements('qualified-device')
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
 * QcStatements of a certificate for electronic seals (ETSI EN 319 412-5): QcCompliance and QcType "eseal"; for a key in a
 * qualified device also QcSSCD and QcPDS. A file is no such device, so the seals of its key are advanced and not qualified.
 */
function qcStatements(custody: 'file' | 'qualified-device'): x509.Extension {
  const qcCompliance = sequence(oid('0.4.0.1862.1.1'))
  const qcTypeSeal = sequence(oid('0.4.0.1862.1.6'), sequence(oid('0.4.0.1862.1.6.2')))
  const statement = sequence(ia5String('https://sandbox.example/pds'), printableString('en'))
  const ofDevice = [sequence(oid('0.4.0.1862.1.4')), sequence(oid('0.4.0.1862.1.5'), sequence(statement))]
  const all = [qcCompliance, qcTypeSeal, ...(custody === 'file' ? [] : ofDevice)]
  return new x509.Extension('1.3.6.1.5.5.7.1.3', false, sequence(...all))
}

function revocationExtensions({ ocsp, crl, caIssuers }: RevocationUrls): x509.Extension[] {
  return [
    new x509.AuthorityInfoAccessExtension({ ...(ocsp ? { ocsp } : {}), caIssuers }),
    new x509.CRLDistributionPointsExtension([crl])
  ]
}

function algorithmOf(key: KeyObject): { name: string; namedCurve?: string; hash: string } {
  const namedCurve = key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'P-384' : 'P-256'
  return key.asymmetricKeyType === 'ec'
    ? { name: 'ECDSA', namedCurve, hash: 'SHA-256' }
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
