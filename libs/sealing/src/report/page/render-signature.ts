import type { FileTimestampReport, SignatureReport } from '../../validation/report.js'
import { levels, type Text, words } from '../words/report-words.js'
import { certificateChain, issuerName } from './certificates.js'
import { coverage, laterChanges } from './coverage.js'
import { code, html, type Html, value } from './html.js'
import { moment } from './moments.js'
import { alert, facts, listed, type Page, reasonList } from './parts.js'
import { timestampCards, timestampFacts } from './render-timestamp.js'
import { algorithm, qualificationFacts, resultWord, verdictBox } from './verdict.js'

/** A seal, a signature, or one of the two where nothing tells which. */
export function nounOf({ qualification, chain: [certificate] }: SignatureReport): Text {
  const types = certificate?.qcStatements.types ?? []
  const told = qualification?.result ?? ''
  if (told.includes('seal') || types.includes('eseal')) return words.seal
  return told.includes('signature') || types.includes('esign') ? words.signature : words.either
}

/** All about a signature, the result first. */
export function signatureSection(page: Page, signature: SignatureReport, position: number, count: number): Html {
  const { say } = page
  const { chain, revocation, timestamps, scopes, warnings } = signature
  const id = `signature-${position}`
  // Only PDF can be changed in such a way that what was signed is still there.
  const changeable = signature.format === 'PAdES' || signature.laterChanges.length > 0
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${say(nounOf(signature))} ${position} ${say(words.of)} ${count}: ${value(signature.id)}</h2>
    ${verdictBox(page, signature, 'of-signature')}
    <h3>${say(words.who)}</h3>
    ${signer(page, signature)}
    <h3>${say(words.qualification)}</h3>
    ${qualificationFacts(page, signature.qualification, chain[0])}
    <h3>${say(words.time)}</h3>
    ${times(page, signature)}
    <h3>${say(words.coverage)}</h3>
    ${coverage(page, scopes, holds(signature))}
    ${
      changeable
        ? html`<h3>${say(words.changes)}</h3>
            ${laterChanges(page, signature.laterChanges)}`
        : undefined
    }
    <h3>${say(words.form)}</h3>
    ${form(page, signature)}
    <h3>${say(words.warnings)}</h3>
    ${warnings.length > 0 ? reasonList(page, warnings) : html`<p>${say(words.noWarnings)}</p>`}
    <h3>${say(words.timestamps)}</h3>
    ${timestamps.length > 0 ? timestampCards(page, timestamps) : html`<p>${say(words.noTimestamps)}</p>`}
    <h3>${say(words.certificates)}</h3>
    ${certificateChain(page, chain, revocation, 4)}
    <h3>${say(words.algorithms)}</h3>
    ${facts(
      page,
      [words.algorithm, algorithm(signature.algorithm)],
      [words.hashes, listed(signature.hashes.map(value))],
      [words.signatureDigest, code(signature.signatureSha256)]
    )}
    <h3>${say(words.processes)}</h3>
    ${processes(page, signature)}
  </section>`
}

/** A time stamp that belongs to no signature. */
export function fileTimestampSection(page: Page, stamp: FileTimestampReport, position: number, count: number): Html {
  const { say } = page
  const id = `timestamp-${position}`
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${say(words.fileTimestamp)} ${position} ${say(words.of)} ${count}: ${value(stamp.id)}</h2>
    ${verdictBox(page, stamp, 'of-timestamp')}
    <h3>${say(words.coverage)}</h3>
    ${coverage(page, stamp.scopes, holds(stamp))}
    ${
      stamp.laterChanges.length > 0
        ? html`<h3>${say(words.changes)}</h3>
            ${laterChanges(page, stamp.laterChanges)}`
        : undefined
    }
    <h3>${say(words.timestamps)}</h3>
    ${timestampFacts(page, stamp)}
    <h3>${say(words.certificates)}</h3>
    ${certificateChain(page, stamp.chain, stamp.revocation, 4)}
  </section>`
}

/** Whether what is signed is at hand and not known to be something else. */
const holds = ({ indication, subIndication }: SignatureReport | FileTimestampReport): boolean =>
  indication !== 'TOTAL-FAILED' && indication !== 'FAILED' && subIndication !== 'SIGNED_DATA_NOT_FOUND'

function signer(page: Page, { chain: [certificate], indication }: SignatureReport): Html {
  const { say } = page
  if (!certificate) return html`<p>${say(words.noCertificate)}</p>`
  const { subject, organizationIdentifier } = certificate
  return html`${indication === 'TOTAL-PASSED' ? undefined : alert(page, words.unconfirmed)}${facts(
    page,
    [words.organization, value(subject.organization)],
    [words.identifier, value(organizationIdentifier)],
    [words.commonName, value(subject.commonName)],
    [words.issuer, issuerName(certificate)]
  )}`
}

function times(page: Page, { indication, bestSignatureTime: best, claimedSigningTime }: SignatureReport): Html {
  const { say } = page
  // where judging ended before time stamps were weighed, their silence is no finding
  const failed = indication === 'TOTAL-FAILED' && best.proof === 'validation-time'
  const proof =
    best.proof === 'time-stamp'
      ? html`${say(words.proofTimestamp)} ${value(best.timestampId)}`
      : say(failed ? words.proofFailed : words.proofNow)
  return facts(
    page,
    [words.bestTime, failed ? '–' : moment(best.time)],
    [words.proof, proof],
    [
      words.claimedTime,
      claimedSigningTime === undefined ? '–' : html`${moment(claimedSigningTime)} – ${say(words.claimedNote)}`
    ]
  )
}

function form(page: Page, { format, level, levelFaults, signaturePolicy }: SignatureReport): Html {
  const { say } = page
  return facts(
    page,
    [words.format, format],
    [words.level, level ? html`${level}: ${say(levels[level])}` : say(words.notBaseline)],
    levelFaults.length > 0 ? [words.levelFaults, listed(levelFaults.map(code))] : undefined,
    signaturePolicy === undefined ? undefined : [words.signaturePolicy, code(signaturePolicy)]
  )
}

function processes(page: Page, { processes: { basic, withTime, archival } }: SignatureReport): Html {
  const line = (name: Text, part: typeof basic | undefined) =>
    part && ([name, html`${resultWord(page, part)}`] as const)
  return facts(page, line(words.basic, basic), line(words.withTime, withTime), line(words.archival, archival))
}
