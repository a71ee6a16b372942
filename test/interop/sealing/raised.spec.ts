import { readFileSync } from 'node:fs'
import type { SealFormat, SealLevel } from '#sealing/plain'
import { type DssJudge, hasDss } from '../judges/dss-judge.js'
import { hasPyhanko, PyhankoJudge } from '../judges/pyhanko-judge.js'
import { PyhankoMaker } from '../judges/pyhanko-maker.js'
import { judgedByDss } from './judged-by-dss.js'
import { bytesOf, documentFor, documents, isDetached, type JudgedWorld, opinionOf, opinionsIn } from './judged-world.js'

// Seals of others raised by us, judged by EU DSS; and ours raised by EU DSS, judged by us.

/** DSS's kinds with our names for them. */
const kinds: readonly (readonly [string, SealFormat])[] = [
  ['pades', 'PAdES'],
  ['xades-enveloped', 'XAdES-enveloped'],
  ['xades-enveloping', 'XAdES-enveloping'],
  ['xades-detached', 'XAdES-detached'],
  ['cades-attached', 'CAdES-attached'],
  ['cades-detached', 'CAdES-detached'],
  ['asice-xades', 'ASiC-E-XAdES'],
  ['asice-cades', 'ASiC-E-CAdES'],
  ['asics-xades', 'ASiC-S-XAdES'],
  ['asics-cades', 'ASiC-S-CAdES']
]

let world: JudgedWorld
let dss: DssJudge

judgedByDss((...opened) => {
  ;[world, dss] = opened
})

/** Raises step by step, and has each step judged by DSS and by us; a level given twice is renewed. */
async function raiseThrough(kind: string, made: Buffer, ...levels: SealLevel[]): Promise<Buffer> {
  const document = documentFor(kind)
  const originals = isDetached(kind) ? [document] : []
  const files = originals.map(one => world.bench.put(one.fileName, bytesOf(one)))
  let file = made
  for (const level of levels) {
    const before = file
    file = await world.raise(file, level, originals)
    expect(file.length).toBeGreaterThan(before.length)
    for (const part of signedParts(kind, before)) expect(file.includes(part)).toBe(true)
    const path = world.bench.put('raised', file)
    const theirs = (await dss.validate(path, ...files)).map(opinionOf)
    expect([level, ...new Set(theirs)]).toEqual([level, `TOTAL-PASSED ${level}`])
    expect([level, ...new Set(opinionsIn(await world.report(file, originals)))]).toEqual([
      level,
      `TOTAL-PASSED ${level}`
    ])
  }
  return file
}

/** What must still stand in the file, byte by byte: all of a PDF, what was signed and the value of an XML signature. */
function signedParts(kind: string, file: Buffer): Buffer[] {
  if (kind === 'pades') return [file]
  if (!kind.startsWith('xades')) return []
  const text = file.toString('utf8')
  const parts = [
    /<ds:SignedInfo.*?<\/ds:SignedInfo>/s,
    /<ds:SignatureValue.*?<\/ds:SignatureValue>/s,
    /<xades:SignedProperties.*?<\/xades:SignedProperties>/s
  ]
  return parts.map(part => Buffer.from(part.exec(text)![0]))
}

;(hasDss ? describe : describe.skip)('raised', () => {
  describe.each(kinds)('%s', (kind, format) => {
    const make = async (level: string): Promise<Buffer> => {
      const document = documentFor(kind)
      const input = world.bench.put(document.fileName, bytesOf(document))
      const output = world.bench.path(`${kind}-${level}`)
      await dss.sign(kind, level, input, output, world.keyFile('institution-p256'), world.tsaUrl)
      return readFileSync(output)
    }

    it('B-B of DSS, by us, level by level, and renewed', async () => {
      await raiseThrough(kind, await make('B-B'), 'B-T', 'B-LT', 'B-LTA', 'B-LTA')
    })

    it('B-T of DSS, by us, to B-LTA at once', async () => {
      await raiseThrough(kind, await make('B-T'), 'B-LTA')
    })

    it('B-LTA of DSS, by us, renewed', async () => {
      await raiseThrough(kind, await make('B-LTA'), 'B-LTA')
    })

    it('B-LTA of ours, by DSS, and then renewed by us', async () => {
      const document = documentFor(kind)
      const originals = isDetached(kind) ? [document] : []
      const files = originals.map(one => world.bench.put(one.fileName, bytesOf(one)))
      const input = world.bench.put(`ours-${kind}`, await world.seal(format, document, { level: 'B-LTA' }))
      const output = world.bench.path(`extended-${kind}`)
      await dss.extend(kind, 'B-LTA', input, output, world.tsaUrl, ...files)
      const extended = readFileSync(output)
      expect(opinionsIn(await world.report(extended, originals))).toEqual(['TOTAL-PASSED B-LTA'])
      await raiseThrough(kind, extended, 'B-LTA')
    })
  })
})

;(hasDss && hasPyhanko ? describe : describe.skip)('raised, made by pyHanko', () => {
  let maker: PyhankoMaker
  let pyhanko: PyhankoJudge

  beforeAll(async () => {
    maker = new PyhankoMaker()
    pyhanko = new PyhankoJudge()
    await Promise.all([maker.trust(...world.anchors), pyhanko.trust(...world.anchors)])
  }, 60_000)

  afterAll(async () => {
    await Promise.all([maker.stop(), pyhanko.stop()])
  })

  it.each([
    ['B-B', ['B-T', 'B-LT', 'B-LTA', 'B-LTA']],
    ['visible', ['B-LTA']],
    ['certify-1', ['B-LTA']],
    ['B-T', ['B-LT', 'B-LTA']],
    ['B-LT', ['B-LTA']],
    ['B-LTA', ['B-LTA']]
  ] as const)('%s', async (kind, levels) => {
    const input = world.bench.put('pismo.pdf', bytesOf(documents.pdf))
    const output = world.bench.path(`pyhanko-${kind}.pdf`)
    await maker.sign(kind, input, output, world.keyFile('institution-p256'), world.tsaUrl)
    await raiseThrough('pades', readFileSync(output), ...levels)
    // its procedure for B-LTA insists on a time stamp inside the CMS, which a PDF raised from B-B has in a field of its own
    const procedure = /^B-(T|LT|LTA)$/.test(kind) ? 'B-LTA' : 'B-LT'
    expect(await pyhanko.validate(world.bench.path('raised'), procedure)).toEqual([
      expect.objectContaining({ status: 'PASSED', intact: true })
    ])
  })

  it('B-LTA of ours, renewed by pyHanko', async () => {
    const input = world.bench.put('ours.pdf', await world.seal('PAdES', documents.pdf, { level: 'B-LTA' }))
    const output = world.bench.path('renewed.pdf')
    await maker.stamp(input, output, world.tsaUrl)
    expect(opinionsIn(await world.report(readFileSync(output)))).toEqual(['TOTAL-PASSED B-LTA'])
  })
})
