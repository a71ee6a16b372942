import { DataSource } from 'typeorm'
import { APP_ROLE, appRolePassword, installJobs } from '#platform'
import { ADVANCE_QUEUE, COLLECT_QUEUE } from '#letter'
import { BATCH_QUEUE, RAISE_QUEUE } from '#seals'
import { TenantsAndAccess1763000000001 } from './0001-tenants-and-access.js'
import { Archive1763000000002 } from './0002-archive.js'
import { Letters1763000000003 } from './0003-letters.js'
import { Seals1763000000004 } from './0004-seals.js'
import { CancelledBatches1763000000005 } from './0005-cancelled-batches.js'

/** Every migration, in order. */
export const migrations = [
  TenantsAndAccess1763000000001,
  Archive1763000000002,
  Letters1763000000003,
  Seals1763000000004,
  CancelledBatches1763000000005
]

/** Any number that nothing else uses: two processes that start together must not migrate together. */
const MIGRATION_LOCK = 7_201_855

/** SQLSTATE of "permission denied". */
const INSUFFICIENT_PRIVILEGE = '42501'

/**
 * Brings a database to the present schema, as its owner: application role, tables, job queues. Safe to repeat and to
 * run from several processes at once.
 * @param ownerUrl connection URL of a role that may create roles and owns the schema
 */
export async function migrate(ownerUrl: string): Promise<void> {
  const source = new DataSource({ type: 'postgres', url: ownerUrl, migrations, poolSize: 2 })
  await source.initialize()
  try {
    const runner = source.createQueryRunner()
    await runner.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    try {
      await ensureAppRole(source, ownerUrl)
      await source.runMigrations({ transaction: 'each' })
      await installJobs(ownerUrl, [
        { name: ADVANCE_QUEUE },
        { name: COLLECT_QUEUE, oneWaitingPerKey: true },
        { name: BATCH_QUEUE },
        { name: RAISE_QUEUE }
      ])
      for (const sql of [
        `grant select on migrations to ${APP_ROLE}`,
        `grant usage on schema jobs to ${APP_ROLE}`,
        `grant select, insert, update, delete on all tables in schema jobs to ${APP_ROLE}`,
        `grant execute on all functions in schema jobs to ${APP_ROLE}`
      ])
        await runner.query(sql)
    } finally {
      await runner.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK])
      await runner.release()
    }
  } finally {
    await source.destroy()
  }
}

/**
 * Makes the application's role, or sets its password again. An owner without superuser rights needs CREATEROLE for it;
 * a role that somebody else made is left as it is (DATABASE_APP_URL then says how to log in).
 */
async function ensureAppRole(source: DataSource, ownerUrl: string): Promise<void> {
  const [found] = await source.query('select 1 from pg_roles where rolname = $1', [APP_ROLE])
  // CREATE/ALTER ROLE take no parameters; the password is hexadecimal by construction
  const login = `login password '${appRolePassword(ownerUrl)}'`
  if (!found) await source.query(`create role ${APP_ROLE} ${login}`)
  else
    await source.query(`alter role ${APP_ROLE} ${login}`).catch((error: { code?: string }) => {
      if (error.code !== INSUFFICIENT_PRIVILEGE) throw error
    })
}
