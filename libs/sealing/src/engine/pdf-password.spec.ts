import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Unavailable } from '#platform/plain'
import { itWith, qpdf, Workbench } from '../../../../test/interop/sealing/tools.js'
import { makePdf } from '../../test/test-pdfs.js'
import { documentOf, SealingWorld } from '../../test/test-sealing-world.js'
import { TrustStore } from '../certificate/trust-store.js'
import { defaultFormatPolicy } from '../format-policy.js'
import { LocalSealKey } from '../keys/local.seal-key.js'
import { sealingProblems } from '../sealing.errors.js'
import { BufferSource, readAll } from '../source.js'
import { LocalSealEngine } from './local-engine.js'
import type { SealEngine, SealOrder, SealStyle } from './seal-engine.js'
import { WorkerSealEngine } from './worker-engine.js'

const workerFile = resolve('dist/libs/sealing/src/engine/engine-worker.js')
const built = existsSync(workerFile)
if (!built) console.warn('SKIPPED: no build in dist/, passwords are not tried on threads')

const style: SealStyle = { key: 'local', level: 'B-B', formats: defaultFormatPolicy, whenAway: 'fail' }
const later: SealStyle = { ...style, level: 'B-T', whenAway: 'raise-later' }

const kinds: readonly (readonly [string, ...string[]])[] = [
  ['R2', '40'],
  ['R3', '128', '--use-aes=n'],
  ['R4 with RC4', '128', '--use-aes=n', '--force-V4'],
  ['R4 with AES', '128', '--use-aes=y'],
  ['R5', '256', '--force-R5'],
  ['R6', '256']
]

describe.each(built ? (['local', 'on threads'] as const) : (['local'] as const))('the engine, %s, and a', kind => {
  const bench = new Workbench()
  const away = { tsa: false, revocation: false }
  let engine: SealEngine

  beforeAll(async () => {
    const world = await SealingWorld.make()
    const { certificate, key } = world.institution
    const chain = [world.issuer.certificate]
    const local = new LocalSealKey({ certificate, chain, algorithm: 'ECDSA-SHA256', privateKey: key })
    const material = (leaves: Parameters<typeof world.material.collect>[0]) =>
      away.revocation
        ? Promise.reject(new Unavailable(sealingProblems['revocation-unavailable']))
        : world.material.collect(leaves)
    const parts = {
      keys: new Map([['local', local]]),
      clock: world.clock,
      tsa: {
        expectedTokenBytes: world.tsa.expectedTokenBytes,
        stamp: (imprint: Buffer) =>
          away.tsa
            ? Promise.reject(new Unavailable(sealingProblems['timestamp-unavailable'], {}, { retryAfterSeconds: 9 }))
            : world.tsa.stamp(imprint)
      },
      material: {
        collect: material,
        gather: async (leaves: Parameters<typeof material>[0]) => ({
          ...(await material(leaves)),
          fromCache: new Set<string>(),
          missing: new Map<string, string>()
        })
      }
    }
    const trust = [world.root, world.authorityRoot].map(one => ({ certificate: one.certificate }))
    engine =
      kind === 'local'
        ? new LocalSealEngine({ ...parts, trust: new TrustStore(trust) })
        : new WorkerSealEngine({ ...parts, trust, workerFile, threads: 1 })
    bench.put('plain.pdf', makePdf({ xref: 'stream' }))
  }, 30_000)
  afterEach(() => Object.assign(away, { tsa: false, revocation: false }))
  afterAll(async () => {
    await engine.close()
    bench.clear()
  })

  function encrypted(user: string, owner: string, ...args: readonly string[]): Buffer {
    bench.run('qpdf', '--allow-weak-crypto', '--encrypt', user, owner, ...args, '--', 'plain.pdf', 'encrypted.pdf')
    return readFileSync(bench.path('encrypted.pdf'))
  }
  const orderOf = (bytes: Buffer, password?: string): SealOrder => ({
    id: 'a',
    documents: [documentOf('a.pdf', bytes, 'application/pdf')],
    ...(password === undefined ? {} : { pdf: { password } })
  })
  async function seal(bytes: Buffer, password?: string, how = style) {
    const [outcome] = await engine.seal([orderOf(bytes, password)], how)
    if (!outcome?.ok) throw new Error(`not sealed: ${outcome?.problem.code}`)
    return { ...outcome, bytes: readAll(outcome.sealed.source) }
  }
  const raise = async (bytes: Buffer, pdfPassword?: string, to: 'B-T' | 'B-LTA' = 'B-LTA') =>
    readAll(await engine.raise(new BufferSource(bytes), to, { pdfPassword }))
  const verdicts = async (bytes: Buffer, pdfPassword?: string) =>
    (await engine.validate(new BufferSource(bytes), { pdfPassword })).signatures.map(
      ({ indication, level, scopes }) => [indication, level, scopes.every(({ complete }) => complete)]
    )

  itWith(qpdf).each(kinds)('PDF that needs a password (%s): sealed, raised, validated with it', async (_, ...args) => {
    const file = encrypted('user', 'owner', ...args)
    const needed = { type: sealingProblems['pdf-password-needed'] }
    for (const password of ['user', 'owner']) {
      const sealed = (await seal(file, password)).bytes
      for (const wrong of [undefined, '', 'wrong']) {
        await expect(raise(sealed, wrong)).rejects.toMatchObject(needed)
        await expect(verdicts(sealed, wrong)).rejects.toMatchObject(needed)
      }
      const raised = await raise(sealed, password)
      expect(raised.subarray(0, sealed.length).equals(sealed)).toBe(true)
      for (const other of ['user', 'owner'])
        expect(await verdicts(raised, other)).toEqual([['TOTAL-PASSED', 'B-LTA', true]])
      bench.put('raised.pdf', raised)
      const said = bench.run('qpdf', '--check', '--password=user', 'raised.pdf')
      expect(said).toContain('No syntax or stream encoding errors')
    }
  })

  itWith(qpdf)('PDF that anybody may open: no password is asked for, and none is wrong', async () => {
    const sealed = (await seal(encrypted('', 'owner', '256'))).bytes
    const raised = await raise(sealed)
    expect(await verdicts(raised)).toEqual([['TOTAL-PASSED', 'B-LTA', true]])
    expect(await verdicts(await raise(sealed, 'another'), 'another')).toEqual([['TOTAL-PASSED', 'B-LTA', true]])
  })

  it.each(['CAdES-detached', 'XAdES-detached'] as const)(
    'file of another kind (%s): its originals are found',
    async format => {
      const document = documentOf('a.txt', 'tekst')
      const [outcome] = await engine.seal([{ id: 'a', documents: [document], format }], style)
      if (!outcome?.ok) throw new Error('not sealed')
      // a password does not stand in its way
      const context = { originals: [document], pdfPassword: 'user' }
      const raised = await engine.raise(outcome.sealed.source, 'B-LTA', context)
      const { signatures } = await engine.validate(raised, context)
      expect(signatures).toMatchObject([{ indication: 'TOTAL-PASSED', level: 'B-LTA' }])
      const [alone] = (await engine.validate(raised)).signatures
      expect(alone).toMatchObject({ indication: 'INDETERMINATE', subIndication: 'SIGNED_DATA_NOT_FOUND' })
    }
  )

  const isAway = { type: sealingProblems['timestamp-unavailable'], retryAfterSeconds: 9 }

  itWith(qpdf)('PDF that could not be raised without its password: not sealed below its level', async () => {
    const locked = encrypted('user', 'owner', '256')
    // anybody may open it, but only its owner may add the field of a time stamp
    const restricted = encrypted('', 'owner', '256', '--modify=none')
    expect((await seal(locked, 'user', later)).level).toBe('B-T')
    expect((await seal(restricted, 'owner', later)).level).toBe('B-T')
    away.tsa = true
    await expect(seal(locked, 'user', later)).rejects.toMatchObject(isAway)
    await expect(seal(restricted, 'owner', later)).rejects.toMatchObject(isAway)
    Object.assign(away, { tsa: false, revocation: true })
    await expect(seal(locked, 'user', { ...later, level: 'B-LTA' })).rejects.toBeInstanceOf(Unavailable)
  })

  itWith(qpdf)('PDF that can be raised without a password: sealed now and raised later', async () => {
    away.tsa = true
    const files: [Buffer, string | undefined][] = [
      [encrypted('', 'owner', '256'), undefined],
      // a password that was not needed changes nothing
      [encrypted('', 'owner', '256'), 'owner'],
      [makePdf(), 'user']
    ]
    for (const [file, password] of files) {
      const sealed = await seal(file, password, later)
      expect(sealed).toMatchObject({ level: 'B-B', raiseLater: { to: 'B-T', problem: isAway.type } })
      away.tsa = false
      expect(await verdicts(await raise(sealed.bytes, undefined, 'B-T'))).toEqual([['TOTAL-PASSED', 'B-T', true]])
      away.tsa = true
    }
    Object.assign(away, { tsa: false, revocation: true })
    const { level, raiseLater } = await seal(files[0]![0], undefined, { ...later, level: 'B-LTA' })
    expect([level, raiseLater?.to]).toEqual(['B-T', 'B-LTA'])
  })
})
