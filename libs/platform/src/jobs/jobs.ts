import { PgBoss } from 'pg-boss'
import type { EntityManager } from 'typeorm'

/** PostgreSQL schema that holds the job tables. */
export const JOBS_SCHEMA = 'jobs'

/** How a queue behaves; created once, with the migrations. */
export interface QueueSettings {
  name: string
  /** Only one job per key may wait at a time (further ones are dropped). */
  oneWaitingPerKey?: boolean
}

/** Options of one job. */
export interface JobOptions {
  /** Not before this many seconds from now (real time, not the world's). */
  afterSeconds?: number
  /** With `oneWaitingPerKey`: the key. */
  key?: string
}

/**
 * Durable work, kept in the same database as the facts that cause it. A job is written inside the caller's
 * transaction: either both are there after the commit, or neither. A worker that dies in the middle of a job stops
 * its heartbeat and the job runs again elsewhere, so every handler must be repeatable.
 */
export class Jobs {
  private readonly queues = new Set<string>()

  /** @param pollSeconds how often a worker looks for jobs whose time has come (new ones announce themselves); 0.5 at least */
  constructor(
    private readonly boss: PgBoss,
    private readonly pollSeconds = 2
  ) {}

  /** Enqueues a job in the caller's transaction. Payloads hold identifiers only. */
  async send(tx: EntityManager, queue: string, payload: object, options: JobOptions = {}): Promise<void> {
    await this.boss.send(queue, payload, {
      ...(options.afterSeconds ? { startAfter: options.afterSeconds } : {}),
      ...(options.key ? { singletonKey: options.key } : {}),
      db: { executeSql: async (sql, values) => ({ rows: rowsOf(await tx.query(sql, values as unknown[])) }) }
    })
  }

  /**
   * Enqueues again whatever is being worked on, as far as the tables say: at the start of a process the workers behind
   * it may be dead, and their heartbeat would be waited out first. If they live, the second run finds nothing to do.
   * What is waiting already is left alone, so that restarts in quick succession do not pile jobs up.
   * @returns how many jobs were enqueued
   */
  async takeOver(tx: EntityManager, queue: string): Promise<number> {
    const active = (await tx.query(
      `select distinct data, singleton_key as key from ${JOBS_SCHEMA}.job a
        where name = $1 and state = 'active' and not exists (
          select 1 from ${JOBS_SCHEMA}.job w
           where w.name = a.name and w.state in ('created', 'retry') and w.data = a.data)`,
      [queue]
    )) as { data: object; key: string | null }[]
    for (const { data, key } of active) await this.send(tx, queue, data, key === null ? {} : { key })
    return active.length
  }

  /** Starts `concurrency` workers on a queue. A handler that throws is tried again with growing delays. */
  async work<T>(queue: string, concurrency: number, handler: (payload: T) => Promise<void>): Promise<void> {
    this.queues.add(queue)
    await this.boss.work<T>(
      queue,
      {
        batchSize: 1,
        localConcurrency: concurrency,
        pollingIntervalSeconds: this.pollSeconds,
        notifyPollingIntervalSeconds: this.pollSeconds
      },
      async jobs => {
        for (const job of jobs) await handler(job.data)
      }
    )
  }

  /** Takes no further jobs and waits for those under way. */
  async stopWork(): Promise<void> {
    await Promise.all([...this.queues].map(queue => this.boss.offWork(queue, { wait: true })))
  }
}

/** TypeORM answers `[rows, count]` to some statements and `rows` to others; pg-boss wants rows. */
function rowsOf(result: unknown): unknown[] {
  if (!Array.isArray(result)) return []
  return result.length === 2 && Array.isArray(result[0]) && typeof result[1] === 'number' ? result[0] : result
}

/** How a worker process talks to the job tables. */
export interface BossSettings {
  url: string
  /** Handles jobs and watches for dead workers; false for a process that only enqueues. */
  worker: boolean
}

/** The job engine as the application role uses it: no schema changes, wake-up by NOTIFY with polling underneath. */
export function createBoss(settings: BossSettings): PgBoss {
  return new PgBoss({
    connectionString: settings.url,
    application_name: 'goniec-jobs',
    schema: JOBS_SCHEMA,
    max: settings.worker ? 6 : 2,
    migrate: false,
    createSchema: false,
    schedule: false,
    reindex: false,
    monitorVacuum: false,
    supervise: settings.worker,
    useListenNotify: settings.worker,
    // a killed worker's jobs are taken over after heartbeat (10 s) + this much
    superviseIntervalSeconds: 2,
    monitorIntervalSeconds: 2,
    maintenanceIntervalSeconds: 300
  })
}

/**
 * Installs the job tables and queues as the owner of the database, and lets the application role use them.
 * Runs with the migrations.
 */
export async function installJobs(ownerUrl: string, queues: readonly QueueSettings[]): Promise<void> {
  const boss = new PgBoss({
    connectionString: ownerUrl,
    schema: JOBS_SCHEMA,
    supervise: false,
    schedule: false,
    max: 2
  })
  boss.on('error', () => {
    // start() and createQueue() reject with the same error; without a listener it would end the process
  })
  await boss.start()
  try {
    for (const queue of queues) {
      const settings = {
        policy: queue.oneWaitingPerKey ? ('short' as const) : ('standard' as const),
        retryLimit: 1_000_000,
        retryDelay: 1,
        retryBackoff: true,
        retryDelayMax: 300,
        heartbeatSeconds: 10,
        expireInSeconds: 900,
        retentionSeconds: 60 * 60 * 24 * 30,
        deleteAfterSeconds: 3600,
        notify: true
      }
      if (await boss.getQueue(queue.name)) {
        // the policy of a queue is fixed when it is made
        const { policy: _, ...rest } = settings
        await boss.updateQueue(queue.name, rest)
      } else {
        await boss.createQueue(queue.name, settings)
      }
    }
  } finally {
    await boss.stop({ graceful: false })
  }
}
