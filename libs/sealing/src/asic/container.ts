import { Refused } from '#platform/plain'
import type { Document } from '../document.js'
import { sealingProblems } from '../sealing.errors.js'
import { type RandomAccessSource, readAll } from '../source.js'
import { readZip, type ZipEntry } from './zip-reader.js'

/** Media types of the two kinds of container (EN 319 162-1, 4.3.3 and 4.4.3). */
export const containerTypes = {
  'ASiC-E': 'application/vnd.etsi.asic-e+zip',
  'ASiC-S': 'application/vnd.etsi.asic-s+zip'
} as const

/** Which of the two. */
export type ContainerKind = keyof typeof containerTypes

/** Names of what stands in META-INF (EN 319 162-1, 4.3.3.2, 4.4.3.2, 4.4.4.2, A.7). */
export const names = {
  xades: /^META-INF\/[^/]*signatures[^/]*\.xml$/,
  cades: /^META-INF\/[^/]*signature[^/]*\.p7s$/,
  manifest: /^META-INF\/[^/]*ASiCManifest[^/]*\.xml$/,
  archiveManifest: /^META-INF\/[^/]*ASiCArchiveManifest[^/]*\.xml$/,
  timestamp: /^META-INF\/[^/]*timestamp[^/]*\.tst$/,
  fileList: /^META-INF\/manifest\.xml$/
} as const

/** A file named `mimetype` longer than any media type is not read. */
const longestMimetype = 256

/** An ASiC container taken apart by its names. */
export interface AsicContainer {
  readonly kind: ContainerKind
  readonly entries: readonly ZipEntry[]
  /** What people put into it: everything outside META-INF but `mimetype`. */
  readonly data: readonly ZipEntry[]
  entry(name: string): ZipEntry | undefined
  matching(pattern: RegExp): readonly ZipEntry[]
  /** Of the archive; it may state the media type. */
  readonly comment: string
  /** What EN 319 162-1 asks of the container itself and is not so. */
  readonly faults: readonly string[]
}

/** The fault of an ASiC-S container that has not exactly one document, at its root (EN 319 162-1, 4.3.3.2). */
export const notSimple = 'not-one-document'

/** Signature, manifest and time-stamp files of one container, and bytes in them: what is read costs time for each. */
const mostAbout = 200
const largestAbout = 128 * 1024 * 1024

/** Reads a container. @throws Refused `sealing/zip-…`, also for one with far more signatures than people make */
export function readContainer(source: RandomAccessSource): AsicContainer {
  const { entries, comment } = readZip(source)
  const about = entries.filter(({ name }) => name.startsWith('META-INF/'))
  if (about.length > mostAbout || about.reduce((sum, { size }) => sum + size, 0) > largestAbout)
    throw new Refused(sealingProblems['zip-too-large'], { why: 'META-INF' })
  const byName = new Map(entries.map(entry => [entry.name, entry]))
  const data = entries.filter(({ name }) => name !== 'mimetype' && !name.startsWith('META-INF/'))
  const mimetype = byName.get('mimetype')
  const stated =
    mimetype && mimetype.size <= longestMimetype
      ? readAll(mimetype.content()).toString('latin1').trim()
      : /^mimetype=(.*)$/.exec(comment)?.[1]?.trim()
  const known = (Object.keys(containerTypes) as ContainerKind[]).find(kind => containerTypes[kind] === stated)
  const kind = known ?? kindByContent(entries, data)
  const faults: string[] = []
  if (mimetype) {
    if (entries[0] !== mimetype) faults.push('mimetype-not-first')
    if (!mimetype.plain) faults.push('mimetype-not-plain')
    if (!known) faults.push('mimetype-unknown')
  } else if (kind === 'ASiC-E') faults.push('mimetype-missing')
  if (kind === 'ASiC-S' && (data.length !== 1 || data[0]!.name.includes('/'))) faults.push(notSimple)
  return {
    kind,
    entries,
    data,
    entry: name => byName.get(name),
    comment,
    matching: pattern => entries.filter(({ name }) => pattern.test(name)),
    faults
  }
}

/** Without a media type: the simple kind has one file and one of three names. */
function kindByContent(entries: readonly ZipEntry[], data: readonly ZipEntry[]): ContainerKind {
  const simple = ['META-INF/signatures.xml', 'META-INF/signature.p7s', 'META-INF/timestamp.tst']
  return data.length === 1 && entries.some(({ name }) => simple.includes(name)) ? 'ASiC-S' : 'ASiC-E'
}

/** An entry as a document that is unpacked when it is first read. */
export function documentOf(entry: ZipEntry, mediaType = ''): Document {
  const source: RandomAccessSource = {
    size: entry.size,
    read: (at, length) => entry.content().read(at, length)
  }
  return { fileName: entry.name, mediaType, source, hashes: new Map() }
}

/** The next name in a series (`META-INF/signature001.p7s`, `…002.p7s`) that is not taken. */
export function freeName(container: AsicContainer | undefined, before: string, after: string): string {
  for (let i = 1; ; i++) {
    const name = `META-INF/${before}${String(i).padStart(3, '0')}${after}`
    if (!container?.entry(name)) return name
  }
}
