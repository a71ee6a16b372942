import { Global, Module, type DynamicModule } from '@nestjs/common'
import { BlobStore } from '#letter'
import { Clock, Database, Ids, Jobs, wire } from '#platform'
import { SealEngine } from '#sealing'
import { AcceptBatch } from './accept-batch.js'
import { AdvanceBatch } from './advance-batch.js'
import { CancelBatch } from './cancel-batch.js'
import { DecideBatch } from './decide-batch.js'
import { KeptDocuments } from './kept-documents.js'
import { MakeSeal } from './make-seal.js'
import { RaiseQueue } from './raise-queue.js'
import { RaiseSeal } from './raise-seal.js'
import { ReadBatches } from './read-batches.js'
import { ReadSeals } from './read-seals.js'
import { ReceiveFile } from './receive-file.js'
import { SealCounts } from './seal-counts.js'
import { SealKeptDocument } from './seal-kept-document.js'
import { SealUses } from './seal-uses.js'
import { ValidateFile } from './validate-file.js'

/** Settings of the lib. */
export interface SealsOptions {
  /** Largest file taken, in bytes. */
  readonly maxDocumentBytes: number
}

const MAX_BYTES = Symbol('MAX_BYTES')

/** Wiring of seals on request; expects the global providers of platform, letter, archive and sealing. */
@Global()
@Module({})
export class SealsModule {
  static forRoot({ maxDocumentBytes }: SealsOptions): DynamicModule {
    return {
      module: SealsModule,
      providers: [
        { provide: MAX_BYTES, useValue: maxDocumentBytes },
        wire(SealCounts),
        wire(SealUses, Ids, Clock),
        wire(RaiseQueue, Jobs, Clock),
        wire(KeptDocuments, Database, BlobStore, Ids, Clock),
        wire(ReceiveFile, MAX_BYTES),
        wire(MakeSeal, Database, SealEngine, SealUses, KeptDocuments, RaiseQueue, SealCounts),
        wire(SealKeptDocument, Database, KeptDocuments, MakeSeal),
        wire(AcceptBatch, Database, Jobs, Ids, Clock),
        wire(DecideBatch, Database, Jobs, Clock),
        wire(CancelBatch, Database, Clock),
        wire(AdvanceBatch, Database, SealEngine, SealUses, KeptDocuments, RaiseQueue, Jobs, SealCounts, Clock),
        wire(RaiseSeal, Database, SealEngine, KeptDocuments, RaiseQueue, Clock),
        wire(ReadBatches, Database, BlobStore),
        wire(ReadSeals, Database),
        wire(ValidateFile, Database, SealEngine, KeptDocuments)
      ],
      exports: [
        ReceiveFile,
        MakeSeal,
        SealKeptDocument,
        AcceptBatch,
        DecideBatch,
        CancelBatch,
        AdvanceBatch,
        RaiseSeal,
        ReadBatches,
        ReadSeals,
        SealCounts,
        ValidateFile
      ]
    }
  }
}
