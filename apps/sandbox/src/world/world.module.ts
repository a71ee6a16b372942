import { type DynamicModule, Module } from '@nestjs/common'
import { OperatorTokens } from '../operator-token/operator-tokens.js'
import { Pki } from '../pki/pki.js'
import { Revocations } from '../pki/revocations.js'
import { TimestampAuthority } from '../tsa/timestamp-authority.js'
import { Faults } from './faults.js'
import { Ledger } from './ledger.js'
import { Origin } from './origin.js'
import { StateStore } from './state-store.js'
import { WorldClock } from './world-clock.js'

/** Injection token of the second time-stamp authority; the first is injected by its class. */
export const SECOND_TSA = 'SecondTimestampAuthority'

/** The things that every surface of the sandbox shares; each can be injected anywhere by its class. */
export interface World {
  store: StateStore
  clock: WorldClock
  ledger: Ledger
  origin: Origin
  faults: Faults
  pki: Pki
  revocations: Revocations
  tsa: TimestampAuthority
  /** Another authority, for clients that turn to the next one when the first fails. */
  secondTsa: TimestampAuthority
  operatorTokens: OperatorTokens
}

/** Makes the world injectable in all modules of the sandbox. */
@Module({})
export class WorldModule {
  /** @param world already opened parts; whoever opened them closes them */
  static of(world: World): DynamicModule {
    const providers = [
      { provide: StateStore, useValue: world.store },
      { provide: WorldClock, useValue: world.clock },
      { provide: Ledger, useValue: world.ledger },
      { provide: Origin, useValue: world.origin },
      { provide: Faults, useValue: world.faults },
      { provide: Pki, useValue: world.pki },
      { provide: Revocations, useValue: world.revocations },
      { provide: TimestampAuthority, useValue: world.tsa },
      { provide: SECOND_TSA, useValue: world.secondTsa },
      { provide: OperatorTokens, useValue: world.operatorTokens }
    ]
    return { module: WorldModule, global: true, providers, exports: providers }
  }
}
