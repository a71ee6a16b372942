import { randomBytes } from 'node:crypto'
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
    const bytes = randomBytes(16)
    bytes.writeUIntBE(this.clock.now().getTime(), 0, 6)
    bytes[6] = (bytes[6]! & 0x0f) | 0x70
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const hex = bytes.toString('hex')
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  }
}
