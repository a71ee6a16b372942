import { checkParts, type SentPart } from './check-parts.js'
import { erdsEvents, type EvidenceFacts } from './read/evidence-facts.js'
import { readEvidence } from './read/read-evidence.js'
import { type Check, type Indication, indicationOf, type SubIndication } from './xml/report.js'
import { type Trust, verifyXades, type XadesReport } from './xml/verify-xades.js'

/** What the evidence has to be about. Addresses are e-delivery addresses. */
export interface ExpectedEvidence {
  /** Dotted code under which the service listed it; what is not a code that proofs can have is passed over. */
  kind?: string
  messageId: string
  senderAde: string
  recipientAde: string
  /** What was sent. */
  parts: SentPart[]
}

/**
 * Why evidence with a good seal does not count for this letter: it is about another message, other people or another
 * event (FAILED); or we cannot read it, or its times or parts do not add up (INDETERMINATE). Not words of EN 319 102-1.
 */
export type BindingFault =
  'MESSAGE_MISMATCH' | 'PARTY_MISMATCH' | 'KIND_MISMATCH' | 'CONTENT_UNREADABLE' | 'TIME_IMPLAUSIBLE' | 'PARTS_DIFFER'

/** The verdict on one piece of evidence. */
export interface EvidenceReport {
  /** Only PASSED may move a letter's legal status. INDETERMINATE is kept and shown; FAILED is put aside with an alarm. */
  verdict: Indication
  subIndication?: SubIndication | BindingFault
  /** What it says: present only when the seal covers it, and believed only when `verdict` is PASSED. */
  facts?: EvidenceFacts
  seal: Pick<XadesReport, 'signedBy' | 'timestamp' | 'signingTime' | 'level' | 'fault'>
  checks: Check[]
}

type Finding = Check & { fault?: SubIndication | BindingFault }

const provableKinds: ReadonlySet<string> = new Set([...Object.values(erdsEvents), 'BP.WX', 'BP.OX'])
const FAILED_BINDINGS = ['MESSAGE_MISMATCH', 'PARTY_MISMATCH', 'KIND_MISMATCH']
/** Clocks of two services may differ by this much, in milliseconds. */
const CLOCK_SKEW = 5 * 60_000
/** A proof by fiction may print the end of a day on which it was already issued. */
const REST_OF_A_DAY = 24 * 3_600_000

/**
 * Decides what a piece of evidence proves about one letter: seal, message, parties, digests of the parts, times. Pure;
 * three-valued; whatever the bytes are, it does not throw (an unreadable trust anchor does).
 *
 * @param at when these bytes are known to have existed: see `verifyXades`
 */
export function checkEvidence(raw: Uint8Array, expected: ExpectedEvidence, trust: Trust, at: Date): EvidenceReport {
  const xades = verifyXades(raw, trust, at)
  const { signedBy, timestamp, signingTime, level, fault } = xades
  const report: EvidenceReport = {
    verdict: xades.indication,
    subIndication: xades.subIndication,
    seal: { signedBy, timestamp, signingTime, level, fault },
    checks: xades.checks
  }
  if (xades.signedXml === '') return report
  const reading = readEvidence(xades.signedXml)
  if (!reading.ok) {
    const detail = `missing: ${reading.missing.join(', ')}`
    return conclude(report, [{ name: 'content', ok: false, detail, fault: 'CONTENT_UNREADABLE' }])
  }
  report.facts = reading.facts
  return conclude(report, [
    checkMessage(reading.facts, expected),
    checkKind(reading.facts, expected),
    ...checkParties(reading.facts, expected),
    ...checkParts(reading.facts.parts, expected.parts),
    checkTimes(reading.facts, xades.timestamp?.genTime, at)
  ])
}

/** The worst finding gives the verdict: a failure before a doubt, and the seal's own reason before ours. */
function conclude(report: EvidenceReport, findings: Finding[]): EvidenceReport {
  const checks = [...report.checks, ...findings.map(({ name, ok, detail }) => ({ name, ok, detail }))]
  if (report.verdict === 'FAILED') return { ...report, checks }
  const faults = findings.map(f => f.fault).filter(f => f !== undefined)
  const failure = faults.find(f => severityOf(f) === 'FAILED')
  if (failure) return { ...report, verdict: 'FAILED', subIndication: failure, checks }
  if (report.verdict === 'INDETERMINATE' || faults.length === 0) return { ...report, checks }
  return { ...report, verdict: 'INDETERMINATE', subIndication: faults[0], checks }
}

function severityOf(fault: SubIndication | BindingFault): Indication {
  if (FAILED_BINDINGS.includes(fault)) return 'FAILED'
  return indicationOf(fault as SubIndication)
}

function checkMessage(facts: EvidenceFacts, expected: ExpectedEvidence): Finding {
  if (facts.messageId === expected.messageId) return { name: 'message', ok: true, detail: 'about our message' }
  return { name: 'message', ok: false, detail: 'about another message', fault: 'MESSAGE_MISMATCH' }
}

function checkKind(facts: EvidenceFacts, expected: ExpectedEvidence): Finding {
  const announced = expected.kind !== undefined && provableKinds.has(expected.kind)
  if (!announced) return { name: 'kind', ok: null, detail: 'not announced' }
  if (facts.kind === expected.kind) return { name: 'kind', ok: true, detail: facts.kind }
  // an event that we do not know can be anything that the service calls it
  if (facts.kind === 'other') return { name: 'kind', ok: null, detail: 'an event that is not known here' }
  return { name: 'kind', ok: false, detail: `says ${facts.kind}, announced otherwise`, fault: 'KIND_MISMATCH' }
}

function checkParties(facts: EvidenceFacts, expected: ExpectedEvidence): Finding[] {
  const about =
    'refersToRecipient' in facts && facts.refersToRecipient
      ? facts.recipientAdes.slice(facts.refersToRecipient - 1, facts.refersToRecipient)
      : facts.recipientAdes
  const party = (name: string, found: string[], wanted: string): Finding => {
    if (found.length === 0) return { name, ok: null, detail: 'no address given' }
    if (found.includes(wanted.toUpperCase())) return { name, ok: true, detail: 'address fits' }
    return { name, ok: false, detail: 'another address', fault: 'PARTY_MISMATCH' }
  }
  return [
    party('sender', facts.senderAde ? [facts.senderAde] : [], expected.senderAde),
    party(
      'recipient',
      facts.recipientAdes.length > 0 && about.length === 0 ? ['out of range'] : about,
      expected.recipientAde
    )
  ]
}

/** An event cannot be proven before it happens. How long after it the proof is made says nothing: fiction takes weeks. */
function checkTimes(facts: EvidenceFacts, genTime: Date | undefined, at: Date): Finding {
  const allowance = facts.kind === 'BP.OX' ? REST_OF_A_DAY : CLOCK_SKEW
  const ahead = Date.parse(facts.eventTime) - (genTime ?? at).getTime()
  if (ahead > allowance) {
    return { name: 'times', ok: false, detail: 'sealed before the event', fault: 'TIME_IMPLAUSIBLE' }
  }
  const order = facts.submissionTime && Date.parse(facts.submissionTime) - Date.parse(facts.eventTime) > CLOCK_SKEW
  if (order) return { name: 'times', ok: false, detail: 'event before submission', fault: 'TIME_IMPLAUSIBLE' }
  return { name: 'times', ok: true, detail: 'plausible' }
}
