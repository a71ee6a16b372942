import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { ScheduleModule } from '@nestjs/schedule'
import { Logger, LoggerModule } from 'nestjs-pino'
import { AccessModule } from '#access'
import { AddresseeModule } from '#addressee'
import { ArchiveModule } from '#archive'
import { DispatchModule } from '#dispatch'
import { EvidenceModule } from '#evidence'
import { UuidV7 } from '#platform'
import { RoutingModule } from '#routing'
import { SealingModule } from '#sealing'
import { SealsModule } from '#seals'
import { CoreModule, type CoreParts } from './core.module.js'
import { collectors, type Config } from './config.js'
import { createHttpAdapter } from './http/http-adapter.js'
import { HttpModule } from './http/http.module.js'
import { setUpHttp } from './http/set-up-http.js'
import { SightModule } from './sight.module.js'
import { loggingParams } from './telemetry/logging.js'

/** Version of the program, as the API description shows it. */
const VERSION = '0.1.0'

/** Builds the Nest application from its parts; it does not listen yet. */
export async function createApplication(config: Config, core: CoreParts): Promise<NestFastifyApplication> {
  const worker = config.GONIEC_ROLE !== 'api'
  const logging = { level: config.GONIEC_LOG_LEVEL }
  const steps = [SealingModule.forRoot(config), AddresseeModule.forRoot(config)]
  const dispatch = DispatchModule.forRoot(
    {
      lockUrl: core.databaseUrl,
      concurrency: config.GONIEC_CONCURRENCY + collectors(config),
      retryDelays: config.GONIEC_RETRY_DELAYS,
      maxDocumentBytes: config.GONIEC_MAX_DOCUMENT_BYTES,
      worker
    },
    steps
  )

  @Module({
    imports: [
      LoggerModule.forRoot(loggingParams(logging)),
      ...(worker ? [ScheduleModule.forRoot()] : []),
      CoreModule.forRoot(core),
      ArchiveModule,
      RoutingModule.forRoot(config),
      EvidenceModule.forRoot(config),
      AccessModule.forRoot(config),
      dispatch,
      SealsModule.forRoot({ maxDocumentBytes: config.GONIEC_MAX_DOCUMENT_BYTES }),
      SightModule,
      HttpModule.forRoot({ api: config.GONIEC_ROLE !== 'worker' })
    ]
  })
  class GatewayModule {}

  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule,
    createHttpAdapter(new UuidV7(core.clock)),
    {
      bodyParser: false,
      bufferLogs: true,
      abortOnError: false
    }
  )
  app.useLogger(app.get(Logger))
  setUpHttp(app, VERSION, logging)
  return app
}
