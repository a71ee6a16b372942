import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { AdvanceLetter, LetterLock } from '#dispatch'
import { CollectEvidence } from '#evidence'
import { ADVANCE_QUEUE, COLLECT_QUEUE, lifecycleFaults } from '#letter'
import {
  appRoleUrl,
  Clock,
  ConfigurationError,
  createBoss,
  Database,
  EmbeddedPostgres,
  FollowedClock,
  Jobs,
  KeyRing,
  SystemClock
} from '#platform'
import { AdvanceBatch, BATCH_QUEUE, type BatchJob, RAISE_QUEUE, RaiseSeal, type RaiseJob } from '#seals'
import { migrate } from '../../../migrations/migrate.js'
import { collectors, readConfig, type Config } from './config.js'
import { createApplication } from './create-application.js'

/** Connections that requests need besides those of the workers. */
const REQUEST_CONNECTIONS = 8

/** Batches of seals, and levels to be raised, worked on at once; each may hold three connections for a moment. */
const SEAL_WORKERS = 2

type LetterJob = Parameters<AdvanceLetter['execute']>[0]
type AddressJob = Parameters<CollectEvidence['execute']>[0]

/** A gateway that serves. */
export interface Gateway {
  /** Where it listens. */
  url: string
  app: NestFastifyApplication
  /** Stops taking requests and jobs, ends what is under way, closes the database last. */
  close(): Promise<void>
}

/** Starts a gateway from its environment. @throws ConfigurationError listing everything that is wrong */
export async function startGateway(env: NodeJS.ProcessEnv): Promise<Gateway> {
  const config = readConfig(env)
  const faults = lifecycleFaults()
  if (faults.length > 0) throw new Error(`the lifecycle table is broken: ${faults.join('; ')}`)

  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    const ownerUrl = await databaseOf(config, closers)
    if (config.GONIEC_MIGRATE) await migrate(ownerUrl)
    const databaseUrl = config.DATABASE_APP_URL ?? appRoleUrl(ownerUrl)

    const worker = config.GONIEC_ROLE !== 'api'
    const boss = createBoss({ url: databaseUrl, worker })
    boss.on('error', () => {
      // the job engine goes on by itself when the database is back; readiness shows that it is away
    })
    await boss.start()
    closers.push(() => boss.stop({ graceful: true, timeout: 20_000 }))

    const app = await createApplication(config, {
      clock: await clockOf(config, closers),
      keys: keysOf(config),
      boss,
      databaseUrl,
      poolSize: REQUEST_CONNECTIONS + 2 * config.GONIEC_CONCURRENCY + 3 * SEAL_WORKERS,
      pollSeconds: config.GONIEC_JOB_POLL_SECONDS
    })
    closers.push(async () => {
      // first nobody starts new work, then nobody asks, and only then the connections go
      await app.get(Jobs).stopWork()
      await app.close()
      await app.get(LetterLock).close()
    })
    if (worker) await startWorkers(app, config)
    await app.listen(config.GONIEC_PORT, config.GONIEC_HOST)
    return { url: await app.getUrl(), app, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startWorkers(app: NestFastifyApplication, config: Config): Promise<void> {
  const [jobs, advance, collect] = [app.get(Jobs), app.get(AdvanceLetter), app.get(CollectEvidence)]
  const [database, lock] = [app.get(Database), app.get(LetterLock)]
  for (const queue of [ADVANCE_QUEUE, COLLECT_QUEUE, BATCH_QUEUE, RAISE_QUEUE])
    await database.transaction(tx => jobs.takeOver(tx, queue))
  await jobs.work<LetterJob>(ADVANCE_QUEUE, config.GONIEC_CONCURRENCY, job => advance.execute(job))
  // one collection per address at a time, in all processes; whoever is at it enqueues the next one
  await jobs.work<AddressJob>(COLLECT_QUEUE, collectors(config), async job => {
    await lock.hold(`evidence of ${job.senderAde}`, () => collect.execute(job))
  })
  const [batches, raises] = [app.get(AdvanceBatch), app.get(RaiseSeal)]
  await jobs.work<BatchJob>(BATCH_QUEUE, SEAL_WORKERS, job => batches.execute(job))
  await jobs.work<RaiseJob>(RAISE_QUEUE, SEAL_WORKERS, job => raises.execute(job))
}

async function databaseOf(config: Config, closers: (() => Promise<unknown>)[]): Promise<string> {
  if (config.DATABASE_URL) return config.DATABASE_URL
  const server = new EmbeddedPostgres({ dataDir: join(config.GONIEC_DATA_DIR, 'postgres') })
  const { url } = await server.start()
  closers.push(() => server.stop())
  return url
}

async function clockOf(config: Config, closers: (() => Promise<unknown>)[]): Promise<Clock> {
  if (!config.GONIEC_CLOCK_URL) return new SystemClock()
  process.emitWarning('the time comes from GONIEC_CLOCK_URL: never do this in production')
  const clock = new FollowedClock(config.GONIEC_CLOCK_URL)
  await clock.follow()
  closers.push(async () => clock.stop())
  return clock
}

/** An embedded installation makes its own keys at the first start; any other must be given them. */
function keysOf(config: Config): KeyRing {
  if (config.GONIEC_KEK_FILE) return KeyRing.fromFile(config.GONIEC_KEK_FILE)
  if (config.DATABASE_URL) throw new ConfigurationError(['GONIEC_KEK_FILE: needed with a DATABASE_URL'])
  const file = join(config.GONIEC_DATA_DIR, 'kek.json')
  return existsSync(file) ? KeyRing.fromFile(file) : KeyRing.generate(file)
}
