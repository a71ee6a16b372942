import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The user and group that the server runs as; undefined = the same as this process. */
export type ServerAccount = { readonly uid: number; readonly gid: number } | undefined

/** Is this process root? PostgreSQL refuses to run as root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/**
 * Chooses whom the server runs as. An ordinary user: itself. Root: the owner of the data if there is data, else the
 * `postgres` or `nobody` of /etc/passwd. It must be an account that exists: `initdb` looks its own name up.
 */
export async function chooseAccount(dataDir: string): Promise<ServerAccount> {
  if (!isRoot()) return undefined
  const owner = await stat(dataDir).catch(() => undefined)
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map(line => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const found = accounts.find(([login]) => login === name)
    if (found) return { uid: Number(found[2]), gid: Number(found[3]) }
  }
  throw new Error('PostgreSQL cannot run as root, and /etc/passwd has neither "postgres" nor "nobody" to run it as')
}

/** Whether the account really passes `test <flag> <path>`: asked of the system, so that ACLs and mounts count too. */
export async function accountCan(account: ServerAccount, flag: '-x' | '-r', path: string): Promise<boolean> {
  return await run('test', [flag, path], { ...account, cwd: '/' }).then(
    () => true,
    () => false
  )
}

/**
 * The command that starts `program` so that it gets SIGINT (PostgreSQL: a fast, clean shutdown) when this process dies
 * in whatever way. Needs util-linux `setpriv` on Linux; elsewhere the program is started plainly, and a server that
 * outlives us is adopted by the next start.
 */
export async function dyingWithParent(program: string, args: string[]): Promise<[string, string[]]> {
  if (process.platform !== 'linux') return [program, args]
  const prefix = ['--pdeathsig', 'INT', '--']
  return await run('setpriv', [...prefix, 'true']).then(
    () => ['setpriv', [...prefix, program, ...args]] as [string, string[]],
    () => [program, args] as [string, string[]]
  )
}
