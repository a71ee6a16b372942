import { ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile, realpath, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { existingCluster, keptPassword, makeCluster, reachableDir, serverEnv, superuser } from './data-directory.js'
import { lookAtProcess, readPidFile } from './running-server.js'
import { chooseAccount, dyingWithParent, ServerAccount } from './server-account.js'
import { findBinaries, ServerBinaries } from './server-binaries.js'

/** How long a start that fails at once is tried again: a killed server may hold its lock file for a moment. */
const retryMs = 5_000
/** How long a server may take to accept connections (crash recovery), or to go away. */
const readyMs = 60_000
/** After this long a shutdown that waits for something becomes an immediate one; the next start recovers from the log. */
const stopMs = 30_000

/** What an embedded server is started with. */
export interface EmbeddedPostgresOptions {
  /** Where the cluster lives. Its parent also gets `<name>.password` and `<name>.log`. */
  readonly dataDir: string
  /** TCP port on 127.0.0.1; 0 or none = any free one. A running server that is adopted keeps the port it has. */
  readonly port?: number
  /** Server settings over ours, e.g. `{ fsync: 'off' }` for tests. */
  readonly settings?: Readonly<Record<string, string>>
  /** Is told, in one line each, what the supervisor did. Never a secret. */
  readonly log?: (line: string) => void
}

/**
 * A real PostgreSQL from npm for demo, tests and trying out; production sets DATABASE_URL instead.
 *
 * It dies with the process that started it (Linux; start it from the main thread, as the system watches the thread).
 * Where a server of the same data directory still runs, it is adopted instead of started. No signal handlers are installed:
 * the caller stops it, and stops it last, when nobody uses it any more.
 */
export class EmbeddedPostgres {
  private child: ChildProcess | undefined
  private orphan: { pid: number; dataDir: string } | undefined
  private starting: Promise<{ url: string }> | undefined
  private stopping = false
  private wasAdopted = false

  constructor(private readonly options: EmbeddedPostgresOptions) {}

  /** True after a `start()` that found the server already running. */
  get adopted(): boolean {
    return this.wasAdopted
  }

  /**
   * Makes the cluster at the first time, starts the server or adopts the running one, and waits until it answers.
   * Returns the superuser's URL. Throws, with the end of the server's log, when it cannot be started.
   */
  start(): Promise<{ url: string }> {
    this.starting ??= this.bringUp()
    this.starting.catch(() => (this.starting = undefined))
    return this.starting
  }

  /**
   * Shuts the server down (fast: open transactions are rolled back) and waits until it is gone. A server that another living
   * program looks after is left alone. Harmless when nothing runs.
   */
  async stop(): Promise<void> {
    await this.starting?.catch(() => undefined)
    this.starting = undefined
    this.stopping = true
    if (this.child) await this.stopChild(this.child)
    else if (this.orphan) await this.stopOrphan(this.orphan)
    this.child = this.orphan = undefined
  }

  private async bringUp(): Promise<{ url: string }> {
    this.stopping = this.wasAdopted = false
    const wanted = resolve(this.options.dataDir)
    await mkdir(dirname(wanted), { recursive: true })
    const account = await chooseAccount(wanted)
    const binaries = await findBinaries(account, () => reachableDir(wanted))
    const existing = await existingCluster(wanted, account)
    const password = await keptPassword(wanted, existing === undefined)
    const dataDir = existing ?? (await makeCluster(wanted, binaries.initdb, account, password))
    const begun = performance.now()
    for (;;) {
      const url = (await this.adopt(dataDir, password)) ?? (await this.launch(dataDir, binaries, account, password))
      if (url) return { url }
      if (performance.now() - begun > retryMs) {
        throw new Error(`PostgreSQL in ${dataDir} did not start; its last words:\n${await this.lastWords()}`)
      }
      await pause(200)
    }
  }

  /** The URL of the server that already runs on the data, undefined where none does. Clears away a lock file of nobody's. */
  private async adopt(dataDir: string, password: string): Promise<string | undefined> {
    const begun = performance.now()
    for (;;) {
      const lock = await readPidFile(dataDir)
      if (!lock) return undefined
      const found = await lookAtProcess(lock.pid, dataDir)
      if (found.is === 'gone') return undefined
      if (found.is === 'foreign') {
        // The number belongs to somebody else now, or to a zombie: PostgreSQL would take either for a living server.
        await rm(join(dataDir, 'postmaster.pid'), { force: true })
        return undefined
      }
      const url = await this.connects(lock.port, dataDir, password)
      if (url) {
        const lonely = found.is === 'server' && found.parent === 1
        this.orphan = lonely ? { pid: lock.pid, dataDir } : undefined
        this.wasAdopted = true
        this.options.log?.(`PostgreSQL already runs on port ${lock.port}${lonely ? ', left over: adopted' : ''}`)
        return url
      }
      if (found.is === 'unknown') return undefined
      if (performance.now() - begun > readyMs)
        throw new Error(`PostgreSQL (process ${lock.pid}) runs but does not answer`)
      await pause(50)
    }
  }

  /** Starts the server; undefined when it ended before it answered (the log says why). */
  private async launch(
    dataDir: string,
    binaries: ServerBinaries,
    account: ServerAccount,
    password: string
  ): Promise<string | undefined> {
    const port = this.options.port || (await freePort())
    const [command, args] = await dyingWithParent(binaries.postgres, ['-D', dataDir, ...this.settings(port)])
    const log = await open(this.logFile(), 'a', 0o600)
    // A session of its own: Ctrl-C in a terminal must reach the application and not the database beneath it.
    const child = spawn(command, args, {
      ...account,
      cwd: '/',
      env: serverEnv(),
      detached: true,
      stdio: ['ignore', log.fd, log.fd]
    })
    child.unref()
    const ended = new Promise<undefined>(done => {
      child.once('error', () => done(undefined)).once('exit', () => done(undefined))
    })
    await log.close()
    const begun = performance.now()
    while (isRunning(child)) {
      const url = await Promise.race([this.connects(port, dataDir, password), ended])
      if (url) {
        this.child = child
        child.once('exit', () => this.stopping || this.options.log?.('PostgreSQL ended unasked'))
        this.options.log?.(`PostgreSQL started on port ${port}`)
        return url
      }
      if (performance.now() - begun > readyMs) {
        await this.stopChild(child)
        return undefined
      }
      await Promise.race([pause(20), ended])
    }
    return undefined
  }

  private settings(port: number): string[] {
    const settings = {
      port: String(port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: '200',
      shared_buffers: '64MB',
      synchronous_commit: 'on',
      timezone: 'UTC',
      log_timezone: 'UTC',
      // Values of rows and statements stay out of the log: they may be personal data.
      log_error_verbosity: 'terse',
      log_min_error_statement: 'panic',
      ...this.options.settings
    }
    return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  }

  /** The superuser's URL if a server on that port knows the password and serves exactly this directory. */
  private async connects(port: number, dataDir: string, password: string): Promise<string | undefined> {
    if (!port) return undefined
    const url = `postgresql://${superuser}:${password}@127.0.0.1:${port}/postgres`
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
      return (await realpath(rows[0]!.data_directory).catch(() => rows[0]!.data_directory)) === dataDir
        ? url
        : undefined
    } catch (error) {
      if ((error as { code?: string }).code === '28P01') {
        this.options.log?.(`The server on port ${port} does not take the password kept beside ${this.options.dataDir}`)
      }
      return undefined
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  private async stopChild(child: ChildProcess): Promise<void> {
    if (!isRunning(child)) return
    child.ref()
    const gone = once(child, 'exit')
    this.signal(child.pid!, 'SIGINT')
    const impatient = setTimeout(() => this.signal(child.pid!, 'SIGQUIT'), stopMs)
    await gone
    clearTimeout(impatient)
  }

  private async stopOrphan({ pid, dataDir }: { pid: number; dataDir: string }): Promise<void> {
    const isOurs = async () => (await lookAtProcess(pid, dataDir)).is === 'server'
    const begun = performance.now()
    if (await isOurs()) this.signal(pid, 'SIGINT')
    while (await isOurs()) {
      if (performance.now() - begun > stopMs) this.signal(pid, 'SIGQUIT')
      await pause(20)
    }
  }

  /** On Windows every signal is a hard end, which PostgreSQL recovers from at its next start. */
  private signal(pid: number, signal: 'SIGINT' | 'SIGQUIT'): void {
    try {
      process.kill(pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }

  private logFile(): string {
    const wanted = resolve(this.options.dataDir)
    return join(dirname(wanted), `${basename(wanted)}.log`)
  }

  private async lastWords(): Promise<string> {
    return (await readFile(this.logFile(), 'utf8').catch(() => '')).split('\n').slice(-12).join('\n')
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
