import { Refused } from '#platform/plain'
import { DssJudge, hasDss } from '../judges/dss-judge.js'
import { bytesOf, type JudgedWorld, openJudgedWorld, opinionOf, opinionsIn } from './judged-world.js'
import { cmsTamperings } from './tampering/cms-tampering.js'
import { trustTamperings } from './tampering/trust-tampering.js'
import { xmlTamperings } from './tampering/xml-tampering.js'
import { zipTamperings } from './tampering/zip-tampering.js'
import { pdfTamperings } from './tampering/pdf-tampering.js'
import type { Tampering } from './tampering/tampering.js'

// Files that somebody has meddled with, judged by EU DSS and by us. What we pass, DSS must pass; where we differ, the
// difference stands in a table with its reason.

if (!hasDss) process.stderr.write('SKIPPED: EU DSS is not on this machine (.ci/install-judges)\n')

let world: JudgedWorld
let dss: DssJudge

beforeAll(async () => {
  world = await openJudgedWorld()
  if (!hasDss) return
  dss = new DssJudge()
  await dss.trust(...world.anchors)
}, 60_000)

afterAll(async () => {
  if (hasDss) await dss.stop()
  await world.close()
})

/** Verdicts without the level, which is about form and not about trust. */
const verdicts = (opinions: readonly string[]): string =>
  opinions.map(opinion => opinion.replace(/ [^ ]+$/, '')).join(', ') || 'no signature'

const unreadable = 'unreadable'

async function judge({ file, original, before, after }: Tampering): Promise<{ ours: string; theirs: string; why: string }> {
  await before?.()
  if (before) world.forgetRevocation()
  const path = world.bench.put('tampered', file)
  const beside = original ? [original] : []
  const files = beside.map(one => world.bench.put(one.fileName, bytesOf(one)))
  let why = ''
  const theirs = await dss.validate(path, ...files).then(
    all => {
      why += all.map(({ messages }) => messages).join(' | ')
      return verdicts(all.map(opinionOf))
    },
    (error: unknown) => {
      why += String(error)
      return unreadable
    }
  )
  const ours = await world.report(file, beside).then(
    report => {
      why += `\n      ${JSON.stringify(report.signatures.map(({ reasons, warnings, levelFaults }) => [reasons, warnings, levelFaults]))}`
      return verdicts(opinionsIn(report))
    },
    (error: unknown) => {
      if (!(error instanceof Refused)) throw error
      return unreadable
    }
  )
  if (process.env.PYH && path) {
    const { PyhankoJudge } = await import('../judges/pyhanko-judge.js')
    const shared = globalThis as { pyh?: InstanceType<typeof PyhankoJudge> }
    if (!shared.pyh) {
      shared.pyh = new PyhankoJudge()
      await shared.pyh.trust(...world.anchors)
    }
    const said = await shared.pyh.validate(path, 'B-B').then(all => all.map(({ status }) => status === 'PASSED' ? 'TOTAL-PASSED' : 'no').join(', '), (error: unknown) => String(error).slice(0, 100))
    process.stderr.write(`PYH ${said === ours ? 'same' : 'DIFF'} | ${ours} | ${said}\n`)
  }
  await after?.()
  if (after) world.forgetRevocation()
  return { ours, theirs, why }
}

describe('tampered', () => {
  it.each([
    ['CAdES', cmsTamperings],
    ['XAdES', xmlTamperings],
    ['ASiC', zipTamperings],
    ['PAdES', pdfTamperings],
    ['trust', trustTamperings]
  ])('%s', async (_, make) => {
    for (const one of await make(world)) {
      const { ours, theirs, why } = await judge(one)
      process.stderr.write(`${ours === theirs ? '  ' : '!!'} ${one.name}${one.harmless ? ' (harmless)' : ''}\n      dss  ${theirs}\n      ours ${ours}\n      ${why}\n`)
    }
  }, 120_000)
})
