import type { LaterChange } from '../../validation/read-signature.js'
import type { ScopeReport } from '../../validation/report.js'
import { changeKinds, scopeKinds, words } from '../words/report-words.js'
import { code, html, type Html, value } from './html.js'
import { alert, type Page, table } from './parts.js'

/** What is signed; that something is not, first and loud. `holds`: whether the signature confirms it at all. */
export function coverage(page: Page, scopes: readonly ScopeReport[], holds: boolean): Html {
  const { say } = page
  if (scopes.length === 0) return alert(page, words.coversUnknown)
  const complete = scopes.every(scope => scope.complete)
  const ordered = [...scopes].sort((a, b) => Number(a.complete) - Number(b.complete))
  const rows = ordered.map(scope => [
    value(scope.name),
    say(scopeKinds[scope.kind]),
    scope.complete ? say(words.yes) : html`<strong>${say(words.noLoud)}</strong>`,
    scope.digest ? html`${value(scope.digest.hash)}: ${code(scope.digest.value)}` : '–'
  ])
  return html`${complete ? html`<p>${say(holds ? words.coversAll : words.coversClaimed)}</p>` : alert(page, words.coversPart)}
  ${table(page, words.coverage, [words.part, words.kind, words.completeness, words.digest], rows)}`
}

/** Object numbers beyond these are only counted. */
const mostObjects = 20

/** What was done to a PDF after it was signed. */
export function laterChanges(page: Page, changes: readonly LaterChange[]): Html {
  const { say } = page
  if (changes.length === 0) return html`<p>${say(words.noChanges)}</p>`
  const allowed = changes.every(({ permitted }) => permitted)
  const ordered = [...changes].sort((a, b) => Number(a.permitted) - Number(b.permitted) || a.revision - b.revision)
  const rows = ordered.map(({ revision, kind, permitted, objects }) => [
    revision,
    say(changeKinds[kind]),
    permitted ? say(words.yes) : html`<strong>${say(words.noLoud)}</strong>`,
    html`${objects.slice(0, mostObjects).join(', ')}${objects.length > mostObjects ? html` ${say(words.more)} ${objects.length}` : undefined}`
  ])
  return html`${allowed ? html`<p>${say(words.changesPermitted)}</p>` : alert(page, words.changesForbidden)}
  ${table(page, words.changes, [words.revision, words.kind, words.permitted, words.objects], rows)}`
}
