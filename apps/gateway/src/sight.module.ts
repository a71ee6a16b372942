import { Global, Module } from '@nestjs/common'
import { Clock, Database } from '#platform'
import { PollingBudget } from '#routing'
import { SealLetter } from '#sealing'
import { READINESS_PROBES, type ReadinessProbe } from './http/readiness.js'
import { LetterNumbers } from './telemetry/letter-numbers.js'
import { METRICS_SOURCES, type MetricsSource } from './telemetry/metrics.js'
import { PollingNumbers } from './telemetry/polling-numbers.js'

/** What operators look at: readiness probes that do the real thing, and gauges. */
@Global()
@Module({
  providers: [
    {
      provide: READINESS_PROBES,
      inject: [Database, SealLetter],
      useFactory: (database: Database, seal: SealLetter): ReadinessProbe[] => [
        { name: 'database', critical: true, check: () => database.ping() },
        { name: 'seal', critical: false, check: () => seal.probe() }
      ]
    },
    {
      provide: METRICS_SOURCES,
      inject: [Database, Clock, PollingBudget],
      useFactory: (database: Database, clock: Clock, budget: PollingBudget | undefined): MetricsSource[] => [
        new LetterNumbers(database, clock),
        ...(budget ? [new PollingNumbers(budget)] : [])
      ]
    }
  ],
  exports: [READINESS_PROBES, METRICS_SOURCES]
})
export class SightModule {}
