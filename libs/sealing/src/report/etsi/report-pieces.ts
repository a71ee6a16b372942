import { createHash } from 'node:crypto'
import type { Reason } from '../../validation/reasons.js'
import type { PartResult, TotalIndication } from '../../validation/report.js'
import { hashUri, mainIndication, own, subIndication } from './etsi-names.js'
import { type Content, element, elementWith, unlessEmpty, type Xml } from './xml-writer.js'

/** A digest in the form of XAdES; `value` is hexadecimal. */
export const digestOf = (hash: string, value: string): Xml => element('DigestAlgAndValue', ...digestPair(hash, value))

/** DigestMethod and DigestValue of XML-DSig; `value` is hexadecimal. */
export const digestPair = (hash: string, value: string): Xml[] => [
  elementWith('ds:DigestMethod', { Algorithm: hashUri(hash) }),
  element('ds:DigestValue', Buffer.from(value, 'hex').toString('base64'))
]

/** A reference to validation objects by their ids. */
export const reference = (name: string, ...ids: readonly string[]): Xml =>
  elementWith(name, { VOReference: ids.join(' ') })

/** MainIndication and SubIndication. */
export function indications(verdict: {
  readonly indication: TotalIndication | PartResult['indication']
  readonly subIndication?: string
}): Xml[] {
  const main = element('MainIndication', mainIndication(verdict.indication))
  return verdict.subIndication ? [main, element('SubIndication', subIndication(verdict.subIndication))] : [main]
}

/** One piece of AdditionalValidationReportData, in words of ours. */
export const reportData = (type: string, value: Content): Xml =>
  element('ReportData', element('Type', own(type)), element('Value', value))

/** Reasons or warnings as report data. */
export const reasonData = (type: 'reason' | 'warning', reasons: readonly Reason[]): Xml[] =>
  reasons.map(({ code, pl, en, facts }) =>
    reportData(
      type,
      elementWith(
        'g:Reason',
        { code },
        elementWith('g:Text', { 'xml:lang': 'pl' }, pl),
        elementWith('g:Text', { 'xml:lang': 'en' }, en),
        Object.entries(facts ?? {}).map(([name, value]) => elementWith('g:Fact', { name }, value))
      )
    )
  )

/** AdditionalValidationReportData, where there is any. */
export const additional = (...data: readonly Content[]): Xml | undefined =>
  unlessEmpty('AdditionalValidationReportData', data)

/** An xs:ID that a text always gives the same. */
export const idOf = (prefix: string, text: string): string =>
  `${prefix}-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
