import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

/** What `postmaster.pid` says about a server (PostgreSQL sources, miscadmin.h, LOCK_FILE_LINE_*). */
export interface PidFile {
  readonly pid: number
  /** TCP port; 0 while the server has not yet come so far as to write it. */
  readonly port: number
}

/** What the system says about the process of that number. */
export type ProcessFound =
  | { is: 'gone' }
  /** It lives (or waits to be reaped), and it is not a server of this data directory. */
  | { is: 'foreign' }
  | { is: 'server'; parent: number }
  /** The system would not tell (no /proc, no `ps`). */
  | { is: 'unknown' }

/** Reads the server's pid file; undefined where there is none. */
export async function readPidFile(dataDir: string): Promise<PidFile | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => undefined)
  const [pid, , , port] = text?.split('\n') ?? []
  return Number(pid) > 0 ? { pid: Number(pid), port: Number(port ?? 0) } : undefined
}

/**
 * Looks whether process `pid` is a server that was started by us for `dataDir`. Process numbers are used again, so the
 * number in a pid file alone proves nothing and is never signalled without this look.
 */
export async function lookAtProcess(pid: number, dataDir: string): Promise<ProcessFound> {
  if (!isAlive(pid)) return { is: 'gone' }
  const seen = process.platform === 'linux' ? await fromProc(pid) : await fromPs(pid)
  if (!seen) return isAlive(pid) ? { is: 'unknown' } : { is: 'gone' }
  const isServer = basename(seen.program).startsWith('postgres') && ` ${seen.rest} `.includes(` -D ${dataDir} `)
  return isServer ? { is: 'server', parent: seen.parent } : { is: 'foreign' }
}

/** Whether a process of this number exists, be it ours or not, be it a zombie or not. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

interface Seen {
  readonly parent: number
  readonly program: string
  readonly rest: string
}

async function fromProc(pid: number): Promise<Seen | undefined> {
  try {
    const [program = '', ...rest] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    return { parent: Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0), program, rest: rest.join(' ') }
  } catch {
    return undefined
  }
}

async function fromPs(pid: number): Promise<Seen | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'ppid=,args=', '-p', String(pid)])
    const [, parent, program = '', rest = ''] = /^\s*(\d+)\s+(\S+)\s*(.*)$/m.exec(stdout) ?? []
    return { parent: Number(parent ?? 0), program, rest }
  } catch {
    return undefined
  }
}
