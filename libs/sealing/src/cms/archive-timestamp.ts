import { createHash } from 'node:crypto'
import { attribute, octetString, oid, sequence } from '../der.js'
import { DerError, readDer, Tag } from '../der-reader.js'
import type { Material } from '../material.js'
import { Oid } from '../oids.js'
import { digestIdentifier } from '../seal-algorithm.js'
import { readAll } from '../source.js'
import type { BerNode } from './ber.js'
import type { CmsSigner } from './cms-signer.js'
import type { ContentDigest } from './examine-signer.js'
import { type Cms, readCms, readRevocations } from './read-cms.js'
import { rewriteCms } from './rewrite-cms.js'
import { digestOf } from './digest-names.js'
import { digestOnce } from '../distinct.js'
import { gather } from './signer-material.js'

const sha256 = (...parts: readonly Buffer[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/**
 * ATSHashIndexV3 (EN 319 122-1, 5.5.2): SHA-256 digests of every certificate, revocation and value of an unsigned attribute
 * that is there now. What is added later leaves it valid, which is what an archive time stamp needs.
 */
export function atsHashIndex(cms: Cms, signer: CmsSigner): Buffer {
  const index = (digests: readonly Buffer[]) => sequence(...digests.map(octetString))
  return sequence(
    digestIdentifier('sha256'),
    index(cms.parts.certificates.map(one => sha256(one.der()))),
    index(cms.parts.revocations.map(one => sha256(one.der()))),
    index(signer.unsigned.map(({ type, der }) => sha256(oid(type), der)))
  )
}

/**
 * What an archive-time-stamp-v3 is over (EN 319 122-1, 5.5.3): the content type, the digest of the content, the fields of the
 * signer info without its unsigned attributes, and the index, all DER. `contentDigest` is by the imprint's own hash.
 */
export function archiveImprint(
  cms: Cms,
  signer: CmsSigner,
  contentDigest: Buffer,
  index: Buffer,
  hash: string
): Buffer {
  const running = createHash(hash).update(oid(cms.contentType)).update(contentDigest)
  for (const field of signer.fields) running.update(field)
  return running.update(index).digest()
}

/** A time-stamp token with an ATSHashIndexV3 among its unsigned attributes: the value of an archive-time-stamp-v3. */
export function withHashIndex(token: Buffer, index: Buffer): Buffer {
  const cms = readCms(token)
  return readAll(rewriteCms(cms, { unsigned: new Map([[0, [attribute(Oid.atsHashIndexV3, index)]]]) }))
}

/** What an archive time stamp found in a file covers. */
export interface ArchiveCoverage {
  readonly imprint: (hash: string) => Buffer | undefined
  readonly covers: Material
}

/**
 * Recomputes what the archive-time-stamp-v3 `token` of `signer` must be over. The imprint is undefined when its hash index is
 * missing or speaks of things that are not there: then it proves nothing (EN 319 122-1, 5.5.2).
 */
export function archiveCoverage(
  cms: Cms,
  signer: CmsSigner,
  token: Cms,
  contentDigest: ContentDigest
): ArchiveCoverage {
  const nothing: ArchiveCoverage = {
    imprint: () => undefined,
    covers: { certificates: [], ocspResponses: [], crls: [] }
  }
  const found = token.signers[0]?.unsigned.filter(
    ({ type }) => type === Oid.atsHashIndexV3 || type === Oid.atsHashIndex
  )
  if (found?.length !== 1) return nothing
  const index = found[0]!
  const lists = readIndex(index.der, index.type === Oid.atsHashIndex)
  const hash = lists && digestOf(lists.hash)
  if (!lists || !hash) return nothing

  const elements = (list: ReadonlySet<string>, of: readonly BerNode[]) =>
    covered(list, of, element => [
      digestOnce(element, hash, element.der()),
      ...(element.definite ? [] : [digestOnce(element.raw, hash, element.raw)])
    ])
  const certificates = elements(lists.certificates, cms.parts.certificates)
  const revocations = elements(lists.revocations, cms.parts.revocations)
  const attributes = covered(lists.attributes, signer.unsigned, value => [
    digestOnce(value, hash, oid(value.type), value.der),
    ...(value.raw.equals(value.der) ? [] : [digestOnce(value.raw, hash, oid(value.type), value.raw)]),
    // The first version of the index hashed whole attributes (TS 101 733 2.2.1, 6.4.2).
    ...(index.type === Oid.atsHashIndex ? [digestOnce(value.der, hash, attribute(value.type, value.der))] : [])
  ])
  if (!certificates || !revocations || !attributes) return nothing
  return {
    imprint: wanted => {
      const content = contentDigest(wanted)
      return content && archiveImprint(cms, signer, content, index.der, wanted)
    },
    covers: gather(
      {
        certificates: certificates.filter(({ tag }) => tag === Tag.sequence).map(one => one.der()),
        ...readRevocations(revocations)
      },
      attributes
    )
  }
}

/** Those of `items` that the list names by one of their digests; undefined when it names what is not there. */
function covered<T>(
  list: ReadonlySet<string>,
  items: readonly T[],
  digestsOf: (item: T) => readonly string[]
): T[] | undefined {
  const seen = new Set<string>()
  const found = items.filter(item => {
    const known = digestsOf(item).filter(one => list.has(one))
    for (const one of known) seen.add(one)
    return known.length > 0
  })
  return seen.size === list.size ? found : undefined
}

/** The three lists of an index, as base64 digests, and the OID of their hash. Undefined when it is none. */
function readIndex(der: Buffer, first: boolean) {
  try {
    const parts = readDer(der).expect(Tag.sequence).children()
    const stated = parts.length === 4 ? parts[0]!.expect(Tag.sequence).children()[0]?.oid() : undefined
    // Only the first version may leave out SHA-256.
    if (parts.length !== 4 && !(first && parts.length === 3)) return undefined
    const [certificates, revocations, attributes] = parts.slice(-3).map(
      list =>
        new Set(
          list
            .expect(Tag.sequence)
            .children()
            .map(one => one.expect(Tag.octetString).content.toString('base64'))
        )
    )
    return {
      hash: stated ?? Oid.sha256,
      certificates: certificates!,
      revocations: revocations!,
      attributes: attributes!
    }
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}
