import { Module, type DynamicModule } from '@nestjs/common'
import { APP_FILTER, APP_GUARD } from '@nestjs/core'
import { Clock, wire } from '#platform'
import { HttpMetrics } from '../telemetry/http-metrics.js'
import { MetricsController } from '../telemetry/metrics.controller.js'
import { Metrics, METRICS_SOURCES } from '../telemetry/metrics.js'
import { CallerGuard } from './caller.guard.js'
import { DocumentsController } from './documents.controller.js'
import { HealthController } from './health.controller.js'
import { LetterPapersController } from './letter-papers.controller.js'
import { LettersController } from './letters.controller.js'
import { ProblemFilter } from './problem.filter.js'
import { ProblemsController } from './problems.controller.js'
import { Readiness, READINESS_PROBES } from './readiness.js'
import { SealBatchesController } from './seal-batches.controller.js'
import { SealProfilesController } from './seal-profiles.controller.js'
import { SealUsesController } from './seal-uses.controller.js'
import { SealsController } from './seals.controller.js'
import { ValidationsController } from './validations.controller.js'

/**
 * The HTTP face. It imports nothing; a global module must provide, under these tokens:
 * `UploadDocument`, `AcceptLetter`, `CancelLetter`, `ReadLetters` (#dispatch), `ReceiveFile`, `MakeSeal`, `SealKeptDocument`,
 * `AcceptBatch`, `CancelBatch`, `DecideBatch`, `ReadBatches`, `ReadSeals`, `ValidateFile` (#seals), `Authenticate`,
 * `RecordRefusal` (#access),
 * `Clock` (#platform), `READINESS_PROBES` (a list of `ReadinessProbe`), `METRICS_SOURCES` (a list of `MetricsSource`).
 */
@Module({
  controllers: [HealthController, ProblemsController, MetricsController],
  providers: [
    { provide: APP_GUARD, useClass: CallerGuard },
    { provide: APP_FILTER, useClass: ProblemFilter },
    wire(Readiness, READINESS_PROBES, Clock),
    wire(Metrics, METRICS_SOURCES),
    wire(HttpMetrics, Metrics)
  ]
})
export class HttpModule {
  /** @param api whether letters are served too; a pure worker shows only how it fares */
  static forRoot({ api }: { api: boolean }): DynamicModule {
    return {
      module: HttpModule,
      controllers: api
        ? [
            DocumentsController,
            LettersController,
            LetterPapersController,
            SealsController,
            SealBatchesController,
            SealProfilesController,
            SealUsesController,
            ValidationsController
          ]
        : []
    }
  }
}
