import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** Runs one statement on the server's maintenance connection. */
export async function onServer(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const sql of statements) await client.query(sql)
  } finally {
    await client.end()
  }
}

/** The same server, another database. */
export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

/**
 * Makes the template that one run's test databases are cloned from: migrated once, then closed to connections, as a
 * database that somebody is connected to cannot be cloned. The name is the run's own: two runs may share a server.
 */
export async function makeTestTemplate(
  serverUrl: string,
  migrate: (ownerUrl: string) => Promise<void>
): Promise<{ name: string; drop(): Promise<void> }> {
  const name = `goniec_template_${randomBytes(6).toString('hex')}`
  await onServer(serverUrl, `CREATE DATABASE ${name}`)
  await migrate(databaseUrl(serverUrl, name))
  await onServer(
    serverUrl,
    `ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`
  )
  return { name, drop: () => onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}
