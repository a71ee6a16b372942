import type { CertificateReport, RevocationReport } from '../../validation/report.js'
import { origins, revocationKinds, statuses, words } from '../words/report-words.js'
import { code, html, type Html, type Part, value } from './html.js'
import { moment } from './moments.js'
import { alert, facts, type Page } from './parts.js'

/** A chain from the certificate in question up, each with what was told of its revocation; `heading`: h4 or h5. */
export function certificateChain(
  page: Page,
  chain: readonly CertificateReport[],
  revocation: readonly RevocationReport[],
  heading: 4 | 5
): Html {
  const { say } = page
  if (chain.length === 0) return html`<p>${say(words.noChain)}</p>`
  const cards = chain.map((certificate, i) => {
    const role = i === 0 ? words.leafRole : words.authorityRole
    const anchor = certificate.trustAnchor ? html`, ${say(words.anchorRole)}` : undefined
    const title = html`${say(role)}${anchor}: ${value(displayName(certificate))}`
    const head = heading === 4 ? html`<h4>${title}</h4>` : html`<h5>${title}</h5>`
    return html`<div class="card">${head}${certificateFacts(page, certificate, revocation)}</div>`
  })
  return html`${cards}${chain.at(-1)!.trustAnchor ? undefined : alert(page, words.notAnchored)}`
}

/** The name of a certificate for people. */
export const displayName = ({ subject }: CertificateReport): string | undefined =>
  subject.commonName ?? subject.organization

/** The issuer of a certificate for people. */
export const issuerName = ({ issuer }: CertificateReport): Part =>
  issuer.organization !== undefined && issuer.commonName !== undefined
    ? html`${value(issuer.commonName)} (${value(issuer.organization)})`
    : value(issuer.commonName ?? issuer.organization)

function certificateFacts(page: Page, certificate: CertificateReport, revocation: readonly RevocationReport[]): Html {
  const { say } = page
  const { subject, serial, notBefore, notAfter, keyType, keyBits, sha256, trustAnchor } = certificate
  const told = revocation.filter(one => one.certificate === sha256)
  return facts(
    page,
    subject.organization === undefined ? undefined : [words.organization, value(subject.organization)],
    [words.issuer, issuerName(certificate)],
    [words.serial, code(serial)],
    [words.validity, html`${say(words.from)} ${moment(notBefore)} ${say(words.until)} ${moment(notAfter)}`],
    [words.key, html`${value(keyType)} ${keyBits} ${say(words.bits)}`],
    [words.fingerprint, code(sha256)],
    [
      words.revocation,
      told.length > 0
        ? told.map(one => revocationFact(page, one))
        : say(trustAnchor ? words.anchorRevocation : words.noRevocation)
    ]
  )
}

function revocationFact({ say }: Page, fact: RevocationReport): Html {
  const since = fact.revokedAt && html` (${say(words.since)} ${moment(fact.revokedAt)}, ${value(fact.reason)})`
  const next = fact.nextUpdate && html`, ${say(words.nextUpdate)} ${moment(fact.nextUpdate)}`
  return html`<p>
    <strong>${say(statuses[fact.status])}</strong>${since}: ${say(revocationKinds[fact.kind])},
    ${say(origins[fact.origin])}, ${say(words.told)} ${moment(fact.thisUpdate)}, ${say(words.produced)}
    ${moment(fact.producedAt)}${next}
  </p>`
}
