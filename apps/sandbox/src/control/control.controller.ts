import { Body, Controller, Delete, Get, HttpCode, HttpException, Post, Query } from '@nestjs/common'
import { z } from 'zod'
import { Pki, type TrustAnchors } from '../pki/pki.js'
import { canFail, Faults, type Fault, type FaultySurface, faultModes, faultySurfaces } from '../world/faults.js'
import { Ledger, type LedgerEntry } from '../world/ledger.js'
import type { Scenario } from '../world/scenario.js'
import { scenarios } from '../world/scenarios.js'
import { WorldClock } from '../world/world-clock.js'
import { readOrder } from './read-order.js'

const faultOrder = z
  .strictObject({
    surface: z.enum(faultySurfaces),
    mode: z.enum(faultModes),
    share: z.number().min(0).max(1).default(1),
    times: z.int().min(1).optional(),
    only: z.string().min(1).optional()
  })
  .refine(({ surface, mode }) => canFail(surface, mode), {
    path: ['mode'],
    error: 'the surface cannot fail in this way'
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
    const { by } = readOrder(advanceOrder, body)
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
    const { surface, mode, share, times, only } = readOrder(faultOrder, body)
    const limits = { ...(times === undefined ? {} : { times }), ...(only === undefined ? {} : { only }) }
    this.faults.set(surface, mode, share, limits)
    this.ledger.write({ surface: 'control', action: 'fault-set', on: surface, mode, share, ...limits })
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
