import type { LaterChange } from '../../validation/read-signature.js'
import type { PartResult, SignatureReport, TimestampReport, ValidationReport } from '../../validation/report.js'
import { asUri, constraintApplied, dateTime, own, signatureQuality, validationProcess } from './etsi-names.js'
import {
  additional,
  digestOf,
  digestPair,
  idOf,
  indications,
  reasonData,
  reference,
  reportData
} from './report-pieces.js'
import { chainAndObjects, cryptoInformation, revocationData, revokedOnes } from './status.js'
import { writeTimestamp } from './timestamp-report.js'
import { type Proof, proofOfExistence, type ValidationObjects } from './validation-objects.js'
import { element, elementWith, unlessEmpty, type Xml } from './xml-writer.js'

/** SignatureValidationReport (TS 119 102-2, 4.3). Everything that it refers to goes into `objects`. */
export function writeSignature(
  signature: SignatureReport,
  position: number,
  { validationTime, policy }: ValidationReport,
  objects: ValidationObjects
): Xml {
  const id = idOf('S', `${position} ${signature.id} ${signature.signatureSha256}`)
  const stamps = signature.timestamps.map(report => ({ report, object: writeTimestamp(report, objects) }))
  const { time, timestampId } = signature.bestSignatureTime
  const best = { time, by: stamps.find(({ report }) => report.id === timestampId)?.object }
  const data = signedData(signature, stamps, best, objects)
  noteProofs(signature, id, stamps, data, objects)
  const quality = signatureQuality(signature)
  return element(
    'SignatureValidationReport',
    identifier(signature, id),
    constraints(signature, policy),
    element(
      'ValidationTimeInfo',
      element('ValidationTime', validationTime),
      proofOfExistence('BestSignatureTime', best)
    ),
    signersDocument(signature, data),
    attributes(signature, stamps, objects),
    signer(signature, objects),
    quality === undefined ? undefined : element('SignatureQuality', element('SignatureQualityInformation', quality)),
    element(
      'SignatureValidationProcess',
      element('SignatureValidationProcessID', validationProcess(processOf(signature)))
    ),
    element(
      'SignatureValidationStatus',
      indications(signature),
      element(
        'AssociatedValidationReportData',
        chainAndObjects(signature, objects),
        cryptoInformation(signature, id),
        additional(
          reasonData('reason', signature.reasons),
          reasonData('warning', signature.warnings),
          form(signature),
          revocationData(signature, objects),
          signature.laterChanges.map(changeData),
          qualificationData(signature)
        )
      ),
      revokedOnes(signature, objects)
    )
  )
}

/**
 * DigestAlgAndValue and ds:SignatureValue stand for the data to be signed and the whole value; of these the report keeps only a
 * digest of the value, which therefore stands beside them.
 */
function identifier({ id: name, signatureSha256 }: SignatureReport, id: string): Xml {
  return elementWith(
    'SignatureIdentifier',
    { id },
    element('HashOnly', 'false'),
    element('DocHashOnly', 'false'),
    element('DAIdentifier', name),
    element('OtherInformation', element('g:SignatureValueDigest', ...digestPair('sha256', signatureSha256)))
  )
}

/** What finds the signature again: the field of a PDF, or the digest of its value. */
function signatureReference({ format, id, signatureSha256 }: SignatureReport): Xml {
  const content =
    format === 'PAdES'
      ? element('PAdESFieldName', id)
      : element('OtherInformation', element('g:SignatureValueDigest', ...digestPair('sha256', signatureSha256)))
  return element('SignatureReference', content)
}

/** A time stamp of the signature, and the id of its validation object. */
interface WrittenStamp {
  readonly report: TimestampReport
  readonly object: string
}

/** The signed data, proven by what proves the signature over them, and by the time stamps over themselves. */
function signedData(
  { scopes, indication }: SignatureReport,
  stamps: readonly WrittenStamp[],
  best: Proof,
  objects: ValidationObjects
): string[] {
  const over = stamps.filter(({ report }) => report.kind === 'content' && report.indication === 'PASSED')
  const proofs: Proof[] = over.map(({ report, object }) => ({ time: report.time ?? '', by: object }))
  // A signature that failed says nothing about data.
  if (indication !== 'TOTAL-FAILED') proofs.push(best)
  return scopes.map(scope => objects.signedData(scope, proofs))
}

function noteProofs(
  signature: SignatureReport,
  id: string,
  stamps: readonly WrittenStamp[],
  data: readonly string[],
  objects: ValidationObjects
): void {
  for (const { report, object } of stamps) {
    if (report.kind === 'content') objects.provides(object, { objects: data })
    // Over references to validation data: whether the signature is under it too is not known.
    else if (report.kind !== 'validation-data')
      objects.provides(object, { signature: { id, reference: signatureReference(signature) } })
  }
}

/** The policy that was kept to, what the three processes of EN 319 102-1 ended with, and what later changes were. */
function constraints({ processes, laterChanges }: SignatureReport, policy: string): Xml {
  const { basic, withTime, archival } = processes
  const changes: PartResult[] = laterChanges.some(({ permitted }) => !permitted)
    ? [{ indication: 'FAILED', reasons: [] }]
    : laterChanges.length > 0
      ? [{ indication: 'PASSED', reasons: [] }]
      : []
  return element(
    'ValidationConstraintsEvaluationReport',
    element(
      'SignatureValidationPolicy',
      element('SignaturePolicyIdentifier', element('xades:SignaturePolicyImplied')),
      element('PolicyName', policy)
    ),
    constraint('basic-signature', basic),
    constraint('signature-with-time', withTime),
    archival && constraint('long-term', archival),
    changes.map(result => constraint('later-changes-permitted', result))
  )
}

const constraint = (name: string, result: PartResult): Xml =>
  element(
    'ValidationConstraint',
    element('ValidationConstraintIdentifier', own(`constraint:${name}`)),
    element('ConstraintStatus', element('Status', constraintApplied)),
    element('ValidationStatus', indications(result))
  )

function signersDocument({ scopes }: SignatureReport, data: readonly string[]): Xml | undefined {
  if (data.length === 0) return undefined
  const [only] = scopes
  const digest = scopes.length === 1 && only?.digest ? digestOf(only.digest.hash, only.digest.value) : undefined
  return element('SignersDocument', digest, reference('SignersDocumentRepresentation', ...new Set(data)))
}

const stampElements: Readonly<Record<TimestampReport['kind'], string | undefined>> = {
  content: 'AllDataObjectsTimeStamp',
  signature: 'SignatureTimeStamp',
  archive: 'ArchiveTimeStamp',
  document: 'DocTimeStamp',
  // Two attributes with different names are of this kind; which of them it was is not known.
  'validation-data': undefined
}

/** SignatureAttributes (annex A), as far as the report keeps them. */
function attributes(
  signature: SignatureReport,
  stamps: readonly WrittenStamp[],
  objects: ValidationObjects
): Xml | undefined {
  const { claimedSigningTime, chain, signaturePolicy } = signature
  const claimed = dateTime(claimedSigningTime)
  const certificate = chain[0] && objects.certificate(chain[0])
  return unlessEmpty('SignatureAttributes', [
    claimed && elementWith('SigningTime', { Signed: true }, element('Time', claimed)),
    certificate && elementWith('SigningCertificate', { Signed: true }, reference('AttributeObject', certificate)),
    signaturePolicy === undefined
      ? undefined
      : elementWith('SigPolicyIdentifier', { Signed: true }, element('SigPolicyId', asUri(signaturePolicy))),
    stamps.map(({ report, object }) => {
      const [name, time] = [stampElements[report.kind], dateTime(report.time)]
      if (!name || !time) return undefined
      const signed = { Signed: report.kind === 'content' }
      return elementWith(name, signed, reference('AttributeObject', object), element('TimeStampValue', time))
    })
  ])
}

function signer({ chain: [certificate] }: SignatureReport, objects: ValidationObjects): Xml | undefined {
  if (!certificate) return undefined
  const { subject, organizationIdentifier } = certificate
  return element(
    'SignerInformation',
    reference('SignerCertificate', objects.certificate(certificate)),
    element('Signer', subject.organization ?? subject.commonName ?? ''),
    organizationIdentifier === undefined
      ? undefined
      : element('OtherInformation', element('g:OrganizationIdentifier', organizationIdentifier))
  )
}

const processOf = ({ processes, timestamps }: SignatureReport): 'Basic' | 'LTVM' | 'LTA' =>
  processes.archival ? 'LTA' : timestamps.length > 0 ? 'LTVM' : 'Basic'

const form = ({ format, level, levelFaults, scopes }: SignatureReport): Xml =>
  reportData(
    'form',
    elementWith(
      'g:Form',
      {
        format,
        level: level ?? 'not-baseline',
        coversEverything: scopes.length > 0 && scopes.every(one => one.complete)
      },
      levelFaults.map(fault => element('g:Fault', fault))
    )
  )

const changeData = ({ revision, kind, objects, permitted }: LaterChange): Xml =>
  reportData('later-change', elementWith('g:LaterChange', { revision, kind, permitted, objects: objects.join(' ') }))

function qualificationData({ qualification }: SignatureReport): Xml | undefined {
  if (!qualification) return undefined
  const { result, why, service } = qualification
  const { territory, provider, name } = service ?? {}
  const named = service && elementWith('g:Service', { territory, provider }, name)
  const because = why.map(code => element('g:Because', code))
  return reportData('qualification', elementWith('g:Qualification', { result }, because, named))
}
