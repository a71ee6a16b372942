import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether a program is on this machine. */
export function has(tool: string, ...probe: string[]): boolean {
  return spawnSync(tool, probe, { stdio: 'ignore' }).error === undefined
}

/** `it` where all tools are there; otherwise `it.skip`, with the reason printed. */
export function itWith(...tools: readonly (readonly [string, ...string[]])[]): jest.It {
  const missing = tools.filter(([tool, ...probe]) => !has(tool, ...probe)).map(([tool]) => tool)
  if (missing.length === 0) return it
  process.stderr.write(`SKIPPED: not on this machine: ${missing.join(', ')}\n`)
  return it.skip
}

export const qpdf = ['qpdf', '--version'] as const
export const pdfsig = ['pdfsig', '-v'] as const
export const openssl = ['openssl', 'version'] as const
export const python3 = ['python3', '--version'] as const
export const unzip = ['unzip', '-v'] as const
export const xmlsec1 = ['xmlsec1', '--version'] as const

/** A folder that goes away when the tests end. */
export class Workbench {
  readonly folder = mkdtempSync(join(tmpdir(), 'goniec-interop-'))

  put(name: string, bytes: Buffer | string): string {
    const path = join(this.folder, name)
    writeFileSync(path, bytes)
    return path
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Runs a tool; its standard output and error together. Throws when it fails. */
  run(tool: string, ...args: string[]): string {
    const { status, stdout, stderr, error } = spawnSync(tool, args, { cwd: this.folder, encoding: 'latin1' })
    if (error || status !== 0)
      throw new Error(`${tool} ${args[0]} ended with ${status}: ${stdout}${stderr}`, { cause: error })
    return stdout + stderr
  }

  /** Runs a tool with bytes in and bytes out. */
  pipe(input: Buffer, tool: string, ...args: string[]): Buffer {
    return execFileSync(tool, args, { cwd: this.folder, input, stdio: ['pipe', 'pipe', 'ignore'] })
  }

  clear(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
