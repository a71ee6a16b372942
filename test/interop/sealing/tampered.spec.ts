import { Refused } from '#platform/plain'
import type { ValidationReport } from '#sealing/plain'
import { type DssJudge, hasDss } from '../judges/dss-judge.js'
import { hasPyhanko, PyhankoJudge } from '../judges/pyhanko-judge.js'
import { judgedByDss } from './judged-by-dss.js'
import { bytesOf, type JudgedWorld, opinionOf, opinionsIn } from './judged-world.js'
import { acceptedDifferences } from './tampering/accepted-differences.js'
import { cmsTamperings } from './tampering/cms-tampering.js'
import { passing } from './tampering/passing.js'
import { pdfTamperings } from './tampering/pdf-tampering.js'
import type { Tampering } from './tampering/tampering.js'
import { trustTamperings } from './tampering/trust-tampering.js'
import { xmlTamperings } from './tampering/xml-tampering.js'
import { zipTamperings } from './tampering/zip-tampering.js'

// Files that somebody has meddled with, and signers and time stamps that are not what they should be, judged by EU DSS
// and by us. The verdicts are the same, or the difference stands in a table with its reason.

let world: JudgedWorld
let dss: DssJudge
let pyhanko: PyhankoJudge | undefined

judgedByDss(async (...opened) => {
  ;[world, dss] = opened
  if (!hasPyhanko) return
  pyhanko = new PyhankoJudge()
  await pyhanko.trust(...world.anchors)
})

afterAll(async () => {
  await pyhanko?.stop()
})

/** What stands for a file that is no signature file at all, whether a judge throws or says FORMAT_FAILURE. */
const unreadable = 'unreadable'

/** Verdicts without the level: DSS goes by what is there, we go by what holds. */
const verdicts = (opinions: readonly string[]): string =>
  opinions.map(opinion => opinion.replace(/ [^ ]+$/, '')).join(', ') || 'no signature'

interface Judged {
  readonly name: string
  readonly dss: string
  readonly ours: string
  /** The levels of what we pass, and whether it covers all of the file; empty: it is not all passed. */
  readonly levels: string
}

async function judge({ name, file, original, before, after }: Tampering): Promise<Judged> {
  await before?.()
  if (before) world.forgetRevocation()
  const path = world.bench.put('tampered', file)
  const beside = original ? [original] : []
  const files = beside.map(one => world.bench.put(one.fileName, bytesOf(one)))
  const theirs = await dss.validate(path, ...files).then(
    all => verdicts(all.map(opinionOf)),
    (error: Error) => {
      if (!/Document format|file is expected|More than one result|Token with Id|NullPointer/.test(error.message))
        throw error
      return unreadable
    }
  )
  const report = await world.report(file, beside).catch((error: unknown) => {
    if (error instanceof Refused) return undefined
    throw error
  })
  await after?.()
  if (after) world.forgetRevocation()
  return { name, dss: theirs, ours: report ? verdicts(opinionsIn(report)) : unreadable, levels: levelsIn(report) }
}

function levelsIn(report: ValidationReport | undefined): string {
  const signatures = report?.signatures ?? []
  if (!signatures.every(({ indication }) => indication === 'TOTAL-PASSED')) return ''
  const of = ({ level, scopes }: (typeof signatures)[number]) =>
    `${level ?? '-'}${scopes.every(({ complete }) => complete) ? '' : ' in part'}`
  return signatures.map(of).join(', ')
}

const agree = ({ dss: theirs, ours }: Judged): boolean =>
  theirs === ours || (theirs === unreadable && /^(TOTAL-FAILED FORMAT_FAILURE|no signature)$/.test(ours))

const differenceFor = ({ name, dss: theirs, ours }: Judged) =>
  acceptedDifferences.find(one => one.cases.includes(name) && one.dss === theirs && one.ours === ours)

;(hasDss ? describe : describe.skip)('tampered', () => {
  it.each([
    ['CAdES', cmsTamperings],
    ['XAdES', xmlTamperings],
    ['ASiC', zipTamperings],
    ['PAdES', pdfTamperings],
    ['trust', trustTamperings]
  ])(
    '%s',
    async (group, make) => {
      const judged: Judged[] = []
      const expected: [string, string][] = []
      for (const one of await make(world)) {
        judged.push(await judge(one))
        expected.push([one.name, passing[one.name] ?? ''])
        const last = judged.at(-1)!
        if (!pyhanko || !differenceFor(last)?.pyhankoAgrees) continue
        const path = world.bench.path('tampered')
        const said = await pyhanko.validate(path, 'B-B').catch(() => [])
        expect([one.name, said.every(({ status }) => status === 'NOT PASSED')]).toEqual([one.name, true])
      }
      expect(judged.filter(one => !agree(one) && !differenceFor(one))).toEqual([])
      // nothing that lies is passed, and nothing at a level that no longer holds, not even where DSS does so too
      expect(judged.map(({ name, levels }) => [name, levels])).toEqual(expected)
      // a difference that is no more is to be taken out of the table
      const met = judged.filter(one => !agree(one)).map(({ name }) => name)
      const listed = acceptedDifferences.flatMap(({ cases }) => cases).filter(name => name.startsWith(group))
      expect(listed.filter(name => !met.includes(name))).toEqual([])
    },
    120_000
  )
})
