import { isNativeError } from 'node:util/types'
import {
  DataSource,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
  type EntityManager,
  type QueryRunner
} from 'typeorm'
import { Unavailable } from '../problem.js'
import { platformProblems } from '../platform.errors.js'
import { PreparingClient } from './preparing-client.js'

/** An open transaction whose tenant is fixed: every row it sees or writes belongs to that tenant. */
export type TenantTransaction = EntityManager

/** SQLSTATEs and Node error codes that mean "not now" (server away, deadlock, serialisation), not "the query is wrong". */
const UNAVAILABLE =
  /^(08...|57P0[123]|53300|40001|40P01|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_AGAIN)$/

/**
 * The application's one door to PostgreSQL. It connects as a role that neither owns the tables nor may bypass row
 * level security, and sets the tenant for exactly one transaction: a query without a tenant fails, it does not
 * return everybody's rows.
 */
export class Database {
  constructor(readonly dataSource: DataSource) {}

  /**
   * Runs `work` in one transaction of one tenant.
   * @throws Unavailable (`platform/database-unavailable`) when the server is away; whether the last commit took
   * place is then unknown to the caller, so everything run here must be repeatable.
   */
  async inTenant<T>(tenantId: string, work: (tx: TenantTransaction) => Promise<T>): Promise<T> {
    return this.transact(work, { tenantId })
  }

  /**
   * As `inTenant`, in one round trip, for work that asks all it asks before it first waits: the commit goes along. A
   * statement that fails still undoes all. What `work` asked later would find no tenant and fail; what it throws itself
   * comes too late to undo anything.
   * @throws Unavailable
   */
  async inTenantAtOnce<T>(tenantId: string, work: (tx: TenantTransaction) => Promise<T>): Promise<T> {
    return this.transact(work, { tenantId, atOnce: true })
  }

  /** Runs `work` in a transaction with no tenant: only the few tables without tenants can be read there. */
  async transaction<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return this.transact(work, {})
  }

  /**
   * One statement that needs no tenant and changes nothing, in one round trip: a transaction around it would be two more.
   * @throws Unavailable
   */
  async ask<T>(sql: string, parameters: unknown[]): Promise<T[]> {
    try {
      return await this.dataSource.query<T[]>(sql, parameters)
    } catch (error) {
      throw asUnavailable(error) ?? error
    }
  }

  /** One round trip to the server. @throws Unavailable */
  async ping(): Promise<void> {
    await this.ask('select 1', [])
  }

  private async transact<T>(work: (tx: EntityManager) => Promise<T>, options: TransactionOptions): Promise<T> {
    const runner = this.dataSource.createQueryRunner()
    try {
      await runner.connect()
      return await transactionOf(runner, work, options)
    } catch (error) {
      throw asUnavailable(error) ?? error
    } finally {
      await runner.release()
    }
  }
}

interface TransactionOptions {
  readonly tenantId?: string
  /** Whether the commit is sent with what `work` asks. */
  readonly atOnce?: boolean
}

/**
 * TypeORM would wait for the answer to each of its own statements. Here the first ones go together with what `work` asks
 * first: the server takes them in their order, without the tenant it answers nothing, and once a statement has failed it
 * answers nothing more, and undoes all, even when it is told to commit.
 */
async function transactionOf<T>(
  runner: QueryRunner,
  work: (tx: EntityManager) => Promise<T>,
  { tenantId, atOnce }: TransactionOptions
): Promise<T> {
  // so that nothing below begins another one
  Object.assign(runner, { isTransactionActive: true })
  const commit = () => runner.query('COMMIT')
  const nameTenant = () =>
    runner.query(`/* prepared as tenant */ select set_config('goniec.tenant_id', $1, true)`, [tenantId])
  try {
    const [, , result] = await Promise.all([
      runner.query('START TRANSACTION'),
      tenantId === undefined ? undefined : nameTenant(),
      work(runner.manager),
      atOnce ? commit() : undefined
    ])
    if (!atOnce) await commit()
    return result
  } catch (error) {
    // what was wrong is known already; a connection that is gone takes its transaction along
    await runner.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** The `Unavailable` that a driver error stands for, or undefined when the error is about the query itself. */
export function asUnavailable(error: unknown): Unavailable | undefined {
  // not instanceof: errors of Node itself come from another realm where code runs in a context of its own, as in tests
  if (!isNativeError(error)) return undefined
  const code = (error as { code?: unknown }).code
  // a connection that dies between two queries of a transaction is taken from it at once; the next query meets these
  const taken =
    error instanceof QueryRunnerAlreadyReleasedError || error instanceof QueryRunnerProviderAlreadyReleasedError
  const lost = /Connection terminated|connection timeout|timeout exceeded when trying to connect/i.test(error.message)
  if ((typeof code === 'string' && UNAVAILABLE.test(code)) || lost || taken)
    return new Unavailable(platformProblems['database-unavailable'], {}, { cause: error, retryAfterSeconds: 5 })
  return undefined
}

/** How the application reaches its database. */
export interface DataSourceOptions {
  url: string
  /** Most connections held at once. */
  poolSize: number
  /** Row classes. */
  entities: (new () => object)[]
}

/** TypeORM options for the application role. Migrations are never run from here, and the schema is never synchronised. */
export function dataSourceOptions(options: DataSourceOptions) {
  return {
    type: 'postgres' as const,
    url: options.url,
    entities: options.entities,
    synchronize: false,
    migrationsRun: false,
    logging: false as const,
    poolSize: options.poolSize,
    applicationName: 'goniec',
    // `pipeline`: what is asked at once is sent at once.
    // Never `binary: true`: node-postgres then silently corrupts bytea and integers.
    extra: { Client: PreparingClient, pipeline: true, connectionTimeoutMillis: 5000, keepAlive: true },
    poolErrorHandler: () => {
      // an idle connection died: the pool drops it by itself, and the next query reports if the server is away
    }
  }
}
