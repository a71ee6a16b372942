import type { Clock } from '#platform/plain'
import type { FileContext } from './document.js'
import type { MaterialSource } from './material.js'
import type { SealLevel } from './seal-format.js'
import type { RandomAccessSource } from './source.js'
import type { TimestampAuthority } from './timestamp/timestamp-authority.js'

/** What raising the level of a seal takes. */
export interface RaiseTools extends FileContext {
  readonly tsa: TimestampAuthority
  /** Needed for B-LT and B-LTA. */
  readonly material?: MaterialSource
  readonly clock: Clock
}

/**
 * Raises every seal in a file to at least `to` (EN 319 122-1, 319 132-1, 319 142-1: augmentation). A file that is at
 * B-LTA already gets another archive time stamp over everything (renewal). Seals made by others are raised the same way.
 * The bytes that earlier signatures cover stay as they are.
 * @throws Refused when the file has no seal, or one that does not hold; Unavailable when someone who is needed is away.
 */
export type RaiseLevel = (file: RandomAccessSource, to: SealLevel, tools: RaiseTools) => Promise<RandomAccessSource>
