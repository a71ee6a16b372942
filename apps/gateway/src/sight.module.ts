import { Global, Module } from '@nestjs/common'
import { TenantRow, SenderAddressRow } from '#access'
import { Clock, Database, OPERATOR_TOKENS, Unavailable, type BearerTokens } from '#platform'
import { PollingBudget } from '#routing'
import { SealLetter } from '#sealing'
import { SealCounts } from '#seals'
import { migrations } from '../../../migrations/migrate.js'
import { gatewayProblems } from './http/gateway.errors.js'
import { READINESS_PROBES, type ReadinessProbe } from './http/readiness.js'
import { LetterNumbers } from './telemetry/letter-numbers.js'
import { METRICS_SOURCES, type MetricsSource } from './telemetry/metrics.js'
import { PollingNumbers } from './telemetry/polling-numbers.js'
import { SealNumbers } from './telemetry/seal-numbers.js'

/** What operators look at: readiness probes that do the real thing, and gauges. */
@Global()
@Module({
  providers: [
    {
      provide: READINESS_PROBES,
      inject: [Database, SealLetter, OPERATOR_TOKENS],
      useFactory: (database: Database, seal: SealLetter, tokens: BearerTokens | undefined): ReadinessProbe[] => [
        { name: 'database', critical: true, check: () => database.ping() },
        { name: 'schema', critical: true, check: () => checkSchema(database) },
        { name: 'seal', critical: false, check: () => seal.probe() },
        ...(tokens ? [{ name: 'operator', critical: false, check: () => logIn(database, tokens) }] : [])
      ]
    },
    {
      provide: METRICS_SOURCES,
      inject: [Database, Clock, SealCounts, PollingBudget],
      useFactory: (
        database: Database,
        clock: Clock,
        counts: SealCounts,
        budget: PollingBudget | undefined
      ): MetricsSource[] => [
        new LetterNumbers(database, clock),
        new SealNumbers(database, counts),
        ...(budget ? [new PollingNumbers(budget)] : [])
      ]
    }
  ],
  exports: [READINESS_PROBES, METRICS_SOURCES]
})
export class SightModule {}

/** The schema must be the one that this program was made for: an old program must not work on a newer schema, nor the
 * other way round. */
async function checkSchema(database: Database): Promise<void> {
  const rows = (await database.transaction(tx => tx.query('select name from migrations order by id'))) as {
    name: string
  }[]
  const wanted = migrations.map(migration => migration.name)
  if (wanted.join() !== rows.map(row => row.name).join()) throw new Unavailable(gatewayProblems['schema-differs'])
}

/** Logs in at the operator for some sender address: the token is what both the mailbox and the register want. */
async function logIn(database: Database, tokens: BearerTokens): Promise<void> {
  for (const { id } of await database.transaction(tx => tx.find(TenantRow))) {
    const [address] = await database.inTenant(id, tx => tx.find(SenderAddressRow, { take: 1 }))
    if (!address) continue
    const answer = await tokens.tokenFor(address.ade)
    if (answer.kind !== 'token')
      throw new Unavailable(gatewayProblems['operator-login-failed'], { cause: answer.cause })
    return
  }
}
