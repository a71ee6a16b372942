import { Body, Controller, Delete, Get, HttpCode, HttpException, Post, Query } from '@nestjs/common'
import { z } from 'zod'
import { Pki, type TrustAnchors } from '../pki/pki.js'
import { Faults, type Fault, type FaultySurface, faultModes, faultySurfaces } from '../world/faults.js'
import { Ledger, type LedgerEntry } from '../world/ledger.js'
import type { Scenario } from '../world/scenario.js'
import { scenarios } from '../world/scenarios.js'
import { WorldClock } from '../world/world-clock.js'

const faultOrder = z.strictObject({
  surface: z.enum(faultySurfaces),
  mode: z.enum(faultModes),
  share: z.number().min(0).max(1).default(1)
})
const advanceOrder = z.strictObject({ by: z.string() })

interface ClockReading {
  /** The world's time, ISO 8601, UTC. */
  now: string
  /** How far it is ahead of the machine, in milliseconds. */
  offsetMs: number
}

/** The levers of the world, for tests, demonstrations and people: clock, ledger, scenarios, faults, trust anchors. */
@Controller('control')
export class ControlController {
  constructor(
    private readonly clock: WorldClock,
    private readonly ledger: Ledger,
    private readonly faults: Faults,
    private readonly pki: Pki
  ) {}

  @Get('health')
  health(): { status: 'ok' } {
    return { status: 'ok' }
  }

  @Get('clock')
  readClock(): ClockReading {
    return { now: this.clock.now().toISOString(), offsetMs: this.clock.offsetMs }
  }

  @Post('clock/advance')
  @HttpCode(200)
  advanceClock(@Body() body: unknown): ClockReading {
    const { by } = read(advanceOrder, body)
    try {
      this.clock.advance(by)
    } catch (error) {
      if (error instanceof RangeError) throw new HttpException({ error: error.message }, 400)
      throw error
    }
    this.ledger.write({ surface: 'control', action: 'clock-advanced', by })
    return this.readClock()
  }

  /** Filters: `surface`, `action`, `since` (seq greater than); any other parameter must equal the fact of that name. */
  @Get('ledger')
  readLedger(@Query() query: Record<string, string>): { count: number; entries: LedgerEntry[] } {
    const { surface, action, since, ...where } = query
    if (since !== undefined && !/^\d+$/.test(since)) throw new HttpException({ error: 'since is a number' }, 400)
    const entries = this.ledger.entries({
      surface,
      action,
      since: since === undefined ? undefined : Number(since),
      where
    })
    return { count: entries.length, entries }
  }

  @Get('scenarios')
  listScenarios(): readonly Scenario[] {
    return scenarios
  }

  @Get('faults')
  listFaults(): Record<FaultySurface, Fault> {
    const entries = faultySurfaces.map(surface => [surface, this.faults.of(surface)])
    return Object.fromEntries(entries) as Record<FaultySurface, Fault>
  }

  @Post('faults')
  @HttpCode(200)
  setFault(@Body() body: unknown): Record<FaultySurface, Fault> {
    const { surface, mode, share } = read(faultOrder, body)
    this.faults.set(surface, mode, share)
    this.ledger.write({ surface: 'control', action: 'fault-set', on: surface, mode, share })
    return this.listFaults()
  }

  @Delete('faults')
  resetFaults(): Record<FaultySurface, Fault> {
    this.faults.reset()
    this.ledger.write({ surface: 'control', action: 'faults-reset' })
    return this.listFaults()
  }

  @Get('trust-anchors')
  trustAnchors(): TrustAnchors {
    return this.pki.trustAnchorsPem()
  }
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw new HttpException({ error: z.prettifyError(result.error) }, 400)
}
