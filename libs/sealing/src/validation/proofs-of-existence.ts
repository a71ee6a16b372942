/** A time at which something is proven to have existed, and by what. */
export interface ProofOfExistence {
  readonly time: Date
  /** Id of the time stamp; absent: the thing is here now. */
  readonly timestampId?: string
}

/**
 * The set of proofs of existence (EN 319 102-1, 5.6.2.3): by key (SHA-256 of a certificate, response, list or token; id of a
 * signature). Everything exists at the time of validation.
 */
export class ProofsOfExistence {
  private readonly proofs = new Map<string, ProofOfExistence[]>()
  private readonly present: ProofOfExistence

  constructor(now: Date) {
    this.present = { time: now }
  }

  add(key: string, proof: ProofOfExistence): void {
    const list = this.proofs.get(key)
    if (list) list.push(proof)
    else this.proofs.set(key, [proof])
  }

  /** The earliest proof. */
  earliest(key: string): ProofOfExistence {
    let earliest = this.present
    for (const proof of this.proofs.get(key) ?? []) if (proof.time < earliest.time) earliest = proof
    return earliest
  }

  /** Whether it is proven to have existed at (that is: at or before) a time. */
  existedAt(key: string, time: Date): boolean {
    return this.earliest(key).time <= time
  }

  /** Whether there is a proof between two times. */
  existedBetween(key: string, from: Date, to: Date): boolean {
    const within = ({ time }: ProofOfExistence) => time >= from && time <= to
    return within(this.present) || (this.proofs.get(key) ?? []).some(within)
  }
}
