import * as asn1js from 'asn1js'
import { LocalSealEngine, Pkcs12SealKey, readAll, type TimestampAuthority, TrustStore } from '#sealing/plain'
import {
  digitalSignature,
  type Identity,
  issue,
  type KeyParams,
  rsa,
  timeStampingOnly
} from '../../libs/sealing/test/test-authority.js'
import { TestMaterial } from '../../libs/sealing/test/test-material.js'
import { issueToken } from '../../libs/sealing/test/test-tsa.js'
import { alone, password, pdfs, style, type Subject } from './subjects.js'

/** Files sealed for the long term, and what is needed to judge them. */
export interface LtaFiles {
  readonly files: readonly Buffer[]
  /** Roots of the seal's and of the time-stamp authority's certificates. */
  readonly roots: readonly Identity[]
  /** The time at which they are judged. */
  readonly clock: { now(): Date }
  readonly engine: LocalSealEngine
}

/** Seals `count` PDFs of 100 kB at level B-LTA, with OCSP for the seal, CRLs for everyone else and an RSA-3072 time-stamp authority. */
export async function makeLtaFiles(subject: Subject, count: number): Promise<LtaFiles> {
  const { name, institution, issuer, root, pkcs12 } = subject
  const stampKey: KeyParams = rsa(3072)
  const stampRoot = await issue({ subject: 'CN=Bench TSA Root, O=Bench', ca: true, key: stampKey })
  const extensions = [timeStampingOnly, digitalSignature]
  const authority = await issue({ subject: 'CN=Bench TSA, O=Bench', issuer: stampRoot, key: stampKey, extensions })
  let time = Date.now() - count * 120_000
  const clock = { now: () => new Date(time) }
  const tsa: TimestampAuthority = {
    expectedTokenBytes: 6000,
    stamp: async imprint => {
      time += 30_000
      const genTime = new Date(Math.floor(time / 1000) * 1000)
      const token = await issueToken(authority, imprint, new asn1js.Integer({ value: 7 }), { genTime })
      return { token, genTime, serial: '1267', policy: '1.2.3.4.1' }
    }
  }
  const everyone = [root, issuer, institution, stampRoot, authority]
  const known = new TestMaterial(everyone, clock, [institution])
  const none = {
    certificates: [],
    ocspResponses: [],
    crls: [],
    fromCache: new Set<string>(),
    missing: new Map<string, string>()
  }
  const material = {
    collect: (leaves: Parameters<TestMaterial['collect']>[0]) => known.collect(leaves),
    gather: async () => none
  }
  const keys = new Map([[name, Pkcs12SealKey.open(pkcs12, password, clock.now())]])
  const trust = new TrustStore([root.certificate, stampRoot.certificate])
  const engine = new LocalSealEngine({ keys, trust, clock, tsa, material })
  const files: Buffer[] = []
  // one after another: time stamps of one file must not stand between those of another
  for (const documents of alone(pdfs(count, 100_000))) {
    const [outcome] = await engine.seal([{ id: '1', documents, level: 'B-LTA' }], style(name))
    if (!outcome?.ok || outcome.level !== 'B-LTA') throw new Error('no long-term seal')
    files.push(Buffer.from(readAll(outcome.sealed.source)))
  }
  time = Math.max(Date.now(), time + 60_000)
  return { files, roots: [root, stampRoot], clock, engine: new LocalSealEngine({ keys, trust, clock }) }
}
