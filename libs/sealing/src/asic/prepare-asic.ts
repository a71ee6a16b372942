import { createHash } from 'node:crypto'
import { Refused } from '#platform/plain'
import { CadesTemplate } from '../cms/cades-template.js'
import { type Document, hashOfDocument } from '../document.js'
import type { Draft, PrepareOptions, PrepareSeal } from '../draft.js'
import { hashOf } from '../seal-algorithm.js'
import { sealingProblems } from '../sealing.errors.js'
import { BufferSource, type RandomAccessSource } from '../source.js'
import { fileUri, prepareDetachedXades } from '../xades/prepare-xades.js'
import {
  type AsicContainer,
  type ContainerKind,
  containerTypes,
  documentOf,
  freeName,
  names,
  readContainer
} from './container.js'
import { ASIC, writeManifest } from './manifest.js'
import { isSafePath } from './zip-reader.js'
import { writeZip, type ZipItem } from './zip-writer.js'

/** What is to be in the container beside the seal, and what the seal is over. */
interface Contents {
  readonly kind: ContainerKind
  readonly documents: readonly Document[]
  /** An ASiC-E that is there already and gets one more seal. */
  readonly container?: AsicContainer
}

/** Media types travel in XML and are stated by others. */
const mediaTypePattern = /^[\w.+-]+\/[\w.+-]+$/

/**
 * Prepares ASiC containers (EN 319 162-1): ASiC-E with any number of documents under one seal, ASiC-S with exactly one,
 * each with XAdES or CAdES inside. One document that is an ASiC-E container itself gets a further seal over everything in it
 * when ASiC-E is asked for; what it has keeps its bytes. Documents are stored, not packed, and not copied.
 * @throws Refused `sealing/nothing-to-seal`, `sealing/one-document-only`, `sealing/file-name-unfit`, `sealing/zip-…`,
 * `sealing/container-broken`, `sealing/container-of-another-kind`.
 */
export const prepareAsic: PrepareSeal = (documents, options) => {
  const contents = contentsFor(documents, options)
  return options.format.endsWith('XAdES') ? draftXades(contents, options) : draftCades(contents, options)
}

function contentsFor(documents: readonly Document[], { format }: PrepareOptions): Contents {
  const first = documents[0]
  if (!first) throw new Refused(sealingProblems['nothing-to-seal'])
  const kind = format.startsWith('ASiC-E') ? 'ASiC-E' : 'ASiC-S'
  if (kind === 'ASiC-S' && documents.length > 1)
    throw new Refused(sealingProblems['one-document-only'], { documents: documents.length })
  const container = kind === 'ASiC-E' && documents.length === 1 ? existingContainer(first.source) : undefined
  if (!container) {
    assertNames(documents)
    return { kind, documents }
  }
  if (container.data.length === 0) throw new Refused(sealingProblems['container-broken'], { why: 'nothing in it' })
  const other = format.endsWith('XAdES') ? names.cades : names.xades
  // Readers look for one of the two (EN 319 162-1, 4.4.1) and would not see the seals of the other.
  if (container.matching(other).length > 0) throw new Refused(sealingProblems['container-of-another-kind'])
  return { kind, documents: container.data.map(entry => documentOf(entry, 'application/octet-stream')), container }
}

/** The container that a document is; undefined when it is something else, other ZIP files included. */
function existingContainer(source: RandomAccessSource): AsicContainer | undefined {
  const start = source.read(0, 38 + containerTypes['ASiC-E'].length)
  if (start.toString('latin1', 30) !== `mimetype${containerTypes['ASiC-E']}`) return undefined
  return readContainer(source)
}

/** @throws Refused for names that could not be told apart, or would stand for something else in the container. */
function assertNames(documents: readonly Document[]): void {
  const seen = new Set<string>()
  documents.forEach(({ fileName }, position) => {
    const reserved = fileName.toLowerCase() === 'mimetype' || /^meta-inf(\/|$)/i.test(fileName)
    const unfit = reserved || !isSafePath(fileName) || !fileName.isWellFormed() || Buffer.byteLength(fileName) > 0xffff
    if (unfit || seen.has(fileName)) throw new Refused(sealingProblems['file-name-unfit'], { position })
    seen.add(fileName)
  })
}

function draftXades(contents: Contents, options: PrepareOptions): Draft {
  const { kind, documents, container } = contents
  const hash = hashOf(options.signer.algorithm)
  const references = documents.map(document => ({
    uri: fileUri(document.fileName),
    mediaType: document.mediaType,
    digest: hashOfDocument(document, hash).copy().digest()
  }))
  const signature = prepareDetachedXades(references, options)
  const name = kind === 'ASiC-S' ? 'META-INF/signatures.xml' : freeName(container, 'signatures', '.xml')
  return {
    toBeSigned: signature.toBeSigned,
    imprint: value => signature.imprint(value),
    finish: (value, token) => {
      const list =
        kind === 'ASiC-E' && !container ? [{ name: 'META-INF/manifest.xml', bytes: fileList(documents) }] : []
      const wrapped = Buffer.concat([wrapperStart, signature.element(value, token), wrapperEnd])
      return { file: build(contents, [...list, { name, bytes: wrapped }], options) }
    }
  }
}

const wrapperStart = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<asic:XAdESSignatures xmlns:asic="${ASIC}">`)
const wrapperEnd = Buffer.from('</asic:XAdESSignatures>')

function draftCades(contents: Contents, options: PrepareOptions): Draft {
  const { kind, documents, container } = contents
  const { signer, signingTime } = options
  const hash = hashOf(signer.algorithm)
  const template = CadesTemplate.of(signer)
  const name = kind === 'ASiC-S' ? 'META-INF/signature.p7s' : freeName(container, 'signature', '.p7s')
  const signed = documents.map(document => ({
    name: document.fileName,
    mediaType: mediaTypeOf(document),
    hash,
    digest: hashOfDocument(document, hash).copy().digest()
  }))
  // In the simple kind the document itself is signed, in the extended one a manifest that lists the documents.
  const manifest = kind === 'ASiC-E' ? writeManifest(name, 'application/pkcs7-signature', signed) : undefined
  const digest = manifest ? createHash(hash).update(manifest).digest() : signed[0]!.digest
  const toBeSigned = template.signedAttributes(digest, signingTime)
  return {
    toBeSigned,
    imprint: value => createHash('sha256').update(value).digest(),
    finish: (value, token) => {
      const cms = { name, bytes: template.contentInfo(toBeSigned, value, token) }
      const files = manifest ? [{ name: freeName(container, 'ASiCManifest', '.xml'), bytes: manifest }, cms] : [cms]
      return { file: build(contents, files, options) }
    }
  }
}

const mediaTypeOf = ({ mediaType }: Document): string => {
  const type = mediaType.split(';')[0]!.trim()
  return mediaTypePattern.test(type) ? type : 'application/octet-stream'
}

/** `META-INF/manifest.xml`, the list of files that office suites and older ASiC-E readers look for (ODF 1.2 part 3, 3). */
function fileList(documents: readonly Document[]): Buffer {
  const entry = (path: string, type: string) =>
    `<manifest:file-entry manifest:full-path="${escaped(path)}" manifest:media-type="${type}"/>`
  const entries = documents.map(document => entry(document.fileName, mediaTypeOf(document)))
  return Buffer.from(
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
      '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">' +
      `${entry('/', containerTypes['ASiC-E'])}${entries.join('')}</manifest:manifest>`
  )
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

function build(
  { kind, documents, container }: Contents,
  added: readonly { readonly name: string; readonly bytes: Buffer }[],
  { signingTime }: PrepareOptions
): RandomAccessSource {
  const before: ZipItem[] = container
    ? container.entries.map(kept => ({ kept }))
    : [
        { name: 'mimetype', source: new BufferSource(Buffer.from(containerTypes[kind])) },
        ...documents.map(({ fileName, source }) => ({ name: fileName, source }))
      ]
  const after = added.map(({ name, bytes }) => ({ name, source: new BufferSource(bytes) }))
  return writeZip([...before, ...after], signingTime)
}
