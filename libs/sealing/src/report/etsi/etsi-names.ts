import type { Qualification } from '../../trusted-list/qualification.js'
import { uriOfHash } from '../../xades/algorithms.js'
import type { CertificateReport, SignatureReport, TimestampReport } from '../../validation/report.js'

/** Namespaces of a report: ETSI TS 119 102-2 v1.4.1, XAdES and XML-DSig, and ours for what these have no words for. */
export const namespaces = {
  xmlns: 'http://uri.etsi.org/19102/v1.4.1#',
  'xmlns:xades': 'http://uri.etsi.org/01903/v1.3.2#',
  'xmlns:ds': 'http://www.w3.org/2000/09/xmldsig#',
  'xmlns:g': 'urn:goniec:validation-report:1'
} as const

const etsi = 'urn:etsi:019102'

/** MainIndication (TS 119 102-2, 4.3.4.2): of a signature, or of a part of the validation. */
export const mainIndication = (indication: string): string => `${etsi}:mainindication:${indication.toLowerCase()}`

/** SubIndication (4.3.4.3). */
export const subIndication = (name: string): string => `${etsi}:subindication:${name}`

/** SignatureValidationProcessID (4.3.11): which of the processes of EN 319 102-1 the result comes from. */
export const validationProcess = (name: 'Basic' | 'LTVM' | 'LTA'): string => `${etsi}:validationprocess:${name}`

/** ObjectType of a validation object (4.4.3). */
export const objectType = (
  name: 'certificate' | 'CRL' | 'OCSPResponse' | 'timestamp' | 'signedData' | 'other'
): string => `${etsi}:validationObject:${name}`

/** TypeOfProof: found out during this validation (4.4.5). */
export const proofByValidation = `${etsi}:poetype:validation`

export const constraintApplied = `${etsi}:constraintStatus:applied`

/** RevocationReason, by the names of RFC 5280, 5.3.1. */
export const revocationReason = (name: string): string => `${etsi}:revocationReason:${name}`

/** Names of what we report beyond the standard. */
export const own = (name: string): string => `urn:goniec:validation-report:1:${name}`

/** URI of a digest algorithm (RFC 9231, 2.1). */
export const hashUri = (hash: string): string => uriOfHash(hash) ?? asUri(hash)

/**
 * An OID or URI as a file gives it, as a URI: OIDs by RFC 3061. What is neither would make the report invalid and stands in an
 * URN of ours, percent-encoded.
 */
export function asUri(text: string): string {
  if (/^[0-2](\.\d+)+$/.test(text)) return `urn:oid:${text}`
  if (
    /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+(?:#[A-Za-z0-9\-._~]*)?$/.test(text)
  )
    return text
  return own(`unreadable:${encodeURIComponent(text.toWellFormed())}`)
}

/** A time as xs:dateTime; undefined for what that type cannot hold (years 0 and above 9999, texts that are no time). */
export function dateTime(time: string | undefined): string | undefined {
  const form = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
  return time !== undefined && form.test(time) && !Number.isNaN(Date.parse(time)) ? time : undefined
}

/**
 * SignatureQualityInformation (4.3.10). The standard leaves the URIs open; these are the ones that the European Commission's DSS
 * writes, which readers of such reports know.
 */
export function signatureQuality({ qualification, indication, chain }: SignatureReport): string | undefined {
  const uri = (name: string) => `urn:cef:dss:signatureQualification:${name}`
  if (!qualification) return undefined
  if (qualification.result !== 'not-qualified') return uri(qualities[qualification.result])
  if (indication === 'TOTAL-FAILED') return uri('notAdES')
  const unqualified = kindOf(chain[0])
  return uri(indication === 'TOTAL-PASSED' ? unqualified : `indeterminate${unqualified}`)
}

const qualities: Readonly<Record<Exclude<Qualification['result'], 'not-qualified'>, string>> = {
  'qualified-seal': 'QESeal',
  'qualified-signature': 'QESig',
  'advanced-seal-with-qualified-certificate': 'AdESealQC',
  'advanced-signature-with-qualified-certificate': 'AdESigQC',
  'qualified-time-stamp': 'notApplicable',
  indeterminate: 'indeterminateUnknown'
}

function kindOf(certificate: CertificateReport | undefined): 'AdESeal' | 'AdESig' | 'Unknown' {
  const types = certificate?.qcStatements.types ?? []
  if (types.length !== 1) return 'Unknown'
  return types[0] === 'eseal' ? 'AdESeal' : types[0] === 'esign' ? 'AdESig' : 'Unknown'
}

/** The same of a time stamp. */
export function timestampQuality({ qualification }: TimestampReport): string | undefined {
  if (!qualification) return undefined
  const { result } = qualification
  const name = result === 'qualified-time-stamp' ? 'QTSA' : result === 'not-qualified' ? 'TSA' : 'notApplicable'
  return `urn:cef:dss:timestampQualification:${name}`
}
