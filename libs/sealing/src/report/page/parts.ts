import type { Reason } from '../../validation/reasons.js'
import { factNames, type Language, type Say, sayIn, type Text } from '../words/report-words.js'
import { type Html, html, type Part, value } from './html.js'
import { moment } from './moments.js'

/** What all parts of the page need. */
export interface Page {
  readonly language: Language
  readonly say: Say
}

export const pageIn = (language: Language): Page => ({ language, say: sayIn(language) })

/** A line of a list of facts: name and value; undefined: no such line. */
export type Fact = readonly [name: Text, value: Part] | undefined

/** A list of facts. */
export const facts = ({ say }: Page, ...lines: readonly Fact[]): Html =>
  html`<dl>
    ${lines.map(
      line =>
        line &&
        html`<div>
          <dt>${say(line[0])}</dt>
          <dd>${line[1]}</dd>
        </div>`
    )}
  </dl>`

/** Something that must not be overlooked. */
export const alert = ({ say }: Page, text: Text): Html => html`<div class="alert"><p>${say(text)}</p></div>`

/** A list of reasons or warnings with what belongs to them. */
export function reasonList(page: Page, reasons: readonly Reason[]): Html {
  return html`<ul>
    ${reasons.map(reason => html`<li>${reason[page.language]}${factsOf(page, reason)} <code>${value(reason.code)}</code></li>`)}
  </ul>`
}

function factsOf({ say }: Page, { facts: known }: Reason): Part {
  const named = Object.entries(known ?? {}).map(([name, told]) => {
    const label = Object.hasOwn(factNames, name) ? say(factNames[name]!) : name
    if (/^\d{4}-\d\d-\d\dT/.test(told)) return html`${label}: ${moment(told)}`
    // What readers of formats say in passing is English in every language.
    return name === 'why' ? html`${label}: <span lang="en">${value(told)}</span>` : html`${label}: ${value(told)}`
  })
  return named.length === 0 ? undefined : html` (${named.map((one, i) => (i === 0 ? one : html`; ${one}`))})`
}

/** Rows beyond these are only counted: a page of a million rows is read by nobody. */
const mostRows = 200

/** A table that scrolls by itself on narrow screens, where the keyboard reaches it too; `name` is its name for screen readers. */
export function table({ say }: Page, name: Text, heads: readonly Text[], rows: readonly (readonly Part[])[]): Html {
  const shown = rows.slice(0, mostRows)
  return html`<div class="scroll" role="region" aria-label="${say(name)}" tabindex="0">
      <table>
        <thead>
          <tr>
            ${heads.map(head => html`<th scope="col">${say(head)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            row =>
              html`<tr>
                ${row.map(cell => html`<td>${cell}</td>`)}
              </tr>`
          )}
        </tbody>
      </table>
    </div>
    ${rows.length > shown.length ? html`<p>${say(moreText)} ${rows.length}.</p>` : undefined}`
}

const moreText: Text = ['Pokazano tylko początek. Wszystkich wierszy:', 'Only the beginning is shown. Rows in all:']

/** Several values in one line. */
export const listed = (parts: readonly Part[]): Part => parts.map((part, i) => (i === 0 ? part : html`, ${part}`))
