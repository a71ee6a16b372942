import { Refused } from '#platform/plain'
import { digestUris, hashOfUri } from '../xades/algorithms.js'
import { decodeXml } from '../xades/c14n/decode-xml.js'
import { attributeText, fromByteString } from '../xades/c14n/references.js'
import { Token, XmlScanner } from '../xades/c14n/xml-scanner.js'
import { DS } from '../xades/names.js'
import { fileUri } from '../xades/prepare-xades.js'
import { base64Bytes } from '../xades/xml-tree.js'
import type { AnyHash } from '../certificate/signature-scheme.js'
import type { HashName } from '../seal-algorithm.js'
import { sealingProblems } from '../sealing.errors.js'
import type { RandomAccessSource } from '../source.js'

/** Namespace of ASiC (EN 319 162-1, annex A). */
export const ASIC = 'http://uri.etsi.org/02918/v1.2.1#'

/** A file that a manifest lists. */
export interface ManifestReference {
  readonly name: string
  readonly mediaType?: string
  /** The previous archive manifest (A.7). */
  readonly rootFile?: boolean
  readonly hash: HashName
  readonly digest: Buffer
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

/**
 * Writes an ASiCManifest (EN 319 162-1, A.4): what `signature` (a CAdES signature or a time stamp, of `mediaType`) covers.
 * The same form serves as ASiCArchiveManifest (A.7).
 */
export function writeManifest(signature: string, mediaType: string, references: readonly ManifestReference[]): Buffer {
  let xml =
    `<?xml version="1.0" encoding="UTF-8"?>\n<asic:ASiCManifest xmlns:asic="${ASIC}" xmlns:ds="${DS}">` +
    `<asic:SigReference URI="${fileUri(signature)}" MimeType="${mediaType}"/>`
  for (const { name, mediaType: type, rootFile, hash, digest } of references)
    xml +=
      `<asic:DataObjectReference URI="${escaped(fileUri(name))}"${type ? ` MimeType="${escaped(type)}"` : ''}` +
      `${rootFile ? ' Rootfile="true"' : ''}><ds:DigestMethod Algorithm="${digestUris[hash]}"/>` +
      `<ds:DigestValue>${digest.toString('base64')}</ds:DigestValue></asic:DataObjectReference>`
  return Buffer.from(`${xml}</asic:ASiCManifest>`)
}

/** A file in a manifest as read: digests that are unknown or unreadable are left out. */
export interface ReadReference {
  readonly name: string
  readonly rootFile: boolean
  readonly hash?: AnyHash
  readonly digest?: Buffer
}

/** An ASiCManifest as read. */
export interface Manifest {
  readonly signature: string
  readonly mediaType?: string
  readonly references: readonly ReadReference[]
  /** Whether it demands that an extension be understood (A.4, Critical). */
  readonly critical: boolean
}

const mostReferences = 10_000
const longestDigest = 1024

/** Reads a manifest of any maker. @throws Refused `sealing/xml-…`, `sealing/container-broken` when it is none */
export function readManifest(source: RandomAccessSource): Manifest {
  const xml = decodeXml(source)
  const { bytes } = xml
  const scanner = new XmlScanner(bytes, xml.start, bytes.length)
  const path: string[] = []
  const references: { name: string; rootFile: boolean; hash?: AnyHash; digest: string }[] = []
  const signatures: { name: string; mediaType?: string }[] = []
  let critical = false
  const attribute = (local: string): string | undefined => {
    for (let i = 0; i < scanner.attributeCount; i++)
      if (scanner.attributeNames[i]!.text === local)
        return fromByteString(attributeText(bytes, scanner.attributeStarts[i]!, scanner.attributeEnds[i]!))
    return undefined
  }
  const start = (): void => {
    const { local, prefix } = scanner.name
    path.push(`${prefix.uri === ASIC ? 'asic:' : prefix.uri === DS ? 'ds:' : '?:'}${local}`)
    const at = path.join(' ')
    if (path.length === 1 && at !== 'asic:ASiCManifest') throw notAManifest('root element')
    if (at === 'asic:ASiCManifest asic:SigReference')
      signatures.push({ name: fileName(attribute('URI')), mediaType: attribute('MimeType') })
    if (at === 'asic:ASiCManifest asic:DataObjectReference') {
      if (references.length === mostReferences) throw notAManifest('too many references')
      references.push({
        name: fileName(attribute('URI')),
        rootFile: attribute('Rootfile') === 'true' || attribute('Rootfile') === '1',
        digest: ''
      })
    }
    const last = references.at(-1)
    if (last && at === `${referencePath} ds:DigestMethod`) last.hash = hashOfUri(attribute('Algorithm') ?? '')
    if (at.endsWith('asic:Extension') && /^(true|1)$/.test(attribute('Critical') ?? '')) critical = true
  }
  for (let token = scanner.next(); token !== Token.end; token = scanner.next()) {
    if (token === Token.start) {
      start()
      if (scanner.selfClosing) path.pop()
    } else if (token === Token.close) path.pop()
    else if (token === Token.text && path.join(' ') === `${referencePath} ds:DigestValue`) {
      const last = references.at(-1)!
      last.digest += bytes.toString('latin1', scanner.contentStart, scanner.contentEnd)
      if (last.digest.length > longestDigest) throw notAManifest('digest')
    }
  }
  const signature = signatures[0]
  if (signatures.length !== 1 || !signature) throw notAManifest('not one signature')
  return {
    signature: signature.name,
    mediaType: signature.mediaType,
    references: references.map(({ digest, ...rest }) => ({ ...rest, digest: base64Bytes(digest) })),
    critical
  }
}

const referencePath = 'asic:ASiCManifest asic:DataObjectReference'

const notAManifest = (why: string): Refused => new Refused(sealingProblems['container-broken'], { why })

/** The file that a URI names, from the root of the container. */
function fileName(uri: string | undefined): string {
  if (uri === undefined) throw notAManifest('reference without URI')
  const plain = uri.replace(/^\.?\//, '')
  try {
    return decodeURIComponent(plain)
  } catch {
    // Not percent-encoded after all: it can only match as it stands.
    return plain
  }
}
