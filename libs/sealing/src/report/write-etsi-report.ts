import type { FileTimestampReport, ValidationReport } from '../validation/report.js'
import { namespaces } from './etsi/etsi-names.js'
import { additional, indications, reportData } from './etsi/report-pieces.js'
import { writeSignature } from './etsi/signature-report.js'
import { writeTimestamp } from './etsi/timestamp-report.js'
import { ValidationObjects } from './etsi/validation-objects.js'
import { element, elementWith, type Xml } from './etsi/xml-writer.js'

/**
 * A validation report in the form of ETSI TS 119 102-2 v1.4.1: XML valid against its schema, unsigned. The same report always
 * gives the same text. Certificates, responses, lists and tokens are named by digest; what the standard has no element for
 * (reasons, warnings, level, later changes) stands in AdditionalValidationReportData, in a namespace of ours.
 *
 * The schema wants at least one signature. A file without any gives one report that is indeterminate and says that no signature
 * was found; its stand-alone time stamps are validation objects with reports of their own, as in every file. One more that is
 * indeterminate says how many signatures and time stamps were too many to be judged.
 */
export function writeEtsiReport(report: ValidationReport): string {
  const objects = new ValidationObjects(report.validationTime)
  const signatures = report.signatures.map((one, position) => writeSignature(one, position, report, objects))
  for (const stamp of report.timestamps) writeAlone(stamp, objects)
  for (const list of report.trustedLists) objects.trustedList(list)
  const root = elementWith(
    'ValidationReport',
    namespaces,
    signatures.length > 0 ? signatures : undetermined('no-signature-found', 'The file holds no signature.'),
    report.notJudged > 0 ? undetermined('not-judged', String(report.notJudged)) : undefined,
    objects.written()
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.text}\n`
}

function writeAlone(stamp: FileTimestampReport, objects: ValidationObjects): void {
  const id = writeTimestamp(stamp, objects)
  // The data are proven by this very time stamp, if it passed.
  const proofs = stamp.indication === 'PASSED' && stamp.time ? [{ time: stamp.time, by: id }] : []
  objects.provides(id, { objects: stamp.scopes.map(scope => objects.signedData(scope, proofs)) })
}

function undetermined(type: string, value: string): Xml {
  return element(
    'SignatureValidationReport',
    element(
      'SignatureValidationStatus',
      indications({ indication: 'INDETERMINATE' }),
      element('AssociatedValidationReportData', additional(reportData(type, value)))
    )
  )
}
