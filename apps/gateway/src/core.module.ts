import { Global, Module, type DynamicModule } from '@nestjs/common'
import { TypeOrmModule } from '@nestjs/typeorm'
import type { PgBoss } from 'pg-boss'
import { DataSource } from 'typeorm'
import { accessRows } from '#access'
import { SubmissionRow } from '#dispatch'
import { EventRecorder, letterRows, PersonalData } from '#letter'
import { Clock, Database, dataSourceOptions, Ids, Jobs, KeyRing, UuidV7, wire } from '#platform'

/** What the core is built from; made before Nest starts, closed after it stops. */
export interface CoreParts {
  clock: Clock
  keys: KeyRing
  boss: PgBoss
  /** Database URL of the application role. */
  databaseUrl: string
  poolSize: number
  /** How often workers look for jobs whose time has come, in seconds. */
  pollSeconds: number
}

/** The providers that everything else expects: clock, ids, database, jobs, keys, events. */
@Global()
@Module({})
export class CoreModule {
  static forRoot({ clock, keys, boss, databaseUrl, poolSize, pollSeconds }: CoreParts): DynamicModule {
    const entities = [...accessRows, ...letterRows, SubmissionRow]
    return {
      module: CoreModule,
      imports: [TypeOrmModule.forRoot(dataSourceOptions({ url: databaseUrl, poolSize, entities }))],
      providers: [
        { provide: Clock, useValue: clock },
        { provide: KeyRing, useValue: keys },
        { provide: Jobs, useFactory: () => new Jobs(boss, pollSeconds) },
        { provide: Ids, useFactory: () => new UuidV7(clock) },
        wire(Database, DataSource),
        wire(PersonalData, KeyRing),
        wire(EventRecorder, Jobs, Clock)
      ],
      exports: [Clock, KeyRing, Jobs, Ids, Database, PersonalData, EventRecorder]
    }
  }
}
