import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  BufferSource,
  type Document,
  HttpTimestampAuthority,
  LocalSealEngine,
  OnlineMaterialSource,
  Pkcs12SealKey,
  readAll,
  readCertificatesFromPem,
  type SealFormat,
  type SealKey,
  type SealLevel,
  sealBatch,
  type TimestampAuthority,
  TrustStore,
  type ValidationReport
} from '#sealing/plain'
import { createSandbox } from '../../../apps/sandbox/src/sandbox.js'
import { SystemClock } from '../../../libs/platform/src/clock.js'
import { makePdf } from '../../../libs/sealing/test/test-pdfs.js'
import type { DssVerdict } from '../judges/dss-judge.js'
import { Workbench } from './tools.js'

/** A verdict and level in words that can be compared: `TOTAL-FAILED HASH_FAILURE B-B`; level `-`: not a baseline signature. */
export type Opinion = string

/** A PKCS#12 file with its password. */
export interface KeyFile {
  readonly file: string
  readonly password: string
}

/** What a seal takes beside the file. */
export interface SealWish {
  readonly level?: SealLevel
  readonly key?: SealKey
  readonly tsa?: TimestampAuthority
  readonly pdf?: Parameters<typeof sealBatch>[0][number]['pdf']
}

/** A sandbox with its PKI, OCSP responders, CRLs and time stamps, and our engine in it. */
export type JudgedWorld = Awaited<ReturnType<typeof openJudgedWorld>>

const ders = (pems: readonly string[]) => pems.flatMap(text => readCertificatesFromPem(text))

/** Opens one; close it in the end. */
export async function openJudgedWorld() {
  const bench = new Workbench()
  const sandbox = await createSandbox({ port: 0, dir: join(bench.folder, 'sandbox') })
  const clock = new SystemClock()
  const { institution, tsa: stampers } = sandbox.pki.trustAnchorsPem()
  /** Trust anchors for other judges, one PEM file for each. */
  const anchors = [...institution, ...stampers].map((text, i) => bench.put(`anchor-${i}.pem`, text))
  const trust = new TrustStore([
    ...ders(institution).map(certificate => ({ certificate, purposes: ['signature', 'revocation'] as const })),
    ...ders(stampers).map(certificate => ({ certificate, purposes: ['time-stamp', 'revocation'] as const }))
  ])
  // DSS fetches missing issuers from anywhere; ours only from where it is told that it may
  const newMaterial = () =>
    new OnlineMaterialSource({ trust, clock, mayFetchIssuer: url => url.href.startsWith(sandbox.url) })
  let material = newMaterial()
  const tsaUrl = `${sandbox.url}/tsa`
  /** A client of a time-stamp authority that believes in `trusted`. */
  const authority = (url: string, trusted = ders(stampers)): TimestampAuthority =>
    new HttpTimestampAuthority({ url, timeoutMs: 10_000, trustAnchors: trusted, maxSkewSeconds: 300, clock })
  const tsa = authority(tsaUrl)
  const keyFile = (name: string): KeyFile => ({
    file: sandbox.pki.path(`${name}.p12`),
    password: readFileSync(sandbox.pki.path(`${name}.password`), 'utf8').trim()
  })
  const openKey = ({ file, password }: KeyFile) => Pkcs12SealKey.open(readFileSync(file), password, clock.now())
  const key = openKey(keyFile('institution-p256'))

  return {
    bench,
    sandbox,
    clock,
    anchors,
    tsaUrl,
    tsa,
    authority,
    keyFile,
    openKey,
    sourceOf: (bytes: Buffer) => new BufferSource(bytes),
    /** Our report of a file. */
    report: (file: Buffer, originals: readonly Document[] = []): Promise<ValidationReport> =>
      new LocalSealEngine({ keys: new Map(), trust, clock, material }).validate(new BufferSource(file), { originals }),
    async seal(format: SealFormat, document: Document, wish: SealWish = {}): Promise<Buffer> {
      const { level = 'B-B', pdf } = wish
      const options = { key: wish.key ?? key, level, clock, tsa: wish.tsa ?? tsa, material }
      const [outcome] = await sealBatch([{ id: 'a', documents: [document], format, pdf }], options)
      if (!outcome?.ok) throw new Error(`not sealed: ${outcome?.problem.code} ${JSON.stringify(outcome?.facts)}`)
      return Buffer.from(readAll(outcome.sealed.source))
    },
    async raise(file: Buffer, to: SealLevel, originals: readonly Document[] = []): Promise<Buffer> {
      const engine = new LocalSealEngine({ keys: new Map(), trust, clock, tsa, material })
      return Buffer.from(readAll(await engine.raise(new BufferSource(file), to, { originals })))
    },
    /** Has the authorities asked anew about every certificate. */
    forgetRevocation(): void {
      material = newMaterial()
    },
    /** Resolves when the clock shows that so many milliseconds have passed. */
    async passingOf(milliseconds: number): Promise<void> {
      for (const until = clock.now().getTime() + milliseconds; clock.now().getTime() < until;)
        await new Promise(resolve => setTimeout(resolve, 20))
    },
    async close(): Promise<void> {
      await sandbox.close()
      bench.clear()
    }
  }
}

/** Our opinions of a file, one for each signature. */
export const opinionsIn = (report: ValidationReport): Opinion[] =>
  report.signatures.map(({ indication, subIndication, level }) =>
    [indication, subIndication, level ?? '-'].filter(part => part !== undefined).join(' ')
  )

/** EU DSS's opinion in the same words: `XAdES-BES`, `PKCS7-B` and the like are no baseline level. */
export const opinionOf = ({ indication, subIndication, level }: DssVerdict): Opinion =>
  [
    indication.replace('_', '-'),
    ...(subIndication === 'null' ? [] : [subIndication]),
    /-BASELINE-(B|T|LT|LTA)$/.test(level) ? level.replace(/.*-BASELINE-/, 'B-') : '-'
  ].join(' ')

const document = (fileName: string, mediaType: string, bytes: Buffer): Document => ({
  fileName,
  mediaType,
  source: new BufferSource(bytes)
})

/** Something to sign of each kind. */
export const documents = {
  pdf: document('pismo.pdf', 'application/pdf', makePdf({ xref: 'stream' })),
  xml: document(
    'pismo.xml',
    'application/xml',
    Buffer.from('<?xml version="1.0" encoding="UTF-8"?>\n<pismo xmlns="urn:pismo"><tresc>Zażółć</tresc></pismo>\n')
  ),
  text: document('pismo.txt', 'text/plain', Buffer.from('Zażółć gęślą jaźń.\n'))
} as const

/** The document that a format, ours or one of DSS's kinds, signs. */
export function documentFor(format: string): Document {
  if (/pades/i.test(format)) return documents.pdf
  return /^xades/i.test(format) ? documents.xml : documents.text
}

/** Whether validation needs the document beside the signature. */
export const isDetached = (format: string): boolean => format.endsWith('detached')

export const bytesOf = ({ source }: Document): Buffer => readAll(source)
