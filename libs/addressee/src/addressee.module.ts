import { Global, Module, type DynamicModule } from '@nestjs/common'
import { BlobStore, EventRecorder, PersonalData } from '#letter'
import { OPERATOR_TOKENS, Clock, Database, Ids, OutboundHttp, wire, type BearerTokens } from '#platform'
import type { AddresseeConfig } from './addressee.config.js'
import { FindAddressee } from './find-addressee.js'
import { SeApiClient } from './se-api/se-api.client.js'

const REGISTER = Symbol('REGISTER')

/** Wiring of the look-up in BAE; expects the global providers of platform, letter and the operator's tokens. */
@Global()
@Module({})
export class AddresseeModule {
  static forRoot(config: AddresseeConfig): DynamicModule {
    return {
      module: AddresseeModule,
      providers: [
        {
          provide: REGISTER,
          inject: [OPERATOR_TOKENS, Clock],
          useFactory: (tokens: BearerTokens | undefined, clock: Clock) => register(config, tokens, clock)
        },
        wire(FindAddressee, Database, EventRecorder, PersonalData, BlobStore, Ids, REGISTER)
      ],
      exports: [FindAddressee]
    }
  }
}

function register(config: AddresseeConfig, tokens: BearerTokens | undefined, clock: Clock): SeApiClient | undefined {
  if (!config.GONIEC_BAE_URL || !tokens) return undefined
  const http = new OutboundHttp({
    baseUrl: config.GONIEC_BAE_URL,
    connectTimeoutMs: config.GONIEC_BAE_CONNECT_TIMEOUT_MS,
    totalTimeoutMs: config.GONIEC_BAE_TIMEOUT_MS
  })
  return new SeApiClient(http, tokens, clock)
}
