import { Injectable } from '@nestjs/common'
import { Pki } from '../pki/pki.js'
import { StateStore } from '../world/state-store.js'
import { WorldClock } from '../world/world-clock.js'
import { AccessTokens } from './access-tokens.js'
import { Activations } from './activations.js'
import { Approvals } from './approvals.js'
import { readCscSettings } from './csc-settings.js'
import { PendingApprovals } from './pending-approvals.js'
import { RemoteHsm } from './remote-hsm.js'

/** The parts of the remote seal service that its two interfaces and the levers share. */
@Injectable()
export class RemoteSealService {
  readonly tokens: AccessTokens
  readonly activations: Activations
  readonly approvals: Approvals
  readonly pending: PendingApprovals
  readonly hsm: RemoteHsm

  constructor(pki: Pki, store: StateStore, clock: WorldClock) {
    this.tokens = new AccessTokens(clock)
    this.activations = new Activations(clock)
    this.approvals = new Approvals(store)
    this.pending = new PendingApprovals()
    this.hsm = new RemoteHsm(pki, readCscSettings(process.env))
  }
}
