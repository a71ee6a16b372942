import { createHash, sign } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { makeSealer, rsa } from '../../test/test-authority.js'
import { documentOf, sealXades } from '../../test/test-xades.js'
import { threadTime } from '../../test/thread-time.js'
import type { Document } from '../document.js'
import { BufferSource } from '../source.js'
import { readXadesSignatures } from './read-xades.js'

const DS = 'http://www.w3.org/2000/09/xmldsig#'
const EXC = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const XADES = 'http://uri.etsi.org/01903/v1.3.2#'
const letter = '<pismo xmlns="urn:d" nr="1"><kwota>100</kwota></pismo>'

let sealer: Awaited<ReturnType<typeof makeSealer>>
let enveloped: string
let enveloping: string
beforeAll(async () => {
  sealer = await makeSealer()
  enveloped = (await sealXades([documentOf('a.xml', letter)], 'XAdES-enveloped', sealer)).toString()
  enveloping = (await sealXades([documentOf('a.xml', letter)], 'XAdES-enveloping', sealer)).toString()
})

const readAllOf = (xml: string | Buffer, originals: readonly Document[] = []) =>
  readXadesSignatures(new BufferSource(Buffer.from(xml)), originals).signatures
const readOnly = (xml: string | Buffer, originals: readonly Document[] = []) => {
  const all = readAllOf(xml, originals)
  expect(all).toHaveLength(1)
  return all[0]!
}
const integrity = (xml: string) => readOnly(xml).integrity
const partOf = (xml: string, pattern: RegExp) => pattern.exec(xml)![0]
const signatureIn = (xml: string) => partOf(xml, /<ds:Signature .*<\/ds:Signature>/s)
const payloadOf = (xml: string) => partOf(xml, /<ds:Object Id=.*?<\/ds:Object>/s)
const evil = letter.replace('100', '999')

/** A small XMLDSig signature by hand, canonical as it is written; references may be anything. */
function handMade(
  references: string,
  before = '',
  method = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  key = sealer.institution,
  hash = 'sha256'
) {
  const inner =
    `<ds:CanonicalizationMethod Algorithm="${EXC}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${method}"></ds:SignatureMethod>${references}</ds:SignedInfo>`
  const signed = Buffer.from(`<ds:SignedInfo xmlns:ds="${DS}">${inner}`)
  const value = sign(hash, signed, { key: key.key, dsaEncoding: 'ieee-p1363' }).toString('base64')
  const certificate = key.certificate.toString('base64')
  return (
    `<ds:Signature xmlns:ds="${DS}" Id="s"><ds:SignedInfo>${inner}<ds:SignatureValue>${value}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>${before}</ds:Signature>`
  )
}
const reference = (uri: string, digested: string, transforms: string) =>
  `<ds:Reference URI="${uri}"><ds:Transforms>${transforms}</ds:Transforms>` +
  '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>' +
  `<ds:DigestValue>${createHash('sha256').update(digested).digest('base64')}</ds:DigestValue></ds:Reference>`
const exclusive = `<ds:Transform Algorithm="${EXC}"></ds:Transform>`

describe('signature wrapping is seen through', () => {
  it('an object moved out of the signature that says to hold it', () => {
    const bare = signatureIn(enveloping)
    const moved = bare.replace(payloadOf(enveloping), '')
    const wrapped = `<r>${evil}<hidden xmlns:ds="${DS}">${payloadOf(enveloping)}</hidden>${moved}</r>`
    expect(integrity(wrapped)).toMatchObject({ indication: 'INDETERMINATE', subIndication: 'SIGNED_DATA_NOT_FOUND' })
  })

  it('signed content moved away: holds, but says that it covers that place and not the file', () => {
    const content = '<a Id="a">1</a>'
    const wrapped = `<r>${evil}<hidden>${content}</hidden>${handMade(reference('#a', content, exclusive), '', EC256)}</r>`
    expect(readOnly(wrapped).scopes).toMatchObject([{ complete: false }])
    expect(readOnly(wrapped).scopes[0]!.name).toContain('/r/hidden/a')
  })

  it('the signature as a whole put into another document: the same', () => {
    const wrapped = `<r>${evil}<x>${signatureIn(enveloping)}</x></r>`
    expect(readOnly(wrapped)).toMatchObject({ integrity: { indication: 'PASSED' }, scopes: [{ complete: false }] })
    expect(readOnly(enveloping).scopes).toMatchObject([{ complete: true }])
  })

  it('an unsigned object added to an enveloping signature: no longer complete', () => {
    const added = enveloping.replace('</ds:Signature>', `<ds:Object>${evil}</ds:Object></ds:Signature>`)
    expect(readOnly(added)).toMatchObject({ integrity: { indication: 'PASSED' }, scopes: [{ complete: false }] })
  })

  it('two elements with the id that is signed', () => {
    const id = /<ds:Object Id="([^"]+)"/.exec(enveloping)![1]!
    for (const attribute of ['Id', 'ID', 'id', 'xml:id', 'w:Id']) {
      const twin = `<r xmlns:w="urn:w"><evil ${attribute}="${id}">999</evil>${signatureIn(enveloping)}</r>`
      expect(integrity(twin)).toMatchObject({ indication: 'FAILED', subIndication: 'FORMAT_FAILURE' })
      const after = `<r xmlns:w="urn:w">${signatureIn(enveloping)}<evil ${attribute}="${id}">999</evil></r>`
      expect(integrity(after)).toMatchObject({ indication: 'FAILED', subIndication: 'FORMAT_FAILURE' })
    }
  })

  it('an enveloped document inside another one', () => {
    expect(integrity(`<r>${evil}${enveloped.replace(/^<\?.*\?>\n/, '')}</r>`)).toMatchObject({
      subIndication: 'HASH_FAILURE'
    })
  })

  it('other properties beside those that are signed', () => {
    const object = partOf(enveloped, /<ds:Object><xades:QualifyingProperties.*?<\/ds:Object>/s)
    const other = object.replace('12:00:00Z', '12:00:01Z').replaceAll('-sp"', '-sp2"')
    for (const both of [object + other, other + object])
      expect(integrity(enveloped.replace(object, both))).toMatchObject({ subIndication: 'FORMAT_FAILURE' })
  })

  it('the signed properties moved out of the signature, others in their place', () => {
    const object = partOf(enveloping, /<ds:Object><xades:QualifyingProperties.*?<\/ds:Object>/s)
    const other = object.replace('12:00:00Z', '12:00:01Z').replaceAll('-sp"', '-sp2"')
    const moved = signatureIn(enveloping).replace(object, other)
    const wrapped = `<r xmlns:ds="${DS}">${moved}<x>${object}</x></r>`
    expect(integrity(wrapped)).toMatchObject({ indication: 'FAILED', subIndication: 'FORMAT_FAILURE' })
    const without = signatureIn(enveloping).replace(object, '')
    expect(integrity(`<r xmlns:ds="${DS}">${without}<x>${object}</x></r>`)).toMatchObject({
      subIndication: 'FORMAT_FAILURE'
    })
  })

  it('properties of another signature', () => {
    const target = /Target="([^"]+)"/.exec(enveloped)![0]
    expect(integrity(enveloped.replace(target, 'Target="#x"'))).toMatchObject({ subIndication: 'FORMAT_FAILURE' })
  })

  it('properties that no reference signs are not believed', () => {
    const properties =
      `<ds:Object><xades:QualifyingProperties xmlns:xades="${XADES}" Target="#s"><xades:SignedProperties Id="sp">` +
      '<xades:SignedSignatureProperties><xades:SigningTime>2020-01-01T00:00:00Z</xades:SigningTime>' +
      '</xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></ds:Object>'
    const file = `<r><a Id="a">1</a>${handMade(reference('#a', '<a Id="a">1</a>', exclusive), properties, EC256)}</r>`
    const read = readOnly(file)
    expect(read.claimedSigningTime).toBeUndefined()
    expect(read.signingCertificate).toBeDefined()
    expect(read.integrity).toMatchObject({ indication: 'INDETERMINATE', subIndication: 'SIG_CONSTRAINTS_FAILURE' })
    expect(read.baselineFaults).toContain('SignedProperties not signed')
  })
})

const EC256 = 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256'

describe('the signing certificate', () => {
  it('is the one that the signed properties name, whatever KeyInfo offers first', async () => {
    const other = await makeSealer()
    const [own, foreign] = [sealer, other].map(({ institution }) => institution.certificate.toString('base64'))
    const added = `<ds:X509Certificate>${foreign}</ds:X509Certificate><ds:X509Certificate>${own}`
    const file = enveloped.replace(`<ds:X509Certificate>${own}`, added)
    expect(readOnly(file)).toMatchObject({ integrity: { indication: 'PASSED' } })
    expect(readOnly(file).signingCertificate).toEqual(sealer.institution.certificate)
    const swapped = readOnly(enveloped.replace(own!, foreign!))
    expect(swapped.integrity).toMatchObject({
      indication: 'INDETERMINATE',
      subIndication: 'NO_SIGNING_CERTIFICATE_FOUND'
    })
    expect(swapped.signingCertificate).toBeUndefined()
  })

  it('of a plain XML signature is tied to it by nothing: never more than indeterminate', async () => {
    const { institution } = await makeSealer(rsa(2048))
    const references = reference('#a', '<a Id="a">1</a>', exclusive)
    for (const signature of [handMade(references, '', EC256), handMade(references, '', undefined, institution)]) {
      expect(readOnly(`<r><a Id="a">1</a>${signature}</r>`)).toMatchObject({
        integrity: { indication: 'INDETERMINATE', subIndication: 'SIG_CONSTRAINTS_FAILURE' },
        baselineFaults: ['QualifyingProperties missing'],
        scopes: [{ complete: false, name: '#a /r/a' }]
      })
      expect(integrity(`<r><a Id="a">2</a>${signature}</r>`)).toMatchObject({ subIndication: 'HASH_FAILURE' })
      const other = signature.replace('rsa-sha256', 'rsa-sha512').replace('ecdsa-sha256', 'ecdsa-sha512')
      expect(integrity(`<r><a Id="a">1</a>${other}</r>`)).toMatchObject({ subIndication: 'SIG_CRYPTO_FAILURE' })
    }
  })
})

describe('what is not run or not trusted', () => {
  it.each([
    ['HMAC', 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'],
    ['EdDSA', 'http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519'],
    ['MD5', 'http://www.w3.org/2001/04/xmldsig-more#rsa-md5'],
    ['nothing', '']
  ])('signature algorithm %s', (_, method) => {
    const file = enveloped.replace(/SignatureMethod Algorithm="[^"]*"/, `SignatureMethod Algorithm="${method}"`)
    expect(integrity(file)).toMatchObject({ indication: 'INDETERMINATE', subIndication: 'CRYPTO_CONSTRAINTS_FAILURE' })
    expect(readOnly(file).hashes).toContain('other')
  })

  it('SHA-1 is worked out, and told', () => {
    const digest = createHash('sha1').update('<a Id="a">1</a>').digest('base64')
    const old = reference('#a', '', exclusive)
      .replace('http://www.w3.org/2001/04/xmlenc#sha256', `${DS}sha1`)
      .replace(/DigestValue>[^<]*/, `DigestValue>${digest}`)
    const read = readOnly(`<r><a Id="a">1</a>${handMade(old, '', EC256)}</r>`)
    expect(read.hashes).toEqual(['sha256', 'sha1'])
    expect(read.scopes[0]!.digest).toEqual({ hash: 'sha1', value: Buffer.from(digest, 'base64') })
  })

  it.each([
    ['sha224', 'http://www.w3.org/2001/04/xmldsig-more#', ''],
    ['sha3-256', 'http://www.w3.org/2007/05/xmldsig-more#', '2021']
  ])('%s is worked out too', (hash, namespace, year) => {
    const digest = createHash(hash).update('<a Id="a">1</a>').digest('base64')
    const own = reference('#a', '', exclusive)
      .replace('http://www.w3.org/2001/04/xmlenc#sha256', `${namespace}${hash}`)
      .replace(/DigestValue>[^<]*/, `DigestValue>${digest}`)
    const method = `http://www.w3.org/${year || '2001'}/04/xmldsig-more#ecdsa-${hash}`
    const file = `<r><a Id="a">1</a>${handMade(own, '', method, undefined, hash)}</r>`
    expect(readOnly(file)).toMatchObject({ integrity: { subIndication: 'SIG_CONSTRAINTS_FAILURE' }, hashes: [hash] })
    expect(integrity(file.replace('>1<', '>2<'))).toMatchObject({ subIndication: 'HASH_FAILURE' })
    const other = file.replace(method, EC256)
    expect(integrity(other)).toMatchObject({ subIndication: 'SIG_CRYPTO_FAILURE' })
  })

  it.each([
    ['XSLT', 'http://www.w3.org/TR/1999/REC-xslt-19991116', '<x xmlns="urn:x"></x>'],
    ['XPath', 'http://www.w3.org/TR/1999/REC-xpath-19991116', '<ds:XPath>true()</ds:XPath>'],
    [
      'XPath that only looks known',
      'http://www.w3.org/TR/1999/REC-xpath-19991116',
      '<ds:XPath xmlns:q="urn:q" q:a="">not(ancestor-or-self::q:Signature)</ds:XPath>'
    ],
    ['decryption', 'http://www.w3.org/2002/07/decrypt#XML', '']
  ])('transform %s', (_, algorithm, inner) => {
    const transform = `<ds:Transform Algorithm="${algorithm}">${inner}</ds:Transform>`
    const file = `<r><a Id="a">1</a>${handMade(reference('#a', '', transform), '', EC256)}</r>`
    expect(readOnly(file)).toMatchObject({
      integrity: { indication: 'INDETERMINATE', subIndication: 'SIGNED_DATA_NOT_FOUND' },
      scopes: [{ complete: false }]
    })
  })

  it('URIs that lead outside find nothing, and nothing is fetched', () => {
    for (const uri of [
      'file:///etc/passwd',
      'http://127.0.0.1/',
      '../../etc/passwd',
      '//host/a',
      'a.xml#b',
      '%zz',
      '#',
      '#nic'
    ]) {
      const file = `<r>${handMade(reference(uri, 'x', ''), '', EC256)}</r>`
      expect(readOnly(file, [documentOf('passwd', 'x'), documentOf('b', 'x')])).toMatchObject({
        integrity: { indication: 'INDETERMINATE', subIndication: 'SIGNED_DATA_NOT_FOUND' },
        scopes: [{ complete: false }]
      })
    }
  })

  it('a detached file is found by its name only, and only if that is unique', async () => {
    const file = documentOf('żółw.txt', 'x', 'text/plain')
    const sealed = (await sealXades([file], 'XAdES-detached', sealer)).toString()
    const verdict = (originals: Document[]) => readOnly(sealed, originals).integrity
    expect(verdict([file, documentOf('inny', 'y')])).toEqual({ indication: 'PASSED' })
    expect(verdict([])).toMatchObject({ indication: 'INDETERMINATE', subIndication: 'SIGNED_DATA_NOT_FOUND' })
    expect(verdict([documentOf('inny.txt', 'x')])).toMatchObject({ subIndication: 'SIGNED_DATA_NOT_FOUND' })
    expect(verdict([file, file])).toMatchObject({ subIndication: 'SIGNED_DATA_NOT_FOUND' })
    expect(verdict([documentOf('żółw.txt', 'y')])).toMatchObject({ subIndication: 'HASH_FAILURE' })
  })

  it('a detached file that was hashed while it arrived is not read again', async () => {
    const file = documentOf('a.txt', 'x', 'text/plain')
    const sealed = (await sealXades([file], 'XAdES-detached', sealer)).toString()
    const read = (): never => {
      throw new Error('read again')
    }
    const hashes = new Map([['sha256' as const, createHash('sha256').update('x')]])
    expect(readOnly(sealed, [{ ...file, source: { size: 1, read }, hashes }]).integrity).toEqual({
      indication: 'PASSED'
    })
    expect(() => readOnly(sealed, [{ ...file, source: { size: 1, read } }])).toThrow('read again')
  })
})

describe('files that are not what they seem', () => {
  it('XML that cannot be read is one signature that failed', () => {
    for (const xml of ['', 'x', '<a', '<!DOCTYPE a><a/>', '<?xml version="1.1"?><a/>'])
      expect(readOnly(xml)).toMatchObject({ integrity: { indication: 'FAILED', subIndication: 'FORMAT_FAILURE' } })
  })

  it('XML without signatures has none', () => {
    expect(readAllOf('<a/>')).toEqual([])
    expect(readAllOf('<Signature/>')).toEqual([])
  })

  it.each([
    ['nothing inside', ''],
    ['no value', '<ds:SignedInfo></ds:SignedInfo>'],
    ['a stranger inside', '<ds:SignedInfo/><ds:SignatureValue/><x/>'],
    [
      'no references',
      '<ds:SignedInfo><ds:CanonicalizationMethod/><ds:SignatureMethod/></ds:SignedInfo><ds:SignatureValue>AA==</ds:SignatureValue>'
    ],
    ['a value that is not base64', enveloping]
  ])('a signature with %s', (_, inner) => {
    const file =
      inner === enveloping
        ? enveloping.replace(/(<ds:SignatureValue[^>]*>)/, '$1*')
        : `<ds:Signature xmlns:ds="${DS}">${inner}</ds:Signature>`
    expect(integrity(file)).toMatchObject({ indication: 'FAILED', subIndication: 'FORMAT_FAILURE' })
  })

  it('what an element takes over from around it is work too', () => {
    const inclusive = '<ds:Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"></ds:Transform>'
    const signed = handMade(reference('#a', 'x', inclusive).repeat(20), '', EC256)
    const within = (length: number) => `<r xml:lang="${'x'.repeat(length)}"><a Id="a">1</a>${signed}</r>`
    expect(integrity(within(10))).toMatchObject({ subIndication: 'HASH_FAILURE' })
    expect(integrity(within(4_000_000))).toMatchObject({
      subIndication: 'FORMAT_FAILURE',
      why: 'sealing/xml-too-complex'
    })
  })

  it('many signatures over the whole of a large document cost bounded work', () => {
    const one = handMade(
      reference('', '', `<ds:Transform Algorithm="${DS}enveloped-signature"></ds:Transform>${exclusive}`),
      '',
      EC256
    )
    const started = threadTime()
    const read = readAllOf(`<r>${one.repeat(400)}${'<b>tekst</b>'.repeat(200_000)}</r>`)
    expect(read).toHaveLength(400)
    expect(read.at(-1)!.integrity).toMatchObject({ indication: 'FAILED' })
    expect(threadTime() - started).toBeLessThan(10_000)
    expect(readOnly(`<r>${one.repeat(501)}</r>`).integrity).toMatchObject({ subIndication: 'FORMAT_FAILURE' })
  })
})

describe('older and other forms', () => {
  it('properties of XAdES 1.1.1 are read, with what is wrong with them', () => {
    const old = enveloped.replaceAll(XADES, 'http://uri.etsi.org/01903/v1.1.1#')
    const read = readOnly(old)
    expect(read.integrity).toMatchObject({ subIndication: 'HASH_FAILURE' })
    expect(read.baselineFaults).toContain('outdated version of XAdES')
    expect(read.claimedSigningTime).toEqual(new Date('2026-11-22T12:00:00Z'))
  })

  it('what the baseline asks for and is missing is listed', () => {
    const faults = (from: string | RegExp, to: string) => readOnly(enveloped.replace(from, to)).baselineFaults
    expect(readOnly(enveloped).baselineFaults).toEqual([])
    expect(faults(/<xades:SigningTime>.*?<\/xades:SigningTime>/, '')).toEqual(['SigningTime missing'])
    expect(faults(/ Type="[^"]*SignedProperties"/, '')).toEqual(['Type of the SignedProperties reference'])
    expect(faults(/<xades:MimeType>.*?<\/xades:MimeType>/, '')).toEqual([
      'DataObjectFormat with MimeType missing for a signed object'
    ])
    expect(faults(/(<xades:IssuerSerialV2>)..../, '$1AAAA')).toEqual(['IssuerSerialV2'])
  })
})

describe('what a reference names and how it is made', () => {
  const holds = { subIndication: 'SIG_CONSTRAINTS_FAILURE' }
  const eleven = '<ds:Transform Algorithm="http://www.w3.org/2006/12/xml-c14n11"></ds:Transform>'

  it('Canonical XML 1.1: addresses of ancestors are joined, language and space inherited, ids not', () => {
    const around = (inner: string) =>
      `<r xml:base="http://h/a/" xml:lang="pl" xml:id="r"><s xml:base="../b/c">${inner}</s></r>`
    const own = (content: string) => around(content + handMade(reference('#a', expected, eleven), '', EC256))
    let expected = '<a Id="a" xml:base="http://h/b/c" xml:lang="pl">1</a>'
    expect(integrity(own('<a Id="a">1</a>'))).toMatchObject(holds)
    expected = '<a Id="a" xml:base="http://h/b/d" xml:lang="en">1</a>'
    expect(integrity(own('<a Id="a" xml:lang="en" xml:base="d">1</a>'))).toMatchObject(holds)
    expect(integrity(own('<a Id="a" xml:lang="en" xml:base="e">1</a>'))).toMatchObject({
      subIndication: 'HASH_FAILURE'
    })
  })

  it('an Id with a prefix, as web services have it', () => {
    const element = '<a xmlns:w="urn:w" w:Id="a">1</a>'
    expect(integrity(`<r>${element}${handMade(reference('#a', element, exclusive), '', EC256)}</r>`)).toMatchObject(
      holds
    )
  })

  it('the document without this signature in words of XPath, as XMLDSig explains it', () => {
    const xpath = (what: string) =>
      `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>count(ancestor-or-self::ds:Signature |\n` +
      ` here()/ancestor::ds:${what}[1]) &gt; count(ancestor-or-self::ds:Signature)</ds:XPath></ds:Transform>${exclusive}`
    const file = (what: string) =>
      `<r><a>1</a>${handMade(reference('', '<r><a>1</a></r>', xpath(what)), '', EC256)}</r>`
    expect(integrity(file('Signature'))).toMatchObject(holds)
    expect(integrity(file('Signature').replace('>1<', '>2<'))).toMatchObject({ subIndication: 'HASH_FAILURE' })
    expect(integrity(file('Object'))).toMatchObject({ subIndication: 'SIGNED_DATA_NOT_FOUND' })
    // another signature is signed like everything else
    const other = `<ds:Signature xmlns:ds="${DS}"></ds:Signature>`
    const both = `<r>${other}${handMade(reference('', `<r>${other}</r>`, xpath('Signature')), '', EC256)}</r>`
    expect(readAllOf(both)[1]!.integrity).toMatchObject(holds)
  })

  it('KeyInfo that is signed too is no data object', () => {
    const signed = (id: string) =>
      enveloped
        .replace('</ds:SignedInfo>', `${reference('#ki', '', exclusive)}</ds:SignedInfo>`)
        .replace('<ds:KeyInfo>', `<ds:KeyInfo Id="${id}">`)
    expect(readOnly(signed('ki')).baselineFaults).toEqual([])
    expect(readOnly(signed('other')).baselineFaults).toEqual([
      'DataObjectFormat with MimeType missing for a signed object'
    ])
  })
})

describe('files of others', () => {
  const folder = resolve(process.env.GONIEC_SHARED ?? '../shared', 'fixtures/trusted-list')
  const there = existsSync(folder)
  if (!there) process.stderr.write(`SKIPPED: no trusted list at ${folder}\n`)
  ;(there ? it : it.skip)('a national trusted list holds, and every change to it is found', () => {
    for (const name of readdirSync(folder).filter(file => file.endsWith('.xml'))) {
      const bytes = readFileSync(`${folder}/${name}`)
      expect(readOnly(bytes)).toMatchObject({
        format: 'XAdES-enveloped',
        integrity: { indication: 'PASSED' },
        scopes: [{ name: 'document', complete: true }]
      })
      const at = bytes.indexOf('ServiceStatus>') + 20
      const changed = Buffer.from(bytes)
      changed[at] = changed[at]! ^ 1
      expect(readOnly(changed).integrity).toMatchObject({ indication: 'FAILED', subIndication: 'HASH_FAILURE' })
    }
  })
})
