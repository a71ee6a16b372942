import { readDer } from '../der-reader.js'
import { Oid } from '../oids.js'
import { type Certificate, keyUsages, nameAttribute, readCertificate, type KeyUsage } from './read-certificate.js'

/**
 * Where the private key lives: in a file or in memory, or in a module that would give it away; in a device or remote service that
 * nobody declared certified; in a (remote) qualified seal creation device.
 */
export type KeyCustody = 'software' | 'device' | 'qscd'

/** What the certificate says of itself in QcStatements (ETSI EN 319 412-5). */
export interface QcStatements {
  readonly compliance: boolean
  readonly sscd: boolean
  readonly types: readonly ('esign' | 'eseal' | 'web')[]
}

/** Something an operator ought to know about a seal certificate; none of them alone stops sealing. */
export type CertificateWarning =
  /** RSA below 3000 bits: ETSI TS 119 312 no longer recommends it for new seals. */
  | 'rsa-key-short'
  | 'no-non-repudiation'
  | 'no-organization-identifier'
  | 'not-a-qualified-seal-certificate'
  /** The certificate claims a qualified device, yet the key was read from a file: one of the two is untrue. */
  | 'qscd-claimed-but-key-in-software'
  /** The certificate claims a qualified device, and the operator did not declare that device or service is one. */
  | 'qscd-claimed-but-not-declared'

/** A seal certificate described truthfully, for people and for the record of a letter. */
export interface CertificateDescription {
  readonly subject: { readonly commonName?: string; readonly organization?: string }
  /** OID 2.5.4.97, for example `VATPL-5260250274`. */
  readonly organizationIdentifier?: string
  readonly issuer: { readonly commonName?: string; readonly organization?: string }
  /** Upper-case hexadecimal. */
  readonly serial: string
  /** SHA-256 of the DER certificate, lower-case hexadecimal. */
  readonly sha256: string
  readonly notBefore: Date
  readonly notAfter: Date
  readonly keyType: 'rsa' | 'rsa-pss' | 'ec' | 'other'
  /** Modulus length, or order of the curve, in bits. */
  readonly keyBits: number
  /** undefined: the certificate does not restrict the use of its key. */
  readonly keyUsage?: readonly KeyUsage[]
  readonly qcStatements: QcStatements
  /**
   * `qualified-seal` only if the certificate declares QcCompliance, QcSSCD and QcType eseal (eIDAS art. 3(27), Annex III)
   * and the key is in such a device. A key from a file never makes more than an advanced seal (art. 36). Whether
   * the issuer was granted the service on the trusted list is a separate question that this does not answer.
   */
  readonly qualification: 'qualified-seal' | 'advanced-seal'
  readonly warnings: readonly CertificateWarning[]
}

const curveBits: Record<string, number> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 }
const qcTypes = { [Oid.qcTypeEsign]: 'esign', [Oid.qcTypeEseal]: 'eseal', [Oid.qcTypeWeb]: 'web' } as const

/** What a certificate says does not change, and is asked before every seal. */
const described = {
  software: new WeakMap<Certificate, CertificateDescription>(),
  device: new WeakMap<Certificate, CertificateDescription>(),
  qscd: new WeakMap<Certificate, CertificateDescription>()
}

/** Describes a DER certificate whose key is kept as `custody` says. Throws DerError when it is not a certificate. */
export function describeCertificate(der: Buffer, custody: KeyCustody): CertificateDescription {
  const certificate = readCertificate(der)
  const known = described[custody].get(certificate)
  if (known) return known
  const description = describe(certificate, custody)
  described[custody].set(certificate, description)
  return description
}

function describe(certificate: Certificate, custody: KeyCustody): CertificateDescription {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.x509.publicKey
  const keyType = type === 'rsa' || type === 'rsa-pss' || type === 'ec' ? type : 'other'
  const keyBits = details?.modulusLength ?? curveBits[details?.namedCurve ?? ''] ?? 0
  const qcStatements = readQcStatements(certificate)
  const keyUsage = keyUsages(certificate)
  const organizationIdentifier = nameAttribute(certificate.subjectDer, Oid.organizationIdentifier)
  const qualifiedCertificate = qcStatements.compliance && qcStatements.sscd && qcStatements.types.includes('eseal')

  const warnings: CertificateWarning[] = []
  if (keyType.startsWith('rsa') && keyBits < 3000) warnings.push('rsa-key-short')
  if (!keyUsage?.includes('nonRepudiation')) warnings.push('no-non-repudiation')
  if (!organizationIdentifier) warnings.push('no-organization-identifier')
  if (!qualifiedCertificate) warnings.push('not-a-qualified-seal-certificate')
  if (qcStatements.sscd && custody === 'software') warnings.push('qscd-claimed-but-key-in-software')
  if (qcStatements.sscd && custody === 'device') warnings.push('qscd-claimed-but-not-declared')

  return {
    subject: nameOf(certificate.subjectDer),
    organizationIdentifier,
    issuer: nameOf(certificate.issuerDer),
    serial: certificate.serial,
    sha256: certificate.x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    keyType,
    keyBits,
    keyUsage,
    qcStatements,
    qualification: qualifiedCertificate && custody === 'qscd' ? 'qualified-seal' : 'advanced-seal',
    warnings
  }
}

/** Common name and organisation of a DER name. */
export function nameOf(nameDer: Buffer): { commonName?: string; organization?: string } {
  return {
    commonName: nameAttribute(nameDer, Oid.commonName),
    organization: nameAttribute(nameDer, Oid.organizationName)
  }
}

/** The QcStatements of a certificate; all absent when it has none. Throws DerError when they cannot be read. */
export function readQcStatements(certificate: Certificate): QcStatements {
  const extension = certificate.extensions.get(Oid.qcStatements)
  const statements = new Map(
    (extension ? readDer(extension.value).children() : []).map(statement => {
      const [id, info] = statement.children()
      return [id?.oid(), info] as const
    })
  )
  const declared = statements.get(Oid.qcType)?.children() ?? []
  return {
    compliance: statements.has(Oid.qcCompliance),
    sscd: statements.has(Oid.qcSscd),
    types: declared.flatMap(type => qcTypes[type.oid() as keyof typeof qcTypes] ?? [])
  }
}
