import { createHash } from 'node:crypto'
import { DOMParser } from '@xmldom/xmldom'
import { ExclusiveCanonicalization } from 'xml-crypto'
import { type Identity, issue, makeSealer, timeStampingOnly } from '../../test/test-authority.js'
import { TestMaterial } from '../../test/test-material.js'
import { documentOf, sealXades, XadesTsa, xadesTime } from '../../test/test-xades.js'
import { readSignedData } from '../cms/read-signed-data.js'
import type { Document } from '../document.js'
import type { RaiseTools } from '../raise-tools.js'
import type { SealLevel } from '../seal-format.js'
import { BufferSource, readAll } from '../source.js'
import { readTstInfo } from '../timestamp/timestamp-message.js'
import type { ReadSignature } from '../validation/read-signature.js'
import { raiseXades } from './raise-xades.js'
import { readXadesSignatures } from './read-xades.js'

const DS = 'http://www.w3.org/2000/09/xmldsig#'
const clock = { now: () => xadesTime }
const letter = '<?xml version="1.0"?>\n<!-- c --><p:a xmlns:p="urn:p" xmlns="urn:d" xml:lang="pl"><b/>tekst</p:a>\n'

let sealer: Awaited<ReturnType<typeof makeSealer>>
let tsaIdentity: Identity
let everyone: Identity[]
beforeAll(async () => {
  sealer = await makeSealer()
  tsaIdentity = await issue({ subject: 'CN=TSA, O=Test', issuer: sealer.authority, extensions: [timeStampingOnly] })
  everyone = [sealer.institution, tsaIdentity, sealer.authority, sealer.root]
})

function toolsFor(originals: readonly Document[] = []) {
  const tsa = new XadesTsa(tsaIdentity)
  const material = new TestMaterial(everyone, clock, [sealer.institution])
  return { tsa, material, clock, originals } satisfies RaiseTools
}

async function raised(file: Buffer, to: SealLevel, tools: RaiseTools = toolsFor()): Promise<Buffer> {
  return readAll(await raiseXades(new BufferSource(file), to, tools))
}

const readOnly = (file: Buffer, originals: readonly Document[] = []): ReadSignature =>
  readXadesSignatures(new BufferSource(file), originals).signatures[0]!

/** Every token's imprint is the digest of what the reader says it covers. */
function expectStamps(read: ReadSignature, kinds: readonly string[]): void {
  expect(read.timestamps.map(({ kind }) => kind)).toEqual(kinds)
  for (const { token, imprint } of read.timestamps)
    expect(imprint('sha256')).toEqual(readTstInfo(readSignedData(token).content!).imprint)
}

/** Whether `after` is `before` with something put in between at one place. */
function expectInserted(before: Buffer, after: Buffer): void {
  let start = 0
  while (start < before.length && before[start] === after[start]) start++
  const rest = before.length - start
  expect(after.subarray(after.length - rest)).toEqual(before.subarray(start))
  expect(after.length).toBeGreaterThan(before.length)
}

const kinds: [string, Parameters<typeof sealXades>[1], Document[]][] = [
  ['enveloped', 'XAdES-enveloped', [documentOf('a.xml', letter)]],
  ['enveloping', 'XAdES-enveloping', [documentOf('a.xml', letter), documentOf('b.txt', 'tekst', 'text/plain')]],
  ['detached', 'XAdES-detached', [documentOf('ą.txt', 'tekst', 'text/plain'), documentOf('b', 'drugi', 'text/plain')]]
]

describe('raising XAdES', () => {
  it.each(kinds)('%s: step by step, putting things in and moving nothing', async (_, format, documents) => {
    const tools = toolsFor(documents)
    const baseline = await sealXades(documents, format, sealer)
    const withTime = await raised(baseline, 'B-T', tools)
    const longTerm = await raised(withTime, 'B-LT', tools)
    const archived = await raised(longTerm, 'B-LTA', tools)
    const renewed = await raised(archived, 'B-LTA', tools)
    const files = [baseline, withTime, longTerm, archived, renewed]
    files.slice(1).forEach((file, i) => expectInserted(files[i]!, file))

    for (const file of files)
      expect(readOnly(file, documents)).toMatchObject({
        format,
        integrity: { indication: 'PASSED' },
        baselineFaults: []
      })
    expectStamps(readOnly(withTime, documents), ['signature'])
    expectStamps(readOnly(longTerm, documents), ['signature'])
    expectStamps(readOnly(archived, documents), ['signature', 'archive'])
    expectStamps(readOnly(renewed, documents), ['signature', 'archive', 'archive'])
    const { material } = readOnly(longTerm, documents)
    expect(material.ocspResponses).toHaveLength(1)
    expect(material.crls.length).toBeGreaterThan(0)
    expect(material.certificates.length).toBeGreaterThan(0)
    expect(readOnly(baseline, documents).material.certificates).toEqual([])
  })

  it('goes from B-B to B-LTA at once', async () => {
    const file = await raised(await sealXades([documentOf('a.xml', letter)], 'XAdES-enveloped', sealer), 'B-LTA')
    expectStamps(readOnly(file), ['signature', 'archive'])
  })

  it('leaves a level that is reached as it is', async () => {
    const file = await raised(await sealXades([documentOf('a.xml', letter)], 'XAdES-enveloped', sealer), 'B-LTA')
    for (const level of ['B-B', 'B-T', 'B-LT'] as const) expect(await raised(file, level)).toEqual(file)
  })

  it('puts in only what is not there: certificates of KeyInfo and of tokens stand once', async () => {
    const file = (
      await raised(await sealXades([documentOf('a.xml', letter)], 'XAdES-enveloped', sealer), 'B-LTA')
    ).toString()
    for (const { certificate } of everyone) {
      const encoded = certificate.toString('base64')
      expect(file.split(encoded).length).toBeLessThanOrEqual(2)
    }
    const values = /<xades:CertificateValues.*<\/xades:CertificateValues>/s.exec(file)![0]
    expect(values).toContain(sealer.root.certificate.toString('base64'))
    expect(values).not.toContain(sealer.authority.certificate.toString('base64'))
  })

  it('asks for material about the signer and each authority, and again before a renewal', async () => {
    const tools = toolsFor()
    const file = await raised(await sealXades([documentOf('a.xml', letter)], 'XAdES-enveloped', sealer), 'B-LTA', tools)
    expect(tools.material.asked.map(leaves => leaves.length)).toEqual([2])
    await raised(file, 'B-LTA', tools)
    expect(tools.material.asked.map(leaves => leaves.length)).toEqual([2, 3])
    expect(tools.material.asked[0]!.map(({ certificate }) => certificate)).toEqual([
      sealer.institution.certificate,
      tsaIdentity.certificate
    ])
  })

  it('stamps what EN 319 132-1, 5.5.2.2 says, put together by another library', async () => {
    const documents = [documentOf('b.txt', 'tekst', 'text/plain'), documentOf('a.xml', '<x:a xmlns:x="urn:x">1</x:a>')]
    const tools = toolsFor(documents)
    const file = await raised(await sealXades(documents, 'XAdES-enveloping', sealer), 'B-LTA', tools)
    const document = new DOMParser().parseFromString(file.toString(), 'text/xml')
    const elements = (local: string, uri = DS) => [...document.getElementsByTagNameNS(uri, local)]
    const canonical = (element: unknown) => new ExclusiveCanonicalization().process(element as never, {})
    const properties = elements('UnsignedSignatureProperties', 'http://uri.etsi.org/01903/v1.3.2#')[0]!
    const archive = elements('ArchiveTimeStamp', 'http://uri.etsi.org/01903/v1.4.1#')[0]!
    const [first, second] = elements('Object')
    const before = [...properties.childNodes].filter(node => node.nodeType === 1 && node !== archive)
    expect(before.length).toBe(3)
    const covered = [
      'tekst',
      canonical(second),
      canonical(elements('SignedProperties', 'http://uri.etsi.org/01903/v1.3.2#')[0]),
      canonical(elements('SignedInfo')[0]),
      canonical(elements('SignatureValue')[0]),
      canonical(elements('KeyInfo')[0]),
      ...before.map(canonical),
      canonical(first),
      canonical(second)
    ]
    expect(tools.tsa.imprints.at(-1)).toEqual(createHash('sha256').update(covered.join('')).digest())
  })

  it('works in UTF-16 and in files with other prefixes and properties', async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('<?xml version="1.0"?><ą>😀</ą>', 'utf16le')])
    const file = await raised(await sealXades([documentOf('a.xml', utf16)], 'XAdES-enveloped', sealer), 'B-LTA')
    expectStamps(readOnly(file), ['signature', 'archive'])
    expect(file.toString('utf16le')).toContain('<xades141:ArchiveTimeStamp')

    const sealed = (await sealXades([documentOf('a.xml', letter)], 'XAdES-enveloped', sealer)).toString()
    for (const empty of [
      '<xades:UnsignedProperties/>',
      '<xades:UnsignedProperties><xades:UnsignedSignatureProperties/></xades:UnsignedProperties>',
      '<xades:UnsignedProperties><xades:UnsignedSignatureProperties></xades:UnsignedSignatureProperties></xades:UnsignedProperties>',
      '<e:UnsignedProperties xmlns:e="http://uri.etsi.org/01903/v1.3.2#" xmlns:xades="urn:other"><e:UnsignedSignatureProperties Id="u" /></e:UnsignedProperties>'
    ]) {
      const other = Buffer.from(
        sealed.replace('</xades:QualifyingProperties>', `${empty}</xades:QualifyingProperties>`)
      )
      expectStamps(readOnly(await raised(other, 'B-LTA')), ['signature', 'archive'])
    }
  })

  it('raises each of several signatures, and leaves the covered one alone', async () => {
    const one = (await sealXades([documentOf('a.xml', '<a/>')], 'XAdES-enveloping', sealer)).toString()
    const two = (await sealXades([documentOf('b.xml', '<b/>')], 'XAdES-enveloping', sealer)).toString()
    const bare = (text: string) => text.replace(/^<\?.*\?>\n/, '')
    const both = await raised(Buffer.from(`<r>${bare(one)}${bare(two)}</r>`), 'B-T')
    const { signatures } = readXadesSignatures(new BufferSource(both))
    expect(signatures).toHaveLength(2)
    for (const read of signatures) expectStamps(read, ['signature'])

    const around = await sealXades([documentOf('r.xml', `<r>${bare(one)}</r>`)], 'XAdES-enveloped', sealer)
    const after = readXadesSignatures(new BufferSource(await raised(around, 'B-T'))).signatures
    expect(after.map(({ integrity, timestamps }) => [integrity.indication, timestamps.length])).toEqual([
      ['PASSED', 0],
      ['PASSED', 1]
    ])
  })

  it('refuses what cannot be raised', async () => {
    const sealed = await sealXades([documentOf('a.xml', letter)], 'XAdES-enveloped', sealer)
    const refused = (file: Buffer | string, code: string, tools: RaiseTools = toolsFor()) =>
      expect(raised(Buffer.from(file), 'B-LTA', tools)).rejects.toMatchObject({ type: { code } })
    await refused('<a/>', 'sealing/seal-not-found')
    await refused('<a', 'sealing/xml-not-well-formed')
    await refused(sealed.toString().replace('tekst', 'tekst '), 'sealing/seal-does-not-hold')
    const detached = await sealXades([documentOf('a', 'x', 'text/plain')], 'XAdES-detached', sealer)
    await refused(detached, 'sealing/sealed-document-missing')
    await refused(detached, 'sealing/seal-does-not-hold', toolsFor([documentOf('a', 'y', 'text/plain')]))
    const { tsa } = toolsFor()
    await refused(sealed, 'sealing/revocation-not-configured', { tsa, clock })
    const late = new XadesTsa(tsaIdentity, new Date('2041-01-01T00:00:00Z'))
    await refused(sealed, 'sealing/certificate-not-valid', { ...toolsFor(), tsa: late })
  })

  it('sees when an archive time stamp no longer covers what it did', async () => {
    const file = await raised(await sealXades([documentOf('a.xml', letter)], 'XAdES-enveloped', sealer), 'B-LTA')
    const changed = Buffer.from(
      file.toString().replace('<xades:EncapsulatedCRLValue>M', '<xades:EncapsulatedCRLValue>N')
    )
    expect(changed).not.toEqual(file)
    const [signature, archive] = readOnly(changed).timestamps
    const stated = ({ token }: { token: Buffer }) => readTstInfo(readSignedData(token).content!).imprint
    expect(signature!.imprint('sha256')).toEqual(stated(signature!))
    expect(archive!.imprint('sha256')).not.toEqual(stated(archive!))
  })
})
