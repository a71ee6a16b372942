/** Exit codes, stable: scripts branch on them. */
export const exitCode = {
  /** Everything was sealed or raised, or every signature is TOTAL-PASSED. */
  fine: 0,
  /** A file could not be worked on, or a signature is TOTAL-FAILED. */
  failed: 1,
  /** The command or its configuration is wrong; nothing was done. */
  usage: 2,
  /** A key, a time-stamp authority or a revocation service is away; try again. */
  away: 3,
  /** Nothing failed, but some signature is INDETERMINATE, or a file has none. */
  indeterminate: 4
} as const

/** One of `exitCode`. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** The worst of several codes, by what a script should look at first. */
export function worst(codes: Iterable<ExitCode>): ExitCode {
  const met = new Set(codes)
  const order = [exitCode.usage, exitCode.failed, exitCode.away, exitCode.indeterminate]
  return order.find(code => met.has(code)) ?? exitCode.fine
}
