import { createHash } from 'node:crypto'
import { DerError } from '../der-reader.js'
import { Oid } from '../oids.js'
import { readAll } from '../source.js'
import { readTstInfo } from '../timestamp/timestamp-message.js'
import type { ReadTimestamp } from '../validation/read-signature.js'
import { archiveCoverage } from './archive-timestamp.js'
import type { CmsSigner } from './cms-signer.js'
import type { ContentDigest } from './examine-signer.js'
import type { Cms } from './read-cms.js'
import { tokenOf } from './signer-material.js'

/** Attributes that hold time-stamp tokens and what these stand for (EN 319 122-1, 5.2.8, 5.3, 5.5, A.1). */
const kinds: Record<string, ReadTimestamp['kind']> = {
  [Oid.contentTimeStamp]: 'content',
  [Oid.signatureTimeStamp]: 'signature',
  [Oid.escTimeStamp]: 'validation-data',
  [Oid.certsCrlsTimeStamp]: 'validation-data',
  [Oid.archiveTimeStampV2]: 'archive',
  [Oid.archiveTimeStampV3]: 'archive'
}

/**
 * The time stamps in the attributes of one signer, in the order in which they must have been made: over content, over
 * the signature, over validation data, archive time stamps by their time. What version 2 archive time stamps and the two
 * over references are over is not recomputed (their imprint is undefined): they are of before 2013.
 */
export function readSignerTimestamps(
  cms: Cms,
  signer: CmsSigner,
  contentDigest: ContentDigest,
  idPrefix: string
): ReadTimestamp[] {
  const signed = (signer.attributes.get(Oid.contentTimeStamp) ?? []).map(({ raw }) => ({
    type: Oid.contentTimeStamp,
    raw,
    der: raw
  }))
  const unsigned = signer.unsigned.filter(({ type }) => kinds[type] && type !== Oid.contentTimeStamp)
  const order = ['content', 'signature', 'validation-data', 'archive']
  const found = [...signed, ...unsigned].map(({ type, raw }, i) => {
    const kind = kinds[type]!
    return { stamp: { id: `${idPrefix}${kind}-${i + 1}`, kind, token: raw, ...coverage(type, raw) }, at: timeOf(raw) }
  })
  return found
    .sort((a, b) => order.indexOf(a.stamp.kind) - order.indexOf(b.stamp.kind) || a.at - b.at)
    .map(({ stamp }) => stamp)

  function coverage(type: string, raw: Buffer): Pick<ReadTimestamp, 'imprint' | 'covers'> {
    if (type === Oid.contentTimeStamp) return { imprint: contentDigest }
    if (type === Oid.signatureTimeStamp) return { imprint: hash => createHash(hash).update(signer.signature).digest() }
    const token = type === Oid.archiveTimeStampV3 ? tokenOf(raw) : undefined
    return token ? archiveCoverage(cms, signer, token, contentDigest) : { imprint: () => undefined }
  }
}

/** genTime of a token, in milliseconds; 0 when it cannot be read. */
export function timeOf(raw: Buffer): number {
  const content = tokenOf(raw)?.content
  if (!content || content.size > 65_536) return 0
  try {
    return readTstInfo(readAll(content)).genTime.getTime()
  } catch (error) {
    if (error instanceof DerError) return 0
    throw error
  }
}
