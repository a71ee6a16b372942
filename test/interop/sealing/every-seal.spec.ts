import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  BufferSource,
  HttpTimestampAuthority,
  LocalSealEngine,
  OnlineMaterialSource,
  Pkcs12SealKey,
  readAll,
  readCertificatesFromPem,
  type SealAlgorithm,
  sealBatch,
  type SealFormat,
  sealFormats,
  type SealKey,
  type SealLevel,
  sealLevels,
  TrustStore
} from '#sealing/plain'
import { createSandbox, type Sandbox } from '../../../apps/sandbox/src/sandbox.js'
import { SystemClock } from '../../../libs/platform/src/clock.js'
import { makePdf } from '../../../libs/sealing/test/test-pdfs.js'
import { DssJudge, hasDss } from '../judges/dss-judge.js'
import { hasPyhanko, PyhankoJudge } from '../judges/pyhanko-judge.js'
import { Workbench } from './tools.js'

// Every format at every level with every kind of key, judged by EU DSS, pyHanko (PAdES), and by ourselves: the test PKI
// with its OCSP responders, CRLs and time-stamp authority is the sandbox's, which shares no code with the engine.

if (!hasDss) process.stderr.write('SKIPPED: EU DSS is not on this machine (.ci/install-judges)\n')
if (!hasPyhanko) process.stderr.write('SKIPPED: pyHanko is not on this machine (.ci/install-judges)\n')

const keyKinds = [
  ['institution', undefined],
  ['institution', 'RSASSA-PSS-SHA256'],
  ['institution-rsa4096', undefined],
  ['institution-rsa4096', 'RSASSA-PSS-SHA512'],
  ['institution-p256', undefined],
  ['institution-p384', undefined]
] as const satisfies readonly (readonly [string, SealAlgorithm | undefined])[]

const clock = new SystemClock()
const bench = new Workbench()
let sandbox: Sandbox
let tsa: HttpTimestampAuthority
let material: OnlineMaterialSource
let trust: TrustStore
let dss: DssJudge | undefined
let pyhanko: PyhankoJudge | undefined

const keyOf = (name: string, algorithm?: SealAlgorithm): SealKey => {
  const password = readFileSync(sandbox.pki.path(`${name}.password`), 'utf8').trim()
  return Pkcs12SealKey.open(readFileSync(sandbox.pki.path(`${name}.p12`)), password, clock.now(), algorithm)
}

beforeAll(async () => {
  sandbox = await createSandbox({ port: 0, dir: join(bench.folder, 'sandbox') })
  const anchors = sandbox.pki.trustAnchorsPem()
  const ders = (pems: readonly string[]) => pems.flatMap(text => readCertificatesFromPem(text))
  const files = [...anchors.institution, ...anchors.tsa].map((text, i) => bench.put(`anchor-${i}.pem`, text))
  trust = new TrustStore([
    ...ders(anchors.institution).map(certificate => ({ certificate, purposes: ['signature', 'revocation'] as const })),
    ...ders(anchors.tsa).map(certificate => ({ certificate, purposes: ['time-stamp', 'revocation'] as const }))
  ])
  material = new OnlineMaterialSource({ trust, clock })
  tsa = new HttpTimestampAuthority({
    url: `${sandbox.url}/tsa`,
    timeoutMs: 10_000,
    trustAnchors: ders(anchors.tsa),
    maxSkewSeconds: 300,
    clock
  })
  if (hasDss) {
    dss = new DssJudge()
    await dss.trust(...files)
  }
  if (hasPyhanko) {
    pyhanko = new PyhankoJudge()
    await pyhanko.trust(...files)
  }
}, 60_000)

afterAll(async () => {
  await dss?.stop()
  await pyhanko?.stop()
  await sandbox.close()
  bench.clear()
})

const pdf = makePdf({ xref: 'stream' })
const xml = Buffer.from(
  '<?xml version="1.0" encoding="UTF-8"?>\n<pismo xmlns="urn:pismo"><tresc>Zażółć</tresc></pismo>\n'
)
const text = Buffer.from('Zażółć gęślą jaźń.\n')

function documentFor(format: SealFormat) {
  if (format === 'PAdES') return { fileName: 'pismo.pdf', mediaType: 'application/pdf', bytes: pdf }
  if (format.startsWith('XAdES')) return { fileName: 'pismo.xml', mediaType: 'application/xml', bytes: xml }
  return { fileName: 'pismo.txt', mediaType: 'text/plain', bytes: text }
}

/** What EU DSS calls the level: `ASiC-E-XAdES` at B-LTA is `XAdES-BASELINE-LTA`. */
const dssLevel = (format: SealFormat, level: SealLevel): string =>
  `${/PAdES|XAdES|CAdES/.exec(format)![0]}-BASELINE-${level.slice(2)}`

describe.each(keyKinds)('sealed with %s %s', (keyName, algorithm) => {
  describe.each(sealFormats)('%s', format => {
    it.each(sealLevels)(
      '%s',
      async level => {
        const { fileName, mediaType, bytes } = documentFor(format)
        const source = new BufferSource(bytes)
        const document = { fileName, mediaType, source }
        const options = { key: keyOf(keyName, algorithm), level, clock, tsa, material }
        const [outcome] = await sealBatch([{ id: 'a', documents: [document], format }], options)
        if (!outcome?.ok) throw new Error(`not sealed: ${outcome?.problem.code} ${JSON.stringify(outcome?.facts)}`)
        expect(outcome.level).toBe(level)
        const sealed = readAll(outcome.sealed.source)
        const file = bench.put(
          `${keyName}-${algorithm ?? 'usual'}-${format}-${level}-${outcome.sealed.fileName}`,
          sealed
        )
        const original = bench.put(fileName, bytes)
        const detached = format.endsWith('-detached')

        const engine = new LocalSealEngine({ keys: new Map(), trust, clock, material })
        const report = await engine.validate(new BufferSource(sealed), { originals: detached ? [document] : [] })
        expect(report.signatures.map(({ indication, level: found }) => [indication, found])).toEqual([
          ['TOTAL-PASSED', level]
        ])

        if (dss) {
          const verdicts = await dss.validate(file, ...(detached ? [original] : []))
          expect(verdicts).toEqual([
            expect.objectContaining({ indication: 'TOTAL_PASSED', level: dssLevel(format, level) })
          ])
        }
        if (pyhanko && format === 'PAdES') {
          expect(await pyhanko.validate(file, level)).toEqual([
            expect.objectContaining({ status: 'PASSED', intact: true })
          ])
        }
      },
      30_000
    )
  })
})
