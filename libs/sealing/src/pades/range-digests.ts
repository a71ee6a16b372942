import { createHash, type Hash } from 'node:crypto'
import type { RandomAccessSource } from '../source.js'
import { tooComplex } from './pdf-values.js'
import type { CoveredRange } from './signed-field.js'

const piece = 1024 * 1024

/** How often the whole file may be hashed, by several hashes or where gaps do not follow each other; and what is always allowed. */
const mostReadings = 6
const leastWork = 256 * 1024 * 1024

/**
 * Digests of what signatures cover. The bytes before the gap are hashed once for all signatures of a file: the state is
 * kept where the last one began, so a file with a hundred revisions is read once and not a hundred times.
 */
export class RangeDigests {
  private left: number
  private readonly states = new Map<string, { at: number; hash: Hash }>()

  constructor(private readonly source: RandomAccessSource) {
    this.left = mostReadings * source.size + leastWork
  }

  /** The digest of all bytes up to `end` but the gap, by a hash as node:crypto names it. */
  of({ gapStart, gapEnd, end }: CoveredRange, name: string): Buffer {
    let state = this.states.get(name)
    if (!state || state.at > gapStart) state = { at: 0, hash: createHash(name) }
    this.feed(state.hash, state.at, gapStart)
    this.states.set(name, { at: gapStart, hash: state.hash.copy() })
    this.feed(state.hash, gapEnd, end)
    return state.hash.digest()
  }

  private feed(hash: Hash, from: number, to: number): void {
    this.left -= Math.max(0, to - from)
    if (this.left < 0) throw tooComplex('signatures over the same bytes')
    for (let at = from; at < to; at += piece) hash.update(this.source.read(at, Math.min(piece, to - at)))
  }
}
