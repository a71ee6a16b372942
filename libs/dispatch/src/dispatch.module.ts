import { Global, Module, type DynamicModule } from '@nestjs/common'
import { FindAddressee } from '#addressee'
import { CloseLetter } from '#archive'
import { BlobStore, EventRecorder, PersonalData, type LetterStep } from '#letter'
import { Clock, Database, Ids, Jobs, wire } from '#platform'
import { ChooseChannel, HandOverLetter } from '#routing'
import { SealLetter } from '#sealing'
import { AcceptLetter } from './accept-letter.js'
import { AdvanceLetter } from './advance-letter.js'
import { CancelLetter } from './cancel-letter.js'
import { LetterLock } from './letter-lock.js'
import { ReadLetters } from './read-letters.js'
import { SweepLetters } from './sweep-letters.js'
import { UploadDocument } from './upload-document.js'

const STEPS = Symbol('STEPS')
const RETRY_DELAYS = Symbol('RETRY_DELAYS')
const MAX_DOCUMENT_BYTES = Symbol('MAX_DOCUMENT_BYTES')

/** What dispatch must be told. */
export interface DispatchSettings {
  /** Database URL for letter locks. */
  lockUrl: string
  /** Letters and addresses worked on at once. */
  concurrency: number
  retryDelays: readonly number[]
  maxDocumentBytes: number
  /** Whether this process works on letters, or only takes them in. */
  worker: boolean
}

/** Wiring of dispatch; expects the modules of all steps and the global providers of platform and letter. */
@Global()
@Module({})
export class DispatchModule {
  static forRoot(settings: DispatchSettings, imports: NonNullable<DynamicModule['imports']>): DynamicModule {
    return {
      module: DispatchModule,
      imports,
      providers: [
        { provide: RETRY_DELAYS, useValue: settings.retryDelays },
        { provide: MAX_DOCUMENT_BYTES, useValue: settings.maxDocumentBytes },
        { provide: LetterLock, useFactory: () => new LetterLock(settings.lockUrl, settings.concurrency) },
        {
          provide: STEPS,
          inject: [SealLetter, FindAddressee, ChooseChannel, HandOverLetter, CloseLetter],
          useFactory: (...steps: LetterStep[]) => steps
        },
        wire(AdvanceLetter, Database, EventRecorder, Jobs, LetterLock, Clock, STEPS, RETRY_DELAYS),
        wire(AcceptLetter, Database, EventRecorder, PersonalData, Ids, Clock),
        wire(CancelLetter, Database, EventRecorder),
        wire(UploadDocument, Database, BlobStore, Ids, Clock, MAX_DOCUMENT_BYTES),
        wire(ReadLetters, Database, PersonalData, BlobStore),
        ...(settings.worker ? [wire(SweepLetters, Database, Jobs, Clock)] : [])
      ],
      exports: [AdvanceLetter, AcceptLetter, CancelLetter, UploadDocument, ReadLetters, LetterLock]
    }
  }
}
