import type { ValidationReport } from '../validation/report.js'
import { html, type Html, value } from './page/html.js'
import { daysBetween, moment } from './page/moments.js'
import { alert, facts, type Page, pageIn } from './page/parts.js'
import { fileTimestampSection, nounOf, signatureSection } from './page/render-signature.js'
import { reportStyle } from './page/report-style.js'
import { resultWord } from './page/verdict.js'
import { displayName } from './page/certificates.js'
import { type Language, words } from './words/report-words.js'

export { reportStyleSha256 } from './page/report-style.js'

/**
 * A validation report as an HTML page for people (auditor, clerk): self-contained, without script, fonts or pictures from
 * elsewhere, by WCAG 2.1 AA. All that a file says is escaped. Serve it as text/html, UTF-8, under a content policy of
 * `default-src 'none'; style-src 'sha256-<reportStyleSha256>'`. The same report always gives the same page.
 */
export function renderReport(report: ValidationReport, language: Language): string {
  const page = pageIn(language)
  const { say } = page
  const { signatures, timestamps } = report
  const head = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${say(words.title)}</title>
<style>`
  const body = html`</style>
</head>
<body>
<header>
<h1>${say(words.title)}</h1>
<p>${say(words.method)}</p>
${overview(page, report)}
${circumstances(page, report)}
</header>
<main>
${signatures.map((one, i) => signatureSection(page, one, i + 1, signatures.length))}
${timestamps.map((one, i) => fileTimestampSection(page, one, i + 1, timestamps.length))}
</main>
<footer>
<p><strong>${say(words.notAService)}</strong></p>
<p>${say(words.zone)}</p>
</footer>
</body>
</html>
`
  return head.text + reportStyle + body.text
}

/** Every result at a glance, with the way to its section. */
function overview(page: Page, { signatures, timestamps, notJudged }: ValidationReport): Html {
  const { say } = page
  if (signatures.length + timestamps.length === 0) return alert(page, words.nothing)
  const lines = [
    ...signatures.map((one, i) => {
      const signer = one.chain[0] && (one.chain[0].subject.organization ?? displayName(one.chain[0]))
      return html`<li>
        <a href="#signature-${i + 1}">${say(nounOf(one))} ${i + 1}: ${value(signer ?? one.id)}</a> –
        <strong>${resultWord(page, one)}</strong>
      </li>`
    }),
    ...timestamps.map(
      (one, i) =>
        html`<li>
          <a href="#timestamp-${i + 1}">${say(words.fileTimestamp)} ${i + 1}: ${value(one.id)}</a> –
          <strong>${resultWord(page, one)}</strong>
        </li>`
    )
  ]
  return html`${notJudged > 0 ? html`<div class="alert"><p>${say(words.notJudged)} ${notJudged}</p></div>` : undefined}
    ${signatures.length === 0 ? alert(page, words.onlyTimestamps) : undefined}
    <nav aria-label="${say(words.overview)}">
      <ul>
        ${lines}
      </ul>
    </nav>`
}

function circumstances(page: Page, report: ValidationReport): Html {
  const { say } = page
  const { validationTime, policy, trustedLists } = report
  const expired = (list: ValidationReport['trustedLists'][number]) =>
    list.expired ? html` – <strong>${say(words.listExpired)}</strong>` : undefined
  const lists = trustedLists.map(
    list =>
      html`<p>
        ${value(list.territory)}, ${say(words.listNumber)} ${list.sequenceNumber}${expired(list)}:
        ${say(words.listIssued)} ${moment(list.issued)}, ${say(words.listNext)} ${moment(list.nextUpdate)};
        ${say(words.listAge)}: ${daysBetween(list.issued, validationTime)}
      </p>`
  )
  return facts(
    page,
    [words.validationTime, moment(validationTime)],
    [words.policy, value(policy)],
    [words.trustedLists, lists.length > 0 ? lists : say(words.noTrustedLists)]
  )
}
