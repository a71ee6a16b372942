/** A URI reference taken apart (RFC 3986, appendix B), without its fragment. */
const parts = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/

/**
 * An `xml:base` value resolved against that of an ancestor, as Canonical XML 1.1 (2.4) has it: RFC 3986, 5.2, but neither need
 * be absolute, and what leads above the start stays there.
 */
export function joinBase(base: string, reference: string): string {
  const [, scheme, authority, path = '', query] = parts.exec(base)!
  const [, ownScheme, ownAuthority, ownPath = '', ownQuery] = parts.exec(reference)!
  if (ownScheme !== undefined) return uriOf(ownScheme, ownAuthority, plain(ownPath), ownQuery)
  if (ownAuthority !== undefined) return uriOf(scheme, ownAuthority, plain(ownPath), ownQuery)
  if (ownPath === '') return uriOf(scheme, authority, plain(path), ownQuery ?? query)
  if (ownPath.startsWith('/')) return uriOf(scheme, authority, plain(ownPath), ownQuery)
  const folder = /(?:^|\/)\.\.$/.test(path) ? `${path}/` : path.slice(0, path.lastIndexOf('/') + 1)
  const merged = authority !== undefined && path === '' ? `/${ownPath}` : folder + ownPath
  return uriOf(scheme, authority, plain(merged), ownQuery)
}

const uriOf = (scheme = '', authority: string | undefined, path: string, query: string | undefined): string =>
  (scheme && `${scheme}:`) +
  (authority === undefined ? '' : `//${authority}`) +
  path +
  (query === undefined ? '' : `?${query}`)

/** A path without `.`, empty segments and each `..` that has something before it. */
function plain(path: string): string {
  const segments = path.split('/')
  const last = segments.at(-1)!
  const kept: string[] = []
  for (const segment of segments) {
    if (segment === '' || segment === '.') continue
    if (segment === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (segment !== '..' || !path.startsWith('/')) kept.push(segment)
  }
  const folder = kept.length > 0 && (last === '' || last === '.' || last === '..')
  return (path.startsWith('/') ? '/' : '') + kept.join('/') + (folder ? '/' : '')
}
