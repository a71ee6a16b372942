import { randomBytes } from 'node:crypto'
import { databaseUrl, onServer } from './test-template.js'

/** One test file's own database. */
export interface TestDatabase {
  /** Connection URL of the superuser; the application's role is `appRoleUrl(url)`. */
  readonly url: string
  /** Drops the database, breaking off whoever is still connected. */
  drop(): Promise<void>
}

/**
 * Clones a fresh, migrated database for the calling spec from the run's template (made by `test/global-setup.cjs`).
 * Call it in `beforeAll` and `drop()` it in `afterAll`.
 * @throws Error when the run has no server, as without a build
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env.GONIEC_TEST_SERVER
  const template = process.env.GONIEC_TEST_TEMPLATE
  if (!server || !template)
    throw new Error('no test database server: build first ("npm run build"), then run the tests')
  const name = `goniec_test_${process.env.JEST_WORKER_ID ?? '0'}_${randomBytes(6).toString('hex')}`
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  return {
    url: databaseUrl(server, name),
    drop: () => onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  }
}
