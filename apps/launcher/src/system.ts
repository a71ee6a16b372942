import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { EmbeddedPostgres } from '#platform'
import { migrate } from '../../../migrations/migrate.js'
import { startProgram, type Program } from './program.js'
import { gatewayEnv, provision, type DemoCaller } from './world.js'

/** What is started, and where. */
export interface SystemOptions {
  /** Keeps database, keys and the sandbox's state. */
  dir: string
  /** 0: any free port. */
  gatewayPort: number
  sandboxPort: number
  /** Changes to the gateway's environment. */
  gatewayEnv?: NodeJS.ProcessEnv
  sandboxEnv?: NodeJS.ProcessEnv
  /** Lines that the programs print (the gateway's log is JSON). */
  onLine?: (program: 'gateway' | 'sandbox', line: string) => void
  /** A database that is there already; absent: the embedded one. */
  databaseUrl?: string
}

/** Gateway, sandbox and database, running. */
export interface System {
  sandbox: Program
  gateway: Program
  databaseUrl: string
  callers: DemoCaller[]
  /** Starts the gateway again after it ended, on the same address, with these changes to its environment. */
  restartGateway(changes?: NodeJS.ProcessEnv): Promise<void>
  /** Stops everything, the database last. */
  stop(): Promise<void>
}

/** Starts the whole system on this machine. Everything it makes is under `options.dir`. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const running: { stop(): Promise<void> }[] = []
  // what was started last is stopped first, and the database last of all
  const stop = async () => {
    for (const part of running.splice(0).reverse()) await part.stop()
  }
  try {
    return await startParts(options, running, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function startParts(
  options: SystemOptions,
  running: { stop(): Promise<void> }[],
  stop: () => Promise<void>
): Promise<System> {
  const dir = resolve(options.dir)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const onLine = options.onLine ?? (() => undefined)
  const databaseUrl = options.databaseUrl ?? (await embeddedDatabase(dir, running))
  const sandbox = await startProgram(
    'dist/apps/sandbox/src/main.js',
    'sandbox',
    { SANDBOX_PORT: String(options.sandboxPort), SANDBOX_DIR: join(dir, 'sandbox'), ...options.sandboxEnv },
    line => onLine('sandbox', line)
  )
  running.push(sandbox)
  await migrate(databaseUrl)
  const callers = await provision(dir, databaseUrl, sandbox.url)
  const env = { ...(await gatewayEnv(dir, databaseUrl, sandbox.url)), ...options.gatewayEnv }
  const start = (port: number, changes: NodeJS.ProcessEnv = {}) =>
    startProgram('dist/apps/gateway/src/main.js', 'gateway', { ...env, GONIEC_PORT: String(port), ...changes }, line =>
      onLine('gateway', line)
    )
  const system: System = {
    sandbox,
    gateway: await start(options.gatewayPort),
    databaseUrl,
    callers,
    restartGateway: async changes => {
      system.gateway = await start(Number(new URL(system.gateway.url).port), changes)
    },
    stop
  }
  running.push({ stop: () => system.gateway.stop() })
  return system
}

async function embeddedDatabase(dir: string, running: { stop(): Promise<void> }[]): Promise<string> {
  const postgres = new EmbeddedPostgres({ dataDir: join(dir, 'postgres') })
  const { url } = await postgres.start()
  running.push(postgres)
  return url
}
