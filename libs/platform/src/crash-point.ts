import { writeSync } from 'node:fs'

/** The one place where the variable is read; nothing but the tests of `test/crash` ever sets it. */
const DIES_AT = process.env['GONIEC_CRASH_AT']

/**
 * A place at which a crash must lose nothing. Does nothing at all, unless the process was started with
 * `GONIEC_CRASH_AT=<name>`: then it kills itself there, the way a machine does that loses its power. Nothing is
 * flushed, nobody is told; only one line goes to stderr beforehand, by which a test knows that the place was reached.
 *
 * Put it before and after whatever is made durable; not into pure functions.
 * @param name unique among the places: `before:<what>`, `recorded:<event>` (written, not committed), `after:<what>`
 */
export function crashPoint(name: string): void {
  if (name !== DIES_AT) return
  writeSync(2, `crash point ${name}\n`)
  process.kill(process.pid, 'SIGKILL')
}
