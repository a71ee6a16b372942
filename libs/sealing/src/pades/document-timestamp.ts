import type { RandomAccessSource } from '../source.js'
import { BufferSource, hashSource, JoinedSource } from '../source.js'
import type { Timestamp, TimestampAuthority } from '../timestamp/timestamp-authority.js'
import type { PdfReader } from './pdf-reader.js'
import { digestOfPlan, fillContents, planIncrement } from './plan-increment.js'

/** Room beyond what the authority expects: its tokens differ by a few bytes from one to the next. */
const margin = 128

/**
 * Adds a document time stamp over the whole file (ISO 32000-2, 12.8.5; ETSI EN 319 142-1, 5.4.3): a revision of its own,
 * the last one until something follows. By ISO 32000-2, table 257 it is no change to the document, so it is added to files
 * certified "no changes" too.
 * @throws what the authority throws, and Refused `sealing/pdf-…`
 */
export async function addDocumentTimestamp(
  pdf: PdfReader,
  tsa: TimestampAuthority
): Promise<{ readonly file: RandomAccessSource; readonly timestamp: Timestamp }> {
  const prefix = hashSource(pdf.source, 'sha256')
  let room = tsa.expectedTokenBytes + margin
  for (;;) {
    const plan = planIncrement(pdf, { kind: 'document-time-stamp', contentsBytes: room })
    const timestamp = await tsa.stamp(digestOfPlan(plan, prefix))
    if (fillContents(plan, timestamp.token))
      return { file: new JoinedSource([pdf.source, new BufferSource(plan.increment)]), timestamp }
    // The layout changes with the room, and with it what must be stamped. Room only grows, and tokens are bounded.
    room = timestamp.token.length + margin
  }
}
