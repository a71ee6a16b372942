import { createHash } from 'node:crypto'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { existsSync } from 'node:fs'
import { SignedXml } from 'xml-crypto'
import { DOMParser } from '@xmldom/xmldom'
import { issue, makeSealer, p256, p384, pem, rsa, timeStampingOnly } from '../../test/test-authority.js'
import { documentOf, sealXades, XadesTsa, xadesTime } from '../../test/test-xades.js'
import type { SealAlgorithm } from '../seal-algorithm.js'
import type { SealFormat } from '../seal-format.js'
import { BufferSource, readAll, type RandomAccessSource } from '../source.js'
import { Base64Source } from './base64-source.js'
import { prepareDetachedXades, prepareXades } from './prepare-xades.js'
import { readXadesSignatures } from './read-xades.js'

const letter =
  '<?xml version="1.0" encoding="UTF-8"?>\r\n<?p i?><!-- c -->\n<p:pismo xmlns:p="urn:p" xmlns="urn:d" b=\'1\' a="x&#9;">\r\n' +
  '<tytuł>Zażółć 😀 &amp; &gt;</tytuł><!-- k --><x xmlns=""/><![CDATA[<z>]]></p:pismo>\n<!-- koniec -->\n'
const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
const windows1250 = Buffer.concat([
  Buffer.from('<?xml version="1.0" encoding="windows-1250"?><za'),
  Buffer.from([0xbf, 0xf3, 0xb3]),
  Buffer.from('/>')
])

const folder = mkdtempSync(join(tmpdir(), 'goniec-xades-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const put = (name: string, bytes: Buffer | string) => writeFileSync(join(folder, name), bytes)
const toolsOf = (...tools: string[]) => {
  const missing = tools.filter(tool => spawnSync(tool, ['--version']).error)
  if (missing.length > 0) process.stderr.write(`SKIPPED: not on this machine: ${missing.join(', ')}\n`)
  return missing.length > 0 ? it.skip : it
}
const itWithXmlsec = toolsOf('xmlsec1')

/** What xmlsec1 says of a file in `folder`. */
function xmlsec(file: string): string {
  const ids = ['http://uri.etsi.org/01903/v1.3.2#:SignedProperties', 'http://www.w3.org/2000/09/xmldsig#:Object']
  const args = ['--verify', '--enabled-key-data', 'x509', '--trusted-pem', 'root.pem']
  const at = ['--verification-time', '2026-11-22 12:00:00']
  const { status, stdout, stderr } = spawnSync(
    'xmlsec1',
    [...args, ...at, ...ids.flatMap(id => ['--id-attr:Id', id]), file],
    {
      cwd: folder,
      encoding: 'latin1'
    }
  )
  return status === 0 ? 'OK' : stdout + stderr
}

const kinds: [string, SealFormat, ReturnType<typeof documentOf>[]][] = [
  ['enveloped', 'XAdES-enveloped', [documentOf('a.xml', letter)]],
  ['enveloped in an empty root', 'XAdES-enveloped', [documentOf('a.xml', '<root />')]],
  ['enveloped in UTF-16', 'XAdES-enveloped', [documentOf('a.xml', utf16('<?xml version="1.0"?><ąę>😀</ąę>'))]],
  ['enveloped in windows-1250', 'XAdES-enveloped', [documentOf('a.xml', windows1250)]],
  [
    'enveloped in windows-1252',
    'XAdES-enveloped',
    [documentOf('a.xml', Buffer.from('<?xml version="1.0" encoding="windows-1252"?><a k="\x80">\x9f</a>', 'latin1'))]
  ],
  [
    'enveloped in ISO-8859-15',
    'XAdES-enveloped',
    [documentOf('a.xml', Buffer.from('<?xml version="1.0" encoding="ISO-8859-15"?><a k="\xa4"/>', 'latin1'))]
  ],
  ['enveloped with digits enough', 'XAdES-enveloped', [documentOf('a.xml', '<a>&#0000000000000000000000000065;</a>')]],
  [
    'enveloped with names of old',
    'XAdES-enveloped',
    [documentOf('a.xml', '<ns:ąść xmlns:ns="u:x" 日本="1"><ελ/></ns:ąść>')]
  ],
  ['enveloping XML', 'XAdES-enveloping', [documentOf('a.xml', letter)]],
  ['enveloping bytes', 'XAdES-enveloping', [documentOf('a.bin', Buffer.from([0, 1, 2, 255]), 'application/x-thing')]],
  [
    'enveloping both',
    'XAdES-enveloping',
    [documentOf('a.txt', 'tekst', 'text/plain'), documentOf('b.xml', '<a>b</a>')]
  ],
  ['detached', 'XAdES-detached', [documentOf('plik ą.txt', 'tekst', 'text/plain'), documentOf('b&c.xml', '<a/>')]]
]
const algorithms: [SealAlgorithm, Parameters<typeof makeSealer>[0]][] = [
  ['ECDSA-SHA256', p256],
  ['ECDSA-SHA384', p384],
  ['RSA-SHA256', rsa(3072)],
  ['RSA-SHA512', rsa(2048)],
  ['RSASSA-PSS-SHA256', rsa(3072)],
  ['RSASSA-PSS-SHA512', rsa(2048)]
]

let sealer: Awaited<ReturnType<typeof makeSealer>>
let tsa: XadesTsa
beforeAll(async () => {
  sealer = await makeSealer()
  tsa = new XadesTsa(await issue({ subject: 'CN=TSA', extensions: [timeStampingOnly] }))
})

describe('XAdES seals', () => {
  it.each(kinds)('%s: B-B and B-T are read as what they are', async (_, format, documents) => {
    for (const stamping of [undefined, tsa]) {
      const file = await sealXades(documents, format, sealer, 'ECDSA-SHA256', stamping)
      const { signatures } = readXadesSignatures(new BufferSource(file), documents)
      expect(signatures).toHaveLength(1)
      const [read] = signatures
      expect(read).toMatchObject({
        format,
        integrity: { indication: 'PASSED' },
        baselineFaults: [],
        claimedSigningTime: xadesTime,
        hashes: ['sha256']
      })
      expect(read!.signingCertificate).toEqual(sealer.institution.certificate)
      expect(read!.scopes.map(({ complete }) => complete)).toEqual(documents.map(() => true))
      expect(read!.timestamps.map(({ kind }) => kind)).toEqual(stamping ? ['signature'] : [])
      if (stamping) expect(read!.timestamps[0]!.imprint('sha256')).toEqual(tsa.imprints.at(-1))
    }
  })

  itWithXmlsec('xmlsec1 verifies every kind with every algorithm that it knows', async () => {
    for (const [algorithm, key] of algorithms.filter(([name]) => !name.includes('PSS'))) {
      const signer = await makeSealer(key)
      put('root.pem', pem(signer.root))
      for (const [kind, format, documents] of kinds) {
        for (const { fileName, source } of documents) put(fileName, readAll(source))
        put('sealed.xml', await sealXades(documents, format, signer, algorithm))
        expect([algorithm, kind, xmlsec('sealed.xml')]).toEqual([algorithm, kind, 'OK'])
      }
    }
  })

  it.each(algorithms)('%s: our reader verifies, and finds every change', async (algorithm, key) => {
    const signer = await makeSealer(key)
    const file = (await sealXades([documentOf('a.xml', letter)], 'XAdES-enveloped', signer, algorithm)).toString()
    const verdict = (text: string) => readXadesSignatures(new BufferSource(Buffer.from(text))).signatures[0]!.integrity
    expect(verdict(file)).toEqual({ indication: 'PASSED' })
    expect(verdict(file.replace('Zażółć', 'Zażółc'))).toMatchObject({ subIndication: 'HASH_FAILURE' })
    expect(verdict(file.replace("b='1'", "b='2'"))).toMatchObject({ subIndication: 'HASH_FAILURE' })
    expect(verdict(file.replace('<?p i?>', '<?p j?>'))).toMatchObject({ subIndication: 'HASH_FAILURE' })
    expect(verdict(file.replace('12:00:00Z', '12:00:01Z'))).toMatchObject({ subIndication: 'HASH_FAILURE' })
    const digest = /<ds:DigestValue>(.)/.exec(file)!
    const changed = file.replace(digest[0], `<ds:DigestValue>${digest[1] === 'A' ? 'B' : 'A'}`)
    expect(verdict(changed)).toMatchObject({ indication: 'FAILED' })
    const value = file.replace(
      /(<ds:SignatureValue [^>]*>)(.)/,
      (_, tag: string, c: string) => tag + (c === 'A' ? 'B' : 'A')
    )
    expect(verdict(value)).toMatchObject({ subIndication: 'SIG_CRYPTO_FAILURE' })
    // what canonicalisation takes away may change: notation, comments
    expect(verdict(file.replace("b='1'", 'b = "1"').replace('<!-- k -->', ''))).toEqual({ indication: 'PASSED' })
  })

  it('is verified by xml-crypto too, and its tampered form is not', async () => {
    const file = (
      await sealXades([documentOf('a.xml', '<a><b>1</b></a>')], 'XAdES-enveloped', sealer, 'ECDSA-SHA256')
    ).toString()
    const rsaSealer = await makeSealer(rsa(2048))
    const sealed = (
      await sealXades([documentOf('a.xml', '<a><b>1</b></a>')], 'XAdES-enveloped', rsaSealer, 'RSA-SHA256')
    ).toString()
    const check = (text: string): boolean => {
      const document = new DOMParser().parseFromString(text, 'text/xml')
      const verifier = new SignedXml({ publicCert: pem(rsaSealer.institution), getCertFromKeyInfo: () => null })
      verifier.loadSignature(
        document.getElementsByTagNameNS('http://www.w3.org/2000/09/xmldsig#', 'Signature')[0] as never
      )
      try {
        return verifier.checkSignature(text)
      } catch {
        return false
      }
    }
    expect(check(sealed)).toBe(true)
    expect(check(sealed.replace('<b>1', '<b>2'))).toBe(false)
    expect(check(sealed.replace('12:00:00Z', '12:00:01Z'))).toBe(false)
    expect(check(file)).toBe(false)
  })

  it('changes no byte of the document: it stands before and after the signature', async () => {
    const file = await sealXades([documentOf('a.xml', letter)], 'XAdES-enveloped', sealer)
    const at = letter.indexOf('</p:pismo>')
    const [before, after] = [Buffer.from(letter.slice(0, at)), Buffer.from(letter.slice(at))]
    expect(file.subarray(0, before.length)).toEqual(before)
    expect(file.subarray(file.length - after.length)).toEqual(after)
    expect(file.toString('latin1', before.length, file.length - after.length)).toMatch(
      /^<ds:Signature .*<\/ds:Signature>$/s
    )
  })

  it('has the parts of the baseline where they belong', async () => {
    const file = (await sealXades([documentOf('a.xml', '<a/>')], 'XAdES-enveloped', sealer)).toString()
    expect(file).toContain('Type="http://uri.etsi.org/01903#SignedProperties"')
    const id = /<ds:Signature [^>]*Id="([^"]+)"/.exec(file)![1]!
    expect(file).toContain(`Target="#${id}"`)
    expect(file).toMatch(/<ds:Reference Id="([^"]+)" URI="">.*ObjectReference="#\1"><xades:MimeType>text\/xml</s)
    expect(file).toContain('<xades:SigningTime>2026-11-22T12:00:00Z</xades:SigningTime>')
    expect(file).toMatch(/<xades:SigningCertificateV2>.*<xades:IssuerSerialV2>[A-Za-z0-9+/=]+<\/xades:IssuerSerialV2>/s)
  })

  it('gives signatures ids that differ by document, time and key', async () => {
    const idOf = (file: Buffer) => /<ds:Signature [^>]*Id="([^"]+)"/.exec(file.toString())![1]
    const other = await makeSealer()
    const ids = await Promise.all([
      sealXades([documentOf('a.xml', '<a/>')], 'XAdES-enveloped', sealer),
      sealXades([documentOf('a.xml', '<b/>')], 'XAdES-enveloped', sealer),
      sealXades([documentOf('a.xml', '<a/>')], 'XAdES-enveloped', other)
    ])
    expect(new Set(ids.map(idOf)).size).toBe(3)
  })

  it('puts nothing into markup that could be markup', async () => {
    const odd = documentOf('a"><b>&.txt', 'x', 'text/plain"><evil/>')
    const file = await sealXades([odd], 'XAdES-detached', sealer)
    expect(file.toString()).toContain('URI="a%22%3E%3Cb%3E%26.txt"')
    expect(file.toString()).toContain('<xades:MimeType>application/octet-stream</xades:MimeType>')
    expect(readXadesSignatures(new BufferSource(file), [odd]).signatures[0]!.integrity).toEqual({
      indication: 'PASSED'
    })
  })

  it('takes XML that cannot stand inside other XML as bytes', async () => {
    const deep = '<a>'.repeat(199) + '</a>'.repeat(199)
    const others = ['<?p i?><a/>', '<?xml version="1.0"?><?p i?><a/>', '<\ua733/>', deep]
    for (const xml of ['<!DOCTYPE a><a/>', '<a', '<a xmlns="wzgledna"/>', '<?xml version="1.1"?><a/>', ...others]) {
      const documents = [documentOf('a.xml', xml)]
      const file = await sealXades(documents, 'XAdES-enveloping', sealer)
      expect(file.toString()).toContain(Buffer.from(xml).toString('base64'))
      expect(readXadesSignatures(new BufferSource(file)).signatures[0]).toMatchObject({
        format: 'XAdES-enveloping',
        integrity: { indication: 'PASSED' },
        baselineFaults: []
      })
    }
    const signed = await sealXades([documentOf('a.xml', '<a/>')], 'XAdES-enveloped', sealer)
    const around = await sealXades([documentOf('a.xml', signed)], 'XAdES-enveloping', sealer)
    expect(readXadesSignatures(new BufferSource(around)).signatures.map(({ integrity }) => integrity)).toEqual([
      { indication: 'PASSED' }
    ])
  })

  it.each<[string, string, ReturnType<typeof documentOf>[], SealFormat]>([
    ['sealing/xml-doctype', 'a document type', [documentOf('a.xml', '<!DOCTYPE a><a/>')], 'XAdES-enveloped'],
    ['sealing/xml-not-well-formed', 'no XML', [documentOf('a.xml', 'PK')], 'XAdES-enveloped'],
    [
      'sealing/xml-not-well-formed',
      'a byte that windows-1250 has no character for',
      [documentOf('a.xml', Buffer.from('<?xml version="1.0" encoding="windows-1250"?><a>\x81</a>', 'latin1'))],
      'XAdES-enveloped'
    ],
    [
      'sealing/xml-not-well-formed',
      'UTF-16 that says the wrong end',
      [documentOf('a.xml', utf16('<?xml version="1.0" encoding="UTF-16BE"?><a/>'))],
      'XAdES-enveloped'
    ],
    ['sealing/xml-unsupported', 'XML 1.2', [documentOf('a.xml', '<?xml version="1.2"?><a/>')], 'XAdES-enveloped'],
    ['sealing/xml-unsupported', 'a name that few can read', [documentOf('a.xml', '<\ua733/>')], 'XAdES-enveloped'],
    [
      'sealing/xml-too-complex',
      'a namespace without end',
      [documentOf('a.xml', `<a xmlns="urn:${'x'.repeat(1000)}"/>`)],
      'XAdES-enveloped'
    ],
    [
      'sealing/one-document-only',
      'two documents',
      [documentOf('a', '<a/>'), documentOf('b', '<b/>')],
      'XAdES-enveloped'
    ],
    ['sealing/nothing-to-seal', 'no document', [], 'XAdES-detached']
  ])('refuses with %s: %s', async (code, _, documents, format) => {
    await expect(sealXades(documents, format, sealer)).rejects.toMatchObject({ type: { code } })
  })

  it('does not break a signature that is there: refuses to seal inside, unless that leaves room', async () => {
    const once = await sealXades([documentOf('a.xml', '<a><b/></a>')], 'XAdES-enveloped', sealer)
    await expect(sealXades([documentOf('a.xml', once)], 'XAdES-enveloped', sealer)).rejects.toMatchObject({
      type: { code: 'sealing/xml-changes-forbidden' }
    })
    // inside another root the signature does not hold any more, and says nothing about the rest
    const enveloping = await sealXades([documentOf('a.xml', '<a/>')], 'XAdES-enveloping', sealer)
    // a signature has room for no other in it
    const detached = await sealXades([documentOf('a.xml', '<a/>')], 'XAdES-detached', sealer)
    for (const signature of [enveloping, detached])
      await expect(sealXades([documentOf('a.xml', signature)], 'XAdES-enveloped', sealer)).rejects.toMatchObject({
        type: { code: 'sealing/xml-changes-forbidden' }
      })
    const inside = `<r>${enveloping.toString().replace(/^<\?.*\?>\n/, '')}</r>`
    const both = await sealXades([documentOf('a.xml', inside)], 'XAdES-enveloped', sealer)
    const { signatures } = readXadesSignatures(new BufferSource(both))
    expect(signatures.map(({ integrity }) => integrity.indication)).toEqual(['PASSED', 'PASSED'])
  })
})

describe('a detached signature for a container', () => {
  it('is the same element, over digests that are known', () => {
    const digest = createHash('sha256').update('tekst').digest()
    const { certificate } = sealer.institution
    const draft = prepareDetachedXades([{ uri: 'a%20b.txt', mediaType: 'text/plain', digest }], {
      signer: { certificate, chain: [], algorithm: 'ECDSA-SHA256' },
      signingTime: xadesTime
    })
    const whole = prepareXades([documentOf('a b.txt', 'tekst', 'text/plain')], {
      format: 'XAdES-detached',
      signer: { certificate, chain: [], algorithm: 'ECDSA-SHA256' },
      signingTime: xadesTime,
      tokenBytes: 0
    })
    expect(draft.toBeSigned).toEqual(whole.toBeSigned)
    const signature = Buffer.from('3006020101020102', 'hex')
    expect(draft.imprint(signature)).toEqual(whole.imprint(signature))
    const file = readAll((whole.finish(signature) as { file: RandomAccessSource }).file)
    expect(file.toString()).toBe(`<?xml version="1.0" encoding="UTF-8"?>\n${draft.element(signature).toString()}`)
  })

  it('refuses a signature value that no ECDSA key makes', () => {
    const { certificate } = sealer.institution
    const draft = prepareDetachedXades([], {
      signer: { certificate, chain: [], algorithm: 'ECDSA-SHA256' },
      signingTime: xadesTime
    })
    for (const wrong of ['', '3003020101', `3026022200${'ff'.repeat(33)}020101`])
      expect(() => draft.element(Buffer.from(wrong, 'hex'))).toThrow(
        expect.objectContaining({ type: expect.objectContaining({ code: 'sealing/key-answer-wrong' }) })
      )
  })
})

describe('base64 of a document', () => {
  it('is that of node, wherever it is read', () => {
    for (const size of [0, 1, 2, 3, 4, 100]) {
      const bytes = Buffer.from(Array.from({ length: size }, (_, i) => i * 7))
      const source = new Base64Source(new BufferSource(bytes))
      const expected = bytes.toString('base64')
      expect(source.size).toBe(expected.length)
      for (let at = 0; at <= source.size; at++)
        for (const length of [0, 1, 5, 200])
          expect(source.read(at, length).toString()).toBe(expected.slice(at, at + length))
    }
  })
})

describe('the schema of ETSI', () => {
  const schemas = resolve(process.env.GONIEC_SHARED ?? '../shared', 'schemas/etsi-xsd')
  const there = existsSync(schemas)
  if (!there) process.stderr.write(`SKIPPED: no schemas at ${schemas}\n`)
  const itWithSchemas = there ? toolsOf('xmllint') : it.skip
  itWithSchemas('validates signatures with and without a time stamp', async () => {
    const imports = [
      ['http://www.w3.org/2000/09/xmldsig#', 'xmldsig-core-schema.xsd'],
      ['http://uri.etsi.org/01903/v1.3.2#', 'XAdES01903v132-202407.xsd'],
      ['http://uri.etsi.org/01903/v1.4.1#', 'XAdES01903v141-202407.xsd']
    ].map(([uri, file]) => `<xs:import namespace="${uri}" schemaLocation="${join(schemas, file!)}"/>`)
    put('all.xsd', `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${imports.join('')}</xs:schema>`)
    for (const [, format, documents] of kinds.filter(([, format]) => format !== 'XAdES-enveloped')) {
      put('sealed.xml', await sealXades(documents, format, sealer, 'ECDSA-SHA256', tsa))
      // throws with what xmllint says when the file is not valid
      execFileSync('xmllint', ['--noout', '--nonet', '--schema', 'all.xsd', 'sealed.xml'], {
        cwd: folder,
        stdio: 'pipe'
      })
    }
  })
})
