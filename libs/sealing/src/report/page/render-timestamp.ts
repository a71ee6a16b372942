import type { TimestampReport } from '../../validation/report.js'
import { timestampKinds, words } from '../words/report-words.js'
import { certificateChain, displayName } from './certificates.js'
import { code, html, type Html, value } from './html.js'
import { moment } from './moments.js'
import { facts, type Page, reasonList } from './parts.js'
import { resultWord, timestampQualification } from './verdict.js'

/** What there is to tell of a time stamp, with its result first. */
export function timestampFacts(page: Page, stamp: TimestampReport): Html {
  const { say } = page
  const [authority] = stamp.chain
  return html`${facts(
    page,
    [words.result, html`<strong>${resultWord(page, stamp)}</strong>`],
    stamp.reasons.length > 0 ? [words.why, reasonList(page, stamp.reasons)] : undefined,
    [words.timestampTime, stamp.time === undefined ? say(words.unreadable) : moment(stamp.time)],
    stamp.accuracyMs === undefined ? undefined : [words.accuracy, `± ${stamp.accuracyMs / 1000} s`],
    [words.kind, say(timestampKinds[stamp.kind])],
    authority && [words.authority, value(displayName(authority))],
    ...timestampQualification(page, stamp.qualification),
    stamp.policy === undefined ? undefined : [words.tokenPolicy, code(stamp.policy)],
    stamp.serial === undefined ? undefined : [words.serial, code(stamp.serial)],
    stamp.hash === undefined ? undefined : [words.hash, value(stamp.hash)],
    [words.tokenDigest, code(stamp.sha256)],
    stamp.warnings.length > 0 ? [words.warnings, reasonList(page, stamp.warnings)] : undefined
  )}`
}

/** The time stamps of a signature, with the certificates behind each; those of the same authority only once. */
export function timestampCards(page: Page, stamps: readonly TimestampReport[]): Html[] {
  const shown = new Map<string, string>()
  return stamps.map(stamp => {
    const key = JSON.stringify([stamp.chain, stamp.revocation])
    const before = stamp.chain.length > 0 ? shown.get(key) : undefined
    if (before === undefined) shown.set(key, stamp.id)
    const certificates =
      before === undefined
        ? certificateChain(page, stamp.chain, stamp.revocation, 5)
        : html`<p>${page.say(words.sameChain)} ${value(before)}.</p>`
    return html`<div class="card">
      <h4>${value(stamp.id)}</h4>
      ${timestampFacts(page, stamp)}${certificates}
    </div>`
  })
}
