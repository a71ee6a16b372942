import { parseArgs } from 'node:util'
import { readFile } from 'node:fs/promises'
import { DataSource } from 'typeorm'
import { z } from 'zod'
import { Provision, ROLES, SENDER_KINDS } from '#access'
import { parseAde } from '#addressee'
import { SystemClock, UuidV7 } from '#platform'
import { profileDefinition, ProvisionProfiles } from '#seals'
import { migrate } from '../../../migrations/migrate.js'

const USAGE = `goniec administration (works as the owner of the database: DATABASE_URL)

  migrate                                            bring the schema up to date
  tenant FILE.json                                   create or update a tenant:
                                                     {"id": uuid, "name": …, "addresses":
                                                       [{"ade", "name", "isPublic", "kind": ${SENDER_KINDS.join('|')}}]}
  api-key create --tenant ID --label L --role R …    issue a key (roles: ${ROLES.join(', ')}); it is shown once
  api-key revoke --tenant ID --key ID                revoke a key
  seal-profile put FILE.json --tenant ID --name N    create a seal profile, or give it a new definition
  seal-profile grant|revoke --tenant ID --name N --subject S --may use|approve
                                                     who may seal by it, or approve large batches of others:
                                                     key:<id>, oidc:<digest> or role:<role>
`

const tenantFile = z.strictObject({
  id: z.uuid(),
  name: z.string().min(1),
  addresses: z.array(
    z.strictObject({
      ade: z.string().transform(parseAde),
      name: z.string().min(1),
      isPublic: z.boolean(),
      kind: z.enum(SENDER_KINDS).default('other')
    })
  )
})

async function run(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      tenant: { type: 'string' },
      label: { type: 'string' },
      role: { type: 'string', multiple: true },
      key: { type: 'string' },
      name: { type: 'string' },
      subject: { type: 'string' },
      may: { type: 'string' }
    }
  })
  const url = process.env['DATABASE_URL']
  const [command, argument, file] = positionals
  if (!command || !url) {
    console.error(url ? USAGE : `DATABASE_URL is not set\n\n${USAGE}`)
    return 2
  }
  if (command === 'migrate') {
    await migrate(url)
    return 0
  }
  const clock = new SystemClock()
  const owner = await new DataSource({ type: 'postgres', url, poolSize: 1 }).initialize()
  try {
    const provision = new Provision(owner, new UuidV7(clock), clock)
    if (command === 'tenant' && argument) {
      const settings = tenantFile.parse(JSON.parse(await readFile(argument, 'utf8')))
      await provision.tenant(settings)
      console.log(`tenant ${settings.id}: ${settings.addresses.length} address(es)`)
      return 0
    }
    if (command === 'api-key' && argument === 'create' && values.tenant && values.label && values.role) {
      const roles = z.array(z.enum(ROLES)).min(1).parse(values.role)
      console.log((await provision.apiKey(values.tenant, values.label, roles)).text)
      return 0
    }
    if (command === 'api-key' && argument === 'revoke' && values.tenant && values.key) {
      const revoked = await provision.revokeApiKey(values.tenant, values.key)
      console.log(revoked ? 'revoked' : 'no such key in use')
      return revoked ? 0 : 1
    }
    if (command === 'seal-profile' && values.tenant && values.name) {
      const profiles = new ProvisionProfiles(owner, new UuidV7(clock), clock)
      const done = await sealProfile(profiles, argument, file, { ...values, tenant: values.tenant, name: values.name })
      if (done !== undefined) return done
    }
    console.error(USAGE)
    return 2
  } finally {
    await owner.destroy()
  }
}

/** @returns the exit code, or undefined when the command is incomplete */
async function sealProfile(
  profiles: ProvisionProfiles,
  action: string | undefined,
  file: string | undefined,
  { tenant, name, subject, may }: { tenant: string; name: string; subject?: string; may?: string }
): Promise<number | undefined> {
  if (action === 'put' && file) {
    await profiles.profile(tenant, name, profileDefinition.parse(JSON.parse(await readFile(file, 'utf8'))))
    console.log(`seal profile ${name}: written`)
    return 0
  }
  if (!subject || (may !== 'use' && may !== 'approve')) return undefined
  if (action === 'revoke') {
    await profiles.revoke(tenant, name, subject, may)
    console.log('revoked')
    return 0
  }
  if (action !== 'grant') return undefined
  const granted = await profiles.grant(tenant, name, subject, may)
  console.log(granted ? 'granted' : 'no such profile')
  return granted ? 0 : 1
}

run().then(
  code => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
)
