import {
  BlobStore,
  documentRow,
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
import { type FormatPolicy, isDetached } from './format-policy.js'
import type { SealEngine, SealStyle } from './engine/seal-engine.js'
import type { SealedFile, SealOutcome } from './seal-batch.js'
import type { SealLevel } from './seal-format.js'
import { inPieces } from './source.js'
import { describeSealKey, type SealKey } from './seal-key.js'
import type { TimestampAuthority } from './timestamp/timestamp-authority.js'

/** What letters are sealed with. */
export interface LetterSeal {
  readonly keyName: string
  readonly key: SealKey
  readonly tsa: TimestampAuthority | undefined
  readonly level: SealLevel
}

/** What the public delivery service takes: a PDF with its seal inside, anything else with the seal in a file beside it. */
const letterFormats: FormatPolicy = { pdf: 'PAdES', xml: 'CAdES-detached', other: 'CAdES-detached' }

/** Puts the institution's seal on every document of a letter. */
export class SealLetter extends LetterStep {
  readonly name = 'seal'

  constructor(
    private readonly database: Database,
    private readonly recorder: EventRecorder,
    private readonly blobs: BlobStore,
    private readonly ids: Ids,
    private readonly clock: Clock,
    private readonly engine: SealEngine,
    private readonly how: LetterSeal
  ) {
    super()
  }

  async execute(tenantId: string, letterId: string): Promise<StepOutcome> {
    const originals = await this.database.inTenant(tenantId, tx => letterParts(tx, letterId, 'original'))
    const copies: LocalCopy[] = []
    try {
      for (const { blobId, size } of originals)
        copies.push(await openLocalCopy(this.blobs.stream(this.database, tenantId, blobId), size))
      const outcomes = await this.seal(originals, copies)
      const failed = outcomes.find(outcome => !outcome.ok)
      await this.database.inTenant(tenantId, async tx => {
        if (failed && !failed.ok) await this.hold(tx, letterId, failed)
        else
          await this.conclude(
            tx,
            letterId,
            originals,
            outcomes.filter(outcome => outcome.ok)
          )
      })
    } finally {
      for (const copy of copies) await copy.close()
    }
    return { kind: 'done' }
  }

  /** The planner reads only parts of a document, from a copy that can be read at any place. */
  private async seal(originals: readonly DocumentRow[], copies: readonly LocalCopy[]): Promise<SealOutcome[]> {
    const requests = originals.map(({ id, fileName, mediaType }, index) => ({
      id,
      documents: [{ fileName, mediaType, source: copies[index]!.source }]
    }))
    const { keyName, level } = this.how
    const style: SealStyle = { key: keyName, level, formats: letterFormats, whenAway: 'fail' }
    return this.engine.seal(requests, style)
  }

  /** Tries the key and the time-stamp authority for real. @throws Unavailable, Refused */
  async probe(): Promise<void> {
    const probe = createHash('sha256').update(this.ids.next()).digest()
    await this.how.key.signBatch([probe])
    await this.how.tsa?.stamp(probe)
  }

  private async hold(tx: TenantTransaction, letterId: string, failed: SealOutcome & { ok: false }): Promise<void> {
    const { code, pl, en } = failed.problem
    await this.recorder.record(tx, letterId, {
      event: { type: 'LetterHeld', version: 1, step: this.name, code, text: { pl, en } },
      dedupeKey: 'held:seal',
      actor: 'goniec'
    })
  }

  private async conclude(
    tx: TenantTransaction,
    letterId: string,
    originals: readonly DocumentRow[],
    outcomes: readonly (SealOutcome & { ok: true })[]
  ): Promise<void> {
    const documents: Extract<LetterEvent, { type: 'LetterSealed' }>['documents'] = []
    let position = 0
    for (const [index, outcome] of outcomes.entries()) {
      const original = originals[index]!
      const { tenantId } = original
      const { format, level, signingTime, timestamp } = outcome
      // a detached signature stands beside the original, which goes on as it is
      const sealed = isDetached(format) ? [original.id] : []
      sealed.push(await this.keep(tx, tenantId, outcome.sealed))
      for (const documentId of sealed)
        await tx.insert(LetterDocumentRow, { tenantId, letterId, role: 'sealed', position: position++, documentId })
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
        qualification: describeSealKey(this.how.key).qualification
      },
      dedupeKey: 'sealed',
      actor: 'goniec'
    })
  }

  private async keep(
    tx: TenantTransaction,
    tenantId: string,
    { fileName, mediaType, source }: SealedFile
  ): Promise<string> {
    const { size } = source
    const blob = await this.blobs.put(tx, inPieces(source), { declaredSize: size, maxSize: size })
    const id = this.ids.next()
    const told = { tenantId, id, fileName, mediaType, createdBy: 'goniec', createdAt: this.clock.now() }
    await tx.insert(DocumentRow, documentRow(blob, told))
    return id
  }
}
