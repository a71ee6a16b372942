import {
  BlobStore,
  DocumentRow,
  EventRecorder,
  LetterDocumentRow,
  letterParts,
  LetterStep,
  keepBytes,
  type LetterEvent,
  type StepOutcome
} from '#letter'
import { Clock, Database, Ids, type TenantTransaction } from '#platform'
import { createHash } from 'node:crypto'
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
    const documents = []
    for (const { id, fileName, mediaType, blobId, size } of originals)
      documents.push({
        id,
        fileName,
        mediaType,
        bytes: await this.database.inTenant(tenantId, tx => this.blobs.readAll(tx, blobId, size))
      })
    const outcomes = await sealBatch(documents, { ...this.tools, clock: this.clock })
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
      await this.conclude(tx, tenantId, letterId, originals, outcomes.filter(outcome => outcome.ok))
    })
    return { kind: 'done' }
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
        const unchanged = outcome.format === 'CAdES-detached' && file !== outcome.sealed
        const documentId = unchanged ? original.id : await this.keep(tx, tenantId, file)
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

  private async keep(tx: TenantTransaction, tenantId: string, { fileName, mediaType, bytes }: SealedFile): Promise<string> {
    const blob = await keepBytes(this.blobs, tx, bytes)
    const id = this.ids.next()
    await tx.insert(DocumentRow, {
      tenantId,
      id,
      fileName,
      mediaType,
      size: blob.size,
      sha256: blob.sha256,
      sha3: blob.sha3_512,
      blobId: blob.blobId,
      createdBy: 'goniec',
      createdAt: this.clock.now()
    })
    return id
  }
}
