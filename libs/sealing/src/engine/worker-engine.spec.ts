import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { deflateSync } from 'node:zlib'
import { Refused, Unavailable } from '#platform/plain'
import { makePdf } from '../../test/test-pdfs.js'
import { SealingWorld } from '../../test/test-sealing-world.js'
import { defaultFormatPolicy } from '../format-policy.js'
import { LocalSealKey } from '../keys/local.seal-key.js'
import type { SealKey } from '../seal-key.js'
import { sealingProblems } from '../sealing.errors.js'
import { BufferSource, FileSource, JoinedSource, readAll, SliceSource } from '../source.js'
import type { SealOrder, SealStyle } from './seal-engine.js'
import { WorkerSealEngine } from './worker-engine.js'

const workerFile = resolve('dist/libs/sealing/src/engine/engine-worker.js')
const built = existsSync(workerFile)
if (!built) console.warn('SKIPPED: no build in dist/, the engine is not tried on threads')
const describeBuilt = built ? describe : describe.skip

const style: SealStyle = { key: 'local', level: 'B-B', formats: defaultFormatPolicy, whenAway: 'fail' }
const pdf = makePdf({ xref: 'stream', objectStream: true })
const pdfDocument = (bytes = pdf) => ({
  fileName: 'pismo.pdf',
  mediaType: 'application/pdf',
  source: new BufferSource(bytes)
})
const orderOf = (id: string, bytes = pdf, more: Partial<SealOrder> = {}): SealOrder => ({
  id,
  documents: [pdfDocument(bytes)],
  ...more
})

describeBuilt('the engine on threads', () => {
  const folder = mkdtempSync(join(tmpdir(), 'goniec-engine-'))
  let world: SealingWorld
  let engine: WorkerSealEngine
  let asked: number
  let away: boolean

  beforeAll(async () => {
    world = await SealingWorld.make()
    const parts = {
      certificate: world.institution.certificate,
      chain: [world.issuer.certificate],
      algorithm: 'ECDSA-SHA256'
    } as const
    const local = new LocalSealKey({ ...parts, privateKey: world.institution.key })
    // A device: not a LocalSealKey, so its signatures are asked for.
    const device: SealKey = {
      ...parts,
      custody: 'qscd',
      signBatch: toBeSigned => {
        asked += toBeSigned.length
        if (away) throw new Unavailable(sealingProblems['key-unavailable'], {}, { retryAfterSeconds: 3 })
        return local.signBatch(toBeSigned)
      }
    }
    engine = new WorkerSealEngine({
      workerFile,
      threads: 2,
      keys: new Map([
        ['local', local],
        ['device', device]
      ]),
      clock: world.clock,
      tsa: world.tsa,
      material: {
        collect: leaves => world.material.collect(leaves),
        gather: async leaves => ({
          ...(await world.material.collect(leaves)),
          fromCache: new Set(['a']),
          missing: new Map([['b', 'away']])
        })
      },
      trust: [world.root.certificate, world.authorityRoot.certificate].map(certificate => ({ certificate }))
    })
  }, 30_000)
  beforeEach(() => {
    asked = 0
    away = false
  })
  afterAll(async () => {
    await engine.close()
    rmSync(folder, { recursive: true })
  })

  async function sealOne(order: SealOrder, more: Partial<SealStyle> = {}) {
    const [outcome] = await engine.seal([order], { ...style, ...more })
    if (!outcome?.ok) throw new Error(`not sealed: ${outcome?.problem.code}`)
    return outcome
  }

  it('seals, raises and validates as if there were none', async () => {
    const { sealed, timestamp } = await sealOne(orderOf('a'), { key: 'device', level: 'B-T' })
    expect(asked).toBe(1)
    expect(timestamp?.token).toBeInstanceOf(Buffer)
    expect(timestamp?.genTime.getTime()).toBeLessThanOrEqual(world.clock.now().getTime())
    const raised = await engine.raise(sealed.source, 'B-LTA')
    const bytes = readAll(raised)
    expect(bytes.subarray(0, sealed.source.size).equals(readAll(sealed.source))).toBe(true)
    expect(bytes.subarray(0, pdf.length).equals(pdf)).toBe(true)
    const { signatures } = await engine.validate(new BufferSource(bytes))
    expect(signatures).toEqual([expect.objectContaining({ indication: 'TOTAL-PASSED', level: 'B-LTA' })])
  })

  it('gives back the document itself with what was added, wherever it stands', async () => {
    const path = join(folder, 'file.pdf')
    writeFileSync(path, Buffer.concat([Buffer.from('before'), pdf, Buffer.from('behind')]))
    const descriptor = openSync(path, 'r')
    try {
      const file = new FileSource(descriptor)
      const source = new JoinedSource([new SliceSource(file, 6, 40), new SliceSource(file, 46, pdf.length - 40)])
      const document = { fileName: 'a.pdf', mediaType: 'application/pdf', source }
      const { sealed } = await sealOne({ id: 'a', documents: [document] })
      expect(sealed.source).toBeInstanceOf(JoinedSource)
      expect((sealed.source as JoinedSource).parts[0]).toBe(source)
      const bytes = readAll(sealed.source)
      expect(bytes.subarray(0, pdf.length).equals(pdf)).toBe(true)
      expect((await engine.validate(new BufferSource(bytes))).signatures).toHaveLength(1)
      expect(readFileSync(path).subarray(6, -6).equals(pdf)).toBe(true)
    } finally {
      closeSync(descriptor)
    }
  })

  it('keeps the documents of many tasks apart', async () => {
    const texts = Array.from({ length: 120 }, (_, i) => `Letter ${i} ${'x'.repeat(i * 40)}`)
    const documents = texts.map(text =>
      makePdf({ objects: { 4: `<< /Length ${text.length} >>\nstream\n${text}\nendstream` } })
    )
    const outcomes = await Promise.all(documents.map((bytes, i) => sealOne(orderOf(`${i}`, bytes))))
    outcomes.forEach(({ id, sealed }, i) => {
      expect(id).toBe(`${i}`)
      expect(readAll(sealed.source).subarray(0, documents[i]!.length).equals(documents[i]!)).toBe(true)
    })
    const reports = await Promise.all(outcomes.slice(0, 40).map(({ sealed }) => engine.validate(sealed.source)))
    for (const { signatures } of reports)
      expect(signatures).toEqual([expect.objectContaining({ indication: 'TOTAL-PASSED', level: 'B-B' })])
  })

  it('tells what is wrong with a document, a batch, a device, with all there is to say', async () => {
    const cut = pdf.subarray(0, 500)
    const outcomes = await engine.seal(
      [orderOf('a'), orderOf('b', cut), orderOf('c', Buffer.from('x')), orderOf('d')],
      style
    )
    expect(outcomes.map(one => (one.ok ? one.id : [one.id, one.problem]))).toEqual([
      'a',
      ['b', sealingProblems['pdf-broken']],
      ['c', sealingProblems['pdf-not-a-pdf']],
      'd'
    ])
    expect(outcomes[1]).toMatchObject({ facts: { why: expect.any(String) } })
    await expect(engine.seal([orderOf('a')], { ...style, key: 'none' })).rejects.toMatchObject({
      type: sealingProblems['key-unknown'],
      facts: { key: 'none' }
    })
    await expect(engine.raise(new BufferSource(pdf), 'B-T')).rejects.toBeInstanceOf(Refused)
    away = true
    await expect(engine.seal([orderOf('a')], { ...style, key: 'device' })).rejects.toMatchObject({
      type: sealingProblems['key-unavailable'],
      retryAfterSeconds: 3
    })
  })

  it('answers hostile files soon and goes on', async () => {
    const bomb = deflateSync(deflateSync(Buffer.alloc(200_000_000)))
    const hostile = Buffer.concat([
      Buffer.from(
        `%PDF-1.7\n1 0 obj\n<< /Type /XRef /W [1 2 1] /Size 9 /Root 1 0 R /Filter [/FlateDecode /FlateDecode] /Length ${bomb.length} >>\nstream\n`
      ),
      bomb,
      Buffer.from('\nendstream\nendobj\nstartxref\n9\n%%EOF')
    ])
    const deep = Buffer.from(`%PDF-1.7\n1 0 obj\n${'['.repeat(2_000_000)}\nendobj\nstartxref\n9\n%%EOF`)
    const outcomes = await Promise.all(
      [hostile, deep, pdf, hostile, pdf].map(bytes => engine.seal([orderOf('a', bytes)], style))
    )
    expect(outcomes.map(([one]) => one!.ok || one!.problem.status)).toEqual([422, 422, true, 422, true])
  }, 20_000)
})
