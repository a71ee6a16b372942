import { Global, Module, type DynamicModule } from '@nestjs/common'
import type { z } from 'zod'
import { Clock, Database, Ids, wire } from '#platform'
import type { accessConfig } from './access.config.js'
import { Authenticate } from './authenticate.js'
import { BearerTokens } from './bearer-token.js'
import { RecordRefusal } from './record-refusal.js'

const ISSUERS = Symbol('ISSUERS')

/** Wiring of access; expects the global providers of platform. */
@Global()
@Module({})
export class AccessModule {
  static forRoot(config: z.infer<typeof accessConfig>): DynamicModule {
    return {
      module: AccessModule,
      providers: [
        { provide: ISSUERS, useValue: config.GONIEC_OIDC_ISSUERS },
        wire(BearerTokens, ISSUERS, Clock),
        wire(Authenticate, Database, BearerTokens),
        wire(RecordRefusal, Database, Ids, Clock)
      ],
      exports: [Authenticate, RecordRefusal]
    }
  }
}
