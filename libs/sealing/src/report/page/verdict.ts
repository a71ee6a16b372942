import type { FailedBecause, IndeterminateBecause } from '../../validation/indication.js'
import type { Qualification } from '../../trusted-list/qualification.js'
import type { Reason } from '../../validation/reasons.js'
import type { CertificateReport, PartResult, TotalIndication } from '../../validation/report.js'
import { advice } from '../words/advice.js'
import {
  qualificationReasons,
  qualifications,
  qualificationUnknown,
  timestampNotQualified
} from '../words/qualification-words.js'
import { results, words } from '../words/report-words.js'
import { code, html, type Html, type Part, value } from './html.js'
import { type Fact, facts, listed, type Page, reasonList } from './parts.js'

/** A part that passed is told by the same word as a whole that did. */
const totalOf = (indication: Verdict['indication']): TotalIndication =>
  indication === 'PASSED' ? 'TOTAL-PASSED' : indication === 'FAILED' ? 'TOTAL-FAILED' : indication

const looks: Readonly<Record<TotalIndication, string>> = {
  'TOTAL-PASSED': 'passed',
  INDETERMINATE: 'indeterminate',
  'TOTAL-FAILED': 'failed'
}

interface Verdict {
  readonly indication: TotalIndication | PartResult['indication']
  readonly subIndication?: FailedBecause | IndeterminateBecause
  readonly reasons: readonly Reason[]
}

/** The word for a result with its name in the standard. */
export function resultWord({ say }: Page, { indication, subIndication }: Verdict): Html {
  const { word } = results[totalOf(indication)]
  return html`${say(word)} (${indication}${subIndication ? html`, ${subIndication}` : undefined})`
}

/** The result in a box; where it is not positive, why, and what to do about it. */
export function verdictBox(page: Page, verdict: Verdict, meaning: 'of-signature' | 'of-timestamp'): Html {
  const { say } = page
  const { indication, subIndication, reasons } = verdict
  const name = totalOf(indication)
  const why = name === 'INDETERMINATE' ? words.missing : words.why
  return html`<div class="result ${looks[name]}">
    <p>${say(words.result)}: ${resultWord(page, verdict)}</p>
    ${meaning === 'of-signature' ? html`<p>${say(results[name].meaning)}</p>` : undefined}
    ${
      reasons.length > 0
        ? html`<h3>${say(why)}</h3>
            ${reasonList(page, reasons)}`
        : undefined
    }
    ${
      subIndication
        ? html`<h3>${say(words.whatToDo)}</h3>
            <p>${say(advice[subIndication])}</p>`
        : undefined
    }
  </div>`
}

/** What a signature or seal is in law, and why; what the certificate says of itself, as no more than that. */
export function qualificationFacts(
  page: Page,
  qualification: Qualification | undefined,
  certificate: CertificateReport | undefined
): Html {
  const { say } = page
  return facts(
    page,
    [
      words.qualification,
      html`<strong>${say(qualification ? qualifications[qualification.result] : qualificationUnknown)}</strong>`
    ],
    ...whyQualified(page, qualification),
    certificate && [words.statements, html`${statements(page, certificate)}. ${say(words.statementsOnly)}`]
  )
}

/** The same of a time stamp, as lines of its list of facts. */
export function timestampQualification(page: Page, qualification: Qualification | undefined): Fact[] {
  const result = qualification?.result
  const text = !result
    ? qualificationUnknown
    : result === 'not-qualified'
      ? timestampNotQualified
      : qualifications[result]
  return [[words.qualification, page.say(text)], ...whyQualified(page, qualification)]
}

function whyQualified({ say }: Page, qualification: Qualification | undefined): Fact[] {
  if (!qualification) return []
  const { why, service } = qualification
  return [
    why.length > 0 ? [words.qualificationReason, listed(why.map(one => say(qualificationReasons[one])))] : undefined,
    service && [
      words.trustService,
      html`${value(service.name)}, ${value(service.provider)} (${value(service.territory)})`
    ]
  ]
}

function statements({ say }: Page, { qcStatements: { compliance, sscd, types } }: CertificateReport): Part {
  const said = [
    ...(compliance ? [say(words.statementCompliance)] : []),
    ...(sscd ? [say(words.statementDevice)] : []),
    ...types.map(type => say(words.statementTypes[type]))
  ]
  return said.length > 0 ? listed(said) : say(words.statementNone)
}

/** Names of signature algorithms that people know; others stand as they are. */
const algorithmNames: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.1': 'RSA',
  '1.2.840.113549.1.1.5': 'RSA, SHA-1',
  '1.2.840.113549.1.1.10': 'RSASSA-PSS',
  '1.2.840.113549.1.1.11': 'RSA, SHA-256',
  '1.2.840.113549.1.1.12': 'RSA, SHA-384',
  '1.2.840.113549.1.1.13': 'RSA, SHA-512',
  '1.2.840.10045.4.3.2': 'ECDSA, SHA-256',
  '1.2.840.10045.4.3.3': 'ECDSA, SHA-384',
  '1.2.840.10045.4.3.4': 'ECDSA, SHA-512'
}

/** A signature algorithm for people, with its identifier. */
export const algorithm = (id: string): Html =>
  Object.hasOwn(algorithmNames, id) ? html`${algorithmNames[id]!} (${code(id)})` : code(id)
