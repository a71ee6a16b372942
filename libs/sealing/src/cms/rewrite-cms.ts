import { head, integer, oid, setOf, tlv } from '../der.js'
import { Oid } from '../oids.js'
import { BufferSource, JoinedSource, type RandomAccessSource } from '../source.js'
import type { CmsSigner } from './cms-signer.js'
import type { Cms } from './read-cms.js'

/** What is to be added to a CMS; nothing that is there is changed or taken away. */
export interface CmsAdditions {
  /** Certificates, DER. */
  readonly certificates?: readonly Buffer[]
  /** RevocationInfoChoice (RFC 5652, 10.2.1), DER. */
  readonly revocations?: readonly Buffer[]
  /** Unsigned attributes (each a SEQUENCE), by the position of their signer. */
  readonly unsigned?: ReadonlyMap<number, readonly Buffer[]>
}

/**
 * The CMS with additions. Every element that was there keeps its bytes; lengths around them are written anew, definite.
 * The content is not copied: the result reads it where it is.
 */
export function rewriteCms(cms: Cms, additions: CmsAdditions): RandomAccessSource {
  const { parts } = cms
  const certificates = [...parts.certificates.map(({ raw }) => raw), ...(additions.certificates ?? [])]
  const revocations = [...parts.revocations.map(({ raw }) => raw), ...(additions.revocations ?? [])]
  const signers = cms.signers.map((signer, i) => withUnsigned(signer, additions.unsigned?.get(i) ?? []))
  // RFC 5652, 5.1: other kinds of certificate or revocation make it version 5.
  const others = [
    ...certificates.filter(({ 0: tag }) => tag === 0xa3),
    ...revocations.filter(({ 0: tag }) => tag === 0xa1)
  ]
  const before = [others.length > 0 ? integer(5) : parts.version.raw, parts.digestAlgorithms]
  const after = [
    ...(certificates.length > 0 ? [setOf(certificates, 0xa0)] : []),
    ...(revocations.length > 0 ? [setOf(revocations, 0xa1)] : []),
    tlv(0x31, ...signers)
  ]
  const length = (buffers: readonly Buffer[]) => buffers.reduce((sum, one) => sum + one.length, 0)
  return wrapSignedData(before, parts.encapsulated, after, length(before) + parts.encapsulated.size + length(after))
}

/** ContentInfo around a SignedData whose elements are `before`, a source, and `after`; `length` bytes in all. */
function wrapSignedData(
  before: readonly Buffer[],
  encapsulated: RandomAccessSource,
  after: readonly Buffer[],
  length: number
): RandomAccessSource {
  const type = oid(Oid.signedData)
  const inner = head(0x30, length)
  const explicit = head(0xa0, inner.length + length)
  const outer = head(0x30, type.length + explicit.length + inner.length + length)
  return new JoinedSource([
    new BufferSource(Buffer.concat([outer, type, explicit, inner, ...before])),
    encapsulated,
    new BufferSource(Buffer.concat(after))
  ])
}

function withUnsigned({ parts }: CmsSigner, added: readonly Buffer[]): Buffer {
  if (added.length === 0) return parts.whole
  return tlv(0x30, ...parts.before, setOf([...parts.unsigned, ...added], 0xa1))
}
