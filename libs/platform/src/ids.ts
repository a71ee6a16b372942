import { randomUUID } from 'node:crypto'
import { Clock } from './clock.js'

/** Where new identifiers come from. */
export abstract class Ids {
  /** A fresh UUID version 7 (RFC 9562, 5.7): sortable by the time of making. */
  abstract next(): string
}

/** UUID version 7 from the injected clock and the system's random source (PostgreSQL 15 has no uuidv7()). */
export class UuidV7 extends Ids {
  constructor(private readonly clock: Clock) {
    super()
  }

  next(): string {
    const time = this.clock.now().getTime().toString(16).padStart(12, '0')
    // version 4 (5.4) has its variant and its random bits where version 7 has them, and comes from a supply drawn beforehand
    return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
  }
}
