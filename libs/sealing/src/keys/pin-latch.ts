import { createHmac, randomBytes } from 'node:crypto'
import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'

/** Fingerprints of the PINs that devices refused, for as long as this program runs. */
const refused = new Set<string>()
const fingerprintKey = randomBytes(32)

/**
 * Remembers that a device refused a PIN, so that nobody offers the same PIN to the same device again: a few wrong ones
 * lock the key of an institution for good. Another PIN is another latch. It holds until the program is restarted.
 */
export class PinLatch {
  private readonly id: string

  /** `device` names token or credential; the PIN itself is not kept here. */
  constructor(device: string, pin: string) {
    this.id = createHmac('sha256', fingerprintKey)
      .update(JSON.stringify([device, pin]))
      .digest('hex')
  }

  /** @throws Refused `sealing/key-pin-refused` when the device has refused this PIN before. */
  check(): void {
    if (refused.has(this.id)) throw pinRefused('refused before')
  }

  /** Remembers the refusal and gives the error to throw. `why`: a technical word, never what the device wrote. */
  burn(why: string): Refused {
    refused.add(this.id)
    return pinRefused(why)
  }
}

/** A PIN that was refused, or that must not be tried. */
export function pinRefused(why: string): Refused {
  return new Refused(sealingProblems['key-pin-refused'], { why })
}
