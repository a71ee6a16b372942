import type { Document, SealFormat } from '#sealing/plain'
import { type DssJudge, hasDss } from '../judges/dss-judge.js'
import { judgedByDss } from './judged-by-dss.js'
import { bytesOf, type JudgedWorld, opinionOf, opinionsIn } from './judged-world.js'

// XML that is unusual and right, sealed in every way and judged by EU DSS: the seal holds for both, or we refuse and say why.

const declared = (encoding: string, ...bytes: (string | number)[]): Buffer =>
  Buffer.concat([
    Buffer.from(`<?xml version="1.0" encoding="${encoding}"?>`),
    ...bytes.map(part => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part])))
  ])
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')
const DS = 'http://www.w3.org/2000/09/xmldsig#'

/** What is sealed both inside and around. */
const good: Readonly<Record<string, string | Buffer>> = {
  'byte order mark': '\ufeff<a>ż</a>',
  'UTF-16 without a mark': utf16('<?xml version="1.0" encoding="UTF-16LE"?><ą>😀</ą>'),
  'ISO-8859-2': declared('ISO-8859-2', '<a k="', 0xb1, '">', 0xbf, 0x85, '</a>'),
  'ISO-8859-15': declared('ISO-8859-15', '<a>', 0xa4, '</a>'),
  'windows-1250': declared('windows-1250', '<a>', 0xb9, 0x9c, '</a>'),
  'windows-1252': declared('windows-1252', '<a k="', 0x80, '"/>'),
  'US-ASCII': declared('US-ASCII', '<a>&#261;</a>'),
  'carriage returns': '<?xml version="1.0"?>\r\n<a b="x\r\ny">\r\n&#13;</a>\r\n',
  'references with many digits': '<a b="&#000000000000000000010;">&#x0000000000000000001F600;</a>',
  'sections and their ends': '<a><![CDATA[<b>&]]]]><![CDATA[>]]></a>',
  'a style sheet, comments and instructions around':
    '<?xml version="1.0"?>\n<?xml-stylesheet href="a.xsl"?><!--a--><a/><!--b--><?c?>',
  'an instruction first of all': '<?xml-stylesheet href="a.xsl"?><a/>',
  'our prefixes for something else': '<ds:a xmlns:ds="urn:x" xmlns:xades="urn:y"><ds:b xades:c="1"/></ds:a>',
  'the namespace of signatures by default': `<Pismo xmlns="${DS}"><Object Id="a"/></Pismo>`,
  'namespaces undone and done again': '<a xmlns="urn:x"><b xmlns=""><c xmlns="urn:x"/></b></a>',
  'attributes ordered by namespace': '<a xmlns:b="urn:z" xmlns:c="urn:a" b:x="1" c:x="2" x="3" a="4"/>',
  'ids of all kinds, not unique': '<a Id="sp"><b ID="r1"/><c id="r1" xml:id="r2"/><d Id="sp"/></a>',
  'xml:base, xml:lang and xml:space': '<a xml:base="http://x/" xml:lang="pl"><b xml:space="preserve"> </b></a>',
  'names beyond ASCII': '<zażółć gęślą="jaźń"><日本/></zażółć>',
  '199 elements deep': '<a>'.repeat(199) + '</a>'.repeat(199)
}

/** What is refused inside, and sealed around or beside as the bytes that it is. */
const refused: Readonly<Record<string, readonly [string, string | Buffer]>> = {
  'a document type': ['xml-doctype', '<!DOCTYPE a><a/>'],
  'an entity bomb': ['xml-doctype', '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'],
  'XML 1.1': ['xml-unsupported', '<?xml version="1.1"?><a/>'],
  'XML 1.2': ['xml-unsupported', '<?xml version="1.2"?><a/>'],
  'another encoding': ['xml-unsupported', declared('windows-1251', '<a/>')],
  'a relative namespace': ['xml-unsupported', '<a xmlns="b"/>'],
  'a name that only the fifth edition knows': ['xml-unsupported', '<\ua733/>'],
  'a byte without a character': ['xml-not-well-formed', declared('windows-1250', '<a>', 0x81, '</a>')],
  'an encoding that is another': ['xml-not-well-formed', utf16('\ufeff<?xml version="1.0" encoding="UTF-8"?><a/>')],
  'no XML': ['xml-not-well-formed', '{}'],
  '201 elements deep': ['xml-too-complex', '<a>'.repeat(201) + '</a>'.repeat(201)],
  'a signature': ['xml-changes-forbidden', `<ds:Signature xmlns:ds="${DS}"/>`]
}

let world: JudgedWorld
let dss: DssJudge

judgedByDss((...opened) => {
  ;[world, dss] = opened
})

/** What both say of a document sealed in a way. */
async function opinions(content: string | Buffer, format: SealFormat): Promise<string[]> {
  const document: Document = {
    fileName: 'a.xml',
    mediaType: 'application/xml',
    source: world.sourceOf(Buffer.from(content))
  }
  const sealed = await world.seal(format, document)
  const beside = format === 'XAdES-detached' ? [document] : []
  const files = beside.map(one => world.bench.put(one.fileName, bytesOf(one)))
  const theirs = await dss.validate(world.bench.put('sealed.xml', sealed), ...files)
  return [...opinionsIn(await world.report(sealed, beside)), ...theirs.map(opinionOf)]
}

const holds = ['TOTAL-PASSED B-B', 'TOTAL-PASSED B-B']

;(hasDss ? describe : describe.skip)('odd XML', () => {
  it.each(Object.entries(good))('%s', async (_, content) => {
    for (const format of ['XAdES-enveloped', 'XAdES-enveloping'] as const)
      expect([format, ...(await opinions(content, format))]).toEqual([format, ...holds])
  })

  it.each(Object.entries(refused))('%s', async (_, [code, content]) => {
    await expect(opinions(content, 'XAdES-enveloped')).rejects.toThrow(`sealing/${code}`)
    for (const format of ['XAdES-enveloping', 'XAdES-detached', 'ASiC-E-XAdES'] as const)
      expect([format, ...(await opinions(content, format))]).toEqual([format, ...holds])
  })
})
