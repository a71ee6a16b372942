import * as fc from 'fast-check'
import { performance } from 'node:perf_hooks'
import { guardXml, type XmlFault } from './guard-xml.js'

const guard = (text: string | Uint8Array) => guardXml(typeof text === 'string' ? Buffer.from(text) : text)
const fault = (text: string | Uint8Array): XmlFault | 'none' => {
  const result = guard(text)
  return result.ok ? 'none' : result.fault
}
const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])

describe('what gets through', () => {
  it.each([
    ['a plain document', '<a b="1"><c/>text &amp; more</a>'],
    ['letters by reference', '<a>&#xF3;&#380;&#x1F600;</a>'],
    ['a declaration', '<?xml version="1.0" encoding="utf-8" standalone="no"?>\n<a/>'],
    ['a declaration in single quotes', "<?xml version='1.0' encoding='UTF-8' ?><a/>"],
    ['a byte order mark', '\ufeff<a/>'],
    ['comments and CDATA that look like markup', '<a><!-- <!DOCTYPE <?x --><![CDATA[<b><!ENTITY]]></a>'],
    ['angle brackets in attributes', '<a b="x > y" c=\'"\'/>'],
    ['many namespaces, redeclared', `<a>${'<b xmlns="urn:x"/>'.repeat(500)}</a>`]
  ])('%s', (_name, text) => expect(fault(text)).toBe('none'))
})

describe('what does not', () => {
  it.each<[string, string | Uint8Array, XmlFault]>([
    ['a document type', '<!DOCTYPE a><a/>', 'xml-doctype-forbidden'],
    ['an external entity', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', 'xml-doctype-forbidden'],
    ['a document type in lower case', '<!doctype a><a/>', 'xml-doctype-forbidden'],
    ['a document type after a comment', '<!-- --><!DOCTYPE a><a/>', 'xml-doctype-forbidden'],
    ['an entity that nobody declared', '<a>&evil;</a>', 'xml-not-well-formed'],
    ['a processing instruction', '<a><?php x?></a>', 'xml-instruction-forbidden'],
    ['a stylesheet', '<?xml version="1.0"?><?xml-stylesheet href="x"?><a/>', 'xml-instruction-forbidden'],
    ['another encoding by declaration', '<?xml version="1.0" encoding="ISO-8859-2"?><a/>', 'xml-encoding'],
    ['XML 1.1', '<?xml version="1.1"?><a/>', 'xml-encoding'],
    ['UTF-16', utf16('<a/>'), 'xml-encoding'],
    ['bytes that are no UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xb1, 0x3c, 0x2f, 0x61, 0x3e]), 'xml-encoding'],
    ['a NUL', '<a>\0</a>', 'xml-encoding'],
    ['a control character by reference', '<a>&#1;</a>', 'xml-encoding'],
    ['half a character by reference', '<a>&#xD800;</a>', 'xml-encoding'],
    ['a character beyond Unicode', '<a>&#x110000;</a>', 'xml-encoding'],
    ['an endless reference', `<a>&#${'0'.repeat(100)}65;</a>`, 'xml-encoding'],
    ['two roots', '<a/><b/>', 'xml-not-well-formed'],
    ['text after the root', '<a/>text', 'xml-not-well-formed'],
    ['no root', '<!-- nothing -->', 'xml-not-well-formed'],
    ['nothing at all', '', 'xml-not-well-formed'],
    ['an unclosed element', '<a><b></a>', 'xml-not-well-formed'],
    ['an attribute twice', '<a b="1" b="2"/>', 'xml-not-well-formed'],
    ['an attribute without quotes', '<a b=1/>', 'xml-not-well-formed'],
    ['an attribute without a value', '<a b/>', 'xml-not-well-formed'],
    ['a prefix that nobody declared', '<x:a/>', 'xml-not-well-formed'],
    ['an unclosed comment', '<a><!-- </a>', 'xml-not-well-formed'],
    ['an unclosed tag', '<a b="', 'xml-not-well-formed']
  ])('%s', (_name, text, expected) => expect(fault(text)).toBe(expected))
})

describe('bombs', () => {
  const lol = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')
  it.each<[string, () => string | Uint8Array, XmlFault]>([
    ['billion laughs', () => `<!DOCTYPE l [<!ENTITY l0 "lol">${lol}]><l>&l9;</l>`, 'xml-doctype-forbidden'],
    ['a million character references', () => `<a>${'&#65;'.repeat(900_000)}</a>`, 'xml-too-complex'],
    ['100,000 levels', () => '<a>'.repeat(100_000) + '</a>'.repeat(100_000), 'xml-too-complex'],
    ['50,000 attributes on one element', () => `<a ${list(50_000, i => `b${i}=""`)}/>`, 'xml-too-complex'],
    [
      '50,000 namespace prefixes on one element',
      () => `<a ${list(50_000, i => `xmlns:b${i}="u"`)}/>`,
      'xml-too-complex'
    ],
    [
      '50,000 namespace prefixes, one each',
      () => `<r>${list(50_000, i => `<a xmlns:b${i}="u"/>`)}</r>`,
      'xml-too-complex'
    ],
    ['nested prefixes', () => `${list(3000, i => `<a xmlns:b${i}="u">`)}`, 'xml-too-complex'],
    ['a million elements', () => `<r>${'<a/>'.repeat(1_000_000)}</r>`, 'xml-too-complex'],
    ['an unterminated instruction', () => '<?' + 'x'.repeat(4_000_000), 'xml-instruction-forbidden'],
    ['an endless tag name', () => '<' + 'x'.repeat(4_900_000), 'xml-not-well-formed'],
    ['spaces without end in a tag', () => '<a' + ' '.repeat(4_900_000), 'xml-not-well-formed'],
    ['too many bytes', () => Buffer.alloc(5_000_001, 0x20), 'xml-too-large']
  ])('%s is turned away at once', (_name, make, expected) => {
    const bomb = Buffer.from(make())
    const start = performance.now()
    expect(fault(bomb)).toBe(expected)
    // generous: the promise is 100 ms on an idle machine, and a blown-up one takes seconds or the memory
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})

it('whatever the bytes are, there is an answer', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '</',
    '/>',
    '<a',
    ' b="',
    '"',
    "'",
    '&',
    ';',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    'x',
    '=',
    '\n'
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
      expect(typeof guard(pieces.join('')).ok).toBe('boolean')
    })
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => expect(typeof guard(bytes).ok).toBe('boolean')))
})

it('never quotes the document in its answer', () => {
  const secret = 'PESEL44051401359'
  for (const text of [`<${secret}`, `<a>&${secret};</a>`, `<a ${secret}=1/>`, `<!DOCTYPE ${secret}><a/>`]) {
    expect(JSON.stringify(guard(text))).not.toContain('4405140135')
  }
})

function list(count: number, make: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => make(i)).join(' ')
}
