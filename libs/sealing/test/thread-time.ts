/**
 * Processor time of this thread so far, in milliseconds. What a hostile file may cost is measured by it: by the clock, a
 * test would also fail because others work on the same machine.
 */
export function threadTime(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
