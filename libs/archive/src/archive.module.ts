import { Global, Module } from '@nestjs/common'
import { BlobStore, EventRecorder } from '#letter'
import { Clock, Database, Ids, KeyRing, provide, wire } from '#platform'
import { ChunkedBlobStore } from './chunked.blob-store.js'
import { CloseLetter } from './close-letter.js'

/** Wiring of the content store and of closing letters; expects the global providers of platform and letter. */
@Global()
@Module({
  providers: [
    provide(BlobStore, ChunkedBlobStore, KeyRing, Ids, Clock),
    wire(CloseLetter, Database, EventRecorder, BlobStore, Clock)
  ],
  exports: [BlobStore, CloseLetter]
})
export class ArchiveModule {}
