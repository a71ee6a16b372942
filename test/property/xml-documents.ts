import fc from 'fast-check'

/** Documents for canonicalisation: well-formed, with all the oddities of notation that XML allows. */

interface Node {
  readonly name: number
  readonly prefix: number
  readonly declare: readonly (readonly [prefix: number, uri: number])[]
  readonly attributes: readonly (readonly [prefix: number, name: number, value: number])[]
  readonly children: readonly (Node | string)[]
  readonly style: number
}

const names = ['a', 'b', 'pismo', 'tytuł', 'x-1', '_y.z', 'Ż', 'id']
const prefixes = ['', 'p', 'q', 'ą', 'p1']
const uris = ['urn:a', 'urn:b', 'http://example.org/?a=1;b=2#x', 'urn:c:%C5%BC', '']
const values = [
  '',
  'x',
  ' a  b ',
  'ż"&lt;',
  "it's",
  '&#9;&#xA;&#13;',
  '1\n2\t3',
  '&amp;&gt;>',
  '&#x1F600;😀',
  '\r\n.\r.'
]
const texts = [
  'tekst',
  ' ',
  '\n',
  '\r\n',
  '\r',
  'a &amp; b &lt; c > d',
  '&#13;&#x1F642;',
  'zażółć 😀',
  ']] >',
  '&quot;&apos;',
  '<![CDATA[<&>]]>',
  '<![CDATA[\r\n]]]]>',
  '<!-- uwaga \r\n -->',
  '<?cel  dane > \r\n ?>',
  '<?cel?>',
  '<!---->'
]

const { node } = fc.letrec<{ node: Node }>(tie => ({
  node: fc.record({
    name: fc.nat(names.length - 1),
    prefix: fc.nat(20),
    declare: fc.array(fc.tuple(fc.nat(prefixes.length - 1), fc.nat(uris.length - 1)), { maxLength: 3 }),
    attributes: fc.array(fc.tuple(fc.nat(20), fc.nat(names.length - 1), fc.nat(values.length - 1)), { maxLength: 4 }),
    children: fc.array(fc.oneof({ maxDepth: 4 }, fc.constantFrom(...texts), tie('node')), { maxLength: 4 }),
    style: fc.nat(63)
  })
}))

const outside = fc.array(fc.constantFrom('\n', ' \r\n', '<!-- c -->', '<?p d?>', '<?p?>'), { maxLength: 3 })

/** XML text; namespaces hold, no attribute is given twice. */
export const xmlDocument = fc
  .tuple(
    fc.constantFrom('', '<?xml version="1.0" encoding="UTF-8"?>', "<?xml version='1.0'?>\n"),
    outside,
    node,
    outside
  )
  .map(([head, before, root, after]) => head + before.join('') + written(root, new Map()) + after.join(''))

/** The root element alone, without comments: what narrower tools can be asked about. */
export const xmlElement = node.map(root => written(root, new Map()))

function written(element: Node, around: ReadonlyMap<string, string>): string {
  const scope = new Map(around)
  const tag: string[] = []
  const seen = new Set<string>()
  for (const [p, u] of element.declare) {
    const prefix = prefixes[p]!
    const uri = prefix && !uris[u] ? 'urn:c' : uris[u]!
    if (seen.has(prefix)) continue
    seen.add(prefix)
    scope.set(prefix, uri)
    tag.push(prefix ? `xmlns:${prefix}='${uri}'` : `xmlns="${uri}"`)
  }
  const bound = [...scope.keys()].filter(prefix => prefix !== '')
  const used = new Set<string>()
  for (const [p, n, v] of element.attributes) {
    const local = names[n]!
    if (used.has(local)) continue
    used.add(local)
    const xml = p === 7 ? (['lang', 'space', 'base'] as const)[v % 3] : undefined
    const prefix = bound[p % (bound.length + 2)]
    const value = xml === 'lang' ? 'pl' : xml === 'space' ? 'preserve' : xml === 'base' ? 'http://x/' : values[v]!
    const name = xml ? `xml:${xml}` : prefix ? `${prefix}:${local}` : local
    if (seen.has(name)) continue
    seen.add(name)
    const quote = value.includes('"') || element.style & 1 ? "'" : '"'
    const safe = quote === "'" ? value.replaceAll("'", '&apos;') : value
    tag.push(`${name}${element.style & 2 ? ' =\n' : '='}${quote}${safe}${quote}`)
  }
  const candidates = ['', ...bound]
  const prefix = candidates[element.prefix % candidates.length]!
  const name = `${prefix && prefix + ':'}${names[element.name]}`
  const space = element.style & 4 ? '\n  ' : ' '
  const open = `<${name}${tag.map(part => space + part).join('')}${element.style & 8 ? ' ' : ''}`
  if (element.children.length === 0 && element.style & 16) return `${open}/>`
  const inner = element.children.map(child => (typeof child === 'string' ? child : written(child, scope))).join('')
  return `${open}>${inner}</${name}${element.style & 32 ? ' ' : ''}>`
}
