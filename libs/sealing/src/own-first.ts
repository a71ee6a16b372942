import { Refused } from '#platform/plain'
import { authorityOf } from './cms/raise-cades.js'
import { type Leaf, type Material, type MaterialSource, merged } from './material.js'
import { sealingProblems } from './sealing.errors.js'
import type { Timestamp, TimestampAuthority } from './timestamp/timestamp-authority.js'

/**
 * A source for one file in which a seal of ours may stand beside signatures of strangers. Our keys, and the authorities whose
 * time stamps we ask for, must be shown to be good; nobody else must, for our seal does not depend on whether an earlier signer's
 * authority is known here.
 */
export class OwnFirst implements MaterialSource {
  private readonly asked: Buffer[] = []
  private met = false
  private trouble: Refused | undefined

  /** @param keys certificates of our keys, DER */
  constructor(
    private readonly source: MaterialSource,
    private readonly keys: readonly Buffer[]
  ) {}

  /** A time stamp that we asked for. */
  note({ token }: Pick<Timestamp, 'token'>): void {
    const authority = authorityOf(token)
    if (authority) this.asked.push(authority)
  }

  /** The same authority, each of its time stamps noted. */
  noting(tsa: TimestampAuthority): TimestampAuthority {
    return {
      get expectedTokenBytes() {
        return tsa.expectedTokenBytes
      },
      stamp: async imprint => {
        const stamp = await tsa.stamp(imprint)
        this.note(stamp)
        return stamp
      }
    }
  }

  async collect(leaves: readonly Leaf[]): Promise<Material> {
    const found = await Promise.all(leaves.map(leaf => this.collectOne(leaf)))
    return found.reduce(merged, { certificates: [], ocspResponses: [], crls: [] })
  }

  /** For a file that need not hold a seal of ours. @throws Refused what was wrong with a stranger's, where it holds none. */
  assertComplete(): void {
    if (this.trouble && !this.met) throw this.trouble
  }

  private async collectOne(leaf: Leaf): Promise<Material> {
    const isIn = (all: readonly Buffer[]): boolean => all.some(one => one.equals(leaf.certificate))
    const own = isIn(this.keys)
    if (own) this.met = true
    try {
      return await this.source.collect([{ ...leaf, own }])
    } catch (error) {
      if (own || isIn(this.asked) || !(error instanceof Refused) || !strangersTrouble.includes(error.type)) throw error
      this.trouble ??= error
      return { certificates: [], ocspResponses: [], crls: [] }
    }
  }
}

const strangersTrouble = [sealingProblems['certificate-untrusted'], sealingProblems['certificate-revoked']]
