import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refused } from '#platform/plain'
import { type SealEngine, sealingProblems, type ValidationReport } from '#sealing/plain'
import { verdictLines } from './describe-verdict.js'
import { type FileVerdict, validateFiles } from './validate-files.js'

describe('the verdict on a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'goniec-verdict-'))
  const path = join(folder, 'a.pdf')
  writeFileSync(path, 'x')
  afterAll(() => rmSync(folder, { recursive: true }))

  const verdictOn = async (report: object): Promise<FileVerdict> => {
    const validate = () =>
      report instanceof Refused ? Promise.reject(report) : Promise.resolve(report as ValidationReport)
    const engine = { validate } as unknown as SealEngine
    const verdicts: FileVerdict[] = []
    await validateFiles(engine, [{ path, place: 'a.pdf' }], { originals: [] }, verdict => verdicts.push(verdict))
    return verdicts[0]!
  }
  const report = (notJudged: number, ...indications: string[]) => ({
    signatures: indications.map(indication => ({
      id: 'Seal1',
      format: 'PAdES',
      indication,
      level: 'B-T',
      chain: [],
      scopes: [],
      laterChanges: [],
      reasons: [],
      warnings: [],
      bestSignatureTime: { proof: 'validation-time' }
    })),
    timestamps: [],
    notJudged
  })

  it.each([
    ['passed', report(0, 'TOTAL-PASSED', 'TOTAL-PASSED')],
    ['indeterminate', report(0, 'TOTAL-PASSED', 'INDETERMINATE')],
    ['failed', report(1, 'TOTAL-FAILED', 'TOTAL-PASSED')],
    ['indeterminate', report(1, 'TOTAL-PASSED')],
    ['unsigned', report(0)]
  ])('is %s by the worst that was found, and never good where not all was judged', async (status, found) => {
    expect((await verdictOn(found)).status).toBe(status)
  })

  it.each([
    ['file-kind-unknown', 'unsigned'],
    ['office-signature-unread', 'error']
  ] as const)('after %s is %s: only what was read can be called unsigned', async (name, status) => {
    expect((await verdictOn(new Refused(sealingProblems[name]))).status).toBe(status)
  })

  it('speaks of no time where the signature failed', async () => {
    const lines = async (indication: string) => {
      const [signature] = report(0, indication).signatures
      const timed = { ...signature, claimedSigningTime: '2026-11-22T12:00:00Z' }
      return verdictLines(await verdictOn({ ...report(0), signatures: [timed] }), 'en').join('\n')
    }
    expect(await lines('INDETERMINATE')).toContain('claimed time (no proof): 2026-11-22')
    expect(await lines('TOTAL-FAILED')).not.toContain('claimed')
  })

  it('says how much was not judged', async () => {
    const lines = async (notJudged: number) =>
      verdictLines(await verdictOn(report(notJudged, 'TOTAL-PASSED')), 'pl').join('\n')
    expect(await lines(17)).toContain('INDETERMINATE  niesprawdzone, bo jest ich zbyt wiele: 17')
    expect(await lines(0)).not.toContain('niesprawdzone')
  })
})
