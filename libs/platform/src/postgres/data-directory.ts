import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, link, lstat, mkdir, readFile, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { accountCan, isRoot, ServerAccount } from './server-account.js'

/** Name of the superuser that every cluster of ours is made with. */
export const superuser = 'postgres'

/** Where things that the server's account must reach are put, when the asked-for place will not do. Not world-writable. */
export async function reachableDir(dataDir: string): Promise<string> {
  if (!isRoot()) return dirname(resolve(dataDir))
  for (const dir of ['/var/lib/goniec', '/var/tmp/goniec']) {
    const made = await mkdir(dir, { recursive: true, mode: 0o755 }).then(
      () => true,
      () => false
    )
    // In /var/tmp anybody may have made a folder of this name before us: only root's own is trusted.
    const found = made ? await lstat(dir) : undefined
    if (found?.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0) return dir
  }
  throw new Error('neither /var/lib/goniec nor /var/tmp/goniec can be made for the data of PostgreSQL')
}

/** The password of the superuser: kept beside the data directory, readable by this user alone; made where `mayMake`. */
export async function keptPassword(dataDir: string, mayMake: boolean): Promise<string> {
  const file = join(dirname(resolve(dataDir)), `${basename(dataDir)}.password`)
  if (mayMake) {
    // Written beside and linked into place: of two programs starting at once both read the same, whole password.
    const made = `${file}.${randomBytes(8).toString('hex')}`
    await writeFile(made, randomBytes(24).toString('base64url'), { mode: 0o600 })
    await link(made, file).catch(unlessThere)
    await rm(made)
  }
  const password = await readFile(file, 'utf8').catch(() => '')
  if (!password) throw new Error(`${file} is missing or empty: without the password the data cannot be opened`)
  return password
}

/** The real path of the cluster behind `dataDir`, or undefined where there is none yet. */
export async function existingCluster(dataDir: string, account: ServerAccount): Promise<string | undefined> {
  const real = await realpath(dataDir).catch(() => undefined)
  if (!real || !(await stat(join(real, 'PG_VERSION')).catch(() => undefined))) return undefined
  if (account && !(await accountCan(account, '-x', real))) {
    throw new Error(
      `user ${account.uid}, who owns the data in ${real}, cannot reach it: move it out of a closed folder`
    )
  }
  return real
}

/**
 * Makes a new cluster for `dataDir` and returns its real path. It is made beside and moved into place whole, so that
 * a program killed half-way, or two starting at once, never leave half a cluster.
 *
 * Where the account cannot enter the folder of `dataDir` (root's project under /root, say), the cluster gets a new folder
 * under {@link reachableDir} and `dataDir` becomes a link to it: deleting the link means starting afresh.
 */
export async function makeCluster(
  dataDir: string,
  initdb: string,
  account: ServerAccount,
  password: string
): Promise<string> {
  const wanted = join(await realpath(dirname(resolve(dataDir))), basename(dataDir))
  const here = !account || (await accountCan(account, '-x', dirname(wanted)))
  const place = here ? wanted : join(await reachableDir(dataDir), `data-${randomBytes(8).toString('hex')}`)
  const making = `${place}.making-${randomBytes(8).toString('hex')}`
  await mkdir(making, { mode: 0o700 })
  if (account) await chown(making, account.uid, account.gid)
  const passwordFile = `${making}.password`
  await writeFile(passwordFile, password, { mode: 0o600, flag: 'w' })
  try {
    if (account) await chown(passwordFile, account.uid, account.gid)
    await promisify(execFile)(initdb, initdbArguments(making, passwordFile), { ...account, cwd: '/', env: serverEnv() })
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(making, place).catch(unlessThere)
  await rm(making, { recursive: true, force: true })
  if (!here) {
    // A link to nothing: the data it led to was deleted.
    if (!(await stat(wanted).catch(() => undefined))) await rm(wanted, { force: true })
    await symlink(place, wanted).catch(unlessThere)
    if ((await realpath(wanted)) !== place) await rm(place, { recursive: true, force: true })
  }
  return await realpath(wanted)
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST' && error.code !== 'ENOTEMPTY') throw error
}

/** What the server's programs need of our environment, and no secrets of ours. */
export function serverEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, LC_ALL: 'C' }
}

/**
 * UTF-8, and the locale C.UTF-8 that is built into the server (PostgreSQL 17 and newer): the same on every machine, no matter
 * which locales it has. Polish order is asked for by name where it matters (`COLLATE "pl-x-icu"`).
 */
function initdbArguments(dir: string, passwordFile: string): string[] {
  return [
    `--pgdata=${dir}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums'
  ]
}
