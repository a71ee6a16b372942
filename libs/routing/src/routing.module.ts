import { Global, Logger, Module, type DynamicModule } from '@nestjs/common'
import { BlobStore, EventRecorder, EVIDENCE_SOURCES, PersonalData } from '#letter'
import { Clock, Database, Ids, Jobs, OPERATOR_TOKENS, wire } from '#platform'
import { ChooseChannel } from './choose-channel.js'
import { HandOverLetter } from './hand-over-letter.js'
import type { DeliveryProvider } from './provider.js'
import { openProviders, type OpenProviders, PollingBudget, type ProvidersConfig } from './providers/index.js'

const PROVIDERS = Symbol('PROVIDERS')
const BY_CHANNEL = Symbol('BY_CHANNEL')

/** Wiring of channels and providers; expects the global providers of platform, letter and archive. */
@Global()
@Module({})
export class RoutingModule {
  static forRoot(config: ProvidersConfig): DynamicModule {
    return {
      module: RoutingModule,
      providers: [
        {
          provide: PROVIDERS,
          inject: [Clock, Ids],
          useFactory: (clock: Clock, ids: Ids) => openProviders(config, { clock, ids, onFault })
        },
        { provide: BY_CHANNEL, inject: [PROVIDERS], useFactory: byChannel },
        { provide: EVIDENCE_SOURCES, inject: [PROVIDERS], useFactory: ({ providers }: OpenProviders) => providers },
        { provide: OPERATOR_TOKENS, inject: [PROVIDERS], useFactory: ({ tokens }: OpenProviders) => tokens },
        { provide: PollingBudget, inject: [PROVIDERS], useFactory: ({ budget }: OpenProviders) => budget },
        wire(ChooseChannel, Database, EventRecorder, Clock, BY_CHANNEL),
        wire(HandOverLetter, Database, EventRecorder, PersonalData, BlobStore, Jobs, Ids, Clock, BY_CHANNEL)
      ],
      exports: [ChooseChannel, HandOverLetter, EVIDENCE_SOURCES, OPERATOR_TOKENS, PollingBudget]
    }
  }
}

function onFault(fault: unknown): void {
  new Logger('DeliveryProvider').error({ err: fault }, 'a provider broke on our own side')
}

/** A provider serves the channel that it is named after. */
function byChannel({ providers }: OpenProviders): ReadonlyMap<string, DeliveryProvider> {
  return new Map(providers.map(provider => [provider.code, provider]))
}
