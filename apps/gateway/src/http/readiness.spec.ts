import { Logger } from '@nestjs/common'
import { platformProblems, Unavailable } from '#platform'
import { Readiness, type ReadinessProbe } from './readiness.js'
import { HandClock, startTestApp, World } from './testing/test-app.js'

/** A probe that counts how often it is tried. */
class CountingProbe implements ReadinessProbe {
  tried = 0
  fault: Error | undefined
  constructor(
    readonly name = 'database',
    readonly critical = true
  ) {}
  async check(): Promise<void> {
    this.tried++
    if (this.fault) throw this.fault
  }
}

describe('readiness', () => {
  // failures are part of these stories; the log has a spec of its own
  beforeAll(() => Logger.overrideLogger(false))

  const away = new Unavailable(platformProblems['database-unavailable'])

  it('remembers good news for two seconds and bad news for five', async () => {
    const [clock, probe] = [new HandClock(), new CountingProbe()]
    const readiness = new Readiness([probe], clock)
    const after = async (ms: number) => {
      clock.time += ms
      const [result] = await readiness.results()
      return { ok: result!.ok, code: result!.code, tried: probe.tried }
    }
    expect(await after(0)).toEqual({ ok: true, tried: 1 })
    expect(await after(1999)).toEqual({ ok: true, tried: 1 })
    probe.fault = away
    const down = { ok: false, code: 'platform/database-unavailable' }
    expect(await after(1)).toEqual({ ...down, tried: 2 })
    probe.fault = undefined
    expect(await after(4999)).toEqual({ ...down, tried: 2 })
    expect(await after(1)).toEqual({ ok: true, tried: 3 })
  })

  it('gives up on a probe that hangs, and does not start it a second time', async () => {
    const clock = new HandClock()
    let tried = 0
    let answer: () => void = () => undefined
    const check = () => {
      tried++
      return new Promise<void>(resolve => (answer = resolve))
    }
    const times = { goodFor: 0, badFor: 0, timeout: 20 }
    const readiness = new Readiness([{ name: 'seal', critical: false, check }], clock, times)
    expect(await readiness.results()).toMatchObject([{ ok: false, code: 'gateway/probe-timed-out' }])
    expect(await readiness.results()).toMatchObject([{ ok: false, code: 'gateway/probe-timed-out' }])
    expect(tried).toBe(1)
    const third = readiness.results()
    answer()
    expect(await third).toMatchObject([{ ok: true }])
  })

  it('says what went wrong by code, never by message', async () => {
    const probe = new CountingProbe()
    probe.fault = new Error('password authentication failed for user "goniec"')
    const results = await new Readiness([probe], new HandClock()).results()
    expect(results).toMatchObject([{ ok: false, code: 'gateway/probe-failed' }])
    expect(JSON.stringify(results)).not.toContain('password')
  })

  it('is 200 with every result, degraded without what is not critical, 503 without what is', async () => {
    const world = new World()
    const [database, seal] = [new CountingProbe(), new CountingProbe('seal', false)]
    world.probes = [database, seal]
    const app = await startTestApp(world)
    const ask = () => app.inject({ url: '/readyz' })
    expect((await ask()).json()).toMatchObject({ status: 'ready', probes: [{ name: 'database' }, { name: 'seal' }] })
    seal.fault = away
    world.clock.time += 10_000
    expect([(await ask()).statusCode, (await ask()).json().status]).toEqual([200, 'degraded'])
    database.fault = away
    world.clock.time += 10_000
    const down = await ask()
    expect(down.statusCode).toBe(503)
    expect(down.headers['retry-after']).toBe('5')
    expect(down.json()).toMatchObject({
      code: 'gateway/not-ready',
      facts: {
        failing: ['database: platform/database-unavailable', 'seal: platform/database-unavailable'],
        working: []
      }
    })
    // being unready is no reason to be killed
    expect((await app.inject({ url: '/livez' })).statusCode).toBe(200)
    await app.close()
  })
})
