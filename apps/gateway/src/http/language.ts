/** Languages in which Goniec speaks to people. */
export type Language = 'pl' | 'en'

/**
 * Which of our languages a reader prefers (RFC 9110, 12.5.4); Polish unless English is wanted more.
 * @param header value of `Accept-Language`
 */
export function preferredLanguage(header: string | undefined): Language {
  const wanted = { pl: -1, en: -1, '*': -1 }
  for (const range of (header ?? '').slice(0, 1000).split(',')) {
    const found = /^\s*(\*|[a-z]{2})(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/i.exec(range)
    const tag = found?.[1]?.toLowerCase()
    if (tag === 'pl' || tag === 'en' || tag === '*') wanted[tag] = Math.max(wanted[tag], Number(found?.[2] ?? 1))
  }
  const of = (language: Language) => (wanted[language] >= 0 ? wanted[language] : Math.max(wanted['*'], 0))
  return of('en') > of('pl') ? 'en' : 'pl'
}
