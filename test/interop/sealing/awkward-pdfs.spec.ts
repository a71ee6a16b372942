import { spawnSync } from 'node:child_process'
import { sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Refused } from '#platform/plain'
import { preparePades } from '../../../libs/sealing/src/pades/prepare-pades.js'
import { BufferSource, readAll } from '../../../libs/sealing/src/source.js'
import { type Identity, makeSealer, pem } from '../../../libs/sealing/test/test-authority.js'
import { DssJudge, hasDss } from '../judges/dss-judge.js'
import { hasPyhanko, PyhankoJudge } from '../judges/pyhanko-judge.js'
import { awkwardPdfs } from './awkward-pdfs.js'
import { writeOdd } from './odd-pdf.js'
import { has, itWith, pdfsig, qpdf, Workbench } from './tools.js'

// Odd files are refused for the right reason, or sealed so that everybody who could read the file can read and validate
// the sealed one.

const bench = new Workbench()
let root: Identity
let authority: Identity
let institution: Identity
let dss: DssJudge | undefined
let pyhanko: PyhankoJudge | undefined

beforeAll(async () => {
  ;({ root, authority, institution } = await makeSealer())
  const anchor = bench.put('root.pem', pem(root))
  if (hasDss) {
    dss = new DssJudge()
    await dss.trust(anchor)
  } else process.stderr.write('SKIPPED: EU DSS is not on this machine (.ci/install-judges)\n')
  if (hasPyhanko) {
    pyhanko = new PyhankoJudge()
    await pyhanko.trust(anchor)
  } else process.stderr.write('SKIPPED: pyHanko is not on this machine (.ci/install-judges)\n')
}, 60_000)
afterAll(async () => {
  await dss?.stop()
  await pyhanko?.stop()
  bench.clear()
})

function seal(bytes: Buffer, password?: string): Buffer {
  const signer = {
    certificate: institution.certificate,
    chain: [authority.certificate],
    algorithm: 'ECDSA-SHA256'
  } as const
  const document = { fileName: 'a.pdf', mediaType: 'application/pdf', source: new BufferSource(bytes) }
  const signingTime = new Date('2026-11-22T12:00:00Z')
  const draft = preparePades([document], { format: 'PAdES', signer, signingTime, tokenBytes: 0, pdf: { password } })
  const done = draft.finish(sign('sha256', draft.toBeSigned, institution.key))
  if (!('file' in done)) throw new Error('no room')
  return readAll(done.file)
}

function outcomeOf(bytes: Buffer): Buffer | readonly [code: string, why: unknown] {
  try {
    return seal(bytes)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return [error.type.code, error.facts['why']]
  }
}

/** Exit code of qpdf's check: 0 sound, 3 with warnings, 2 broken. A seal must make it no worse. */
const checked = (name: string): number => {
  const { status } = spawnSync('qpdf', ['--check', bench.path(name)])
  return [0, 3, 2].indexOf(status!)
}

/** How many pages qpdf finds; undefined where it cannot read the file. */
const pagesOf = (name: string): string | undefined => {
  const { stdout } = spawnSync('qpdf', ['--show-npages', bench.path(name)], { encoding: 'utf8' })
  return /^\d+/.exec(stdout)?.[0]
}

async function assertAccepted(before: Buffer, sealed: Buffer): Promise<void> {
  expect(sealed.subarray(0, before.length).equals(before)).toBe(true)
  bench.put('before.pdf', before)
  const file = bench.put('sealed.pdf', sealed)
  if (has(...qpdf)) {
    expect(checked('sealed.pdf')).toBeLessThanOrEqual(checked('before.pdf'))
    expect(pagesOf('sealed.pdf')).toBe(pagesOf('before.pdf') ?? '1')
  }
  if (has(...pdfsig)) {
    const said = bench.run('pdfsig', '-nocert', 'sealed.pdf')
    expect(said).toMatch(/Signature is Valid/)
    expect(said).toMatch(/Total document signed/)
  }
  // The certificates are unknown to any responder: more than "nothing wrong but revocation" cannot be had here.
  const verdicts = await dss?.validate(file)
  if (verdicts)
    expect(verdicts).toEqual([expect.objectContaining({ level: 'PAdES-BASELINE-B', indication: 'INDETERMINATE' })])
  if (verdicts) expect(verdicts[0]!.subIndication).not.toBe('FORMAT_FAILURE')
}

describe('awkward PDFs', () => {
  it.each(awkwardPdfs)('%s', async (_, make, wanted) => {
    const bytes = make()
    const outcome = outcomeOf(bytes)
    if (wanted !== 'sealed') expect(outcome).toEqual([wanted[0], wanted[1]])
    else if (!Buffer.isBuffer(outcome)) throw new Error(`refused: ${outcome.join(' ')}`)
    else await assertAccepted(bytes, outcome)
  })

  it('that pyHanko can read are intact for it when sealed', async () => {
    if (!pyhanko) return
    const unreadable: string[] = []
    for (const [name, make, wanted] of awkwardPdfs) {
      if (wanted !== 'sealed') continue
      const file = bench.put('sealed.pdf', seal(make()))
      try {
        const [verdict, ...others] = await pyhanko.validate(file, 'B-B')
        expect([name, verdict?.intact, verdict?.coverage, others]).toEqual([name, true, 'ENTIRE_FILE', []])
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('pyHanko:')) throw error
        unreadable.push(name)
      }
    }
    // It is strict about sections that were there before, and must stay as they are.
    expect(unreadable).toEqual([
      'a page of generation 65535',
      'a page of generation 70000 in a stream',
      'a catalog of generation 7',
      'a size too small',
      'a revision with a size too small'
    ])
  }, 120_000)

  itWith(qpdf, pdfsig).each([
    ['R2', '40'],
    ['R3', '128', '--use-aes=n'],
    ['R4', '128', '--use-aes=y', '--cleartext-metadata'],
    ['R6', '256']
  ])('encrypted by qpdf %s, linearised, with and without object streams', async (_, ...strength) => {
    for (const objectStreams of ['disable', 'generate']) {
      bench.put('plain.pdf', writeOdd())
      bench.run(
        'qpdf',
        '--allow-weak-crypto',
        '--linearize',
        `--object-streams=${objectStreams}`,
        '--encrypt',
        '',
        'own',
        ...strength,
        '--',
        'plain.pdf',
        'encrypted.pdf'
      )
      const before = readFileSync(bench.path('encrypted.pdf'))
      await assertAccepted(before, seal(before))
    }
  })
})
