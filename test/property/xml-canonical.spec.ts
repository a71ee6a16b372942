import { execFileSync } from 'node:child_process'
import { DOMParser } from '@xmldom/xmldom'
import fc from 'fast-check'
import { ExclusiveCanonicalization } from 'xml-crypto'
import { type C14nMethod, canonicalBytes } from '../../libs/sealing/src/xades/c14n/canonicalize.js'
import { decodeXmlBytes } from '../../libs/sealing/src/xades/c14n/decode-xml.js'
import { childrenOf, elementInput, readXmlTree } from '../../libs/sealing/src/xades/xml-tree.js'
import { itWith, Workbench } from '../interop/sealing/tools.js'
import { xmlDocument, xmlElement } from './xml-documents.js'

const SEED = 20261122

function canonical(bytes: Buffer | string, method: C14nMethod): Buffer {
  const { bytes: utf8, start } = decodeXmlBytes(Buffer.from(bytes))
  return canonicalBytes({ bytes: utf8, start, end: utf8.length }, method)
}

/** libxml2 (compiled to WebAssembly) in a process of its own: Jest cannot load it. One process for all documents. */
const libxml2 = `
import { readFileSync } from 'node:fs'
import { XmlC14NMode, XmlDocument, XmlElement } from 'libxml2-wasm'
const modes = [XmlC14NMode.XML_C14N_1_0, XmlC14NMode.XML_C14N_EXCLUSIVE_1_0, XmlC14NMode.XML_C14N_1_1]
const answers = JSON.parse(readFileSync(0, 'utf8')).map(({ xml, mode, comments, prefixes, path }) => {
  const document = XmlDocument.fromBuffer(Buffer.from(xml))
  try {
    const options = { mode: modes[mode], withComments: comments }
    if (prefixes) options.inclusiveNamespacePrefixes = prefixes
    return (path ? document.get(path) : document).canonicalizeToString(options)
  } finally { document.dispose() }
})
process.stdout.write(JSON.stringify(answers))`

interface Question {
  readonly xml: string
  /** 0: inclusive, 1: exclusive, 2: inclusive 1.1. */
  readonly mode: 0 | 1 | 2
  readonly comments: boolean
  readonly prefixes?: readonly string[]
  readonly path?: string
}

function askLibxml2(questions: readonly Question[]): string[] {
  const program = ['--input-type=module', '-e', libxml2]
  const options = { input: JSON.stringify(questions), maxBuffer: 256 * 1024 * 1024, cwd: process.cwd() }
  return JSON.parse(execFileSync(process.execPath, program, options).toString()) as string[]
}

describe('canonical XML', () => {
  it('is byte for byte that of libxml2, for every method, on 400 generated documents', () => {
    const documents = fc.sample(xmlDocument, { numRuns: 400, seed: SEED })
    const questions = documents.flatMap(xml =>
      ([0, 1] as const).flatMap(mode => [
        { xml, mode, comments: true },
        { xml, mode, comments: false }
      ])
    )
    const answers = askLibxml2(questions)
    questions.forEach(({ xml, mode, comments }, i) => {
      expect(canonical(xml, { exclusive: mode === 1, comments }).toString()).toBe(answers[i])
    })
  })

  it('takes an InclusiveNamespaces PrefixList as libxml2 does', () => {
    const documents = fc.sample(xmlDocument, { numRuns: 200, seed: SEED + 1 })
    const questions = documents.map(xml => ({ xml, mode: 1 as const, comments: false, prefixes: ['p', 'ą', 'p1'] }))
    const answers = askLibxml2(questions)
    questions.forEach(({ xml, prefixes }, i) => {
      expect(canonical(xml, { exclusive: true, comments: false, prefixes }).toString()).toBe(answers[i])
    })
  })

  it('is the same with xml-crypto', () => {
    fc.assert(
      fc.property(xmlElement, xml => {
        // what the two read or sort differently from the standard is left out: CR, and names that a locale sorts elsewhere
        fc.pre(!/\r|&#13;|<\?|<!\[|_y|[^\0-\x7f]/.test(xml))
        const element = new DOMParser().parseFromString(xml, 'text/xml').documentElement
        const theirs = new ExclusiveCanonicalization().process(element as never, {})
        expect(canonical(xml, { exclusive: true, comments: false }).toString()).toBe(theirs)
      }),
      { numRuns: 300, seed: SEED }
    )
  })

  it('escapes namespace names as the attributes that they are written as', () => {
    // libxml2 writes these two unescaped, so that its canonical form is not even XML
    const xml = '<a xmlns="http://x/?a&amp;&lt;b&quot;"/>'
    expect(canonical(xml, { exclusive: true, comments: false }).toString()).toBe(xml.replace('/>', '></a>'))
  })

  it('of its own result is the result', () => {
    fc.assert(
      fc.property(xmlDocument, fc.boolean(), fc.boolean(), (xml, exclusive, comments) => {
        const once = canonical(xml, { exclusive, comments })
        expect(canonical(once, { exclusive, comments })).toEqual(once)
      }),
      { numRuns: 200, seed: SEED }
    )
  })

  it('of an element inside: namespaces and xml: attributes come with it as libxml2 brings them', () => {
    const inside =
      '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:A q:z="1" b="2" xml:space="default"><x/></ds:A></ds:Signature>'
    const xml = `<r xmlns="urn:d" xmlns:q="urn:q" xmlns:n="urn:n" xml:lang="pl" xml:id="i"><m xmlns:n="urn:m" xml:lang="en">${inside}</m></r>`
    const tree = readXmlTree(decodeXmlBytes(Buffer.from(xml)))
    const element = childrenOf(tree.signatures[0], 'http://www.w3.org/2000/09/xmldsig#', 'A')[0]!
    const path = '//*[local-name()="A"]'
    // libxml2 leaves out xml: attributes of ancestors when it is given an element: those are checked apart
    const [exclusive, listed] = askLibxml2([
      { xml, mode: 1, comments: false, path },
      { xml, mode: 1, comments: false, prefixes: ['n', 'q'], path }
    ])
    const input = elementInput(tree, element)
    expect(canonicalBytes(input, { exclusive: true, comments: false }).toString()).toBe(exclusive)
    expect(canonicalBytes(input, { exclusive: true, comments: false, prefixes: ['n', 'q'] }).toString()).toBe(listed)
    expect(canonicalBytes(input, { exclusive: false, comments: false }).toString()).toBe(
      '<ds:A xmlns="urn:d" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:n="urn:m" xmlns:q="urn:q" b="2"' +
        ' xml:id="i" xml:lang="en" xml:space="default" q:z="1"><x></x></ds:A>'
    )
  })
})

describe('the same by xmllint', () => {
  const bench = new Workbench()
  afterAll(() => bench.clear())
  const odd: Record<string, string | Buffer> = {
    'line ends': '<a>\r\n\r\r\n<b c="\r\n\t"/>&#13;\n</a>',
    'undeclared default': '<a xmlns="urn:a"><b xmlns=""><c xmlns=""/></b><d/></a>',
    'redeclared prefixes': '<p:a xmlns:p="urn:a"><p:b xmlns:p="urn:b"><p:c xmlns:p="urn:b"/></p:b><p:d/></p:a>',
    'beside the root': '<?xml version="1.0"?>\n<?a b?>\n<!-- c -->\n<r/>\n<!-- d --><?e?>\n\n',
    'attribute order': '<a xmlns:z="urn:a" xmlns:y="urn:b" z:b="1" y:a="2" c="3" xml:lang="pl" a="4"/>',
    sections: '<a><![CDATA[]]>x<![CDATA[<a>&amp;]]]]><![CDATA[>]]></a>',
    'UTF-8 with mark': Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('<?xml version="1.0"?><ą>ę</ą>')]),
    'UTF-16 LE': Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from('<?xml version="1.0" encoding="UTF-16"?><ą b="😀">ę</ą>', 'utf16le')
    ]),
    'UTF-16 BE': Buffer.concat([
      Buffer.from([0xfe, 0xff]),
      Buffer.from('<?xml version="1.0" encoding="utf-16"?><ą>ę</ą>', 'utf16le').swap16()
    ]),
    'ISO-8859-2': Buffer.concat([
      Buffer.from('<?xml version="1.0" encoding="ISO-8859-2"?><a>'),
      Buffer.from([0xb1, 0xe6, 0xea]),
      Buffer.from('</a>')
    ]),
    'windows-1250': Buffer.concat([
      Buffer.from('<?xml version="1.0" encoding="windows-1250"?><a>'),
      Buffer.from([0xb9, 0x9c, 0x9f]),
      Buffer.from('</a>')
    ])
  }
  itWith(['xmllint', '--version'])(
    'agrees on every odd notation, in both inclusive methods and the exclusive one',
    () => {
      for (const [name, bytes] of Object.entries(odd))
        for (const [flag, exclusive] of [
          ['--c14n', false],
          ['--c14n11', false],
          ['--exc-c14n', true]
        ] as const) {
          const theirs = execFileSync('xmllint', [flag, bench.put('odd.xml', bytes as Buffer)])
          expect([name, flag, canonical(bytes, { exclusive, comments: true }).toString()]).toEqual([
            name,
            flag,
            theirs.toString()
          ])
        }
    }
  )
})

describe('XML that is refused', () => {
  const deep = (n: number) => '<a>'.repeat(n) + '</a>'.repeat(n)
  const many = (n: number, one: (i: number) => string) => Array.from({ length: n }, (_, i) => one(i)).join('')
  it.each<[string, string, Buffer | string]>([
    ['sealing/xml-doctype', 'a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    [
      'sealing/xml-doctype',
      'a document type after a comment',
      '<!-- x --><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'
    ],
    ['sealing/xml-not-well-formed', 'nothing', ''],
    ['sealing/xml-not-well-formed', 'an unknown entity', '<a>&nbsp;</a>'],
    ['sealing/xml-not-well-formed', 'tags that cross', '<a><b></a></b>'],
    ['sealing/xml-not-well-formed', 'two roots', '<a/><b/>'],
    ['sealing/xml-not-well-formed', 'text after the root', '<a/>x'],
    ['sealing/xml-not-well-formed', 'an end too early', '<a><b>'],
    ['sealing/xml-not-well-formed', 'an attribute twice', '<a b="1" b="2"/>'],
    [
      'sealing/xml-not-well-formed',
      'an attribute twice by namespace',
      '<a xmlns:p="urn:a" xmlns:q="urn:a" p:b="1" q:b="2"/>'
    ],
    ['sealing/xml-not-well-formed', 'an undeclared prefix', '<p:a/>'],
    ['sealing/xml-not-well-formed', 'a prefix undone', '<p:a xmlns:p="urn:a"><b xmlns:p=""/></p:a>'],
    ['sealing/xml-not-well-formed', 'xml bound to something else', '<a xmlns:xml="urn:a"/>'],
    ['sealing/xml-not-well-formed', '< in a value', '<a b="<"/>'],
    ['sealing/xml-not-well-formed', 'a control character', '<a>\u0001</a>'],
    ['sealing/xml-not-well-formed', 'a reference to one', '<a>&#1;</a>'],
    ['sealing/xml-not-well-formed', 'a surrogate', '<a>&#xD800;</a>'],
    ['sealing/xml-not-well-formed', 'U+FFFE', '<a>\ufffe</a>'],
    ['sealing/xml-not-well-formed', ']]> in text', '<a>]]></a>'],
    ['sealing/xml-not-well-formed', '-- in a comment', '<a><!-- -- --></a>'],
    [
      'sealing/xml-not-well-formed',
      'bytes that are not UTF-8',
      Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e])
    ],
    [
      'sealing/xml-not-well-formed',
      'a mark that contradicts the declaration',
      '\ufeff<?xml version="1.0" encoding="UTF-16"?><a/>'
    ],
    ['sealing/xml-not-well-formed', 'no space between attributes', '<a b="1"c="2"/>'],
    ['sealing/xml-not-well-formed', 'a name that begins with a digit', '<1a/>'],
    ['sealing/xml-not-well-formed', 'a declaration not at the start', ' <?xml version="1.0"?><a/>'],
    ['sealing/xml-unsupported', 'XML 1.1', '<?xml version="1.1"?><a/>'],
    ['sealing/xml-unsupported', 'an unknown encoding', '<?xml version="1.0" encoding="EBCDIC"?><a/>'],
    ['sealing/xml-unsupported', 'a relative namespace name', '<a xmlns="wzgledna"/>'],
    ['sealing/xml-too-complex', 'depth', deep(201)],
    ['sealing/xml-too-complex', 'attributes', `<a ${many(1001, i => ` a${i}=""`)}/>`],
    ['sealing/xml-too-complex', 'prefixes', many(2100, i => `<a xmlns:p${i}="urn:a">`)],
    ['sealing/xml-too-complex', 'names', `<a>${many(50_001, i => `<a${i}/>`)}</a>`],
    ['sealing/xml-too-complex', 'the length of a name', `<${'a'.repeat(1001)}/>`]
  ])('with %s: %s', (code, _, xml) => {
    for (const exclusive of [true, false])
      expect(() => canonical(xml, { exclusive, comments: false })).toThrow(
        expect.objectContaining({ type: expect.objectContaining({ code }) })
      )
    expect(() => readXmlTree(decodeXmlBytes(Buffer.from(xml)))).toThrow(
      expect.objectContaining({ type: expect.objectContaining({ code }) })
    )
  })

  it('but not at the limits', () => {
    expect(canonical(deep(200), { exclusive: true, comments: false }).toString()).toBe(deep(200))
  })

  it('in good time, whatever it is made of', () => {
    const started = process.hrtime.bigint()
    const hostile = [
      `<a>${'<a/>'.repeat(1_000_000)}</a>`,
      `<a b="${'&amp;'.repeat(500_000)}">${'&#x41;'.repeat(500_000)}</a>`,
      `<a>${'<!---->'.repeat(300_000)}${'<?a?>'.repeat(300_000)}</a>`,
      `${'<a xmlns="urn:a">'.repeat(200)}${'<a xmlns="urn:a"/>'.repeat(100_000)}${'</a>'.repeat(200)}`,
      `<a>${many(45_000, i => `<a${i.toString(36)} b${i}="${i}"/>`)}</a>`
    ]
    for (const xml of hostile)
      try {
        readXmlTree(decodeXmlBytes(Buffer.from(xml)))
        canonical(xml, { exclusive: false, comments: true })
      } catch (error) {
        expect(error).toMatchObject({ type: { code: 'sealing/xml-too-complex' } })
      }
    expect(Number(process.hrtime.bigint() - started) / 1e9).toBeLessThan(20)
  })
})
