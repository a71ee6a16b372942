import { Logger } from '@nestjs/common'
import { Clock, Refused, Unavailable } from '#platform'
import { gatewayProblems } from './gateway.errors.js'

/** Nest token of the list of probes (`ReadinessProbe[]`); empty means: always ready. */
export const READINESS_PROBES = Symbol('READINESS_PROBES')

/** One thing that Goniec needs from outside, and how to try it for real. */
export interface ReadinessProbe {
  name: string
  /** Without it no letter can be taken in; others only make letters wait. */
  critical: boolean
  /** Resolves when it works; anything thrown means that it does not. */
  check(): Promise<void>
}

/** How one probe went. */
export interface ProbeResult {
  name: string
  critical: boolean
  ok: boolean
  /** Code of the problem, when not ok. */
  code?: string
  checkedAt: string
}

/** How long results are good for and how long a probe may take, in milliseconds. */
export interface ReadinessTimes {
  goodFor: number
  badFor: number
  timeout: number
}

const TIMES: ReadinessTimes = { goodFor: 2000, badFor: 5000, timeout: 5000 }

interface Kept {
  result: ProbeResult
  at: number
}

/**
 * Tries the probes, and remembers results for a short while: orchestrators and monitors ask often, and a seal key or
 * an outside service must not be worn out by questions. A probe that hangs is not started a second time.
 */
export class Readiness {
  private readonly log = new Logger(Readiness.name)
  private readonly kept = new Map<string, Kept>()
  private readonly running = new Map<string, Promise<void>>()

  constructor(
    private readonly probes: readonly ReadinessProbe[],
    private readonly clock: Clock,
    private readonly times: ReadinessTimes = TIMES
  ) {}

  /** All results, in the order of the probes. */
  async results(): Promise<ProbeResult[]> {
    return Promise.all(this.probes.map(probe => this.resultOf(probe)))
  }

  private async resultOf(probe: ReadinessProbe): Promise<ProbeResult> {
    const known = this.kept.get(probe.name)
    const age = known ? this.clock.now().getTime() - known.at : Infinity
    if (known && age >= 0 && age < (known.result.ok ? this.times.goodFor : this.times.badFor)) return known.result
    const code = await this.tryOut(probe)
    const now = this.clock.now()
    const { name, critical } = probe
    const result = { name, critical, ok: !code, ...(code ? { code } : {}), checkedAt: now.toISOString() }
    this.kept.set(name, { result, at: now.getTime() })
    return result
  }

  /** @returns code of the problem, or undefined when all is well */
  private async tryOut(probe: ReadinessProbe): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined
    const timedOut = new Promise<'timed-out'>(resolve => {
      timer = setTimeout(resolve, this.times.timeout, 'timed-out')
    })
    try {
      const outcome = await Promise.race([this.start(probe), timedOut])
      return outcome === 'timed-out' ? gatewayProblems['probe-timed-out'].code : undefined
    } catch (error) {
      if (error instanceof Unavailable || error instanceof Refused) return error.type.code
      this.log.error({ err: error, probe: probe.name }, 'readiness probe failed unexpectedly')
      return gatewayProblems['probe-failed'].code
    } finally {
      clearTimeout(timer)
    }
  }

  private start(probe: ReadinessProbe): Promise<void> {
    let running = this.running.get(probe.name)
    if (!running) {
      running = (async () => probe.check())().finally(() => this.running.delete(probe.name))
      // a failure after the time-out has nobody waiting for it
      running.catch(() => undefined)
      this.running.set(probe.name, running)
    }
    return running
  }
}
