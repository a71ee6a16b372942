import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { migrate } from '../../../migrations/migrate.js'
import { gatewayEnv, provision } from './world.js'

// For docker-compose.yml: makes schema, example tenants and a gateway's environment that fits the sandbox, and ends.
// Reads DATABASE_URL, SANDBOX_URL and PREPARE_DIR; writes PREPARE_DIR/gateway.env for a shell to source.
const { DATABASE_URL: databaseUrl, SANDBOX_URL: sandboxUrl, PREPARE_DIR: dir } = process.env
if (!databaseUrl || !sandboxUrl || !dir) throw new Error('DATABASE_URL, SANDBOX_URL and PREPARE_DIR must be set')

mkdirSync(dir, { recursive: true, mode: 0o700 })
await migrate(databaseUrl)
const callers = await provision(dir, databaseUrl, sandboxUrl)
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
const settings = Object.entries(await gatewayEnv(dir, databaseUrl, sandboxUrl))
const lines = settings.map(([name, value]) => `${name}=${quoted(value ?? '')}\n`)
writeFileSync(join(dir, 'gateway.env'), lines.join(''), { mode: 0o600 })
for (const { label, key } of callers) console.log(`${label.padEnd(36)} ${key}`)
