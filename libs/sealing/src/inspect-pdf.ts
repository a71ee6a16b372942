import type { Signer } from './draft.js'
import { PdfReader } from './pades/pdf-reader.js'
import { planIncrement } from './pades/plan-increment.js'
import { openLocalCopy } from './local-copy.js'

/** Any time will do: the plan is thrown away. */
const SOME_TIME = new Date(0)
const SOME_SIGNER: Signer = { certificate: Buffer.alloc(0), chain: [], algorithm: 'ECDSA-SHA256' }

/**
 * Finds out whether a PDF can be sealed, without sealing it: the same reading and planning as for a seal, so that what
 * passes here does not fail later.
 * @param size of the content, in bytes
 * @throws Refused `sealing/pdf-not-a-pdf`, `sealing/pdf-encrypted`, `sealing/pdf-changes-forbidden` …
 */
export async function inspectPdf(bytes: AsyncIterable<Buffer>, size: number): Promise<void> {
  const { source, close } = await openLocalCopy(bytes, size)
  try {
    planIncrement(PdfReader.open(source, { repair: true }), {
      kind: 'signature',
      contentsBytes: 1,
      signingTime: SOME_TIME,
      signer: SOME_SIGNER,
      timestamped: false,
      documentName: '',
      options: {}
    })
  } finally {
    await close()
  }
}
