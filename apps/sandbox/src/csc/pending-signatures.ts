import { randomBytes } from 'node:crypto'
import { Injectable } from '@nestjs/common'
import { WorldClock } from '../world/world-clock.js'
import { invalidRequest } from './csc-error.js'

/** How long signatures are kept when the caller does not say, and at most, in milliseconds of the world. */
const usualPeriod = 3_600_000
const longestPeriod = 86_400_000

interface Pending {
  end: number
  /** Nothing until they are made; `failed` when the HSM could not. */
  signatures?: string[] | 'failed'
}

/** Signatures that were ordered asynchronously (v2.0 11.10, operation mode A) until they are fetched or too old. */
@Injectable()
export class PendingSignatures {
  readonly #pending = new Map<string, Pending>()

  constructor(private readonly clock: WorldClock) {}

  /** @throws HttpException 400 for a period that is none or too long */
  requirePeriod(period: number = usualPeriod): void {
    if (period < 1) throw invalidRequest('Invalid parameter validity_period')
    if (period > longestPeriod) throw invalidRequest('Out of bounds parameter validity_period')
  }

  /** Lets the work begin and gives the identifier under which its result is fetched. */
  start(work: () => Promise<string[]>, period: number = usualPeriod): string {
    const now = this.clock.now().getTime()
    for (const [id, { end }] of this.#pending) if (end <= now) this.#pending.delete(id)
    const pending: Pending = { end: now + period }
    const id = randomBytes(16).toString('base64url')
    this.#pending.set(id, pending)
    void work().then(
      signatures => (pending.signatures = signatures),
      () => (pending.signatures = 'failed')
    )
    return id
  }

  /** The signatures, as often as they are asked for; `waiting` before they are made. @throws HttpException 400 */
  collect(id: string): string[] | 'waiting' | 'failed' {
    const pending = this.#pending.get(id)
    if (!pending || pending.end <= this.clock.now().getTime()) throw invalidRequest('Invalid parameter requestID')
    return pending.signatures ?? 'waiting'
  }
}
