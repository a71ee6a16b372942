import { readdir, readFile } from 'node:fs/promises'

/** Clock ticks per second in /proc (USER_HZ, 100 on every Linux that Node runs on). */
const TICKS = 100

/**
 * Processor seconds of a process: user and system, with all its threads, and with those children of it that have ended.
 * Linux only.
 */
export async function processorSeconds(pid: number): Promise<number> {
  const fields = await statOf(pid)
  return fields ? ticks(fields, 11, 15) / TICKS : 0
}

/**
 * Processor seconds of a process and all processes under it, living or ended: a database server has one per connection.
 * Linux only.
 */
export async function treeSeconds(pid: number): Promise<number> {
  const numbers = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const all = new Map<number, string[]>()
  for (const number of numbers) {
    const fields = await statOf(number)
    if (fields) all.set(number, fields)
  }
  const secondsUnder = (top: number): number => {
    const under = [...all].filter(([, fields]) => Number(fields[1]) === top)
    return ticks(all.get(top) ?? [], 11, 15) / TICKS + under.reduce((sum, [child]) => sum + secondsUnder(child), 0)
  }
  return secondsUnder(pid)
}

/** The fields of /proc/<pid>/stat from the third on: what stands before may hold blanks. */
async function statOf(pid: number): Promise<string[] | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')
}

function ticks(fields: string[], from: number, to: number): number {
  return fields.slice(from, to).reduce((sum, field) => sum + Number(field), 0)
}
