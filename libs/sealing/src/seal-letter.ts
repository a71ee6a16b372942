import {
  BlobStore,
  DocumentRow,
  EventRecorder,
  LetterDocumentRow,
  letterParts,
  LetterStep,
  type LetterEvent,
  type StepOutcome
} from '#letter'
import { Clock, Database, Ids, type TenantTransaction } from '#platform'
import { createHash } from 'node:crypto'
import { openLocalCopy, type LocalCopy } from './local-copy.js'
import { sealBatch, type SealedFile, type SealLevel, type SealOutcome } from './seal-batch.js'
import { describeSealKey, type SealKey } from './seal-key.js'
import type { TimestampAuthority } from './timestamp/timestamp-authority.js'

/** What letters are sealed with. */
export interface SealTools {
  key: SealKey
  tsa: TimestampAuthority | undefined
  level: SealLevel
}

/** Puts the institution's seal on every document of a letter. */
export class SealLetter extends LetterStep {
  readonly name = 'seal'

  constructor(
    private readonly database: Database,
    private readonly recorder: EventRecorder,
    private readonly blobs: BlobStore,
    private readonly ids: Ids,
    private readonly clock: Clock,
    private readonly tools: SealTools
  ) {
    super()
  }

  async execute(tenantId: string, letterId: string): Promise<StepOutcome> {
    const originals = await this.database.inTenant(tenantId, tx => letterParts(tx, letterId, 'original'))
    const outcomes = await this.seal(tenantId, originals)
    const failed = outcomes.find(outcome => !outcome.ok)
    await this.database.inTenant(tenantId, async tx => {
      if (failed && !failed.ok) {
        const { code, pl, en } = failed.problem
        await this.recorder.record(tx, letterId, {
          event: { type: 'LetterHeld', version: 1, step: this.name, code, text: { pl, en } },
          dedupeKey: 'held:seal',
          actor: 'goniec'
        })
        return
      }
      await this.conclude(
        tx,
        tenantId,
        letterId,
        originals,
        outcomes.filter(outcome => outcome.ok)
      )
    })
    return { kind: 'done' }
  }

  /** The planner reads only parts of a document, from a copy that can be read at any place. */
  private async seal(tenantId: string, originals: readonly DocumentRow[]): Promise<SealOutcome[]> {
    const copies: LocalCopy[] = []
    try {
      for (const { blobId, size } of originals)
        copies.push(await openLocalCopy(this.blobs.stream(this.database, tenantId, blobId), size))
      const documents = originals.map(({ id, fileName, mediaType }, index) => ({
        id,
        fileName,
        mediaType,
        source: copies[index]!.source
      }))
      return await sealBatch(documents, { ...this.tools, clock: this.clock })
    } finally {
      for (const copy of copies) await copy.close()
    }
  }

  /** Tries the key and the time-stamp authority for real. @throws Unavailable, Refused */
  async probe(): Promise<void> {
    const probe = createHash('sha256').update(this.ids.next()).digest()
    await this.tools.key.signBatch([probe])
    await this.tools.tsa?.stamp(probe)
  }

  private async conclude(
    tx: TenantTransaction,
    tenantId: string,
    letterId: string,
    originals: DocumentRow[],
    outcomes: Extract<SealOutcome, { ok: true }>[]
  ): Promise<void> {
    const documents: Extract<LetterEvent, { type: 'LetterSealed' }>['documents'] = []
    let position = 0
    for (const [index, outcome] of outcomes.entries()) {
      const original = originals[index]!
      const sealed: string[] = []
      for (const file of outcome.files) {
        // a detached signature stands beside the original, which goes on as it is
        const unchanged = file.withOriginal && file.appended.length === 0
        const documentId = unchanged ? original.id : await this.keep(tx, original, file)
        await tx.insert(LetterDocumentRow, { tenantId, letterId, role: 'sealed', position: position++, documentId })
        sealed.push(documentId)
      }
      const { format, level, signingTime, timestamp } = outcome
      documents.push({
        documentId: original.id,
        sealed,
        format,
        level,
        signingTime: signingTime.toISOString(),
        ...(timestamp ? { timestampTime: timestamp.genTime.toISOString() } : {})
      })
    }
    await this.recorder.record(tx, letterId, {
      event: {
        type: 'LetterSealed',
        version: 1,
        documents,
        qualification: describeSealKey(this.tools.key).qualification
      },
      dedupeKey: 'sealed',
      actor: 'goniec'
    })
  }

  private async keep(tx: TenantTransaction, original: DocumentRow, file: SealedFile): Promise<string> {
    const size = (file.withOriginal ? original.size : 0) + file.appended.length
    const blob = await this.blobs.put(tx, this.contentOf(tx, original, file), { declaredSize: size, maxSize: size })
    const id = this.ids.next()
    await tx.insert(DocumentRow, {
      tenantId: original.tenantId,
      id,
      fileName: file.fileName,
      mediaType: file.mediaType,
      size: blob.size,
      sha256: blob.sha256,
      sha3: blob.sha3_512,
      blobId: blob.blobId,
      createdBy: 'goniec',
      createdAt: this.clock.now()
    })
    return id
  }

  private async *contentOf(tx: TenantTransaction, original: DocumentRow, file: SealedFile): AsyncGenerator<Buffer> {
    if (file.withOriginal) yield* this.blobs.read(tx, original.blobId)
    yield file.appended
  }
}
