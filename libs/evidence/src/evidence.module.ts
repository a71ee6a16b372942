import { readFileSync } from 'node:fs'
import { Global, Module, type DynamicModule } from '@nestjs/common'
import { BlobStore, EventRecorder, EVIDENCE_SOURCES } from '#letter'
import { Clock, ConfigurationError, Database, Ids, Jobs, wire } from '#platform'
import { CollectEvidence, type CollectionPace } from './collect-evidence.js'
import type { EvidenceConfig } from './evidence.config.js'
import { ExamineEvidence } from './examine-evidence.js'
import type { Trust } from './xml/verify-xades.js'

const TRUST = Symbol('TRUST')
const PACE = Symbol('PACE')

/** Wiring of evidence; expects the global providers of platform, letter and archive, and the evidence sources. */
@Global()
@Module({})
export class EvidenceModule {
  static forRoot(config: EvidenceConfig): DynamicModule {
    const pace: CollectionPace = {
      shortestSeconds: config.GONIEC_COLLECT_SHORTEST_SECONDS,
      longestSeconds: config.GONIEC_COLLECT_LONGEST_SECONDS,
      reconcileSeconds: config.GONIEC_RECONCILE_SECONDS
    }
    return {
      module: EvidenceModule,
      providers: [
        { provide: TRUST, useFactory: () => trust(config) },
        { provide: PACE, useValue: pace },
        wire(ExamineEvidence, Database, BlobStore, EventRecorder, Ids, Clock, TRUST),
        wire(CollectEvidence, Database, BlobStore, Jobs, Ids, Clock, EVIDENCE_SOURCES, ExamineEvidence, PACE)
      ],
      exports: [CollectEvidence]
    }
  }
}

function trust(config: EvidenceConfig): Trust {
  return {
    providers: certificates('GONIEC_EVIDENCE_TRUST_FILE', config.GONIEC_EVIDENCE_TRUST_FILE),
    tsas: certificates('GONIEC_EVIDENCE_TSA_TRUST_FILE', config.GONIEC_EVIDENCE_TSA_TRUST_FILE),
    ...(config.GONIEC_EVIDENCE_PROVIDER_IDS ? { providerIds: config.GONIEC_EVIDENCE_PROVIDER_IDS } : {})
  }
}

function certificates(variable: string, file: string): string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new ConfigurationError([`${variable}: the file cannot be read`])
  }
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (found.length === 0) throw new ConfigurationError([`${variable}: the file holds no certificate`])
  return found
}
