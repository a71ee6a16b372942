import { createHash } from 'node:crypto'
import { unzipSync } from 'fflate'
import { Refused } from '#platform/plain'
import { documentOf, SealingWorld } from '../../test/test-sealing-world.js'
import { issueToken } from '../../test/test-tsa.js'
import { makeZip } from '../../test/test-zip.js'
import { prepareCades } from '../cms/prepare-cades.js'
import { readCms } from '../cms/read-cms.js'
import type { SealFormat, SealLevel } from '../seal-format.js'
import { BufferSource, readAll } from '../source.js'
import { readTstInfo } from '../timestamp/timestamp-message.js'
import { prepareAsic } from './prepare-asic.js'
import { raiseAsic } from './raise-asic.js'
import { readAsicSignatures } from './read-asic.js'

const formats = ['ASiC-E-XAdES', 'ASiC-E-CAdES', 'ASiC-S-XAdES', 'ASiC-S-CAdES'] as const
const levels: readonly SealLevel[] = ['B-T', 'B-LT', 'B-LTA', 'B-LTA']
const letter = documentOf('Załącznik nr 1.txt', 'Decyzja nr 1')
const table = documentOf('dane/tabela & wykres.csv', 'a;b\n1;2\n', 'text/csv')
const documentsOf = (format: SealFormat) => (format.startsWith('ASiC-E') ? [letter, table] : [letter])

let world: SealingWorld
beforeAll(async () => {
  world = await SealingWorld.make()
})

const seal = (format: SealFormat, documents = documentsOf(format)) => world.seal(prepareAsic, format, ...documents)
const read = (bytes: Buffer) => readAsicSignatures(new BufferSource(bytes))
const files = (bytes: Buffer) =>
  new Map<string, Buffer>(Object.entries(unzipSync(bytes)).map(([name, content]) => [name, Buffer.from(content)]))
const repack = (contents: ReadonlyMap<string, Buffer | string>) =>
  makeZip([...contents].map(([name, content]) => ({ name, content })))
/** The container with some files changed, added or (undefined) taken away. */
function changed(bytes: Buffer, change: Record<string, string | Buffer | undefined>): Buffer {
  const contents = new Map<string, Buffer | string>(files(bytes))
  for (const [name, content] of Object.entries(change))
    if (content === undefined) contents.delete(name)
    else contents.set(name, content)
  return repack(contents)
}
const tools = () => ({ tsa: world.tsa, material: world.material, clock: world.clock })
async function raised(bytes: Buffer, ...to: SealLevel[]): Promise<Buffer> {
  let file = bytes
  for (const level of to) file = Buffer.from(readAll(await raiseAsic(new BufferSource(file), level, tools())))
  return file
}
function code(work: () => unknown): string | undefined {
  try {
    work()
  } catch (error) {
    if (error instanceof Refused) return error.type.code
    throw error
  }
  return undefined
}

describe('an ASiC container', () => {
  it.each(formats)('%s has its files where the standard wants them, and its seal covers all of them', format => {
    const sealed = seal(format)
    expect([...files(sealed).keys()]).toEqual(
      {
        'ASiC-E-XAdES': [
          'mimetype',
          letter.fileName,
          table.fileName,
          'META-INF/manifest.xml',
          'META-INF/signatures001.xml'
        ],
        'ASiC-E-CAdES': [
          'mimetype',
          letter.fileName,
          table.fileName,
          'META-INF/ASiCManifest001.xml',
          'META-INF/signature001.p7s'
        ],
        'ASiC-S-XAdES': ['mimetype', letter.fileName, 'META-INF/signatures.xml'],
        'ASiC-S-CAdES': ['mimetype', letter.fileName, 'META-INF/signature.p7s']
      }[format]
    )
    const type = `application/vnd.etsi.asic-${format.charAt(5).toLowerCase()}+zip`
    expect(sealed.toString('latin1', 30, 69)).toBe(`mimetype${type}`)
    const { signatures, timestamps } = read(sealed)
    expect(timestamps).toEqual([])
    expect(signatures).toMatchObject([{ format, integrity: { indication: 'PASSED' }, baselineFaults: [] }])
    const whole = signatures[0]!.scopes.filter(({ kind }) => kind === 'whole-file')
    expect(whole.map(({ name, complete }) => [name, complete])).toEqual(
      documentsOf(format).map(({ fileName }) => [fileName, true])
    )
  })

  it.each(formats)('%s speaks when a document is changed, taken away or smuggled in', format => {
    const sealed = seal(format)
    const [other] = read(changed(sealed, { [letter.fileName]: 'Decyzja nr 2' })).signatures
    expect(other!.integrity).toMatchObject({ indication: 'FAILED', subIndication: 'HASH_FAILURE' })
    const [robbed] = read(changed(sealed, { [letter.fileName]: undefined })).signatures
    const simple = format.startsWith('ASiC-S')
    expect(robbed!.integrity.indication).toBe(simple ? 'FAILED' : 'INDETERMINATE')
    expect(robbed!.integrity).toMatchObject({ subIndication: simple ? 'FORMAT_FAILURE' : 'SIGNED_DATA_NOT_FOUND' })
    const [enriched] = read(changed(sealed, { 'aneks.txt': 'more' })).signatures
    const extra = enriched!.scopes.find(({ name }) => name === 'aneks.txt')
    if (simple) expect(enriched!.integrity).toMatchObject({ indication: 'FAILED', subIndication: 'FORMAT_FAILURE' })
    expect(extra).toMatchObject({ complete: false })
    expect(extra).not.toHaveProperty('digest')
  })

  it.each(['ASiC-E-XAdES', 'ASiC-E-CAdES'] as const)(
    '%s takes a further seal, which leaves the first with its bytes',
    format => {
      const first = seal(format)
      const both = seal(format, [documentOf('x.asice', first, 'application/vnd.etsi.asic-e+zip')])
      for (const [name, content] of files(first)) expect(files(both).get(name)).toEqual(content)
      const { signatures } = read(both)
      expect(signatures.map(({ integrity }) => integrity.indication)).toEqual(['PASSED', 'PASSED'])
      expect(new Set(signatures.map(({ id }) => id)).size).toBe(2)
      for (const { scopes } of signatures) expect(scopes.every(({ complete }) => complete)).toBe(true)
      const kind = format === 'ASiC-E-CAdES' ? 'ASiC-E-XAdES' : 'ASiC-E-CAdES'
      expect(code(() => seal(kind, [documentOf('x.asice', first)]))).toBe('sealing/container-of-another-kind')
    }
  )

  it('refuses documents that it cannot hold', () => {
    expect(code(() => seal('ASiC-E-XAdES', []))).toBe('sealing/nothing-to-seal')
    expect(code(() => seal('ASiC-S-CAdES', [letter, table]))).toBe('sealing/one-document-only')
    expect(code(() => seal('ASiC-E-CAdES', [letter, letter]))).toBe('sealing/file-name-unfit')
    for (const name of ['', 'mimetype', 'META-INF/x', 'meta-inf/x', '../x', '/x', 'a\\b', 'a\0', '\ud800'])
      expect([name, code(() => seal('ASiC-E-XAdES', [documentOf(name, 'x')]))]).toEqual([
        name,
        'sealing/file-name-unfit'
      ])
  })

  it('survives odd names and media types', () => {
    const odd = ['%41.txt', 'a?b#c.txt', 'o\'neil "x" <y> & z.txt', '😀.txt', 'ą\u0328.txt', '+.txt', 'a;b=c.txt']
    for (const format of ['ASiC-E-XAdES', 'ASiC-E-CAdES'] as const) {
      const documents = odd.map(name => documentOf(name, name, 'text/plain; charset="<&>"'))
      const [found] = read(seal(format, documents)).signatures
      expect(found).toMatchObject({ integrity: { indication: 'PASSED' } })
      const whole = found!.scopes.filter(({ kind }) => kind === 'whole-file')
      expect(whole.map(({ name, complete }) => [name, complete])).toEqual(odd.map(name => [name, true]))
    }
  })

  it('that is none, or is broken, is a signature of no form', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('PK'), makeZip([{ name: '../x' }])])
      expect(read(bytes).signatures).toMatchObject([
        { integrity: { indication: 'FAILED', subIndication: 'FORMAT_FAILURE' } }
      ])
    expect(read(makeZip([{ name: 'a.txt', content: 'x' }]))).toEqual({ signatures: [], timestamps: [] })
    // an office document signed in its own way is not said to have no signature
    const office = { name: '_xmlsignatures/sig1.xml', content: '<x/>' }
    expect(code(() => read(makeZip([{ name: 'word/document.xml', content: '<w/>' }, office])))).toBe(
      'sealing/office-signature-unread'
    )
    const around = seal('ASiC-E-XAdES', [documentOf(office.name, office.content)])
    expect(read(around).signatures).toMatchObject([{ integrity: { indication: 'PASSED' } }])
    const broken = changed(seal('ASiC-E-CAdES'), { 'META-INF/signature001.p7s': 'garbage' })
    expect(read(broken).signatures).toMatchObject([{ integrity: { subIndication: 'FORMAT_FAILURE' } }])
    const many = Array.from({ length: 201 }, (_, i) => ({ name: `META-INF/signature${i}.p7s` }))
    expect(read(makeZip(many)).signatures).toMatchObject([{ integrity: { subIndication: 'FORMAT_FAILURE' } }])
  })

  it('names what is wrong with the container itself', () => {
    const sealed = seal('ASiC-E-CAdES')
    const faults = (bytes: Buffer) => read(bytes).signatures[0]!.baselineFaults
    const contents = [...files(sealed)].map(([name, content]) => ({ name, content }))
    expect(faults(makeZip(contents))).toEqual([])
    expect(faults(makeZip([...contents.slice(1), contents[0]!]))).toEqual(['mimetype-not-first'])
    expect(faults(makeZip(contents.slice(1)))).toEqual(['mimetype-missing'])
    expect(faults(makeZip([{ ...contents[0]!, deflate: true }, ...contents.slice(1)]))).toEqual(['mimetype-not-plain'])
    expect(faults(changed(sealed, { mimetype: 'application/zip' }))).toEqual(['mimetype-unknown'])
    const stated = makeZip(contents.slice(1), { comment: 'mimetype=application/vnd.etsi.asic-s+zip' })
    expect(read(stated).signatures[0]!.format).toBe('ASiC-S-CAdES')
  })
})

describe('a CAdES manifest', () => {
  const withManifest = (change: (xml: string) => string) => {
    // A maker may sign any manifest; only the manifest is under the signature.
    const sealed = files(seal('ASiC-E-CAdES'))
    const xml = change(sealed.get('META-INF/ASiCManifest001.xml')!.toString())
    const p7s = world.seal(prepareCades, 'CAdES-detached', documentOf('m', xml))
    sealed.set('META-INF/ASiCManifest001.xml', Buffer.from(xml)).set('META-INF/signature001.p7s', p7s)
    return read(repack(sealed)).signatures[0]!
  }

  it('is believed only as far as it goes', () => {
    expect(withManifest(xml => xml).integrity.indication).toBe('PASSED')
    const short = withManifest(xml =>
      xml.replace(/<asic:DataObjectReference URI="dane.*?<\/asic:DataObjectReference>/, '')
    )
    expect(short.integrity.indication).toBe('PASSED')
    expect(short.scopes.map(({ name, complete }) => [name, complete])).toEqual([
      ['META-INF/ASiCManifest001.xml', false],
      [letter.fileName, true],
      [table.fileName, false]
    ])
    const twice = withManifest(xml => xml.replace(/(<asic:DataObjectReference.*<\/asic:DataObjectReference>)/, '$1$1'))
    expect(twice.integrity).toMatchObject({ subIndication: 'FORMAT_FAILURE' })
    const empty = withManifest(xml => xml.replace(/<asic:DataObjectReference.*<\/asic:DataObjectReference>/, ''))
    expect(empty.integrity).toMatchObject({ subIndication: 'FORMAT_FAILURE' })
    const unknown = withManifest(xml => xml.replaceAll('xmlenc#sha256', 'xmlenc#ripemd160'))
    expect(unknown.integrity).toMatchObject({ subIndication: 'CRYPTO_CONSTRAINTS_FAILURE' })
    const critical = withManifest(xml =>
      xml.replace(
        '</asic:ASiCManifest>',
        '<asic:ASiCManifestExtensions><asic:Extension Critical="true"/></asic:ASiCManifestExtensions></asic:ASiCManifest>'
      )
    )
    expect(critical.integrity).toMatchObject({ subIndication: 'SIG_CONSTRAINTS_FAILURE' })
  })

  it('that is not there, is not XML or names another signature leaves nothing signed', () => {
    for (const change of [
      () => 'no xml',
      (xml: string) => xml.replace('signature001', 'signature002'),
      (xml: string) => `<!DOCTYPE x [<!ENTITY e "e">]>${xml.replace(/^<\?xml.*?\?>\s*/, '')}`,
      (xml: string) => xml.replaceAll('http://uri.etsi.org/02918/v1.2.1#', 'http://uri.etsi.org/elsewhere#')
    ])
      expect(withManifest(change).integrity).toMatchObject({ subIndication: 'SIGNED_DATA_NOT_FOUND' })
  })

  it('cannot be replaced by content inside the signature', () => {
    const sealed = seal('ASiC-E-CAdES')
    const p7s = world.seal(prepareCades, 'CAdES-attached', documentOf('m', 'something else'))
    const [found] = read(changed(sealed, { 'META-INF/signature001.p7s': p7s })).signatures
    expect(found!.integrity.indication).toBe('FAILED')
  })
})

describe('raising an ASiC container', () => {
  it.each(formats)('%s goes through all levels and a renewal; everything else keeps its bytes', async format => {
    let file = seal(format)
    for (const level of levels) {
      const next = await raised(file, level)
      for (const document of documentsOf(format))
        expect(files(next).get(document.fileName)).toEqual(readAll(document.source))
      file = next
    }
    const [found] = read(file).signatures
    expect(found).toMatchObject({ format, integrity: { indication: 'PASSED' }, baselineFaults: [] })
    expect(found!.timestamps.map(({ kind }) => kind)).toEqual(['signature', 'archive', 'archive'])
    for (const { token, imprint } of found!.timestamps)
      expect(imprint('sha256')).toEqual(readTstInfo(Buffer.from(readAll(readCms(token).content!))).imprint)
    expect(found!.scopes.every(({ complete }) => complete)).toBe(true)
    expect(file.toString('latin1', 30, 38)).toBe('mimetype')
  })

  it('ASiC-E with CAdES is archived by manifests, the newest under the plain name', async () => {
    const archived = await raised(seal('ASiC-E-CAdES'), 'B-LTA')
    const renewed = await raised(archived, 'B-LTA')
    expect([...files(renewed).keys()].filter(name => /Archive|tst/.test(name)).sort()).toEqual([
      'META-INF/ASiCArchiveManifest.xml',
      'META-INF/ASiCArchiveManifest001.xml',
      'META-INF/timestamp001.tst',
      'META-INF/timestamp002.tst'
    ])
    expect(files(renewed).get('META-INF/signature001.p7s')).toEqual(files(archived).get('META-INF/signature001.p7s'))
    const newest = files(renewed).get('META-INF/ASiCArchiveManifest.xml')!.toString()
    expect(newest).toContain('URI="META-INF/ASiCArchiveManifest001.xml" Rootfile="true"')
    // The first token has got what shows the standing of its authority.
    expect(readCms(files(renewed).get('META-INF/timestamp001.tst')!).crls).toHaveLength(1)
    const { timestamps } = read(renewed).signatures[0]!
    const [first, second] = timestamps.filter(({ kind }) => kind === 'archive')
    expect(first!.covers!.crls).toHaveLength(2)
    expect(second!.covers!.crls).toHaveLength(3)
    // What is covered and changed takes the proof away.
    const broken = changed(renewed, { 'META-INF/timestamp001.tst': files(archived).get('META-INF/timestamp001.tst') })
    const stamp = read(broken).signatures[0]!.timestamps.find(({ id }) => id.endsWith('timestamp002.tst'))
    expect(stamp!.imprint('sha256')).toBeUndefined()
  })

  it('a seal that came after the archive manifest is raised, and the covered one left alone', async () => {
    const archived = await raised(seal('ASiC-E-CAdES'), 'B-LTA')
    const both = seal('ASiC-E-CAdES', [documentOf('x', archived)])
    const after = await raised(both, 'B-LTA')
    expect(files(after).get('META-INF/signature001.p7s')).toEqual(files(archived).get('META-INF/signature001.p7s'))
    const kinds = read(after).signatures.map(({ timestamps }) => timestamps.map(({ kind }) => kind))
    expect(kinds).toEqual([
      ['signature', 'archive', 'archive'],
      ['signature', 'archive']
    ])
  })

  it('keeps packed files of others packed, and the comment', async () => {
    const contents = [...files(seal('ASiC-E-CAdES'))].map(([name, content]) => ({ name, content }))
    const packed = makeZip(
      contents.map((file, i) => (i === 0 ? file : { ...file, deflate: true, descriptor: 'signed' })),
      { comment: 'mimetype=application/vnd.etsi.asic-e+zip' }
    )
    const after = await raised(packed, 'B-LTA')
    const record = packed.subarray(packed.indexOf('PK\x03\x04', 10), packed.indexOf('PK\x03\x04', 80))
    expect(after.includes(record)).toBe(true)
    expect(after.toString('latin1')).toMatch(/mimetype=application\/vnd.etsi.asic-e\+zip$/)
    expect(read(after).signatures).toMatchObject([{ integrity: { indication: 'PASSED' } }])
  })

  it('carries on archive time stamps that a maker put into the CAdES itself', async () => {
    const sealed = files(await raised(seal('ASiC-E-CAdES'), 'B-LT'))
    const simple = files(await raised(repackSimple(sealed), 'B-LTA'))
    sealed.set('META-INF/signature001.p7s', simple.get('META-INF/signature.p7s')!)
    const after = await raised(repack(sealed), 'B-LTA')
    expect([...files(after).keys()].some(name => name.includes('Archive'))).toBe(false)
    const [found] = read(after).signatures
    expect(found!.timestamps.map(({ kind }) => kind)).toEqual(['signature', 'archive', 'archive'])
  })

  /** The signature over a manifest, as a simple container in which the manifest is the document. */
  function repackSimple(extended: ReadonlyMap<string, Buffer>): Buffer {
    return repack(
      new Map([
        ['mimetype', Buffer.from('application/vnd.etsi.asic-s+zip')],
        ['manifest.xml', extended.get('META-INF/ASiCManifest001.xml')!],
        ['META-INF/signature.p7s', extended.get('META-INF/signature001.p7s')!]
      ])
    )
  }

  it('refuses what cannot be raised, with the reason', async () => {
    const refusal = (bytes: Buffer, to: SealLevel = 'B-LTA') =>
      raised(bytes, to).then(
        () => 'raised',
        (error: unknown) => (error instanceof Refused ? error.type.code : String(error))
      )
    const sealed = seal('ASiC-E-CAdES')
    expect(await refusal(Buffer.from('PK'))).toBe('sealing/zip-broken')
    expect(await refusal(makeZip([{ name: 'a', content: 'x' }]))).toBe('sealing/seal-not-found')
    for (const format of formats)
      expect(await refusal(changed(seal(format), { [letter.fileName]: 'other' }))).toBe('sealing/seal-does-not-hold')
    expect(await refusal(changed(sealed, { 'META-INF/ASiCManifest001.xml': undefined }))).toBe(
      'sealing/container-broken'
    )
    expect(await refusal(changed(sealed, { 'META-INF/signature001.p7s': 'x' }))).toBe('sealing/cms-broken')
    const attached = world.seal(prepareCades, 'CAdES-attached', letter)
    const simple = changed(seal('ASiC-S-CAdES'), { 'META-INF/signature.p7s': attached })
    expect(await refusal(simple)).toBe('sealing/container-broken')
  })

  it('gives back a container that is at the level already', async () => {
    const file = new BufferSource(await raised(seal('ASiC-E-CAdES'), 'B-LTA'))
    expect(await raiseAsic(file, 'B-LT', tools())).toBe(file)
  })
})

describe('time stamps without a signature', () => {
  const now = { genTime: new Date('2026-11-22T12:00:00Z') }
  const sha256 = (content: string) => createHash('sha256').update(content).digest()

  it('stand over the one file of ASiC-S', async () => {
    const token = await issueToken(world.authority, sha256('letter'), undefined, now)
    const container = makeZip([
      { name: 'mimetype', content: 'application/vnd.etsi.asic-s+zip' },
      { name: 'a.txt', content: 'letter' },
      { name: 'META-INF/timestamp.tst', content: token }
    ])
    const { signatures, timestamps } = read(container)
    expect(signatures).toEqual([])
    expect(timestamps).toMatchObject([{ id: 'META-INF/timestamp.tst', scopes: [{ name: 'a.txt', complete: true }] }])
    expect(timestamps[0]!.imprint('sha256')).toEqual(sha256('letter'))
  })

  it('stand over a manifest of ASiC-E, and prove nothing when a file is another', async () => {
    const digest = sha256('letter').toString('base64')
    const manifest =
      '<m:ASiCManifest xmlns:m="http://uri.etsi.org/02918/v1.2.1#" xmlns:d="http://www.w3.org/2000/09/xmldsig#">' +
      '<m:SigReference URI="META-INF/timestamp001.tst" MimeType="application/vnd.etsi.timestamp-token"/>' +
      '<m:DataObjectReference URI="a%20b.txt"><d:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>' +
      `<d:DigestValue>\n${digest}\n</d:DigestValue></m:DataObjectReference></m:ASiCManifest>`
    const token = await issueToken(world.authority, sha256(manifest), undefined, now)
    const container = (content: string) =>
      makeZip([
        { name: 'mimetype', content: 'application/vnd.etsi.asic-e+zip' },
        { name: 'a b.txt', content },
        { name: 'other.txt', content: 'not covered' },
        { name: 'META-INF/ASiCManifest001.xml', content: manifest },
        { name: 'META-INF/timestamp001.tst', content: token }
      ])
    const [found] = read(container('letter')).timestamps
    expect(found!.imprint('sha256')).toEqual(sha256(manifest))
    expect(found!.scopes.map(({ name, complete }) => [name, complete])).toEqual([
      ['a b.txt', true],
      ['other.txt', false]
    ])
    expect(read(container('another')).timestamps[0]!.imprint('sha256')).toBeUndefined()
  })
})
