import { DssJudge, hasDss } from '../judges/dss-judge.js'
import { type JudgedWorld, openJudgedWorld } from './judged-world.js'

/**
 * Opens a world and EU DSS, which trusts what we trust in it, before the tests of a file, and closes both after them. Where DSS
 * is absent that is printed and nothing is opened: the tests are to be left out by `hasDss`.
 */
export function judgedByDss(opened: (world: JudgedWorld, dss: DssJudge) => Promise<void> | void): void {
  if (!hasDss) {
    process.stderr.write('SKIPPED: EU DSS is not on this machine (.ci/install-judges)\n')
    return
  }
  let world: JudgedWorld
  let dss: DssJudge

  beforeAll(async () => {
    world = await openJudgedWorld()
    dss = new DssJudge()
    await dss.trust(...world.anchors)
    await opened(world, dss)
  }, 60_000)

  afterAll(async () => {
    await dss.stop()
    await world.close()
  })
}
