import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DataSource } from 'typeorm'
import { Provision, type Role } from '#access'
import { EmbeddedPostgres, KeyRing, SystemClock, UuidV7 } from '#platform'
import { migrate } from '../../../migrations/migrate.js'
import { startProgram, type Program } from './program.js'

/** A caller that can be used at once. */
export interface DemoCaller {
  tenantId: string
  label: string
  roles: Role[]
  /** API key. */
  key: string
}

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
  /** Starts the gateway again after it ended, on the same address. */
  restartGateway(): Promise<void>
  /** Stops everything, the database last. */
  stop(): Promise<void>
}

/** What the sandbox says a gateway needs. */
interface WorldCredentials {
  institution: { pkcs12File: string; passwordFile: string }
  systems: { ade: string; tenantId: string; keyFile: string }[]
  oidc: { issuer: string; audience: string }
  endpoints: { tsa: string; operatorToken: string; bae: string; purde: string }
}

/** Starts the whole system on this machine. Everything it makes is under `options.dir`. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const dir = resolve(options.dir)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const onLine = options.onLine ?? (() => undefined)
  const postgres = new EmbeddedPostgres({ dataDir: join(dir, 'postgres') })
  const databaseUrl = options.databaseUrl ?? (await postgres.start()).url
  const sandbox = await startProgram(
    'dist/apps/sandbox/src/main.js',
    'sandbox',
    { SANDBOX_PORT: String(options.sandboxPort), SANDBOX_DIR: join(dir, 'sandbox'), ...options.sandboxEnv },
    line => onLine('sandbox', line)
  )
  await migrate(databaseUrl)
  const credentials = await get<WorldCredentials>(`${sandbox.url}/control/credentials`)
  const callers = await provision(dir, databaseUrl, sandbox.url)
  const env = { ...(await gatewayEnv(dir, databaseUrl, sandbox.url, credentials)), ...options.gatewayEnv }
  const start = (port: number) =>
    startProgram('dist/apps/gateway/src/main.js', 'gateway', { ...env, GONIEC_PORT: String(port) }, line =>
      onLine('gateway', line)
    )
  const system: System = {
    sandbox,
    gateway: await start(options.gatewayPort),
    databaseUrl,
    callers,
    restartGateway: async () => {
      system.gateway = await start(Number(new URL(system.gateway.url).port))
    },
    stop: async () => {
      await system.gateway.stop()
      await sandbox.stop()
      if (!options.databaseUrl) await postgres.stop()
    }
  }
  return system
}

/** The two institutions of the sandbox's world, with one API key for each kind of caller; made once and kept. */
async function provision(dir: string, databaseUrl: string, sandboxUrl: string): Promise<DemoCaller[]> {
  const file = join(dir, 'callers.json')
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept) return JSON.parse(kept) as DemoCaller[]
  const clock = new SystemClock()
  const owner = await new DataSource({ type: 'postgres', url: databaseUrl, poolSize: 1 }).initialize()
  try {
    const provision = new Provision(owner, new UuidV7(clock), clock)
    const { systems } = await get<WorldCredentials>(`${sandboxUrl}/control/credentials`)
    const tenants = new Map<string, string[]>()
    for (const { tenantId, ade } of systems) tenants.set(tenantId, [...(tenants.get(tenantId) ?? []), ade])
    const callers: DemoCaller[] = []
    for (const [tenantId, addresses] of tenants) {
      const name = `Urząd ${callers.length === 0 ? 'Gminy Przykładowo' : 'Miasta Drugiego'}`
      await provision.tenant({ id: tenantId, name, addresses: addresses.map(ade => ({ ade, name, isPublic: true })) })
      for (const role of ['sender', 'auditor', 'operator'] as const) {
        const { text } = await provision.apiKey(tenantId, `demo ${role}`, [role])
        callers.push({ tenantId, label: `${name}: ${role}`, roles: [role], key: text })
      }
    }
    await writeFile(file, JSON.stringify(callers, null, 2), { mode: 0o600 })
    return callers
  } finally {
    await owner.destroy()
  }
}

async function gatewayEnv(
  dir: string,
  databaseUrl: string,
  sandboxUrl: string,
  { institution, systems, oidc, endpoints }: WorldCredentials
): Promise<NodeJS.ProcessEnv> {
  const kekFile = join(dir, 'kek.json')
  if (!(await exists(kekFile))) KeyRing.generate(kekFile)
  const anchors = await get<{ providers: string[]; tsa: string[] }>(`${sandboxUrl}/control/trust-anchors`)
  const [providers, tsa] = [join(dir, 'trusted-services.pem'), join(dir, 'trusted-tsa.pem')]
  await writeFile(providers, anchors.providers.join('\n'))
  await writeFile(tsa, anchors.tsa.join('\n'))
  const keyDir = resolve(systems[0]!.keyFile, '..')
  await chmod(kekFile, 0o600)
  return {
    DATABASE_URL: databaseUrl,
    GONIEC_KEK_FILE: kekFile,
    GONIEC_CLOCK_URL: `${sandboxUrl}/control/clock`,
    GONIEC_SEAL_PKCS12_FILE: institution.pkcs12File,
    GONIEC_SEAL_PKCS12_PASSWORD_FILE: institution.passwordFile,
    GONIEC_TSA_URL: endpoints.tsa,
    GONIEC_TSA_TRUST_FILE: tsa,
    GONIEC_BAE_URL: endpoints.bae,
    GONIEC_PURDE_URL: endpoints.purde,
    GONIEC_PURDE_TOKEN_URL: endpoints.operatorToken,
    GONIEC_PURDE_REALM_URL: endpoints.operatorToken.replace(/\/protocol\/.*$/, ''),
    GONIEC_PURDE_SYSTEM: 'GONIEC',
    GONIEC_PURDE_KEY_DIR: keyDir,
    GONIEC_EVIDENCE_TRUST_FILE: providers,
    GONIEC_EVIDENCE_TSA_TRUST_FILE: tsa,
    GONIEC_OIDC_ISSUERS: JSON.stringify([{ issuer: oidc.issuer, audience: oidc.audience }]),
    // a world on one machine needs no politeness, and a demo no patience
    GONIEC_COLLECT_SHORTEST_SECONDS: '0.5',
    GONIEC_COLLECT_LONGEST_SECONDS: '2',
    GONIEC_RECONCILE_SECONDS: '5',
    GONIEC_RETRY_DELAYS: '1,2,3',
    GONIEC_PURDE_SETTLE_MS: '1000',
    GONIEC_PURDE_COLLECT_PER_MINUTE: '600',
    GONIEC_PURDE_INQUIRE_PER_MINUTE: '6000'
  }
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}`)
  return (await response.json()) as T
}

async function exists(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false
  )
}
