import type { TimestampReport } from '../../validation/report.js'
import { timestampQuality } from './etsi-names.js'
import { additional, indications, reasonData, reference, reportData } from './report-pieces.js'
import { chainAndObjects, revocationData, revokedOnes } from './status.js'
import type { ValidationObjects } from './validation-objects.js'
import { element, elementWith, type Xml } from './xml-writer.js'

/** A time stamp as a validation object with its own report (TS 119 102-2, 4.4.7). Gives the id of the object. */
export function writeTimestamp(stamp: TimestampReport, objects: ValidationObjects): string {
  // Only a time stamp that passed proves anything.
  const time = stamp.indication === 'PASSED' ? stamp.time : undefined
  return objects.timestamp(stamp.sha256, time, timestampReport(stamp, objects))
}

function timestampReport(stamp: TimestampReport, objects: ValidationObjects): Xml {
  const [authority] = stamp.chain
  const quality = timestampQuality(stamp)
  return element(
    'ValidationReport',
    authority &&
      element(
        'SignerInformation',
        reference('SignerCertificate', objects.certificate(authority)),
        element('Signer', authority.subject.organization ?? authority.subject.commonName ?? '')
      ),
    quality === undefined ? undefined : element('SignatureQuality', element('SignatureQualityInformation', quality)),
    element(
      'SignatureValidationStatus',
      indications(stamp),
      element(
        'AssociatedValidationReportData',
        chainAndObjects(stamp, objects),
        additional(
          tokenData(stamp),
          reasonData('reason', stamp.reasons),
          reasonData('warning', stamp.warnings),
          revocationData(stamp, objects)
        )
      ),
      revokedOnes(stamp, objects)
    )
  )
}

function tokenData({ id, kind, time, accuracyMs, policy, serial, hash }: TimestampReport): Xml {
  return reportData('time-stamp', elementWith('g:TimeStamp', { id, kind, time, accuracyMs, policy, serial, hash }))
}
