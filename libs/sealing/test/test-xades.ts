import { sign } from 'node:crypto'
import type { Document } from '../src/document.js'
import { hashOf, nodeKeyOptions, type SealAlgorithm } from '../src/seal-algorithm.js'
import type { SealFormat } from '../src/seal-format.js'
import { BufferSource, readAll } from '../src/source.js'
import type { Timestamp, TimestampAuthority } from '../src/timestamp/timestamp-authority.js'
import { prepareXades } from '../src/xades/prepare-xades.js'
import type { Identity } from './test-authority.js'
import { issueToken } from './test-tsa.js'

export const xadesTime = new Date('2026-11-22T12:00:00Z')

/** A document in memory. */
export const documentOf = (fileName: string, bytes: Buffer | string, mediaType = 'text/xml'): Document => ({
  fileName,
  mediaType,
  source: new BufferSource(Buffer.from(bytes))
})

/** Seals at B-B, or at B-T when a token comes. */
export async function sealXades(
  documents: readonly Document[],
  format: SealFormat,
  signer: { readonly institution: Identity; readonly authority: Identity },
  algorithm: SealAlgorithm = 'ECDSA-SHA256',
  tsa?: TimestampAuthority
): Promise<Buffer> {
  const { certificate, key } = signer.institution
  const draft = prepareXades(documents, {
    format,
    signer: { certificate, chain: [signer.authority.certificate], algorithm },
    signingTime: xadesTime,
    tokenBytes: 0
  })
  const signature = sign(hashOf(algorithm), draft.toBeSigned, { key, ...nodeKeyOptions(algorithm) })
  const stamp = await tsa?.stamp(draft.imprint(signature))
  const finished = draft.finish(signature, stamp?.token)
  if (!('file' in finished)) throw new Error('XAdES never needs more room')
  return readAll(finished.file)
}

/** Stamps without a network; remembers what. */
export class XadesTsa implements TimestampAuthority {
  readonly expectedTokenBytes = 3000
  readonly imprints: Buffer[] = []

  constructor(
    private readonly identity: Identity,
    readonly genTime = xadesTime
  ) {}

  async stamp(imprint: Buffer): Promise<Timestamp> {
    this.imprints.push(imprint)
    const token = await issueToken(this.identity, imprint, undefined, { genTime: this.genTime })
    return { token, genTime: this.genTime, serial: '1', policy: '1.2.3.4.1' }
  }
}
