import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DataSource } from 'typeorm'
import { Provision, type Role } from '#access'
import { KeyRing, SystemClock, UuidV7 } from '#platform'
import { profileDefinition, ProvisionProfiles } from '#seals'

/** A caller that can be used at once. */
export interface DemoCaller {
  tenantId: string
  label: string
  roles: Role[]
  /** API key. */
  key: string
}

/** What the sandbox says a gateway needs. */
interface WorldCredentials {
  institution: { pkcs12File: string; passwordFile: string }
  seals: Record<string, { pkcs12File: string; passwordFile: string }>

  systems: { ade: string; tenantId: string; keyFile: string }[]
  oidc: { issuer: string; audience: string }
  endpoints: { tsa: string; secondTsa: string; operatorToken: string; bae: string; purde: string }
}

/** The two institutions of the sandbox's world, with one API key for each kind of caller; made once and kept. */
export async function provision(dir: string, databaseUrl: string, sandboxUrl: string): Promise<DemoCaller[]> {
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
      await provision.tenant({
        id: tenantId,
        name,
        addresses: addresses.map(ade => ({ ade, name, isPublic: true, kind: 'local-government' }))
      })
      for (const role of ['sender', 'auditor', 'operator'] as const) {
        const { text } = await provision.apiKey(tenantId, `demo ${role}`, [role])
        callers.push({ tenantId, label: `${name}: ${role}`, roles: [role], key: text })
      }
      await provisionSeal(new ProvisionProfiles(owner, new UuidV7(clock), clock), tenantId, name)
    }
    await writeFile(file, JSON.stringify(callers, null, 2), { mode: 0o600 })
    return callers
  } finally {
    await owner.destroy()
  }
}

/** A seal profile that every sender of the institution may use: a visible seal, with a time stamp. */
async function provisionSeal(profiles: ProvisionProfiles, tenantId: string, office: string): Promise<void> {
  const definition = profileDefinition.parse({
    key: 'institution',
    level: 'B-T',
    reason: 'Pieczęć urzędu',
    whenAway: 'raise-later',
    design: {
      width: 70,
      height: 24,
      text: { lines: [{ text: office, bold: true }, '{reason}', '{date} {time}', '{documentName}'] }
    }
  })
  await profiles.profile(tenantId, 'urzad', definition)
  await profiles.grant(tenantId, 'urzad', 'role:sender', 'use')
}

/** The environment of a gateway that works against a sandbox. */
export async function gatewayEnv(dir: string, databaseUrl: string, sandboxUrl: string): Promise<NodeJS.ProcessEnv> {
  const { institution, systems, oidc, endpoints } = await get<WorldCredentials>(`${sandboxUrl}/control/credentials`)
  const kekFile = join(dir, 'kek.json')
  if (!(await exists(kekFile))) KeyRing.generate(kekFile)
  const anchors = await get<{ providers: string[]; tsa: string[]; institution: string[] }>(
    `${sandboxUrl}/control/trust-anchors`
  )
  const [providers, tsa, seals] = ['trusted-services', 'trusted-tsa', 'trusted-seals'].map(name =>
    join(dir, `${name}.pem`)
  )
  await writeFile(providers!, anchors.providers.join('\n'))
  await writeFile(tsa!, anchors.tsa.join('\n'))
  await writeFile(seals!, anchors.institution.join('\n'))
  const keyDir = resolve(systems[0]!.keyFile, '..')
  await chmod(kekFile, 0o600)
  return {
    DATABASE_URL: databaseUrl,
    GONIEC_KEK_FILE: kekFile,
    GONIEC_CLOCK_URL: `${sandboxUrl}/control/clock`,
    GONIEC_SEAL_PKCS12_FILE: institution.pkcs12File,
    GONIEC_SEAL_PKCS12_PASSWORD_FILE: institution.passwordFile,
    GONIEC_SEAL_TRUST_FILE: seals,
    GONIEC_TSA_URL: `${endpoints.tsa},${endpoints.secondTsa}`,
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
    GONIEC_JOB_POLL_SECONDS: '0.5',
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
