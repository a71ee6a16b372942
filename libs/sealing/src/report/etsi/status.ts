import { type AnyHash, familyOf } from '../../certificate/signature-scheme.js'
import {
  earliest,
  hashReliability,
  isReliable,
  keyReliability,
  type Reliability
} from '../../validation/crypto-constraints.js'
import type { CertificateReport, RevocationReport, SignatureReport } from '../../validation/report.js'
import { asUri, dateTime, revocationReason } from './etsi-names.js'
import { reference, reportData } from './report-pieces.js'
import type { ValidationObjects } from './validation-objects.js'
import { type Content, element, elementWith, type Xml } from './xml-writer.js'

/** What a chain and its revocation information give to AssociatedValidationReportData (TS 119 102-2, 4.3.4.4). */
export interface Evidence {
  readonly chain: readonly CertificateReport[]
  readonly revocation: readonly RevocationReport[]
}

/** TrustAnchor, CertificateChain and RelatedValidationObject, in the order of the schema. */
export function chainAndObjects({ chain, revocation }: Evidence, objects: ValidationObjects): Content[] {
  const [leaf, ...upper] = chain.map(certificate => objects.certificate(certificate))
  if (leaf === undefined) return []
  const anchored = chain.at(-1)!.trustAnchor
  const anchor = anchored ? (upper.at(-1) ?? leaf) : undefined
  const between = anchored ? upper.slice(0, -1) : upper
  return [
    anchor === undefined ? undefined : reference('TrustAnchor', anchor),
    element(
      'CertificateChain',
      reference('SigningCertificate', leaf),
      between.map(id => reference('IntermediateCertificate', id)),
      anchor === undefined ? undefined : reference('TrustAnchor', anchor)
    ),
    revocation.map(fact => reference('RelatedValidationObject', objects.revocation(fact)))
  ]
}

/** What OCSP responses and CRLs say, all of it: the standard has an element only for what is revoked. */
export const revocationData = ({ revocation }: Evidence, objects: ValidationObjects): Xml[] =>
  revocation.map(fact => {
    const { kind, origin, status, revokedAt, reason, thisUpdate, nextUpdate, producedAt } = fact
    const ids = { certificate: objects.certificate({ sha256: fact.certificate }), object: objects.revocation(fact) }
    const signer = objects.certificate({ sha256: fact.signer })
    const times = { revokedAt, reason, thisUpdate, nextUpdate, producedAt }
    return reportData('revocation', elementWith('g:Revocation', { kind, status, origin, ...times, ...ids, signer }))
  })

/** One AssociatedValidationReportData for each certificate that is revoked or on hold. */
export const revokedOnes = ({ revocation }: Evidence, objects: ValidationObjects): Content[] =>
  revocation.map(fact => {
    const at = dateTime(fact.revokedAt)
    if (fact.status === 'good' || !at) return undefined
    return element(
      'AssociatedValidationReportData',
      element(
        'RevocationStatusInformation',
        reference('ValidationObjectId', objects.certificate({ sha256: fact.certificate })),
        element('RevocationTime', at),
        fact.reason === undefined ? undefined : element('RevocationReason', revocationReason(asName(fact.reason))),
        reference('RevocationObject', objects.revocation(fact))
      )
    )
  })

const asName = (text: string): string => text.replace(/[^A-Za-z]/g, '')

/** CryptoInformation: the signature algorithm with its key, secure at the best signature time or not, and until when. */
export function cryptoInformation(report: SignatureReport, signatureId: string): Xml {
  const until = reliabilityOf(report)
  const secure = isReliable(until, new Date(report.bestSignatureTime.time))
  return element(
    'CryptoInformation',
    reference('ValidationObjectId', signatureId),
    element('Algorithm', asUri(report.algorithm)),
    element('SecureAlgorithm', String(secure)),
    until instanceof Date ? element('NotAfter', until.toISOString()) : undefined
  )
}

function reliabilityOf({ algorithm, hashes, chain: [signer] }: SignatureReport): Reliability {
  const family = familyOf(algorithm)
  if (!family) return 'never'
  const byHash = hashes.map(hash => hashReliability(hash as AnyHash | 'other'))
  return earliest(...byHash, ...(signer ? [keyReliability(family, signer.keyBits)] : []))
}
