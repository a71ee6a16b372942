import { Global, Module, type DynamicModule } from '@nestjs/common'
import { BlobStore } from '#letter'
import { Clock, Database, Ids, Jobs, wire } from '#platform'
import { SealEngine } from '#sealing'
import { AcceptBatch } from './accept-batch.js'
import { AdvanceBatch } from './advance-batch.js'
import { DecideBatch } from './decide-batch.js'
import { KeptDocuments } from './kept-documents.js'
import { MakeSeal } from './make-seal.js'
import { RaiseSeal, type RaiseQueue } from './raise-seal.js'
import { ReadBatches } from './read-batches.js'
import { SealKeptDocument } from './seal-kept-document.js'
import { SealUses } from './seal-uses.js'
import { ValidateFile } from './validate-file.js'

const RAISES = Symbol('RAISES')

/** Wiring of seals on request; expects the global providers of platform, letter, archive and sealing. */
@Global()
@Module({})
export class SealsModule {
  static forRoot(): DynamicModule {
    return {
      module: SealsModule,
      providers: [
        {
          provide: RAISES,
          inject: [Jobs, Clock],
          useFactory: (jobs: Jobs, clock: Clock): RaiseQueue => ({ jobs, clock })
        },
        wire(SealUses, Ids, Clock),
        wire(KeptDocuments, Database, BlobStore, Ids, Clock),
        wire(MakeSeal, Database, SealEngine, SealUses, KeptDocuments, RAISES),
        wire(SealKeptDocument, Database, KeptDocuments, MakeSeal),
        wire(AcceptBatch, Database, Jobs, Ids, Clock),
        wire(DecideBatch, Database, Jobs, Clock),
        wire(AdvanceBatch, Database, SealEngine, SealUses, KeptDocuments, Jobs, Clock),
        wire(RaiseSeal, Database, SealEngine, KeptDocuments, RAISES),
        wire(ReadBatches, Database, BlobStore),
        wire(ValidateFile, Database, SealEngine, KeptDocuments)
      ],
      exports: [
        MakeSeal,
        SealKeptDocument,
        AcceptBatch,
        DecideBatch,
        AdvanceBatch,
        RaiseSeal,
        ReadBatches,
        ValidateFile
      ]
    }
  }
}
