import { inflateRawSync } from 'node:zlib'
import { makeZip, type ZipWish } from '../../../../libs/sealing/test/test-zip.js'
import { documents, type JudgedWorld } from '../judged-world.js'
import { changedCms } from './cms-tampering.js'
import { flipped, type Tampering } from './tampering.js'

/** Files of an archive, read by its local headers only: ours have sizes there. */
function filesIn(zip: Buffer): { name: string; content: Buffer }[] {
  const files: { name: string; content: Buffer }[] = []
  for (let at = 0; zip.readUInt32LE(at) === 0x04034b50;) {
    const start = at + 30 + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28)
    const packed = zip.subarray(start, start + zip.readUInt32LE(at + 18))
    const name = zip.toString('utf8', at + 30, at + 30 + zip.readUInt16LE(at + 26))
    files.push({ name, content: zip.readUInt16LE(at + 8) === 8 ? inflateRawSync(packed) : packed })
    at = start + packed.length
  }
  return files
}

const isSignature = (name: string) => /signature/.test(name)
const isManifest = (name: string) => /anifest/.test(name)

/** ASiC of all four kinds, and what can be done to it. */
export async function zipTamperings(world: JudgedWorld): Promise<Tampering[]> {
  const all: Tampering[] = []
  for (const format of ['ASiC-E-XAdES', 'ASiC-E-CAdES', 'ASiC-S-XAdES', 'ASiC-S-CAdES'] as const) {
    const sealed = filesIn(await world.seal(format, documents.text, { level: 'B-T' }))
    const twin = filesIn(
      await world.seal(format, { ...documents.text, source: world.sourceOf(Buffer.from('inny')) }, { level: 'B-T' })
    )
    const add = (name: string, files: readonly ZipWish[]) =>
      all.push({ name: `${format}: ${name}`, file: makeZip(files) })
    const change = (which: (name: string) => boolean, by: (file: { name: string; content: Buffer }) => ZipWish[]) =>
      sealed.flatMap(file => (which(file.name) ? by(file) : [file]))
    const isText = (name: string) => name === 'pismo.txt'
    add('packed anew', sealed)
    add(
      'a byte of the file',
      change(isText, ({ name, content }) => [{ name, content: flipped(content, 3) }])
    )
    add(
      'the file taken out',
      change(isText, () => [])
    )
    // CAdES signs the content and no name
    add(
      'the file renamed',
      change(isText, ({ content }) => [{ name: 'inne.txt', content }])
    )
    add(
      'the file in a folder',
      change(isText, ({ name, content }) => [{ name: `folder/${name}`, content }])
    )
    add('a file added', [...sealed, { name: 'dodatek.txt', content: 'nie podpisano' }])
    add(
      'the file twice, another first',
      change(isText, file => [{ name: file.name, content: 'inny' }, file])
    )
    add(
      'the file twice, another last',
      change(isText, file => [file, { name: file.name, content: 'inny' }])
    )
    add(
      'two names for the file',
      change(isText, file => [{ ...file, localName: 'pismo.tyt' }])
    )
    add(
      'signature of another container',
      change(isSignature, ({ name }) => [twin.find(file => file.name === name)!])
    )
    add(
      'signature taken out',
      change(isSignature, () => [])
    )
    add(
      'signature renamed',
      change(isSignature, ({ name, content }) => [{ name: name.replace('META-INF/', 'META-INF/x-'), content }])
    )
    add(
      'signature outside META-INF',
      change(isSignature, ({ name, content }) => [{ name: name.replace('META-INF/', ''), content }])
    )
    add(
      'signature twice',
      change(isSignature, file => [file, { ...file, name: file.name.replace(/(\d*)\.(xml|p7s)$/, '999.$2') }])
    )
    add(
      'media type of the other kind',
      change(
        name => name === 'mimetype',
        ({ name, content }) => [
          {
            name,
            content: content.toString().includes('asic-e')
              ? 'application/vnd.etsi.asic-s+zip'
              : 'application/vnd.etsi.asic-e+zip'
          }
        ]
      )
    )
    add(
      'media type of something else',
      change(
        name => name === 'mimetype',
        ({ name }) => [{ name, content: 'application/zip' }]
      )
    )
    add(
      'media type taken out',
      change(
        name => name === 'mimetype',
        () => []
      )
    )
    add('media type last', [...sealed.slice(1), sealed[0]!])
    all.push({ name: `${format}: bytes before the archive`, file: makeZip(sealed, { before: Buffer.from('junk') }) })
    all.push({ name: `${format}: bytes after the archive`, file: makeZip(sealed, { after: Buffer.from('junk') }) })
    all.push({ name: `${format}: a comment`, file: makeZip(sealed, { comment: 'uwaga' }) })
    if (sealed.some(({ name }) => isManifest(name))) {
      add(
        'manifest taken out',
        change(isManifest, () => [])
      )
      add(
        'manifest of another container',
        change(isManifest, ({ name }) => [twin.find(file => file.name === name)!])
      )
    }
    if (format === 'ASiC-E-CAdES') {
      add(
        'manifest: digest',
        change(isManifest, ({ name, content }) => [
          { name, content: content.toString().replace(/DigestValue>./, 'DigestValue>A') }
        ])
      )
      add(
        'manifest: a file added that is not there',
        change(isManifest, ({ name, content }) => [
          {
            name,
            content: content
              .toString()
              .replace('</asic:ASiCManifest>', '<asic:DataObjectReference URI="x"/></asic:ASiCManifest>')
          }
        ])
      )
      add(
        'manifest twice, another one first',
        change(isManifest, file => [
          { ...twin.find(({ name }) => name === file.name)!, name: 'META-INF/ASiCManifest000.xml' },
          file
        ])
      )
      add(
        'the file with its own digest in a second manifest',
        change(isText, ({ name, content }) => [{ name, content: flipped(content, 3) }])
      )
      add(
        'signature with the content inside',
        change(isSignature, ({ name, content }) => [
          {
            name,
            content: changedCms(content, cms =>
              cms.encapsulated.children.push({
                tag: 0xa0,
                content: Buffer.alloc(0),
                children: [{ tag: 4, content: Buffer.from('inny'), children: [] }]
              })
            )
          }
        ])
      )
    }
  }
  return all
}
