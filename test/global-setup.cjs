// Runs once, before all tests, outside Jest's transform: it uses the built code (npm test builds first).
const { existsSync } = require('node:fs')
const { chmod, mkdtemp } = require('node:fs/promises')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const globalTeardown = require('./global-teardown.cjs')

/** @param {string} path of a built file, from the root of the project */
async function built(path) {
  const file = join(process.cwd(), 'dist', path)
  return existsSync(file) ? await import(pathToFileURL(file).href) : undefined
}

/**
 * Starts one PostgreSQL for the whole run (or uses the server of TEST_DATABASE_URL) and makes the template that every
 * test database is cloned from. The workers find both through the environment.
 */
module.exports = async function globalSetup() {
  const embedded = await built('libs/platform/src/postgres/embedded-postgres.js')
  const testing = await built('libs/platform/src/testing/test-template.js')
  const migrations = await built('migrations/migrate.js')
  if (!embedded || !testing) {
    console.warn('\nNo build in dist/: tests that need a database will fail. "npm run build" first.')
    return
  }
  let url = process.env.TEST_DATABASE_URL
  if (!url) {
    const dir = await mkdtemp(join(tmpdir(), 'goniec-test-'))
    // Run by root, the server works as another user, who must be able to pass through.
    await chmod(dir, 0o711)
    // The machine may lose power and this data with it: nobody would miss it.
    const settings = { fsync: 'off', full_page_writes: 'off', shared_buffers: '128MB' }
    const server = new embedded.EmbeddedPostgres({ dataDir: join(dir, 'data'), settings })
    globalThis.goniecTestServer = { server, dir }
    url = (await server.start()).url
  }
  const template = await testing
    .makeTestTemplate(url, migrations ? migrations.migrate : async () => undefined)
    .catch(async error => {
      // Jest runs no teardown when the setup fails.
      await globalTeardown()
      throw error
    })
  globalThis.goniecTestTemplate = template
  process.env.GONIEC_TEST_SERVER = url
  process.env.GONIEC_TEST_TEMPLATE = template.name
}
