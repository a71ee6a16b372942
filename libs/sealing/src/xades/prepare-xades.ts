import { createHash } from 'node:crypto'
import { Refused } from '#platform/plain'
import { DerError } from '../der-reader.js'
import { type Document, hashOfDocument } from '../document.js'
import type { Draft, PrepareOptions, PrepareSeal } from '../draft.js'
import { sealingProblems } from '../sealing.errors.js'
import { BufferSource, JoinedSource, type RandomAccessSource, SliceSource } from '../source.js'
import { xmlSignatureValue } from './algorithms.js'
import { Base64Source } from './base64-source.js'
import type { ByteSink } from './c14n/canonical-output.js'
import { type C14nInput, canonicalize, type RootTags } from './c14n/canonicalize.js'
import { decodeXml, type DecodedXml } from './c14n/decode-xml.js'
import { rootIsCovered } from './coverage.js'
import { DS } from './names.js'
import { type SignatureText, type SignedObject, templateFor, transforms, type XadesTemplate } from './xades-template.js'

const exclusive = { exclusive: true, comments: false }
const declaration = Buffer.from('<?xml version="1.0" encoding="UTF-8"?>\n')

/**
 * Prepares XAdES seals (EN 319 132-1, baseline B-B):
 * - `XAdES-enveloped`: one XML document; the signature becomes the last child of its root, all other bytes stay.
 * - `XAdES-enveloping`: documents inside the signature, XML as elements, everything else (and XML that cannot stand
 *   inside other XML) as base64.
 * - `XAdES-detached`: a signature over files, named by percent-encoded file name, digested byte by byte.
 * @throws Refused `sealing/xml-…`, `sealing/nothing-to-seal`, `sealing/one-document-only`
 */
export const prepareXades: PrepareSeal = (documents, options) => {
  const [first, ...more] = documents
  if (!first) throw new Refused(sealingProblems['nothing-to-seal'])
  if (options.format === 'XAdES-enveloping') return prepareEnveloping(documents, options)
  if (options.format === 'XAdES-enveloped') {
    if (more.length > 0) throw new Refused(sealingProblems['one-document-only'])
    return prepareEnveloped(first, options)
  }
  const { hash } = templateFor(options.signer)
  const references = documents.map(document => ({
    uri: fileUri(document.fileName),
    mediaType: document.mediaType,
    digest: hashOfDocument(document, hash).copy().digest()
  }))
  const draft = prepareDetachedXades(references, options)
  const file = (bytes: Buffer) => new JoinedSource([new BufferSource(declaration), new BufferSource(bytes)])
  return { ...draft, finish: (signature, token) => ({ file: file(draft.element(signature, token)) }) }
}

/** A file that a detached signature is to cover. */
export interface DetachedReference {
  /** Percent-encoded, relative to the signature or its container. */
  readonly uri: string
  readonly mediaType: string
  /** By the hash of the signer's algorithm (`hashOf`). */
  readonly digest: Buffer
}

/** A detached signature on its way: as `Draft`, but what comes out is the bare ds:Signature element, UTF-8. */
export interface SignatureDraft extends Pick<Draft, 'toBeSigned' | 'imprint'> {
  element(signature: Buffer, token?: Buffer): Buffer
}

/** Prepares a XAdES signature over files whose digests are known: for containers (EN 319 162-1, 4.4). */
export function prepareDetachedXades(
  references: readonly DetachedReference[],
  options: Pick<PrepareOptions, 'signer' | 'signingTime'>
): SignatureDraft {
  const template = templateFor(options.signer)
  const objects = references.map(({ uri, mediaType, digest }) => ({
    uri: escapeAttribute(uri),
    mediaType: plainMediaType(mediaType),
    transforms: transforms.none,
    digest
  }))
  const id = idFor(options, objects)
  const text = template.signature(id, objects, options.signingTime)
  return {
    ...draftOf(template, text),
    element: (signature, token) => {
      const { head, tail } = text.element(valueText(template, signature), token)
      return Buffer.from(head + tail)
    }
  }
}

/** A file name as a relative URI reference (RFC 3986): path segments percent-encoded. */
export const fileUri = (fileName: string): string =>
  fileName
    .toWellFormed()
    .split('/')
    .map(segment => encodeURIComponent(segment))
    .join('/')

function prepareEnveloped(document: Document, options: PrepareOptions): Draft {
  const { source, mediaType } = document
  const template = templateFor(options.signer)
  const xml = decodeXml(source)
  const hash = createHash(template.hash)
  const { input, seen } = lookingForSignatures(wholeOf(xml))
  const root = canonicalize(input, exclusive, hash)
  if (seen() && rootIsCovered(xml)) throw new Refused(sealingProblems['xml-changes-forbidden'])
  const objects = [
    {
      uri: '',
      mediaType: plainMediaType(mediaType, 'text/xml'),
      transforms: transforms.enveloped,
      digest: hash.digest()
    }
  ]
  const text = template.signature(idFor(options, objects), objects, options.signingTime)
  return {
    ...draftOf(template, text),
    finish: (signature, token) => {
      const { head, tail } = text.element(valueText(template, signature), token)
      return { file: insertAtEnd(source, xml, root, Buffer.from(head + tail)) }
    }
  }
}

/** Puts ASCII markup before the end of the root element; the other bytes are those of the source. */
function insertAtEnd(source: RandomAccessSource, xml: DecodedXml, root: RootTags, markup: Buffer): RandomAccessSource {
  const at = xml.place(root.closeAt)
  const before = new SliceSource(source, 0, at)
  if (!root.selfClosing) {
    return new JoinedSource([before, new BufferSource(xml.encode(markup)), new SliceSource(source, at, source.size)])
  }
  // `<name …/>` becomes `<name …>` markup `</name>`; the name is taken from the source, whatever its encoding
  const nameAt = xml.bytes.lastIndexOf(`<${root.name}`, root.closeAt, 'latin1') + 1
  const name = source.read(xml.place(nameAt), xml.place(nameAt + root.name.length) - xml.place(nameAt))
  const ascii = (text: string) => xml.encode(Buffer.from(text))
  const inside = Buffer.concat([ascii('>'), xml.encode(markup), ascii('</'), name, ascii('>')])
  const after = xml.place(root.closeAt + 2)
  return new JoinedSource([before, new BufferSource(inside), new SliceSource(source, after, source.size)])
}

/** A document inside an enveloping signature: its ds:Object and what is digested of it. */
interface Payload {
  readonly list: string
  readonly inner: RandomAccessSource
  /** Digest of the data, once the attributes of the ds:Object are known. */
  readonly digest: (attributes: string) => Buffer
  readonly encoding: string
}

function prepareEnveloping(documents: readonly Document[], options: PrepareOptions): Draft {
  const template = templateFor(options.signer)
  const { hash } = template
  // The digest of an element covers its own Id, so ids come from the digests of the documents as they are.
  const plain = documents.map(document => ({ digest: hashOfDocument(document, hash).copy().digest() }))
  const id = idFor(options, plain)
  const payloads = documents.map(document => payloadOf(document, template))
  const objects: SignedObject[] = payloads.map(({ list, digest }, i) => ({
    uri: `#${id}-o${i + 1}`,
    type: `${DS}Object`,
    mediaType: plainMediaType(documents[i]!.mediaType),
    transforms: list,
    digest: digest(`Id="${id}-o${i + 1}"`)
  }))
  const text = template.signature(id, objects, options.signingTime)
  return {
    ...draftOf(template, text),
    finish: (signature, token) => {
      const { head, tail } = text.element(valueText(template, signature), token)
      const inside = payloads.flatMap(({ inner, encoding }, i) => [
        ascii(`<ds:Object Id="${id}-o${i + 1}"${encoding}>`),
        inner,
        ascii('</ds:Object>')
      ])
      return { file: new JoinedSource([new BufferSource(declaration), ascii(head), ...inside, ascii(tail)]) }
    }
  }
}

const ascii = (text: string): BufferSource => new BufferSource(Buffer.from(text))

function payloadOf(document: Document, template: XadesTemplate): Payload {
  const xml = isXml(document) ? readableXml(document.source) : undefined
  const digest = () => hashOfDocument(document, template.hash).copy().digest()
  if (!xml)
    return {
      list: transforms.base64,
      inner: new Base64Source(document.source),
      encoding: ` Encoding="${DS}base64"`,
      digest
    }
  const inner = new BufferSource(xml.bytes.subarray(xml.start))
  return {
    list: transforms.element,
    inner,
    encoding: '',
    digest: attributes => digestInObject(xml, attributes, template)
  }
}

/** The digest of canonical `<ds:Object attributes>document</ds:Object>`. */
function digestInObject(xml: DecodedXml, attributes: string, template: XadesTemplate): Buffer {
  const hash = createHash(template.hash)
  hash.update(`<ds:Object xmlns:ds="${DS}" ${attributes}>`)
  canonicalContent(xml, hash)
  return hash.update('</ds:Object>').digest()
}

/**
 * The document as content of a ds:Object: the prefix `ds` is declared around it in the file and in canonical form.
 * Answers whether it has signatures in it.
 */
function canonicalContent(xml: DecodedXml, sink: ByteSink): boolean {
  const around = [['ds', DS]] as const
  const { input, seen } = lookingForSignatures({
    ...wholeOf(xml),
    inherited: around,
    rendered: around,
    asContent: true
  })
  canonicalize(input, exclusive, sink)
  return seen()
}

/** Asked about each element, it leaves none out, but sees signatures that are there already. */
function lookingForSignatures(input: C14nInput): { readonly input: C14nInput; readonly seen: () => boolean } {
  let signed = false
  const leaveOut = (uri: string, local: string): boolean => {
    if (local === 'Signature' && uri === DS) signed = true
    return false
  }
  return { input: { ...input, leaveOut }, seen: () => signed }
}

/**
 * XML that can be put inside other XML as it is; undefined for what is XML by name only, has a document type, carries
 * signatures, which would not hold in another place, or begins with a processing instruction, at which EU DSS (6.4) stumbles
 * in a ds:Object.
 */
function readableXml(source: RandomAccessSource): DecodedXml | undefined {
  try {
    const xml = decodeXml(source)
    if (xml.bytes.toString('latin1', xml.start, xml.start + 2) === '<?') return undefined
    return canonicalContent(xml, { update: () => undefined }) ? undefined : xml
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

function isXml({ mediaType, source }: Document): boolean {
  const type = mediaType.split(';')[0]!.trim().toLowerCase()
  if (type === 'text/xml' || type === 'application/xml' || type.endsWith('+xml')) return true
  return (type === '' || type === 'application/octet-stream') && source.read(0, 5).toString('latin1') === '<?xml'
}

const wholeOf = (xml: DecodedXml): C14nInput => ({
  bytes: xml.bytes,
  start: xml.start,
  end: xml.bytes.length,
  oldNames: true
})

function draftOf(template: XadesTemplate, text: SignatureText): Pick<Draft, 'toBeSigned' | 'imprint'> {
  return {
    toBeSigned: text.toBeSigned,
    imprint: signature =>
      createHash('sha256')
        .update(text.canonicalValue(valueText(template, signature)))
        .digest()
  }
}

function valueText(template: XadesTemplate, signature: Buffer): string {
  try {
    return xmlSignatureValue(signature, template.publicKey).toString('base64')
  } catch (error) {
    if (error instanceof DerError) throw new Refused(sealingProblems['key-answer-wrong'], {}, { cause: error })
    throw error
  }
}

/**
 * An Id for the signature that occurs nowhere else: made from what is signed, when and by whom, so that nobody can have
 * put it into the document beforehand.
 */
function idFor(
  { signer, signingTime }: Pick<PrepareOptions, 'signer' | 'signingTime'>,
  objects: readonly { readonly digest: Buffer }[]
): string {
  const hash = createHash('sha256').update(signer.certificate).update(signingTime.toISOString())
  for (const { digest } of objects) hash.update(digest)
  return `xades-${hash.digest('hex').slice(0, 32)}`
}

/** A media type without parameters, or the general one where it is none: it goes into markup. */
function plainMediaType(mediaType: string, otherwise = 'application/octet-stream'): string {
  const type = mediaType.split(';')[0]!.trim()
  return /^[A-Za-z0-9!#$^_.+-]{1,127}\/[A-Za-z0-9!#$^_.+-]{1,127}$/.test(type) ? type : otherwise
}

const escapeAttribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
