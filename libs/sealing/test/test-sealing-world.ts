import { createHash, type Hash, sign } from 'node:crypto'
import * as asn1js from 'asn1js'
import type { Document } from '../src/document.js'
import type { Draft, PrepareOptions, PrepareSeal, Signer } from '../src/draft.js'
import type { RaiseTools } from '../src/raise-tools.js'
import { hashOf, nodeKeyOptions, type SealAlgorithm } from '../src/seal-algorithm.js'
import type { SealFormat } from '../src/seal-format.js'
import { BufferSource, type RandomAccessSource, readAll } from '../src/source.js'
import {
  digitalSignature,
  type Identity,
  issue,
  type KeyParams,
  makeSealer,
  timeStampingOnly
} from './test-authority.js'
import { TestMaterial } from './test-material.js'
import { issueToken } from './test-tsa.js'

/** Someone who seals, a time-stamp authority, revocation, and a clock that moves with every time stamp. */
export class SealingWorld implements RaiseTools {
  private time = Date.parse('2026-11-22T12:00:00Z')
  readonly stamped: Buffer[] = []
  readonly clock = { now: () => new Date(this.time) }
  readonly material: TestMaterial
  readonly tsa = {
    expectedTokenBytes: 6000,
    stamp: async (imprint: Buffer) => {
      this.stamped.push(imprint)
      this.time += 60_000
      const genTime = this.clock.now()
      const token = await issueToken(this.authority, imprint, new asn1js.Integer({ value: 7 }), { genTime })
      return { token, genTime, serial: '1267', policy: '1.2.3.4.1' }
    }
  }

  private constructor(
    readonly institution: Identity,
    readonly issuer: Identity,
    readonly root: Identity,
    readonly authority: Identity,
    readonly authorityRoot: Identity,
    private readonly algorithm: SealAlgorithm
  ) {
    this.material = new TestMaterial([root, issuer, institution, authorityRoot, authority], this.clock, [institution])
  }

  static async make(algorithm: SealAlgorithm = 'ECDSA-SHA256', key?: KeyParams): Promise<SealingWorld> {
    const { root, authority: issuer, institution } = await makeSealer(key)
    const authorityRoot = await issue({ subject: 'CN=TSA Root', ca: true })
    const extensions = [timeStampingOnly, digitalSignature]
    const authority = await issue({ subject: 'CN=TSA', issuer: authorityRoot, extensions })
    return new SealingWorld(institution, issuer, root, authority, authorityRoot, algorithm)
  }

  get signer(): Signer {
    const { institution, issuer, algorithm } = this
    return { certificate: institution.certificate, chain: [issuer.certificate], algorithm }
  }

  options(format: SealFormat): PrepareOptions {
    return { format, signer: this.signer, signingTime: this.clock.now(), tokenBytes: 0 }
  }

  sign({ toBeSigned }: Draft): Buffer {
    const { institution, algorithm } = this
    return sign(hashOf(algorithm), toBeSigned, { key: institution.key, ...nodeKeyOptions(algorithm) })
  }

  /** A hash state for a document that is not to be read. */
  hashOfNothing(): Hash {
    return createHash(hashOf(this.algorithm))
  }

  /** A B-B seal, in memory. */
  seal(prepare: PrepareSeal, format: SealFormat, ...documents: Document[]): Buffer {
    return finished(this.sealed(prepare, format, ...documents))
  }

  sealed(prepare: PrepareSeal, format: SealFormat, ...documents: Document[]): RandomAccessSource {
    const draft = prepare(documents, this.options(format))
    const done = draft.finish(this.sign(draft))
    if (!('file' in done)) throw new Error('no room')
    return done.file
  }
}

const finished = (file: RandomAccessSource): Buffer => Buffer.from(readAll(file))

/** A document in memory. */
export const documentOf = (fileName: string, content: string | Buffer, mediaType = 'text/plain'): Document => ({
  fileName,
  mediaType,
  source: new BufferSource(Buffer.from(content))
})
