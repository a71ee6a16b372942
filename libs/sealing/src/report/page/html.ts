/** Markup that is safe to put into a page. Only `html` makes it. */
export class Html {
  private constructor(readonly text: string) {}

  static join(strings: TemplateStringsArray, values: readonly Part[]): Html {
    return new Html(strings.reduce((text, next, i) => text + written(values[i - 1]) + next))
  }
}

/** What may stand in a template: markup, text and numbers (which are escaped), nothing, or several of these. */
export type Part = Html | string | number | undefined | readonly Part[]

/** A template that escapes all that is put into it: element content, or attribute values in double quotes. */
export const html = (strings: TemplateStringsArray, ...values: readonly Part[]): Html => Html.join(strings, values)

function written(part: Part): string {
  if (part === undefined) return ''
  if (part instanceof Html) return part.text
  return typeof part === 'object' ? part.map(written).join('') : escaped(String(part))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

/** Control characters, and those that turn the direction of writing or are not seen: a name could look like another one. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(unseen, one => `[U+${one.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`)
    .replace(/[&<>"']/g, one => entities[one]!)
}

/** Longer values from files are cut: a name of a megabyte is an attack, not a name. */
const longest = 400

/** A value that comes from a file, and may be anything: cut, and apart from the direction of the text around it. */
export function value(text: string | undefined): Html {
  if (text === undefined || text === '') return html`–`
  const characters = text.length > longest ? `${text.slice(0, longest)}… (${text.length})` : text
  return html`<bdi>${characters}</bdi>`
}

/** The same for digests, identifiers and codes. */
export const code = (text: string | undefined): Html =>
  text === undefined || text === '' ? html`–` : html`<code>${value(text)}</code>`
