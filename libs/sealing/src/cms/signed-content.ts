import { Refused } from '#platform/plain'
import { DerError, Tag } from '../der-reader.js'
import { type Document, hashOfDocument } from '../document.js'
import { Oid } from '../oids.js'
import { sealingProblems } from '../sealing.errors.js'
import { BufferSource, hashSource, type RandomAccessSource, readAll, SliceSource } from '../source.js'
import { readBerHead } from './ber.js'
import type { CmsSigner } from './cms-signer.js'
import type { ContentDigest } from './examine-signer.js'
import { type Cms, readCms } from './read-cms.js'
import { digestOf } from './digest-names.js'

/** What a signer signs: inside the signature, or one of the documents beside it. */
export interface SignedContent {
  /** File name of the document; absent when the content is inside. */
  readonly name?: string
  readonly source?: RandomAccessSource
  readonly digest: ContentDigest
}

/** PEM files above this are not signatures that anyone keeps as text. */
const largestPem = 64 * 1024 * 1024

/** A signature file without the text armour that some programs put around it (RFC 7468, 9). */
function withoutArmour(file: RandomAccessSource): RandomAccessSource {
  if (file.read(0, 11).toString('latin1') !== '-----BEGIN ' || file.size > largestPem) return file
  const text = readAll(file).toString('latin1')
  const body = /^-----BEGIN (CMS|PKCS7|PKCS #7 SIGNED DATA)-----\r?\n([\sA-Za-z0-9+/=]*)-----END \1-----\s*$/.exec(text)
  return body ? new BufferSource(Buffer.from(body[2]!, 'base64')) : file
}

/** Padding beyond this is none. */
const mostPadding = 64 * 1024

/** A signature file without zeros and line ends that storage and mail leave behind it: they mean nothing to anyone. */
function withoutPadding(file: RandomAccessSource): RandomAccessSource {
  const { contentAt, length } = readBerHead(file.read(0, 16), 0)
  const end = contentAt + length
  if (length < 0 || file.size <= end || file.size - end > mostPadding) return file
  const padding = file.read(end, file.size - end)
  return padding.every(byte => byte === 0 || byte === 0x0a || byte === 0x0d) ? new SliceSource(file, 0, end) : file
}

/** Reads a signature file, DER, BER or PEM. @throws Refused `sealing/cms-broken` */
export function readCmsFile(file: RandomAccessSource): Cms {
  try {
    return readCms(withoutPadding(withoutArmour(file)))
  } catch (error) {
    if (error instanceof DerError) throw new Refused(sealingProblems['cms-broken'], { why: error.message })
    throw error
  }
}

/**
 * Finds what a signer signs: the content inside, otherwise the original whose digest it states, otherwise the only
 * original there is (whose digest will then not agree). Each original is hashed once for every hash asked for.
 */
export function contentOf(cms: Cms, signer: CmsSigner, originals: readonly Document[]): SignedContent {
  if (cms.content) return { source: cms.content, digest: digestsOf(cms.content) }
  const found = originals.length === 1 ? originals[0] : originals.find(one => isStated(signer, one))
  if (!found) return { digest: () => undefined }
  return { name: found.fileName, source: found.source, digest: documentDigests(found) }
}

function isStated(signer: CmsSigner, original: Document): boolean {
  const stated = signer.attributes.get(Oid.messageDigest)?.[0]
  const hash = digestOf(signer.digestAlgorithm)
  return !!hash && stated?.tag === Tag.octetString && !!documentDigests(original)(hash)?.equals(stated.content)
}

/** Digests of a source, each computed once. */
export function digestsOf(source: RandomAccessSource): ContentDigest {
  const known = new Map<string, Buffer>()
  return hash => {
    const digest = known.get(hash) ?? hashSource(source, hash as 'sha256').digest()
    known.set(hash, digest)
    return digest
  }
}

const digestsOfDocuments = new WeakMap<Document, ContentDigest>()

/** Digests of a document, each computed once, with the help of states taken while it arrived. */
function documentDigests(document: Document): ContentDigest {
  const kept = digestsOfDocuments.get(document)
  if (kept) return kept
  const plain = digestsOf(document.source)
  const digests: ContentDigest = hash =>
    document.hashes && (hash === 'sha256' || hash === 'sha384' || hash === 'sha512')
      ? hashOfDocument(document, hash).copy().digest()
      : plain(hash)
  digestsOfDocuments.set(document, digests)
  return digests
}
