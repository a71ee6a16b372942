/** What a validation insists on, beside the standard itself (EN 319 102-1, 5.1.4: constraints). */
export interface ValidationPolicy {
  /** Named in reports. */
  readonly id: string
  /**
   * How old revocation information may be when it is used, in seconds (5.2.5). Absent: as long as from thisUpdate to
   * nextUpdate. For a signature it is used at the best signature time, for a time stamp at the time that it states.
   */
  readonly maximumRevocationAgeSeconds?: number
  /** The same for information that names no nextUpdate. */
  readonly ageWithoutNextUpdateSeconds: number
  /** Whether the network is asked only where what is in the file does not suffice, or always. */
  readonly online: 'when-needed' | 'always'
  /** What a change after signing that the signature does not permit does to the result. */
  readonly forbiddenChanges: 'indeterminate' | 'warn'
  /** Greatest time from the claimed signing time to the time stamp, in seconds (5.5.4, 5); absent: not asked. */
  readonly timestampDelaySeconds?: number
}

/** The policy of Goniec unless another one is given. */
export const defaultPolicy: ValidationPolicy = {
  id: 'goniec-default-1',
  ageWithoutNextUpdateSeconds: 86_400,
  online: 'when-needed',
  forbiddenChanges: 'indeterminate'
}
